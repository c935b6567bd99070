public import Realtime

/// What an arm and its gripper measured in one control cycle.
///
/// A driver that could not read a joint leaves that joint's values as they were and lets its time stand, so that the age
/// of each value is known; the fault says why.
public struct RobotState: BitwiseCopyable, Sendable {
    /// When the newest value in here was measured.
    public var time: MonotonicTime = .zero
    /// The control cycle that read it, counted from the loop's start.
    public var cycle: UInt64 = 0

    /// Measured joint positions, rad.
    public var jointPositions: JointVector = .zero
    /// Measured joint velocities, rad/s.
    public var jointVelocities: JointVector = .zero
    /// Measured joint torques, N·m, positive along the joint's axis; without gravity compensation taken out.
    public var jointTorques: JointVector = .zero
    /// When each joint was last measured.
    public var jointTimes: InlineArray<8, MonotonicTime> = InlineArray(repeating: .zero)
    /// What each joint's device complains about.
    public var jointFaults: InlineArray<8, DeviceFault> = InlineArray(repeating: [])

    /// The gripper's measurements.
    public var gripper = GripperState()

    /// Nothing measured yet: zeros.
    @inlinable
    public init() {}
}

/// What a gripper measured.
public struct GripperState: BitwiseCopyable, Sendable {
    /// Distance between the fingers, m.
    public var opening: Double = 0
    /// Rate of change of the opening, m/s.
    public var velocity: Double = 0
    /// Force on the fingers, N, positive when closing on something.
    public var force: Double = 0
    /// When the gripper was last measured.
    public var time: MonotonicTime = .zero
    /// What the gripper's device complains about.
    public var fault: DeviceFault = []

    /// Nothing measured yet: zeros.
    @inlinable
    public init() {}
}

/// What a device reported or what became of the attempt to ask it.
public struct DeviceFault: OptionSet, BitwiseCopyable, Hashable, Sendable {
    /// The set as bits.
    public let rawValue: UInt16

    /// A set with these bits.
    @inlinable
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// No reply, or none before the deadline.
    @inlinable public static var noReply: DeviceFault { DeviceFault(rawValue: 1 << 0) }
    /// A reply came but could not be understood.
    @inlinable public static var garbledReply: DeviceFault { DeviceFault(rawValue: 1 << 1) }
    /// The device reports overload or too much current.
    @inlinable public static var overload: DeviceFault { DeviceFault(rawValue: 1 << 2) }
    /// The device reports that it is too hot.
    @inlinable public static var overheated: DeviceFault { DeviceFault(rawValue: 1 << 3) }
    /// The device reports a supply voltage out of its range.
    @inlinable public static var voltage: DeviceFault { DeviceFault(rawValue: 1 << 4) }
    /// The device reports a broken encoder or sensor.
    @inlinable public static var sensor: DeviceFault { DeviceFault(rawValue: 1 << 5) }
    /// The device stopped by itself and waits to be reset.
    @inlinable public static var stopped: DeviceFault { DeviceFault(rawValue: 1 << 6) }
}
