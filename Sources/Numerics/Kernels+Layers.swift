internal import CRealtime

// Layer normalisation and optimisation: loops over whole layers.

extension Kernels {
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
