/// A function applied to every number.
public enum Activation: String, Hashable, Codable, Sendable, CaseIterable {
    /// `x · σ(x)` (also called swish).
    case silu
    /// `max(x, 0)`.
    case relu
    /// `x` where positive, else `eˣ − 1`.
    case elu
    /// The hyperbolic tangent.
    case tanh

    /// Applies it row by row; `output` may be `input`.
    public func forward(_ input: TensorView, into output: TensorView) {
        precondition(input.rows == output.rows && input.columns == output.columns, "activation: shapes do not fit")
        eachRow(input, output) { from, to, count in
            switch self {
            case .silu: Kernels.silu(from, to, count)
            case .relu: Kernels.relu(from, to, count)
            case .elu: Kernels.elu(from, to, count)
            case .tanh: Kernels.tanh(from, to, count)
            }
        }
    }

    /// Turns the output's gradient into the input's, in place; `input` is what ``forward(_:into:)`` was given.
    public func backward(input: TensorView, gradient: TensorView) {
        precondition(input.rows == gradient.rows && input.columns == gradient.columns, "activation: shapes do not fit")
        eachRow(input, gradient) { from, slope, count in
            switch self {
            case .silu: Kernels.siluBackward(from, slope, count)
            case .relu: Kernels.reluBackward(from, slope, count)
            case .elu: Kernels.eluBackward(from, slope, count)
            case .tanh: Kernels.tanhBackward(from, slope, count)
            }
        }
    }

    private func eachRow(
        _ first: TensorView, _ second: TensorView,
        _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
    ) {
        if first.isContiguous && second.isContiguous {
            body(first.base, second.base, first.rows * first.columns)
        } else {
            for row in 0..<first.rows {
                body(first.base + row * first.stride, second.base + row * second.stride, first.columns)
            }
        }
    }
}
