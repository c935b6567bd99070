// Tiles of matrix products in registers of 512 bits, for processors that have them.
#pragma once

/// The factors and the place of one panel of a product: `rows` × `inner` times `inner` × 16.
typedef struct {
    long rows;
    long inner;
    /// Element (row, index) of the left factor is at `left[row * row_stride + index * inner_stride]`.
    const float *left;
    long row_stride;
    long inner_stride;
    /// The right factor's 16 columns, row by row; zeros where it has fewer.
    const float *panel;
    /// What the sums begin with, 16 numbers; NULL for zeros.
    const float *begin;
    /// Where the results go, and how many of the 16 columns there are.
    float *result;
    long stride;
    long columns;
    /// Not 0: the sums are added to what is there.
    int accumulate;
} steadyhand_panel;

/// Whether this processor, and the operating system, have AVX-512.
__attribute__((swift_attr("@_noLocks"))) int steadyhand_has_wide_vectors(void);

/// Fills a panel of results. Each is summed in the order of its index with fused multiply-adds, as in tiles of 256 bits: the
/// same bytes. Only where ``steadyhand_has_wide_vectors``.
__attribute__((swift_attr("@_noLocks"))) void steadyhand_fill_panel(const steadyhand_panel *panel);
