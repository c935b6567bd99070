// Vector instructions that Swift's SIMD types do not reach: Swift takes the root of each lane by itself, and has no shuffles.
// Only for modules that are compiled for AVX2.

#pragma once

typedef float steadyhand_float8 __attribute__((ext_vector_type(8), aligned(4)));

/// Replaces eight numbers by their square roots.
__attribute__((swift_attr("@_noLocks"))) static inline void steadyhand_sqrt8(float *values) {
    steadyhand_float8 *lanes = (steadyhand_float8 *)values;
    *lanes = __builtin_elementwise_sqrt(*lanes);
}

/// `target[c * target_stride + r] = source[r * source_stride + c]` for 8 × 8 numbers.
__attribute__((swift_attr("@_noLocks"))) static inline void steadyhand_transpose8(
    const float *source, long source_stride, float *target, long target_stride) {
    typedef steadyhand_float8 lanes;
#define ROW(r) (*(const lanes *)(source + (r) * source_stride))
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOW2(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define HIGH2(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define PUT(c, a, b, ...) *(lanes *)(target + (c) * target_stride) = __builtin_shufflevector(a, b, __VA_ARGS__)
#define FIRST_HALVES 0, 1, 2, 3, 8, 9, 10, 11
#define SECOND_HALVES 4, 5, 6, 7, 12, 13, 14, 15
    lanes r0 = ROW(0), r1 = ROW(1), r2 = ROW(2), r3 = ROW(3), r4 = ROW(4), r5 = ROW(5), r6 = ROW(6), r7 = ROW(7);
    // Pairs of rows, then fours, within each half; the halves last.
    lanes a0 = LOW(r0, r1), a1 = HIGH(r0, r1), a2 = LOW(r2, r3), a3 = HIGH(r2, r3);
    lanes a4 = LOW(r4, r5), a5 = HIGH(r4, r5), a6 = LOW(r6, r7), a7 = HIGH(r6, r7);
    lanes b0 = LOW2(a0, a2), b1 = HIGH2(a0, a2), b2 = LOW2(a1, a3), b3 = HIGH2(a1, a3);
    lanes b4 = LOW2(a4, a6), b5 = HIGH2(a4, a6), b6 = LOW2(a5, a7), b7 = HIGH2(a5, a7);
    PUT(0, b0, b4, FIRST_HALVES);
    PUT(1, b1, b5, FIRST_HALVES);
    PUT(2, b2, b6, FIRST_HALVES);
    PUT(3, b3, b7, FIRST_HALVES);
    PUT(4, b0, b4, SECOND_HALVES);
    PUT(5, b1, b5, SECOND_HALVES);
    PUT(6, b2, b6, SECOND_HALVES);
    PUT(7, b3, b7, SECOND_HALVES);
#undef ROW
#undef LOW
#undef HIGH
#undef LOW2
#undef HIGH2
#undef PUT
#undef FIRST_HALVES
#undef SECOND_HALVES
}
