// The Linux calls of the real-time path that Swift cannot name itself, and the mathematics it may not call unmarked.
#pragma once
#include "tiles.h"
#include "vectors.h"
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <time.h>

// The Swift compiler proves that the real-time path neither allocates nor locks; of C it must be told. Every function
// that is vouched for carries this attribute, so that the list of them can be read by searching for it.
#define STEADYHAND_REALTIME __attribute__((swift_attr("@_noLocks")))

/// Nanoseconds on CLOCK_MONOTONIC.
STEADYHAND_REALTIME static inline uint64_t steadyhand_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/// Sleeps until CLOCK_MONOTONIC reaches `deadline` nanoseconds; a signal does not cut it short.
/// Returns 0, or the error number of a clock that cannot sleep.
STEADYHAND_REALTIME static inline int steadyhand_sleep_until(uint64_t deadline) {
    struct timespec until = {(time_t)(deadline / 1000000000u), (long)(deadline % 1000000000u)};
    int result;
    do {
        result = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, 0);
    } while (result == EINTR);
    return result;
}

/// Spins until CLOCK_MONOTONIC reaches `deadline` nanoseconds. Returns the first moment read at or after it.
STEADYHAND_REALTIME static inline uint64_t steadyhand_spin_until(uint64_t deadline) {
    uint64_t now = steadyhand_monotonic_nanoseconds();
    while (now < deadline) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
        now = steadyhand_monotonic_nanoseconds();
    }
    return now;
}

STEADYHAND_REALTIME static inline double steadyhand_sin(double x) { return sin(x); }
STEADYHAND_REALTIME static inline double steadyhand_cos(double x) { return cos(x); }
STEADYHAND_REALTIME static inline double steadyhand_acos(double x) { return acos(x); }
STEADYHAND_REALTIME static inline double steadyhand_atan2(double y, double x) { return atan2(y, x); }
STEADYHAND_REALTIME static inline double steadyhand_sqrt(double x) { return sqrt(x); }
STEADYHAND_REALTIME static inline double steadyhand_exp(double x) { return exp(x); }
STEADYHAND_REALTIME static inline double steadyhand_floor(double x) { return floor(x); }

#include "allocation.h"
#include "processor.h"
#include "signals.h"
#include "thread.h"
