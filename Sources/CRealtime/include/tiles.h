// Products of matrices in registers of 512 bits, for processors that have them.
#pragma once

/// Two factors, `rows` × `inner` times `inner` × `columns`, and the place of their product.
typedef struct {
    long rows;
    long columns;
    long inner;
    /// Element (row, index) is at `left[row * left_row_stride + index * left_inner_stride]`.
    const float *left;
    long left_row_stride;
    long left_inner_stride;
    /// Element (index, column) is at `right[index * right_inner_stride + column * right_column_stride]`; one stride is 1.
    const float *right;
    long right_inner_stride;
    long right_column_stride;
    /// What the sums of a column begin with; NULL for zeros.
    const float *bias;
    /// Row by row.
    float *result;
    long result_stride;
    /// Not 0: the sums are added to what is there, without a bias.
    int accumulate;
} steadyhand_product;

/// Whether this processor, and the operating system, have AVX-512.
__attribute__((swift_attr("@_noLocks"))) int steadyhand_has_wide_vectors(void);

/// Multiplies. Each result is summed in the order of its index with fused multiply-adds, as in tiles of 256 bits: the same
/// bytes. Only where ``steadyhand_has_wide_vectors``. Needs 32 KB of stack.
__attribute__((swift_attr("@_noLocks"))) void steadyhand_multiply(const steadyhand_product *product);
