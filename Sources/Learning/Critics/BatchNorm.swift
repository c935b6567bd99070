internal import Numerics

/// Normalises every column over a batch to mean 0 and variance 1, then scales and shifts it (Ioffe, Szegedy, "Batch
/// normalization", 2015; population variance, ε = 10⁻³ and a memory of 0.99 as in XQC).
///
/// The running statistics lie among the parameters, where no gradient ever moves them: so they are saved, copied and averaged
/// with the rest.
struct BatchNorm: Hashable, Sendable {
    let size: Int
    let gain: Int
    let bias: Int
    let runningMean: Int
    let runningVariance: Int

    static var smallestVariance: Float { 1e-3 }

    init(_ name: String, size: Int, in layout: inout ParameterLayout) {
        self.size = size
        gain = layout.add(name + ".weight", [size])
        bias = layout.add(name + ".bias", [size])
        runningMean = layout.add(name + ".running.mean", [size])
        runningVariance = layout.add(name + ".running.variance", [size])
    }

    func initialise(_ parameters: Parameters) {
        (parameters.base + gain).update(repeating: 1, count: size)
        (parameters.base + bias).update(repeating: 0, count: size)
        (parameters.base + runningMean).update(repeating: 0, count: size)
        (parameters.base + runningVariance).update(repeating: 1, count: size)
    }

    /// What rows are normalised with: means, variances, reciprocal deviations; and two rows to work in.
    static func statistics(size: Int) -> Tensor { Tensor(rows: 5, columns: size) }

    /// Mean and variance of the rows themselves.
    @inline(never)
    func measure(_ input: TensorView, _ statistics: Tensor) {
        let (mean, variance) = (statistics.base, statistics.base + size)
        mean.update(repeating: 0, count: 2 * size)
        for row in 0..<input.rows { Columns.map(size, mean, mean, input.base + row * input.stride) { $0 + $1 } }
        let share = 1 / Float(input.rows)
        Columns.map(size, mean, mean, mean) { sum, _ in sum * share }
        for row in 0..<input.rows {
            Columns.map(size, variance, variance, mean, input.base + row * input.stride) { sum, mean, x in
                sum.addingProduct(x - mean, x - mean)
            }
        }
        Columns.map(size, variance, variance, variance) { sum, _ in sum * share }
        invert(statistics)
    }

    /// Takes the running statistics.
    func recall(_ parameters: Parameters, _ statistics: Tensor) {
        statistics.base.update(from: parameters.base + runningMean, count: size)
        (statistics.base + size).update(from: parameters.base + runningVariance, count: size)
        invert(statistics)
    }

    private func invert(_ statistics: Tensor) {
        for column in 0..<size {
            let variance = statistics.base[size + column]
            statistics.base[2 * size + column] = 1 / (variance + Self.smallestVariance).squareRoot()
        }
    }

    /// Moves the running statistics by a fraction towards those of a batch.
    func remember(_ statistics: Tensor, rate: Float, _ parameters: Parameters) {
        let (mean, variance) = (parameters.base + runningMean, parameters.base + runningVariance)
        Columns.map(size, mean, mean, statistics.base) { $0 + ($1 - $0) * rate }
        Columns.map(size, variance, variance, statistics.base + size) { $0 + ($1 - $0) * rate }
    }

    /// `(x − mean) / deviation · gain + bias`, row by row.
    @inline(never)
    func forward(_ parameters: Parameters, _ input: TensorView, _ statistics: Tensor, into output: TensorView) {
        let (factor, offset) = (statistics.base + 3 * size, statistics.base + 4 * size)
        Columns.map(size, factor, statistics.base + 2 * size, parameters.base + gain) { $0 * $1 }
        Columns.map(size, offset, parameters.base + bias, statistics.base, factor) { $0 - $1 * $2 }
        for row in 0..<input.rows {
            Columns.map(size, output.base + row * output.stride, input.base + row * input.stride, factor, offset) {
                $2.addingProduct($0, $1)
            }
        }
    }

    /// Turns the output's gradient into the input's, in place, and adds to the parameters'. With `measured`, the rows' own
    /// statistics were used, through which every row moves every other.
    @inline(never)
    func backward(
        _ parameters: Parameters, _ input: TensorView, _ statistics: Tensor, measured: Bool, gradient: TensorView,
        gradients: Parameters
    ) {
        let (mean, reciprocal) = (statistics.base, statistics.base + 2 * size)
        let (byGain, byBias) = (statistics.base + 3 * size, statistics.base + 4 * size)
        byGain.update(repeating: 0, count: 2 * size)
        for row in 0..<input.rows {
            let slope = gradient.base + row * gradient.stride
            Columns.map(size, byBias, byBias, slope) { $0 + $1 }
            Columns.map(size, byGain, byGain, input.base + row * input.stride, mean, slope) {
                $0.addingProduct($1 - $2, $3)
            }
        }
        Columns.map(size, byGain, byGain, reciprocal) { $0 * $1 }
        Columns.map(size, gradients.base + gain, gradients.base + gain, byGain) { $0 + $1 }
        Columns.map(size, gradients.base + bias, gradients.base + bias, byBias) { $0 + $1 }
        if measured {
            // From each slope go its mean, and the part along the normalised input.
            let share = 1 / Float(input.rows)
            Columns.map(size, byGain, byGain, reciprocal) { $0 * $1 * share }
            Columns.map(size, byBias, byBias, byBias) { sum, _ in sum * share }
            for row in 0..<input.rows {
                let slope = gradient.base + row * gradient.stride
                Columns.map(size, slope, slope, input.base + row * input.stride, mean, byGain) { $0 - ($1 - $2) * $3 }
                Columns.map(size, slope, slope, byBias) { $0 - $1 }
            }
        }
        let factor = byGain
        Columns.map(size, factor, reciprocal, parameters.base + gain) { $0 * $1 }
        for row in 0..<gradient.rows {
            Columns.map(size, gradient.base + row * gradient.stride, gradient.base + row * gradient.stride, factor) {
                $0 * $1
            }
        }
    }
}

/// Loops over runs of numbers, eight at a time; the last run may be shorter. The output may be one of the inputs. In this file,
/// because debug builds inline nothing across files.
enum Columns {
    typealias Lanes = SIMD8<Float>
    typealias Numbers = UnsafeMutablePointer<Float>

    @inline(__always)
    private static func load(_ numbers: Numbers, _ index: Int, _ count: Int) -> Lanes {
        if index + 8 <= count { return UnsafeRawPointer(numbers + index).loadUnaligned(as: Lanes.self) }
        var lanes = Lanes.zero
        for lane in 0..<count - index { lanes[lane] = numbers[index + lane] }
        return lanes
    }

    @inline(__always)
    private static func store(_ lanes: Lanes, _ numbers: Numbers, _ index: Int, _ count: Int) {
        if index + 8 <= count {
            UnsafeMutableRawPointer(numbers + index).storeBytes(of: lanes, as: Lanes.self)
        } else {
            for lane in 0..<count - index { numbers[index + lane] = lanes[lane] }
        }
    }

    /// `output[i] = body(first[i], second[i])`.
    @inline(__always)
    static func map(
        _ count: Int, _ output: Numbers, _ first: Numbers, _ second: Numbers, _ body: (Lanes, Lanes) -> Lanes
    ) {
        for index in stride(from: 0, to: count, by: 8) {
            store(body(load(first, index, count), load(second, index, count)), output, index, count)
        }
    }

    /// `output[i] = body(first[i], second[i], third[i])`.
    @inline(__always)
    static func map(
        _ count: Int, _ output: Numbers, _ first: Numbers, _ second: Numbers, _ third: Numbers,
        _ body: (Lanes, Lanes, Lanes) -> Lanes
    ) {
        for index in stride(from: 0, to: count, by: 8) {
            let lanes = body(load(first, index, count), load(second, index, count), load(third, index, count))
            store(lanes, output, index, count)
        }
    }

    /// `output[i] = body(first[i], second[i], third[i], fourth[i])`.
    @inline(__always)
    static func map(
        _ count: Int, _ output: Numbers, _ first: Numbers, _ second: Numbers, _ third: Numbers, _ fourth: Numbers,
        _ body: (Lanes, Lanes, Lanes, Lanes) -> Lanes
    ) {
        for index in stride(from: 0, to: count, by: 8) {
            let lanes = body(
                load(first, index, count), load(second, index, count), load(third, index, count),
                load(fourth, index, count))
            store(lanes, output, index, count)
        }
    }

    /// Scales a run to length 1.
    @inline(never)
    static func normalise(_ numbers: Numbers, _ count: Int) {
        var sum = Lanes.zero
        for index in stride(from: 0, to: count, by: 8) {
            let lanes = load(numbers, index, count)
            sum.addProduct(lanes, lanes)
        }
        let factor = 1 / max(sum.sum().squareRoot(), 1e-12)
        map(count, numbers, numbers, numbers) { lanes, _ in lanes * factor }
    }
}
