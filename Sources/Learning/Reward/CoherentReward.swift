internal import Glibc
public import Numerics

/// The constants of the coherent reward.
public struct CoherentRewardConfiguration: Hashable, Codable, Sendable {
    /// The temperature α times the number of action dimensions.
    public var scale: Float = 1
    /// Rewards below are raised to it.
    public var lowest: Float = -2
    /// Rewards above are lowered to it; `ln 2 − ½ ln 10⁻⁵` per dimension in the reference.
    public var highest: Float = 6.45
    /// Rate of the plain gradient descent that refines the reward.
    public var refinementRate: Float = 1e-3
    /// Weight of the term that draws the reward of experience to zero.
    public var experienceWeight: Float = 1

    /// The values of the reference, with a higher lower bound.
    public init() {}

    /// Checks the ranges.
    ///
    /// - Throws: ``LearningError/configuration(_:)``.
    public func check() throws(LearningError) {
        guard scale > 0, scale <= 100 else { throw .configuration("a reward scale is in 0..<100; not \(scale)") }
        guard lowest.isFinite, highest.isFinite, lowest < highest else {
            throw .configuration("the lowest reward, \(lowest), must be below the highest, \(highest)")
        }
        guard refinementRate >= 0, refinementRate <= 1, experienceWeight >= 0, experienceWeight <= 100 else {
            throw .configuration("a reward's refinement rate is in 0...1 and its experience weight in 0...100")
        }
    }
}

/// The reward for which a cloned policy is already optimal: `r(s, u) = α (ln π(u|s) − ln p(u))` with the uniform prior
/// `p = 2^−d` and `α = scale / d` (Watson, Huang, Heess, "Coherent soft imitation learning", NeurIPS 2023).
///
/// High for demonstrated actions in familiar states, low for other actions there, and near zero where nothing was shown.
public final class CoherentReward {
    /// The constants.
    public let configuration: CoherentRewardConfiguration
    /// The shape of the policy inside.
    public let network: StationaryNetwork
    /// Its parameters; a copy of the cloned policy's at first, moved by ``refine(demonstrations:actions:experience:actions:)``.
    public let parameters: Parameters
    /// How many rows one call takes.
    public let capacity: Int

    private let gradients: Parameters
    private let workspace: StationaryNetwork.Workspace
    private let scratch: StationaryNetwork.GradientWorkspace

    /// The reward of a cloned policy, whose parameters are copied. Calls take up to `capacity` rows.
    ///
    /// - Throws: ``LearningError/configuration(_:)``.
    public init(
        configuration: CoherentRewardConfiguration, network: StationaryNetwork, cloned: Parameters, capacity: Int
    ) throws(LearningError) {
        try configuration.check()
        self.configuration = configuration
        self.network = network
        self.capacity = capacity
        parameters = cloned.duplicate()
        gradients = Parameters(layout: network.layout)
        workspace = StationaryNetwork.Workspace(network, rows: capacity)
        scratch = StationaryNetwork.GradientWorkspace(network, rows: capacity)
        network.prepare(parameters, workspace)
    }

    /// To be called after ``parameters`` were overwritten from outside.
    public func parametersChanged() { network.prepare(parameters, workspace) }

    /// α, the weight of a nat.
    public var temperature: Float { configuration.scale / Float(network.actionSize) }

    /// Rewards of rows and actions, held within the bounds. Of each row the first numbers are used.
    public func evaluate(inputs: TensorView, actions: TensorView, into rewards: UnsafeMutableBufferPointer<Float>) {
        precondition(
            inputs.rows <= capacity && actions.rows == inputs.rows && rewards.count == inputs.rows,
            "reward: shapes do not fit")
        network.forward(parameters, inputs.columns(0..<network.inputs), workspace)
        for row in 0..<inputs.rows {
            rewards[row] = min(max(reward(row, actions.row(row)), configuration.lowest), configuration.highest)
        }
    }

    /// Rewards of the most likely actions.
    public func evaluateModes(inputs: TensorView, into rewards: UnsafeMutableBufferPointer<Float>) {
        precondition(inputs.rows <= capacity && rewards.count == inputs.rows, "reward: shapes do not fit")
        network.forward(parameters, inputs.columns(0..<network.inputs), workspace)
        for row in 0..<inputs.rows {
            var sum = 0.0
            for index in row * network.actionSize..<(row + 1) * network.actionSize {
                let (mean, deviation) = (Double(workspace.mean.base[index]), Double(workspace.deviation.base[index]))
                sum += SquashedGaussian.logDensity(action: tanh(mean), mean: mean, deviation: deviation).value
            }
            rewards[row] = min(max(scaled(sum), configuration.lowest), configuration.highest)
        }
    }

    /// Standard deviations of the last evaluation's Gaussians, batch × action.
    func deviations(rows: Int) -> TensorView { workspace.deviation.firstRows(rows) }

    private func scaled(_ logDensity: Double) -> Float {
        temperature * (Float(logDensity) + Float(network.actionSize) * 0.6931472)
    }

    private func reward(_ row: Int, _ action: UnsafeMutableBufferPointer<Float>) -> Float {
        var sum = 0.0
        for index in 0..<network.actionSize {
            let place = row * network.actionSize + index
            sum +=
                SquashedGaussian.logDensity(
                    action: Double(action[index]), mean: Double(workspace.mean.base[place]),
                    deviation: Double(workspace.deviation.base[place])
                ).value
        }
        return scaled(sum)
    }

    /// What a refinement step saw.
    public struct Refinement: Equatable, Sendable {
        /// Mean unbounded reward of demonstrations before the step.
        public var demonstrations: Double
        /// Mean unbounded reward of experience before the step.
        public var experience: Double
        /// `−mean_D r + c · mean_O (e^{−r} − 1 + r)`, with r held above −5 in the second term.
        public var loss: Double
        /// Length of the gradient.
        public var gradientNorm: Double
    }

    /// One slow step of plain gradient descent: demonstrations become more rewarding, and the reward of experience is drawn
    /// to zero by a term `e^{−r} − 1 + r`, which is never negative. Both of its parts stop at r = −5, so that a very low
    /// reward is not pushed further down.
    ///
    /// - Throws: ``LearningError/notFinite(_:)``; the parameters are then as before.
    @discardableResult
    public func refine(
        demonstrations: TensorView, actions demonstrated: TensorView, experience: TensorView, actions tried: TensorView
    ) throws(LearningError) -> Refinement {
        precondition(
            demonstrations.rows <= capacity && experience.rows <= capacity
                && demonstrations.rows == demonstrated.rows && experience.rows == tried.rows
                && demonstrations.rows > 0 && experience.rows > 0, "refinement: shapes do not fit")
        gradients.clear()
        var result = Refinement(demonstrations: 0, experience: 0, loss: 0, gradientNorm: 0)
        let (first, second) = (Double(demonstrations.rows), Double(experience.rows))
        let weight = Double(configuration.experienceWeight)
        accumulate(demonstrations, demonstrated) { reward in
            result.demonstrations += reward / first
            result.loss -= reward / first
            return -1 / first
        }
        accumulate(experience, tried) { reward in
            let term = Self.experienceTerm(reward)
            result.experience += reward / second
            result.loss += weight * term.value / second
            return weight * term.slope / second
        }
        result.gradientNorm = Double(gradients.norm)
        guard result.loss.isFinite, result.gradientNorm.isFinite else {
            throw .notFinite("the gradient of the reward's refinement")
        }
        parameters.storage.view.add(gradients.storage.view, scale: -configuration.refinementRate)
        network.prepare(parameters, workspace)
        return result
    }

    /// `e^{−r} − 1 + r`, an estimate of a divergence that is never negative (Schulman, "Approximating KL divergence", 2020),
    /// and its slope; both stand still below −5.
    static func experienceTerm(_ reward: Double) -> (value: Double, slope: Double) {
        let held = max(reward, -5)
        return (Glibc.exp(-held) - 1 + held, reward < -5 ? 0 : 1 - Glibc.exp(-held))
    }

    /// Adds the gradient of a loss whose derivative by each row's reward `slope` returns.
    private func accumulate(_ inputs: TensorView, _ actions: TensorView, slope: (Double) -> Double) {
        let input = inputs.columns(0..<network.inputs)
        network.forward(parameters, input, workspace)
        for row in 0..<inputs.rows {
            let action = actions.row(row)
            let factor = Float(slope(Double(reward(row, action)))) * temperature
            for index in 0..<network.actionSize {
                let place = row * network.actionSize + index
                let density = SquashedGaussian.logDensity(
                    action: Double(action[index]), mean: Double(workspace.mean.base[place]),
                    deviation: Double(workspace.deviation.base[place]))
                scratch.mean.base[place] = factor * Float(density.byMean)
                scratch.deviation.base[place] = factor * Float(density.byDeviation)
            }
        }
        network.backward(parameters, input, gradients: gradients, through: .everything, workspace, scratch)
    }
}
