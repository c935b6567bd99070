/// A sequence of actions that a policy proposes for consecutive control steps.
public struct ActionChunk: Sendable {
    /// The control step of the observation that it was made from; `actions[0]` belongs to that step.
    public var step: Int
    /// Version of the parameters that produced it.
    public var policyVersion: UInt64
    /// One action a step, each normalised to −1…1: translation (3), rotation vector (3), gripper (−1 open, 1 closed).
    public var actions: [[Float]]

    /// A chunk whose first action belongs to `step`.
    public init(step: Int, policyVersion: UInt64, actions: [[Float]]) {
        self.step = step
        self.policyVersion = policyVersion
        self.actions = actions
    }
}
