// Counts what each thread asks of the allocator. See allocation.c.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifndef STEADYHAND_REALTIME
#define STEADYHAND_REALTIME __attribute__((swift_attr("@_noLocks")))
#endif

/// Whether this process's allocator is the counting one. False in sanitizer builds, which bring their own.
STEADYHAND_REALTIME bool steadyhand_allocations_are_counted(void);
/// Calls of malloc, calloc, realloc and the aligned variants by the calling thread since it began.
STEADYHAND_REALTIME uint64_t steadyhand_thread_allocations(void);
/// Calls of free (of something) by the calling thread since it began.
STEADYHAND_REALTIME uint64_t steadyhand_thread_releases(void);
