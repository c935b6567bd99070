// A counting allocator: glibc's own behind a counter for each thread.
//
// Defined in the executable itself, these names win over the C library's for every library in the process, so
// allocations made by Swift, C++ and C are all counted without anything having to be preloaded. The sanitizers bring
// their own allocators; their builds keep them and count nothing.
#include "allocation.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define STEADYHAND_SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(STEADYHAND_SANITIZED)

// The initial-exec model is a plain offset from the thread pointer: no call, which could itself allocate.
static __thread uint64_t allocations __attribute__((tls_model("initial-exec")));
static __thread uint64_t releases __attribute__((tls_model("initial-exec")));

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void *__libc_valloc(size_t);
extern void *__libc_pvalloc(size_t);
extern void __libc_free(void *);

void *malloc(size_t size) {
    allocations += 1;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations += 1;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    allocations += 1;
    return __libc_realloc(block, size);
}

void *reallocarray(void *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

void *memalign(size_t alignment, size_t size) {
    allocations += 1;
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocations += 1;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) {
        return EINVAL;
    }
    allocations += 1;
    void *found = __libc_memalign(alignment, size);
    if (found == NULL) {
        return ENOMEM;
    }
    *block = found;
    return 0;
}

void *valloc(size_t size) {
    allocations += 1;
    return __libc_valloc(size);
}

void *pvalloc(size_t size) {
    allocations += 1;
    return __libc_pvalloc(size);
}

void free(void *block) {
    releases += block != NULL;
    __libc_free(block);
}

bool steadyhand_allocations_are_counted(void) { return true; }
uint64_t steadyhand_thread_allocations(void) { return allocations; }
uint64_t steadyhand_thread_releases(void) { return releases; }

#else

bool steadyhand_allocations_are_counted(void) { return false; }
uint64_t steadyhand_thread_allocations(void) { return 0; }
uint64_t steadyhand_thread_releases(void) { return 0; }

#endif
