// Everything here is compiled for AVX2 with FMA and must not be inlined into code that is not: hence `@inline(never)`.
// Each file has its own loads and stores, because debug builds inline nothing across files. `@_noLocks` has the compiler
// prove that a policy's forward pass neither allocates nor locks in here.

/// Loops over numbers in memory, eight at a time.
enum Kernels {
    typealias Lanes = SIMD8<Float>
    typealias Values = UnsafeMutablePointer<Float>
    typealias Constants = UnsafePointer<Float>

    @inline(__always)
    fileprivate static func load(_ pointer: Constants) -> Lanes {
        UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
    }

    @inline(__always)
    fileprivate static func load(_ pointer: Values) -> Lanes {
        UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
    }

    @inline(__always)
    fileprivate static func store(_ lanes: Lanes, _ pointer: Values) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: lanes, as: Lanes.self)
    }

    /// The sum of the lanes in a fixed order.
    @inline(__always)
    fileprivate static func total(_ lanes: Lanes) -> Float {
        let four = lanes.lowHalf + lanes.highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }

    /// The first `count` (< 8) numbers, then zeros.
    @inline(__always)
    fileprivate static func loadTail(_ pointer: Constants, _ count: Int) -> Lanes {
        var lanes = Lanes(repeating: 0)
        for lane in 0..<count { lanes[lane] = pointer[lane] }
        return lanes
    }

    @inline(__always)
    fileprivate static func storeTail(_ lanes: Lanes, _ pointer: Values, _ count: Int) {
        for lane in 0..<count { pointer[lane] = lanes[lane] }
    }

    /// `values[i] = body(i, lanes)` over runs of eight and a shorter last one.
    @inline(__always)
    fileprivate static func map(_ count: Int, _ input: Constants, _ output: Values, _ body: (Lanes) -> Lanes) {
        var index = 0
        while index + 8 <= count {
            store(body(load(input + index)), output + index)
            index += 8
        }
        if index < count { storeTail(body(loadTail(input + index, count - index)), output + index, count - index) }
    }

    /// As ``map``, with two inputs.
    @inline(__always)
    fileprivate static func map(
        _ count: Int, _ first: Constants, _ second: Constants, _ output: Values, _ body: (Lanes, Lanes) -> Lanes
    ) {
        var index = 0
        while index + 8 <= count {
            store(body(load(first + index), load(second + index)), output + index)
            index += 8
        }
        let rest = count - index
        if rest > 0 {
            storeTail(body(loadTail(first + index, rest), loadTail(second + index, rest)), output + index, rest)
        }
    }
}

// MARK: - Products and sums

extension Kernels {
    /// `output = matrix · vector`, or added to it; `matrix` has `rows` × `columns` numbers, a row every `stride`.
    @inline(never)
    @_noLocks
    static func matrixVector(
        _ matrix: Constants, stride: Int, rows: Int, columns: Int, _ vector: Constants, into output: Values,
        accumulate: Bool
    ) {
        var row = 0
        let whole = columns & ~7
        while row + 4 <= rows {
            let (r0, r1, r2, r3) = (
                matrix + row * stride, matrix + (row + 1) * stride, matrix + (row + 2) * stride,
                matrix + (row + 3) * stride
            )
            var (s0, s1, s2, s3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            var (t0, t1, t2, t3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            var column = 0
            while column + 16 <= columns {
                let (x, y) = (load(vector + column), load(vector + column + 8))
                s0 = s0.addingProduct(load(r0 + column), x)
                s1 = s1.addingProduct(load(r1 + column), x)
                s2 = s2.addingProduct(load(r2 + column), x)
                s3 = s3.addingProduct(load(r3 + column), x)
                t0 = t0.addingProduct(load(r0 + column + 8), y)
                t1 = t1.addingProduct(load(r1 + column + 8), y)
                t2 = t2.addingProduct(load(r2 + column + 8), y)
                t3 = t3.addingProduct(load(r3 + column + 8), y)
                column += 16
            }
            if column < whole {
                let x = load(vector + column)
                s0 = s0.addingProduct(load(r0 + column), x)
                s1 = s1.addingProduct(load(r1 + column), x)
                s2 = s2.addingProduct(load(r2 + column), x)
                s3 = s3.addingProduct(load(r3 + column), x)
            }
            var sums = SIMD4(total(s0 + t0), total(s1 + t1), total(s2 + t2), total(s3 + t3))
            for rest in whole..<columns {
                sums += SIMD4(r0[rest], r1[rest], r2[rest], r3[rest]) * vector[rest]
            }
            for lane in 0..<4 { output[row + lane] = (accumulate ? output[row + lane] : 0) + sums[lane] }
            row += 4
        }
        while row < rows {
            let start = matrix + row * stride
            output[row] = (accumulate ? output[row] : 0) + dot(start, vector, columns)
            row += 1
        }
    }

    /// `Σ left · right`.
    @inline(never)
    @_noLocks
    static func dot(_ left: Constants, _ right: Constants, _ count: Int) -> Float {
        // Four sums, which need not wait for one another.
        var (s0, s1, s2, s3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        var index = 0
        while index + 32 <= count {
            s0 = s0.addingProduct(load(left + index), load(right + index))
            s1 = s1.addingProduct(load(left + index + 8), load(right + index + 8))
            s2 = s2.addingProduct(load(left + index + 16), load(right + index + 16))
            s3 = s3.addingProduct(load(left + index + 24), load(right + index + 24))
            index += 32
        }
        while index + 8 <= count {
            s0 = s0.addingProduct(load(left + index), load(right + index))
            index += 8
        }
        var result = total((s0 + s1) + (s2 + s3))
        while index < count {
            result += left[index] * right[index]
            index += 1
        }
        return result
    }

    /// `output += scale · input`.
    @inline(never)
    @_noLocks
    static func addScaled(_ input: Constants, scale: Float, to output: Values, _ count: Int) {
        let factor = Lanes(repeating: scale)
        map(count, input, output, output) { $1.addingProduct($0, factor) }
    }

    /// `values *= factor`.
    @inline(never)
    @_noLocks
    static func scale(_ values: Values, by factor: Float, _ count: Int) {
        let lanes = Lanes(repeating: factor)
        map(count, values, values) { $0 * lanes }
    }

    /// `output += (input − output) · rate`.
    @inline(never)
    @_noLocks
    static func moveTowards(_ input: Constants, rate: Float, _ output: Values, _ count: Int) {
        let factor = Lanes(repeating: rate)
        map(count, input, output, output) { $1.addingProduct($0 - $1, factor) }
    }

    /// Adds `bias` to each row.
    @inline(never)
    @_noLocks
    static func addBias(_ bias: Constants, to rows: TensorView) {
        for row in 0..<rows.rows {
            let start = rows.base + row * rows.stride
            map(rows.columns, start, bias, start) { $0 + $1 }
        }
    }

    /// `sums[c] += Σ_r rows[r, c]`.
    @inline(never)
    @_noLocks
    static func addColumnSums(of rows: TensorView, to sums: Values) {
        for row in 0..<rows.rows { map(rows.columns, rows.base + row * rows.stride, sums, sums) { $0 + $1 } }
    }

    /// In: noise and end of a straight path. Out: the point at `time` (0 noise, 1 end), and the path's velocity.
    @inline(never)
    @_noLocks
    static func straightPath(_ noise: Values, _ end: Values, time: Float, _ count: Int) {
        let factor = Lanes(repeating: time)
        map(count, end, noise, end) { $0 - $1 }
        map(count, end, noise, noise) { $1.addingProduct($0, factor) }
    }

    /// `gradient = scale · (prediction − target)`; returns `Σ (prediction − target)²`.
    @inline(never)
    @_noLocks
    static func squaredError(
        _ prediction: Constants, _ target: Constants, gradient: Values, scale: Float, _ count: Int
    ) -> Float {
        var sum = Lanes.zero
        let factor = Lanes(repeating: scale)
        map(count, prediction, target, gradient) {
            let difference = $0 - $1
            sum = sum.addingProduct(difference, difference)
            return difference * factor
        }
        return total(sum)
    }
}

// MARK: - Activations

extension Kernels {
    /// eˣ to about 2·10⁻⁷ relative; the argument is held within ±87. Range reduction and polynomial as in Cephes' `expf`.
    @inline(__always)
    fileprivate static func exponential(_ argument: Lanes) -> Lanes {
        var x = argument
        x.replace(with: 87, where: x .> 87)
        x.replace(with: -87, where: x .< -87)
        // Adding 1.5·2²³ leaves the nearest integer in the low bits.
        let shifted = Lanes(repeating: 12_582_912).addingProduct(x, Lanes(repeating: 1.442695041))
        let whole = shifted - 12_582_912
        var rest = x.addingProduct(whole, Lanes(repeating: -0.693359375))
        rest = rest.addingProduct(whole, Lanes(repeating: 2.12194440e-4))
        var series = Lanes(repeating: 1.9875691500e-4)
        series = Lanes(repeating: 1.3981999507e-3).addingProduct(series, rest)
        series = Lanes(repeating: 8.3334519073e-3).addingProduct(series, rest)
        series = Lanes(repeating: 4.1665795894e-2).addingProduct(series, rest)
        series = Lanes(repeating: 1.6666665459e-1).addingProduct(series, rest)
        series = Lanes(repeating: 5.0000001201e-1).addingProduct(series, rest)
        series = (rest + 1).addingProduct(series, rest * rest)
        let exponent = (unsafeBitCast(shifted, to: SIMD8<Int32>.self) &- 0x4b40_0000) &+ 127
        return series * unsafeBitCast(exponent &<< 23, to: Lanes.self)
    }

    @inline(__always)
    fileprivate static func logistic(_ x: Lanes) -> Lanes { 1 / (1 + exponential(-x)) }

    /// `output = x · σ(x)`.
    @inline(never)
    @_noLocks
    static func silu(_ input: Constants, _ output: Values, _ count: Int) {
        map(count, input, output) { $0 * logistic($0) }
    }

    /// `gradient *= d/dx (x · σ(x))`.
    @inline(never)
    @_noLocks
    static func siluBackward(_ input: Constants, _ gradient: Values, _ count: Int) {
        map(count, input, gradient, gradient) { x, slope in
            let sigma = logistic(x)
            return slope * (sigma * (1 + x * (1 - sigma)))
        }
    }

    /// `output = max(x, 0)`.
    @inline(never)
    @_noLocks
    static func relu(_ input: Constants, _ output: Values, _ count: Int) {
        map(count, input, output) { $0.replacing(with: 0, where: $0 .< 0) }
    }

    /// `gradient = 0` where x ≤ 0.
    @inline(never)
    @_noLocks
    static func reluBackward(_ input: Constants, _ gradient: Values, _ count: Int) {
        map(count, input, gradient, gradient) { $1.replacing(with: 0, where: $0 .<= 0) }
    }

    /// `output = tanh(x) = 2σ(2x) − 1`; to about 3·10⁻⁷ absolute.
    @inline(never)
    @_noLocks
    static func tanh(_ input: Constants, _ output: Values, _ count: Int) {
        map(count, input, output) { 2 * logistic(2 * $0) - 1 }
    }

    /// `gradient *= 1 − tanh²(x)`.
    @inline(never)
    @_noLocks
    static func tanhBackward(_ input: Constants, _ gradient: Values, _ count: Int) {
        map(count, input, gradient, gradient) { x, slope in
            let value = 2 * logistic(2 * x) - 1
            return slope * (1 - value * value)
        }
    }

    /// `output = x` where x > 0, else `eˣ − 1`.
    @inline(never)
    @_noLocks
    static func elu(_ input: Constants, _ output: Values, _ count: Int) {
        // A function, because a closure of this length would be called instead of inlined.
        @inline(__always) func body(_ x: Lanes) -> Lanes {
            (exponential(x) - Lanes(repeating: 1)).replacing(with: x, where: x .> Lanes.zero)
        }
        map(count, input, output, body)
    }

    /// `gradient *= eˣ` where x ≤ 0.
    @inline(never)
    @_noLocks
    static func eluBackward(_ input: Constants, _ gradient: Values, _ count: Int) {
        @inline(__always) func body(_ x: Lanes, _ slope: Lanes) -> Lanes {
            (slope * exponential(x)).replacing(with: slope, where: x .> Lanes.zero)
        }
        map(count, input, gradient, gradient, body)
    }
}

// MARK: - Spatial softmax

extension Kernels {
    /// The softmax of every channel of a map over its pixels, and the expected place of each: from −1 (left) to 1 (right) in
    /// `across`, from −1 (top) to 1 (bottom) in `down`. `channels` is a multiple of 8.
    @inline(never)
    @_noLocks
    static func spatialSoftmax(
        _ map: Constants, height: Int, width: Int, channels: Int, probabilities: Values, across: Values, down: Values
    ) {
        for channel in stride(from: 0, to: channels, by: 8) {
            var highest = load(map + channel)
            for pixel in 1..<height * width {
                let value = load(map + pixel * channels + channel)
                highest.replace(with: value, where: value .> highest)
            }
            var (sum, horizontal, vertical) = (Lanes.zero, Lanes.zero, Lanes.zero)
            var offset = channel
            for row in 0..<height {
                var line = Lanes.zero
                for column in 0..<width {
                    let value = exponential(load(map + offset) - highest)
                    store(value, probabilities + offset)
                    line += value
                    horizontal = horizontal.addingProduct(value, Lanes(repeating: place(column, width)))
                    offset += channels
                }
                sum += line
                vertical = vertical.addingProduct(line, Lanes(repeating: place(row, height)))
            }
            let share = 1 / sum
            offset = channel
            for _ in 0..<height * width {
                store(load(probabilities + offset) * share, probabilities + offset)
                offset += channels
            }
            store(horizontal * share, across + channel)
            store(vertical * share, down + channel)
        }
    }

    /// The map's gradient: `p · (gx · (x − E[x]) + gy · (y − E[y]))`.
    @inline(never)
    @_noLocks
    static func spatialSoftmaxBackward(
        probabilities: Constants, across: Constants, down: Constants, acrossGradient: Constants,
        downGradient: Constants, height: Int, width: Int, channels: Int, into gradient: Values
    ) {
        for channel in stride(from: 0, to: channels, by: 8) {
            let (x, y) = (load(across + channel), load(down + channel))
            let (slopeX, slopeY) = (load(acrossGradient + channel), load(downGradient + channel))
            var offset = channel
            for row in 0..<height {
                let vertical = (Lanes(repeating: place(row, height)) - y) * slopeY
                for column in 0..<width {
                    let slope = vertical.addingProduct(Lanes(repeating: place(column, width)) - x, slopeX)
                    store(load(probabilities + offset) * slope, gradient + offset)
                    offset += channels
                }
            }
        }
    }

    /// Where pixel `index` of `count` is, from −1 to 1.
    @inline(__always)
    private static func place(_ index: Int, _ count: Int) -> Float {
        count > 1 ? 2 * Float(index) / Float(count - 1) - 1 : 0
    }
}
