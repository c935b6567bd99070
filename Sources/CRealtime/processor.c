#include "processor.h"

#include <stddef.h>

const char *steadyhand_missing_processor_feature(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2")) return "AVX2";
    if (!__builtin_cpu_supports("fma")) return "FMA";
    if (!__builtin_cpu_supports("bmi2")) return "BMI2";
    return NULL;
#else
    return "x86-64 architecture";
#endif
}
