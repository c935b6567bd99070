// Everything here is compiled for AVX2 with FMA and must not be inlined into code that is not: hence `@inline(never)`.
// One file, because debug builds inline nothing across files. `@_noLocks` has the compiler prove that a policy's forward pass
// neither allocates nor locks in here.
internal import CRealtime

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

    /// The lanes' square roots in one instruction.
    @inline(__always)
    fileprivate static func root(_ lanes: Lanes) -> Lanes {
        var result = lanes
        withUnsafeMutablePointer(to: &result) {
            $0.withMemoryRebound(to: Float.self, capacity: 8) { steadyhand_sqrt8($0) }
        }
        return result
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
        var (sum, other) = (Lanes.zero, Lanes.zero)
        var index = 0
        while index + 16 <= count {
            sum = sum.addingProduct(load(left + index), load(right + index))
            other = other.addingProduct(load(left + index + 8), load(right + index + 8))
            index += 16
        }
        var result = total(sum + other)
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
        map(count, input, output) { (exponential($0) - 1).replacing(with: $0, where: $0 .> 0) }
    }

    /// `gradient *= eˣ` where x ≤ 0.
    @inline(never)
    @_noLocks
    static func eluBackward(_ input: Constants, _ gradient: Values, _ count: Int) {
        map(count, input, gradient, gradient) { ($1 * exponential($0)).replacing(with: $1, where: $0 .> 0) }
    }
}

// MARK: - Normalisation and optimisation

extension Kernels {
    /// One row of layer normalisation: `output = (x − mean) / √(variance + ε) · gain + bias`, raised to `lowest` where it is
    /// below. Returns the mean and the reciprocal deviation.
    @inline(never)
    @_noLocks
    static func layerNorm(
        _ input: Constants, gain: Constants, bias: Constants, lowest: Float, _ output: Values, _ count: Int
    ) -> (mean: Float, reciprocal: Float) {
        var sum = Lanes.zero
        var index = 0
        while index + 8 <= count {
            sum += load(input + index)
            index += 8
        }
        var mean = total(sum)
        for rest in index..<count { mean += input[rest] }
        mean /= Float(count)
        sum = .zero
        index = 0
        while index + 8 <= count {
            let difference = load(input + index) - mean
            sum = sum.addingProduct(difference, difference)
            index += 8
        }
        var variance = total(sum)
        for rest in index..<count { variance += (input[rest] - mean) * (input[rest] - mean) }
        let reciprocal = Float(1 / steadyhand_sqrt(Double(variance / Float(count)) + 1e-5))
        index = 0
        let floor = Lanes(repeating: lowest)
        while index + 8 <= count {
            let normalised = (load(input + index) - mean) * reciprocal
            let value = load(bias + index).addingProduct(normalised, load(gain + index))
            store(value.replacing(with: floor, where: value .< floor), output + index)
            index += 8
        }
        for rest in index..<count {
            output[rest] = max((input[rest] - mean) * reciprocal * gain[rest] + bias[rest], lowest)
        }
        return (mean, reciprocal)
    }

    /// One row back through layer normalisation, or through layer normalisation and a rectifier whose results are `output`.
    /// Adds to the gradients of gain and bias, if they are wanted; sets the input's, or adds to it.
    @inline(never)
    @_noLocks
    static func layerNormBackward(
        _ input: Constants, rectified output: Constants?, gain: Constants, mean: Float, reciprocal: Float,
        outputGradient: Constants, gainGradient: Values?, biasGradient: Values?, inputGradient: Values, adding: Bool,
        _ count: Int
    ) {
        var (sum, weighted) = (Lanes.zero, Lanes.zero)
        var index = 0
        let whole = count & ~7
        while index < whole {
            let normalised = (load(input + index) - mean) * reciprocal
            var slope = load(outputGradient + index)
            if let output { slope.replace(with: 0, where: load(output + index) .<= 0) }
            let inner = slope * load(gain + index)
            sum += inner
            weighted = weighted.addingProduct(inner, normalised)
            if let gainGradient, let biasGradient {
                store(load(gainGradient + index).addingProduct(slope, normalised), gainGradient + index)
                store(load(biasGradient + index) + slope, biasGradient + index)
            }
            index += 8
        }
        var (average, correlation) = (total(sum), total(weighted))
        for rest in whole..<count {
            let normalised = (input[rest] - mean) * reciprocal
            let slope = (output.map { $0[rest] > 0 } ?? true) ? outputGradient[rest] : 0
            average += slope * gain[rest]
            correlation += slope * gain[rest] * normalised
            if let gainGradient, let biasGradient {
                gainGradient[rest] += slope * normalised
                biasGradient[rest] += slope
            }
        }
        average /= Float(count)
        correlation /= Float(count)
        index = 0
        while index < whole {
            let normalised = (load(input + index) - mean) * reciprocal
            var slope = load(outputGradient + index)
            if let output { slope.replace(with: 0, where: load(output + index) .<= 0) }
            let result = (slope * load(gain + index) - average - normalised * correlation) * reciprocal
            store(adding ? load(inputGradient + index) + result : result, inputGradient + index)
            index += 8
        }
        for rest in whole..<count {
            let normalised = (input[rest] - mean) * reciprocal
            let slope = (output.map { $0[rest] > 0 } ?? true) ? outputGradient[rest] : 0
            let result = (slope * gain[rest] - average - normalised * correlation) * reciprocal
            inputGradient[rest] = adding ? inputGradient[rest] + result : result
        }
    }

    /// One step of Adam with decoupled weight decay (Loshchilov, Hutter, "Decoupled weight decay regularization", 2019).
    ///
    /// `rate` and `epsilon` include the bias corrections: `p −= rate · m / (√v + epsilon)`, after `p *= keep`.
    @inline(never)
    static func adam(
        _ parameters: Values, gradient: Constants, firstMoment: Values, secondMoment: Values, gradientScale: Float,
        beta1: Float, beta2: Float, rate: Float, epsilon: Float, keep: Float, _ count: Int
    ) {
        precondition(count % 8 == 0, "flat parameter buffers are padded to whole vectors")
        var index = 0
        while index < count {
            let slope = load(gradient + index) * gradientScale
            let first = load(firstMoment + index) * beta1 + slope * (1 - beta1)
            let second = load(secondMoment + index) * beta2 + slope * slope * (1 - beta2)
            store(first, firstMoment + index)
            store(second, secondMoment + index)
            let change = first / (root(second) + epsilon) * rate
            store(load(parameters + index) * keep - change, parameters + index)
            index += 8
        }
    }
}
