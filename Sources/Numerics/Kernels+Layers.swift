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

    /// `Σ body(sum, index)` over whole runs of eight, in four sums that need not wait for one another; and `rest` for what is
    /// left.
    @inline(__always)
    fileprivate static func sum(_ count: Int, _ body: (Lanes, Int) -> Lanes, rest: (Int) -> Float) -> Float {
        var (s0, s1, s2, s3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        var index = 0
        while index + 32 <= count {
            s0 = body(s0, index)
            s1 = body(s1, index + 8)
            s2 = body(s2, index + 16)
            s3 = body(s3, index + 24)
            index += 32
        }
        while index + 8 <= count {
            s0 = body(s0, index)
            index += 8
        }
        var result = total((s0 + s1) + (s2 + s3))
        while index < count {
            result += rest(index)
            index += 1
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
        let mean =
            sum(count) {
                $0 + load(input + $1)
            } rest: {
                input[$0]
            } / Float(count)
        let middle = Lanes(repeating: mean)
        let squares = sum(count) {
            let difference = load(input + $1) - middle
            return $0.addingProduct(difference, difference)
        } rest: {
            (input[$0] - mean) * (input[$0] - mean)
        }
        let reciprocal = Float(1 / steadyhand_sqrt(Double(squares / Float(count)) + 1e-5))
        var index = 0
        let (factor, floor) = (Lanes(repeating: reciprocal), Lanes(repeating: lowest))
        while index + 8 <= count {
            let normalised = (load(input + index) - middle) * factor
            let value = load(bias + index).addingProduct(normalised, load(gain + index))
            store(value.replacing(with: floor, where: value .< floor), output + index)
            index += 8
        }
        while index < count {
            output[index] = max((input[index] - mean) * reciprocal * gain[index] + bias[index], lowest)
            index += 1
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
        let (middle, factor) = (Lanes(repeating: mean), Lanes(repeating: reciprocal))
        @inline(__always) func normalised(_ index: Int) -> Lanes { (load(input + index) - middle) * factor }
        @inline(__always) func slope(_ index: Int) -> Lanes {
            var slope = load(outputGradient + index)
            if let output { slope.replace(with: Lanes.zero, where: load(output + index) .<= Lanes.zero) }
            return slope
        }
        @inline(__always) func normalised(at rest: Int) -> Float { (input[rest] - mean) * reciprocal }
        @inline(__always) func slope(at rest: Int) -> Float {
            (output.map { $0[rest] > 0 } ?? true) ? outputGradient[rest] : 0
        }
        if let gainGradient, let biasGradient {
            var index = 0
            while index + 8 <= count {
                let slope = slope(index)
                store(load(gainGradient + index).addingProduct(slope, normalised(index)), gainGradient + index)
                store(load(biasGradient + index) + slope, biasGradient + index)
                index += 8
            }
            while index < count {
                gainGradient[index] += slope(at: index) * normalised(at: index)
                biasGradient[index] += slope(at: index)
                index += 1
            }
        }
        let share = 1 / Float(count)
        let average =
            share
            * sum(count) {
                $0.addingProduct(slope($1), load(gain + $1))
            } rest: {
                slope(at: $0) * gain[$0]
            }
        let correlation =
            share
            * sum(count) {
                $0.addingProduct(slope($1) * load(gain + $1), normalised($1))
            } rest: {
                slope(at: $0) * gain[$0] * normalised(at: $0)
            }
        let (down, along) = (Lanes(repeating: -average), Lanes(repeating: -correlation))
        var index = 0
        while index + 8 <= count {
            let inner = down.addingProduct(normalised(index), along).addingProduct(slope(index), load(gain + index))
            store(
                adding ? load(inputGradient + index).addingProduct(inner, factor) : inner * factor,
                inputGradient + index)
            index += 8
        }
        while index < count {
            let inner = slope(at: index) * gain[index] - average - normalised(at: index) * correlation
            inputGradient[index] = (adding ? inputGradient[index] : 0) + inner * reciprocal
            index += 1
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
        let (scale, small, kept) = (Lanes(repeating: gradientScale), Lanes(repeating: epsilon), Lanes(repeating: keep))
        let (decay1, decay2) = (Lanes(repeating: beta1), Lanes(repeating: beta2))
        let (share1, share2) = (Lanes(repeating: 1 - beta1), Lanes(repeating: 1 - beta2))
        let down = Lanes(repeating: -rate)
        var index = 0
        while index < count {
            let slope = load(gradient + index) * scale
            let first = (slope * share1).addingProduct(load(firstMoment + index), decay1)
            let second = (slope * slope * share2).addingProduct(load(secondMoment + index), decay2)
            store(first, firstMoment + index)
            store(second, secondMoment + index)
            let change = first * down / (root(second) + small)
            store(change.addingProduct(load(parameters + index), kept), parameters + index)
            index += 8
        }
    }
}
