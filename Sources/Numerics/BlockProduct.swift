internal import CRealtime

/// Products of matrices of moderate size, in tiles of 6 × 16 results that stay in registers, or 12 × 32 where the processor has
/// registers of 512 bits.
///
/// The right factor is copied, a panel of columns at a time, into memory on the stack, where it is read again for every
/// tile of the panel (Goto, van de Geijn, "Anatomy of high-performance matrix multiplication", 2008; here without the level
/// for matrices that do not fit into the second-level cache). A result's products are summed in the order of their index,
/// whatever tile it is in: equal rows give equal results in every batch. Nothing allocates or locks.
enum BlockProduct {
    typealias Lanes = SIMD8<Float>
    typealias Values = UnsafeMutablePointer<Float>
    typealias Constants = UnsafePointer<Float>

    /// A factor: element (row, column) is at `base[row * rowStride + column * columnStride]`, and one stride is 1.
    struct Factor {
        var base: Constants
        var rowStride: Int
        var columnStride: Int
    }

    /// Columns of a panel.
    private static var width: Int { 16 }
    /// Rows of a panel; longer sums are cut into parts of it.
    private static var depth: Int { 256 }
    /// Whether the processor has registers of 512 bits.
    static var hasWideVectors: Bool { steadyhand_has_wide_vectors() != 0 }

    /// `result = left · right`, plus `bias` in each row if there is one; or added to the result, without a bias. `wide` is
    /// for tests; the bytes are the same.
    /// Shapes (rows × inner) · (inner × columns).
    @inline(never)
    @_noLocks
    static func multiply(
        rows: Int, columns: Int, inner: Int, _ left: Factor, _ right: Factor, bias: Constants?, into result: Values,
        stride: Int, accumulate: Bool, wide: Bool? = nil
    ) {
        guard wide ?? (steadyhand_has_wide_vectors() != 0) else {
            return multiplyInTiles(
                rows: rows, columns: columns, inner: inner, left, right, bias: bias, into: result, stride: stride,
                accumulate: accumulate)
        }
        var product = steadyhand_product(
            rows: rows, columns: columns, inner: inner, left: left.base, left_row_stride: left.rowStride,
            left_inner_stride: left.columnStride, right: right.base, right_inner_stride: right.rowStride,
            right_column_stride: right.columnStride, bias: bias, result: result, result_stride: stride,
            accumulate: accumulate ? 1 : 0)
        steadyhand_multiply(&product)
    }

    /// In registers of 256 bits.
    @inline(never)
    @_noLocks
    private static func multiplyInTiles(
        rows: Int, columns: Int, inner: Int, _ left: Factor, _ right: Factor, bias: Constants?, into result: Values,
        stride: Int, accumulate: Bool
    ) {
        // Two cache lines more than needed, to begin on one.
        var memory = InlineArray<4128, Float>(repeating: 0)
        var span = memory.mutableSpan
        span.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            let aligned = (UInt(bitPattern: start) + 63) & ~63
            guard let panel = Values(bitPattern: aligned) else { return }
            var column = 0
            while column < columns {
                let count = min(width, columns - column)
                var (low, high) = (Lanes.zero, Lanes.zero)
                if let bias {
                    for lane in 0..<min(count, 8) { low[lane] = bias[column + lane] }
                    for lane in 0..<max(count - 8, 0) { high[lane] = bias[column + 8 + lane] }
                }
                var index = 0
                repeat {
                    let length = min(depth, inner - index)
                    let source = right.base + index * right.rowStride + column * right.columnStride
                    if right.columnStride == 1 {
                        copyRows(source, right.rowStride, length, count, panel)
                    } else {
                        copyColumns(source, right.columnStride, length, count, panel)
                    }
                    let tiles = Tiles(
                        inner: length, rowStride: left.rowStride, innerStride: left.columnStride, panel: panel,
                        low: low, high: high, stride: stride, count: count, accumulate: accumulate || index > 0)
                    tiles.fill(rows, left.base + index * left.columnStride, result + column)
                    index += depth
                } while index < inner
                column += width
            }
        }
    }

    @inline(__always)
    private static func load(_ pointer: Constants) -> Lanes {
        UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
    }

    @inline(__always)
    private static func store(_ lanes: Lanes, _ pointer: Values) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: lanes, as: Lanes.self)
    }

    /// A panel of rows that lie as they are needed; zeros behind `count` columns.
    @inline(__always)
    private static func copyRows(_ source: Constants, _ stride: Int, _ length: Int, _ count: Int, _ panel: Values) {
        for row in 0..<length {
            let (from, to) = (source + row * stride, panel + row * width)
            if count == width {
                store(load(from), to)
                store(load(from + 8), to + 8)
            } else {
                for column in 0..<count { to[column] = from[column] }
                for column in count..<width { to[column] = 0 }
            }
        }
    }

    /// A panel whose columns lie one after the other; zeros behind `count` columns.
    @inline(__always)
    private static func copyColumns(_ source: Constants, _ stride: Int, _ length: Int, _ count: Int, _ panel: Values) {
        var row = 0
        if count == width {
            while row + 8 <= length {
                steadyhand_transpose8(source + row, stride, panel + row * width, width)
                steadyhand_transpose8(source + 8 * stride + row, stride, panel + row * width + 8, width)
                row += 8
            }
        }
        while row < length {
            let to = panel + row * width
            for column in 0..<count { to[column] = source[column * stride + row] }
            for column in count..<width { to[column] = 0 }
            row += 1
        }
    }

    /// What all tiles of a panel have in common.
    private struct Tiles {
        var inner: Int
        var rowStride: Int
        var innerStride: Int
        var panel: Values
        /// What the sums begin with.
        var low: Lanes
        var high: Lanes
        var stride: Int
        var count: Int
        var accumulate: Bool

        /// All rows: as many tiles of six as leave a number that tiles of four can fill.
        @inline(__always)
        func fill(_ rows: Int, _ left: Constants, _ result: Values) {
            var sixes = rows / 6
            if rows % 6 == 2 || rows % 6 == 3, sixes > 0 { sixes -= 1 }
            var row = 0
            for _ in 0..<sixes {
                six(left + row * rowStride, result + row * stride)
                row += 6
            }
            while row + 4 <= rows {
                four(left + row * rowStride, result + row * stride)
                row += 4
            }
            while row < rows {
                one(left + row * rowStride, result + row * stride)
                row += 1
            }
        }

        @inline(never)
        private func six(_ left: Constants, _ result: Values) {
            var (l0, h0, l1, h1, l2, h2) = (low, high, low, high, low, high)
            var (l3, h3, l4, h4, l5, h5) = (low, high, low, high, low, high)
            if accumulate {
                (l0, h0, l1, h1, l2, h2) = (.zero, .zero, .zero, .zero, .zero, .zero)
                (l3, h3, l4, h4, l5, h5) = (.zero, .zero, .zero, .zero, .zero, .zero)
            }
            var (from, across) = (left, Constants(panel))
            for _ in 0..<inner {
                let (x, y) = (load(across), load(across + 8))
                let f0 = Lanes(repeating: from[0])
                l0 = l0.addingProduct(f0, x)
                h0 = h0.addingProduct(f0, y)
                let f1 = Lanes(repeating: from[rowStride])
                l1 = l1.addingProduct(f1, x)
                h1 = h1.addingProduct(f1, y)
                let f2 = Lanes(repeating: from[2 * rowStride])
                l2 = l2.addingProduct(f2, x)
                h2 = h2.addingProduct(f2, y)
                let f3 = Lanes(repeating: from[3 * rowStride])
                l3 = l3.addingProduct(f3, x)
                h3 = h3.addingProduct(f3, y)
                let f4 = Lanes(repeating: from[4 * rowStride])
                l4 = l4.addingProduct(f4, x)
                h4 = h4.addingProduct(f4, y)
                let f5 = Lanes(repeating: from[5 * rowStride])
                l5 = l5.addingProduct(f5, x)
                h5 = h5.addingProduct(f5, y)
                from += innerStride
                across += 16
            }
            put(l0, h0, result)
            put(l1, h1, result + stride)
            put(l2, h2, result + 2 * stride)
            put(l3, h3, result + 3 * stride)
            put(l4, h4, result + 4 * stride)
            put(l5, h5, result + 5 * stride)
        }

        @inline(never)
        private func four(_ left: Constants, _ result: Values) {
            var (l0, h0, l1, h1) = (low, high, low, high)
            var (l2, h2, l3, h3) = (low, high, low, high)
            if accumulate {
                (l0, h0, l1, h1) = (.zero, .zero, .zero, .zero)
                (l2, h2, l3, h3) = (.zero, .zero, .zero, .zero)
            }
            var (from, across) = (left, Constants(panel))
            for _ in 0..<inner {
                let (x, y) = (load(across), load(across + 8))
                let f0 = Lanes(repeating: from[0])
                l0 = l0.addingProduct(f0, x)
                h0 = h0.addingProduct(f0, y)
                let f1 = Lanes(repeating: from[rowStride])
                l1 = l1.addingProduct(f1, x)
                h1 = h1.addingProduct(f1, y)
                let f2 = Lanes(repeating: from[2 * rowStride])
                l2 = l2.addingProduct(f2, x)
                h2 = h2.addingProduct(f2, y)
                let f3 = Lanes(repeating: from[3 * rowStride])
                l3 = l3.addingProduct(f3, x)
                h3 = h3.addingProduct(f3, y)
                from += innerStride
                across += 16
            }
            put(l0, h0, result)
            put(l1, h1, result + stride)
            put(l2, h2, result + 2 * stride)
            put(l3, h3, result + 3 * stride)
        }

        @inline(never)
        private func one(_ left: Constants, _ result: Values) {
            var (l0, h0) = accumulate ? (Lanes.zero, Lanes.zero) : (low, high)
            var (from, across) = (left, Constants(panel))
            for _ in 0..<inner {
                let factor = Lanes(repeating: from[0])
                l0 = l0.addingProduct(factor, load(across))
                h0 = h0.addingProduct(factor, load(across + 8))
                from += innerStride
                across += 16
            }
            put(l0, h0, result)
        }

        @inline(__always)
        private func put(_ first: Lanes, _ second: Lanes, _ to: Values) {
            if count == 16 {
                store(accumulate ? first + load(to) : first, to)
                store(accumulate ? second + load(to + 8) : second, to + 8)
            } else {
                for lane in 0..<min(count, 8) { to[lane] = (accumulate ? to[lane] : 0) + first[lane] }
                for lane in 0..<max(count - 8, 0) { to[8 + lane] = (accumulate ? to[8 + lane] : 0) + second[lane] }
            }
        }
    }
}
