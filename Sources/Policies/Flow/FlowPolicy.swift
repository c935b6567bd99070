public import Numerics
internal import Synchronization

/// A policy that turns Gaussian noise into a chunk of actions by following a learned velocity field.
///
/// Conditional flow matching with straight paths (Lipman et al., "Flow matching for generative modeling", 2023; Liu et al.,
/// "Flow straight and fast", 2023): at time t = 0 a chunk is noise, at t = 1 an action chunk, between them
/// `x_t = (1 − t) · noise + t · chunk`, and the network learns the velocity `chunk − noise`. (openpi counts time the other
/// way round.) A proposal integrates the velocity from 0 to 1 with Euler steps.
///
/// One proposal is made at a time; ``replica()`` gives another thread a policy of its own with the same parameters.
public final class FlowPolicy: ChunkPolicy {
    /// The network's shape.
    public let configuration: FlowConfiguration
    /// What it was made for.
    public let purpose: PolicyPurpose
    /// From observations to features.
    public let encoder: FeatureEncoder
    /// Between actions and the flow's numbers.
    public let scaler: ActionScaler
    /// The training step that the parameters come from.
    public let version: UInt64

    /// How a proposal is led to go on from the chunk under way.
    public let guidance: FlowGuidance

    let network: VelocityNetwork
    let parameters: Parameters
    private let sampler: Mutex<Sampler>

    /// Memory for one proposal.
    private struct Sampler {
        let field: NetworkField
        let goal: FlowGoal
        var features: [Float]
    }

    init(
        configuration: FlowConfiguration, purpose: PolicyPurpose, encoder: FeatureEncoder, scaler: ActionScaler,
        parameters: Parameters, version: UInt64, guidance: FlowGuidance = FlowGuidance()
    ) throws(PolicyError) {
        try ProcessorCheck.run()
        self.configuration = configuration
        self.purpose = purpose
        self.encoder = encoder
        self.scaler = scaler
        self.parameters = parameters
        self.version = version
        self.guidance = guidance
        let network = VelocityNetwork(
            configuration: configuration, actionSize: purpose.actionSize, featureSize: encoder.size)
        self.network = network
        sampler = Mutex(
            Sampler(
                field: NetworkField(
                    network: network, parameters: parameters,
                    workspace: VelocityNetwork.Workspace(network, rows: 1),
                    scratch: VelocityNetwork.GradientWorkspace(network, rows: 1)),
                goal: FlowGoal(chunkSize: network.chunkSize),
                features: Array(repeating: 0, count: encoder.size)))
    }

    /// Actions in a chunk.
    public var horizon: Int { configuration.horizon }
    /// Numbers in an action.
    public var actionSize: Int { purpose.actionSize }
    /// Yes.
    public var continuesChunks: Bool { true }

    /// A policy with the same parameters, shared, and its own work space.
    public func replica() throws(PolicyError) -> FlowPolicy { try guided(guidance) }

    /// As ``replica()``.
    public func makeReplica() throws -> any ChunkPolicy { try replica() }

    /// A ``replica()`` that is led in another way where it continues a chunk.
    public func guided(_ guidance: FlowGuidance) throws(PolicyError) -> FlowPolicy {
        try FlowPolicy(
            configuration: configuration, purpose: purpose, encoder: encoder, scaler: scaler, parameters: parameters,
            version: version, guidance: guidance)
    }

    /// A chunk of ``horizon`` actions within −1…1, led by ``guidance`` where the request has a chunk to continue. Takes
    /// `horizon · actionSize` Gaussians from `random`.
    ///
    /// - Throws: ``PolicyError`` if the observation does not fit the layout or is not finite, or if the network's answer is
    ///   not finite.
    public func propose(_ request: ChunkRequest, random: inout RandomStream) throws -> ActionChunk {
        let actions = try sample(request, random: &random)
        return ActionChunk(step: request.step, policyVersion: version, actions: actions)
    }

    private func sample(_ request: ChunkRequest, random: inout RandomStream) throws(PolicyError) -> [[Float]] {
        var stream = random
        let result = sampler.withLock { sampler in
            Result { () throws(PolicyError) in try integrate(request, &sampler, &stream) }
        }
        random = stream
        return try result.get()
    }

    private func integrate(
        _ request: ChunkRequest, _ sampler: inout Sampler, _ random: inout RandomStream
    ) throws(PolicyError) -> [[Float]] {
        try encoder.encode(request.observation, into: &sampler.features)
        let workspace = sampler.field.workspace
        for (index, feature) in sampler.features.enumerated() { workspace.conditionInput.base[index] = feature }
        let chunk = workspace.chunks.view.row(0)
        random.fillGaussian(chunk)
        if let continuation = request.continuation {
            try sampler.goal.set(continuation, horizon: horizon, scaler: scaler)
            FlowIntegration.follow(sampler.field, steps: configuration.samplingSteps, to: sampler.goal, guidance)
        } else {
            FlowIntegration.follow(sampler.field, steps: configuration.samplingSteps)
        }
        return try actions(chunk)
    }

    private func actions(_ chunk: UnsafeMutableBufferPointer<Float>) throws(PolicyError) -> [[Float]] {
        var actions: [[Float]] = []
        actions.reserveCapacity(horizon)
        for step in 0..<horizon {
            var action = [Float](repeating: 0, count: actionSize)
            for component in 0..<actionSize {
                let number = chunk[step * actionSize + component]
                guard number.isFinite else { throw .actionNotFinite(step: step, component: component) }
                action[component] = scaler.action(number, component)
            }
            actions.append(action)
        }
        return actions
    }
}

/// What a policy was made for.
public struct PolicyPurpose: Hashable, Codable, Sendable {
    /// What it sees.
    public var layout: ObservationLayout
    /// Numbers in an action.
    public var actionSize: Int
    /// The task's name.
    public var task: String
    /// The robot's name.
    public var robot: String

    /// All of it.
    public init(layout: ObservationLayout, actionSize: Int, task: String, robot: String) {
        self.layout = layout
        self.actionSize = actionSize
        self.task = task
        self.robot = robot
    }

    /// The first way in which something made for this purpose does not fit another, as an error message puts it; nil if it
    /// fits.
    public func mismatch(with wanted: PolicyPurpose) -> String? {
        if task != wanted.task { return "made for the task '\(task)'; '\(wanted.task)' is wanted" }
        if robot != wanted.robot { return "made for the robot '\(robot)'; '\(wanted.robot)' is wanted" }
        if actionSize != wanted.actionSize {
            return "its actions have \(actionSize) numbers; \(wanted.actionSize) are wanted"
        }
        return layout.difference(from: wanted.layout).map { "made for other observations: \($0)" }
    }
}
