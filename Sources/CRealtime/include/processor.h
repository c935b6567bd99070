// Which instructions this processor has.
#pragma once

/// The first instruction set that the numerical kernels are compiled for and that this processor lacks; NULL if it has all.
const char *_Nullable steadyhand_missing_processor_feature(void);
