#include "tiles.h"

#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define WIDE __attribute__((target("avx512f")))
#define INLINED static inline __attribute__((always_inline))

// Columns of the right factor that are read together, in two registers, and rows of it; longer sums are cut into parts.
enum { columns_of_panel = 32, depth_of_panel = 256 };

int steadyhand_has_wide_vectors(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") != 0;
}

// A part of a sum, for up to 32 columns of the result.
typedef struct {
    long inner;
    const float *left;
    const float *panel;
    float *result;
    __m512 begin[2];
    __mmask16 columns[2];
    int accumulate;
} part;

// `count` rows of `halves` times 16 results; both are constants where it is called, so that the sums stay in registers. A
// number of the left factor is read once for both halves: with one half, reading would take longer than multiplying. Every
// third row has a pointer of its own, because one pointer that goes from row to row would take longer, too.
WIDE INLINED void fill_rows(
    const int count, const int halves, const steadyhand_product *p, const part *q, long row) {
    __m512 sums[12][2];
#pragma clang loop unroll(full)
    for (int r = 0; r < count; r++)
        for (int h = 0; h < halves; h++) sums[r][h] = q->begin[h];
    const long row_stride = p->left_row_stride, inner_stride = p->left_inner_stride;
    const float *from[4];
#pragma clang loop unroll(full)
    for (int r = 0; r < count; r += 3) {
        from[r / 3] = q->left + (row + r) * row_stride;
        __asm__("" : "+r"(from[r / 3]));  // Or the compiler would make one pointer of them again.
    }
    const float *across = q->panel;
    for (long index = 0; index < q->inner; index++) {
        __m512 right[2];
        for (int h = 0; h < halves; h++) right[h] = _mm512_load_ps(across + 16 * h);
#pragma clang loop unroll(full)
        for (int r = 0; r < count; r++) {
            const __m512 left = _mm512_set1_ps(from[r / 3][r % 3 * row_stride]);
            for (int h = 0; h < halves; h++) sums[r][h] = _mm512_fmadd_ps(left, right[h], sums[r][h]);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < count; r += 3) from[r / 3] += inner_stride;
        across += 16 * halves;
    }
    float *to = q->result + row * p->result_stride;
#pragma clang loop unroll(full)
    for (int r = 0; r < count; r++) {
        for (int h = 0; h < halves; h++) {
            if (q->accumulate)
                sums[r][h] = _mm512_add_ps(sums[r][h], _mm512_maskz_loadu_ps(q->columns[h], to + 16 * h));
            _mm512_mask_storeu_ps(to + 16 * h, q->columns[h], sums[r][h]);
        }
        to += p->result_stride;
    }
}

WIDE INLINED void fill(const int halves, const steadyhand_product *p, const part *q) {
    long row = 0;
    for (; row + 12 <= p->rows; row += 12) fill_rows(12, halves, p, q, row);
    if (row + 8 <= p->rows) {
        fill_rows(8, halves, p, q, row);
        row += 8;
    }
    if (row + 4 <= p->rows) {
        fill_rows(4, halves, p, q, row);
        row += 4;
    }
    for (; row < p->rows; row++) fill_rows(1, halves, p, q, row);
}

// Turns `count` columns of 16 numbers, which begin every `stride`, into rows of 16 that begin every `width`; zeros behind them.
WIDE INLINED void transpose(const float *from, long stride, long count, float *to, const long width) {
    __m512 x[16], y[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) x[i] = i < count ? _mm512_loadu_ps(from + i * stride) : _mm512_setzero_ps();
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 2) {
        y[i] = _mm512_unpacklo_ps(x[i], x[i + 1]);
        y[i + 1] = _mm512_unpackhi_ps(x[i], x[i + 1]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 4) {
        for (int j = 0; j < 2; j++) {
            const __m512d one = _mm512_castps_pd(y[i + j]), other = _mm512_castps_pd(y[i + j + 2]);
            x[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(one, other));
            x[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(one, other));
        }
    }
    // Quarters of registers, among four and then among all.
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 16; j += 8) {
            y[i + j] = _mm512_shuffle_f32x4(x[i + j], x[i + j + 4], 0x88);
            y[i + j + 4] = _mm512_shuffle_f32x4(x[i + j], x[i + j + 4], 0xdd);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
        _mm512_store_ps(to + i * width, _mm512_shuffle_f32x4(y[i], y[i + 8], 0x88));
        _mm512_store_ps(to + (i + 8) * width, _mm512_shuffle_f32x4(y[i], y[i + 8], 0xdd));
    }
}

// `count` columns of the right factor to a panel of 16 columns and `inner` rows that begin every `width`; zeros behind them.
WIDE INLINED void pack(
    const steadyhand_product *p, const float *from, long inner, long count, float *to, const long width) {
    if (p->right_column_stride == 1) {
        const __mmask16 columns = (__mmask16)((1u << count) - 1);
        for (long row = 0; row < inner; row++)
            _mm512_store_ps(to + row * width, _mm512_maskz_loadu_ps(columns, from + row * p->right_inner_stride));
        return;
    }
    long row = 0;
    const long stride = p->right_column_stride;
    if (count == 16)
        for (; row + 16 <= inner; row += 16) transpose(from + row, stride, 16, to + row * width, width);
    else
        for (; row + 16 <= inner; row += 16) transpose(from + row, stride, count, to + row * width, width);
    for (; row < inner; row++) {
        for (long column = 0; column < count; column++)
            to[row * width + column] = from[column * stride + row];
        for (long column = count; column < 16; column++) to[row * width + column] = 0;
    }
}

WIDE INLINED void fill_columns(const int halves, const steadyhand_product *p, long column, float *panel) {
    const __m512 zero = _mm512_setzero_ps();
    __m512 bias[2] = {zero, zero};
    part q = {.panel = panel, .result = p->result + column};
    long count[2];
    for (int h = 0; h < halves; h++) {
        const long rest = p->columns - column - 16 * h;
        count[h] = rest < 16 ? rest : 16;
        q.columns[h] = (__mmask16)((1u << count[h]) - 1);
        if (p->bias) bias[h] = _mm512_maskz_loadu_ps(q.columns[h], p->bias + column + 16 * h);
    }
    long index = 0;
    do {
        q.inner = p->inner - index < depth_of_panel ? p->inner - index : depth_of_panel;
        q.left = p->left + index * p->left_inner_stride;
        q.accumulate = p->accumulate || index > 0;
        for (int h = 0; h < halves; h++) {
            const float *from =
                p->right + index * p->right_inner_stride + (column + 16 * h) * p->right_column_stride;
            pack(p, from, q.inner, count[h], panel + 16 * h, 16 * halves);
            q.begin[h] = q.accumulate ? zero : bias[h];
        }
        fill(halves, p, &q);
        index += depth_of_panel;
    } while (index < p->inner);
}

WIDE void steadyhand_multiply(const steadyhand_product *p) {
    float panel[depth_of_panel * columns_of_panel] __attribute__((aligned(64)));
    for (long column = 0; column < p->columns; column += columns_of_panel) {
        if (p->columns - column > 16)
            fill_columns(2, p, column, panel);
        else
            fill_columns(1, p, column, panel);
    }
}

#else

int steadyhand_has_wide_vectors(void) { return 0; }

void steadyhand_multiply(const steadyhand_product *product) { (void)product; }

#endif
