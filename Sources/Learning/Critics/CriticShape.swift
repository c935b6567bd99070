internal import Numerics

/// What a kind of critic is to a ``CriticPair``: a network, and how it learns from a batch. Parameters, gradients and work
/// space are handed in.
protocol CriticShape: Sendable {
    associatedtype Workspace: AnyObject
    var stateSize: Int { get }
    var actionSize: Int { get }
    var layout: ParameterLayout { get }
    /// Numbers of a row's target.
    var targetSize: Int { get }

    func initialise(_ parameters: Parameters, random: inout RandomStream)

    /// Memory for batches of `rows` rows.
    func makeWorkspace(rows: Int) -> Workspace

    /// Values (batch × 1) of rows of state and action, as the policy sees them.
    func evaluate(_ parameters: Parameters, _ input: TensorView, _ workspace: Workspace) -> TensorView

    /// Adds to `gradients` what the gradient of the values evaluated last (batch × 1) implies. With `actionGradient`, of all
    /// parameters only normalisation's get their gradients, which the caller ignores.
    func backward(
        _ parameters: Parameters, _ input: TensorView, valueGradient: TensorView, gradients: Parameters,
        actionGradient: TensorView?, _ workspace: Workspace)

    /// Values (batch × 1) behind the returns, for the targets.
    func foresee(_ parameters: Parameters, _ batch: LearnerBatch, _ workspace: Workspace) -> TensorView

    /// The target of a row, from what was foreseen last.
    func makeTarget(
        _ row: Int, _ batch: LearnerBatch, _ workspace: Workspace, into target: UnsafeMutablePointer<Float>)

    /// Adds the gradient of the batch's loss.
    func learn(
        _ parameters: Parameters, _ batch: LearnerBatch, targets: TensorView, gradients: Parameters,
        _ workspace: Workspace
    ) -> CriticLoss

    /// What is to be done after the optimiser's step, which is counted from 1.
    func settle(_ parameters: Parameters, step: Int, _ workspace: Workspace)
}

/// What one critic saw in a batch.
struct CriticLoss {
    /// Mean squared difference from the targets.
    var squaredError = 0.0
    /// Mean value of the sampled steps.
    var meanValue = 0.0
    /// Mean probability of the first and the last atom together; 0 without atoms.
    var edgeAtoms = 0.0
}

/// What an update of both critics saw.
struct CriticUpdate {
    /// Mean squared error, averaged over both critics.
    var squaredError = 0.0
    /// Mean value, averaged over both.
    var meanValue = 0.0
    /// Root mean square of the action gradient in a random direction, averaged over both; 0 without penalty.
    var slope = 0.0
    /// Length of the gradient, the larger of both.
    var gradientNorm = 0.0
    /// Probability of the first and the last atom together, averaged over both.
    var edgeAtoms = 0.0
}

/// Two critics of any kind, as a learner sees them.
protocol Critics: AnyObject {
    /// Updates done.
    var step: Int { get set }
    var parameters: [Parameters] { get }
    var targets: [Parameters] { get }
    var optimisers: [Adam] { get }

    /// Makes the targets of a batch; returns the first row whose target is not finite.
    func aim(_ batch: LearnerBatch) -> Int?

    /// One update of both critics towards the targets made last, and of their slow copies.
    ///
    /// - Parameter penalty: weight of `√ mean ‖∂Q/∂a‖²` over the batch's demonstrations, which keeps demonstrated actions
    ///   stationary points of the value.
    /// - Throws: ``LearningError/notFinite(_:)``; the critics are then as before.
    func learn(
        _ batch: LearnerBatch, learningRate: Float, penalty: Float, random: inout RandomStream
    ) throws(LearningError) -> CriticUpdate

    /// The smaller of both values for each row, and its gradient by the action; returns the mean value.
    func actionGradient(_ input: TensorView, into gradient: TensorView) -> Double
}

extension Linear {
    /// Back through the layer: to its input and, with `whole`, to its parameters.
    func pass(
        _ parameters: Parameters, _ input: TensorView, _ gradient: TensorView, _ gradients: Parameters,
        into result: TensorView, whole: Bool
    ) {
        if whole {
            backward(
                parameters, input: input, outputGradient: gradient, gradients: gradients,
                inputGradient: .replace(result))
        } else {
            inputGradient(parameters, outputGradient: gradient, columns: 0..<inputs, into: result)
        }
    }
}
