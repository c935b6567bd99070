internal import Numerics

/// A velocity that a flow follows, of one chunk.
protocol VelocityField {
    /// Where the flow is, 1 × numbers of a chunk.
    var point: TensorView { get }
    /// The velocity there.
    var velocity: TensorView { get }

    /// Puts the velocity at ``point`` and `time` into ``velocity``.
    func evaluate(at time: Float)
    /// The transposed Jacobian of the velocity at the point evaluated last, times `cotangent`.
    func pullBack(_ cotangent: TensorView, into result: TensorView)
}

/// Follows velocity fields from time 0, noise, to time 1 with Euler steps.
enum FlowIntegration {
    /// Moves the field's point from time 0 to 1.
    static func follow(_ field: some VelocityField, steps: Int) {
        let interval = 1 / Float(steps)
        for step in 0..<steps {
            field.evaluate(at: Float(step) * interval)
            field.point.add(field.velocity, scale: interval)
        }
    }

    /// Moves the field's point from time 0 to 1, led to a goal.
    ///
    /// At time t the flow heads for `x₁ = x + (1 − t) · v`. Its masked fault `e = mask · (target − x₁)` gives a change of the
    /// velocity of `weight · (∂x₁/∂x)ᵀ e`, where `(∂x₁/∂x)ᵀ e = e + (1 − t) · (∂v/∂x)ᵀ e`, or only `e` without the Jacobian.
    static func follow(_ field: some VelocityField, steps: Int, to goal: FlowGoal, _ guidance: FlowGuidance) {
        let interval = 1 / Float(steps)
        let count = goal.target.count
        for step in 0..<steps {
            let time = Float(step) * interval
            field.evaluate(at: time)
            let (point, velocity, weight) = (field.point.row(0), field.velocity.row(0), guidance.weight(at: time))
            for index in 0..<count {
                let heading = point[index] + (1 - time) * velocity[index]
                goal.fault.base[index] = goal.mask.base[index] * (goal.target.base[index] - heading)
            }
            if guidance.method == .exact {
                field.pullBack(goal.fault.view, into: goal.pulled.view)
                field.velocity.add(goal.pulled.view, scale: weight * (1 - time))
            }
            field.velocity.add(goal.fault.view, scale: weight)
            field.point.add(field.velocity, scale: interval)
        }
    }
}

/// The learned velocity for one observation, whose features are in the workspace.
struct NetworkField: VelocityField {
    let network: VelocityNetwork
    let parameters: Parameters
    let workspace: VelocityNetwork.Workspace
    let scratch: VelocityNetwork.GradientWorkspace

    var point: TensorView { workspace.chunks.view }
    var velocity: TensorView { workspace.velocity.view }

    func evaluate(at time: Float) {
        network.setTime(time, row: 0, workspace)
        network.forward(parameters, rows: 1, workspace)
    }

    func pullBack(_ cotangent: TensorView, into result: TensorView) {
        network.backward(
            parameters, velocityGradient: cotangent, gradients: nil, chunkGradient: result, workspace, scratch)
    }
}
