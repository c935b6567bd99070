/// What the safety filter and the stop sequence hold the robot to. Every entry is required in a robot file.
public struct SafetyDescription: Equatable, Sendable {
    /// What the motors do once the arm has come to rest.
    public enum TorquePolicy: String, CaseIterable, Equatable, Sendable {
        /// They hold the arm where it stopped.
        case hold
        /// Torque goes off; for arms with brakes, or that cannot fall.
        case release
    }

    /// A setpoint older than this is not followed any further: the arm holds, s.
    public var commandAge: Double
    /// A measurement older than this is a fault, s.
    public var stateAge: Double
    /// How far each joint may be from home when an episode begins, rad.
    public var startupMismatch: Double
    /// How far a joint may be from where it was commanded, rad.
    public var trackingError: Double
    /// Distance that the filter keeps from each end of a joint's range, rad.
    public var positionMargin: Double
    /// Where the tool may be, in the base frame.
    public var workspace: WorkspaceBox
    /// When an arm that pushes without moving is stopped.
    public var stall: StallDescription
    /// How long the arm holds without a new setpoint before it comes to rest, s.
    public var holdDuration: Double
    /// The longest time that coming to a standstill may take, s.
    public var decelerationDuration: Double
    /// The fraction of the joints' speed limits used on the way to the rest pose, 0…1.
    public var restSpeedFraction: Double
    /// Where the arm goes after it stopped, rad for each joint; nil where the file says `none`: it stays where it is.
    public var restPose: JointVector?
    /// What the motors do at rest.
    public var torquePolicy: TorquePolicy
}

/// A box in the robot's base frame.
public struct WorkspaceBox: Equatable, Sendable {
    /// Its corner with the smallest coordinates, m.
    public var lower: SIMD3<Double>
    /// Its corner with the largest coordinates, m.
    public var upper: SIMD3<Double>

    /// From one corner to the other.
    public init(lower: SIMD3<Double>, upper: SIMD3<Double>) {
        self.lower = lower
        self.upper = upper
    }

    /// Whether a point (m, base frame) is in the box or on its surface.
    @inlinable
    public func contains(_ point: SIMD3<Double>) -> Bool {
        point.x >= lower.x && point.y >= lower.y && point.z >= lower.z
            && point.x <= upper.x && point.y <= upper.y && point.z <= upper.z
    }
}

/// When a joint counts as stalled: much torque, no motion, for some time.
public struct StallDescription: Equatable, Sendable {
    /// The part of the torque limit from which on a joint is pushing hard, 0…1.
    public var torqueFraction: Double
    /// The speed below which a joint is not moving, rad/s.
    public var velocity: Double
    /// How long both must last, s.
    public var duration: Double
}
