// Termination requests, noticed without allocating. See signals.c.
#pragma once
#include <stdint.h>

#ifndef STEADYHAND_REALTIME
#define STEADYHAND_REALTIME __attribute__((swift_attr("@_noLocks")))
#endif

/// Counts SIGINT, SIGTERM and SIGHUP from now on instead of dying of them. Returns 0 or an error number.
int steadyhand_termination_install(void);
/// Puts back what was there before. Returns 0 or an error number.
int steadyhand_termination_restore(void);
/// How many of them have come since the handlers were installed.
STEADYHAND_REALTIME uint32_t steadyhand_termination_count(void);
/// The number of the first of them, or 0.
STEADYHAND_REALTIME int steadyhand_termination_first(void);
