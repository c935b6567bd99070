#include "tiles.h"

#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define WIDE __attribute__((target("avx512f")))

int steadyhand_has_wide_vectors(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") != 0;
}

// `count` rows, a constant where it is called, so that the sums stay in registers. Every third row has a pointer of its own:
// one pointer that goes from row to row would take longer than the products.
WIDE static inline __attribute__((always_inline)) void fill_rows(
    const int count, const steadyhand_panel *p, long row, __m512 begin, __mmask16 mask) {
    __m512 sums[12];
#pragma clang loop unroll(full)
    for (int r = 0; r < count; r++) sums[r] = begin;
    const long row_stride = p->row_stride, inner_stride = p->inner_stride;
    const float *from[4];
#pragma clang loop unroll(full)
    for (int r = 0; r < count; r += 3) {
        from[r / 3] = p->left + (row + r) * row_stride;
        __asm__("" : "+r"(from[r / 3]));  // Or the compiler would make one pointer of them again.
    }
    const float *across = p->panel;
    for (long index = 0; index < p->inner; index++) {
        const __m512 right = _mm512_loadu_ps(across);
#pragma clang loop unroll(full)
        for (int r = 0; r < count; r++)
            sums[r] = _mm512_fmadd_ps(_mm512_set1_ps(from[r / 3][r % 3 * row_stride]), right, sums[r]);
#pragma clang loop unroll(full)
        for (int r = 0; r < count; r += 3) from[r / 3] += inner_stride;
        across += 16;
    }
    float *to = p->result + row * p->stride;
#pragma clang loop unroll(full)
    for (int r = 0; r < count; r++) {
        if (p->accumulate) sums[r] = _mm512_add_ps(sums[r], _mm512_maskz_loadu_ps(mask, to));
        _mm512_mask_storeu_ps(to, mask, sums[r]);
        to += p->stride;
    }
}

WIDE void steadyhand_fill_panel(const steadyhand_panel *p) {
    const __mmask16 mask = (__mmask16)((1u << p->columns) - 1);
    const __m512 begin = p->begin && !p->accumulate ? _mm512_loadu_ps(p->begin) : _mm512_setzero_ps();
    long row = 0;
    for (; row + 12 <= p->rows; row += 12) fill_rows(12, p, row, begin, mask);
    if (row + 8 <= p->rows) {
        fill_rows(8, p, row, begin, mask);
        row += 8;
    }
    if (row + 4 <= p->rows) {
        fill_rows(4, p, row, begin, mask);
        row += 4;
    }
    for (; row < p->rows; row++) fill_rows(1, p, row, begin, mask);
}

#else

int steadyhand_has_wide_vectors(void) { return 0; }

void steadyhand_fill_panel(const steadyhand_panel *panel) { (void)panel; }

#endif
