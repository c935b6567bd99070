/// Where the safety filter changed what was asked for, in one control cycle.
public struct LimiterFlags: OptionSet, BitwiseCopyable, Hashable, Sendable {
    /// The set as bits.
    public let rawValue: UInt32

    /// A set with these bits.
    @inlinable
    @_noLocks
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// How many flags there are; flag number `n` is bit `n`.
    @inlinable
    public static var count: Int { @_noLocks get { 14 } }

    /// The flags' names in bit order, as run folders and episode files write them.
    public static var names: [String] {
        [
            "notFinite", "setpointAge", "setpointRange", "position", "velocity", "acceleration", "jerk", "torque",
            "torqueRate", "workspace", "gripperRange", "gripperSpeed", "trackingError", "singularity",
        ]
    }

    /// A setpoint or a controller's output was not a finite number and was not followed.
    @inlinable
    public static var notFinite: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 0) } }
    /// The setpoint was too old to be followed; the arm held.
    @inlinable
    public static var setpointAge: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 1) } }
    /// A setpoint's goal was outside of the joints' range and was moved to its edge.
    @inlinable
    public static var setpointRange: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 2) } }
    /// A joint was slowed down so that it can stop before the end of its range.
    @inlinable
    public static var position: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 3) } }
    /// A joint's speed was limited.
    @inlinable
    public static var velocity: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 4) } }
    /// The joints' accelerations were limited.
    @inlinable
    public static var acceleration: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 5) } }
    /// The change of the joints' accelerations was limited.
    @inlinable
    public static var jerk: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 6) } }
    /// A joint's torque was limited.
    @inlinable
    public static var torque: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 7) } }
    /// The change of the joints' torques was limited.
    @inlinable
    public static var torqueRate: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 8) } }
    /// The tool's goal was outside of the workspace and was moved to its surface, or a motion farther out was stopped.
    @inlinable
    public static var workspace: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 9) } }
    /// The gripper's goal was outside of its range.
    @inlinable
    public static var gripperRange: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 10) } }
    /// The gripper's goal was approached at its largest speed.
    @inlinable
    public static var gripperSpeed: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 11) } }
    /// The reference was frozen because the arm was too far behind it.
    @inlinable
    public static var trackingError: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 12) } }
    /// The arm was so near to a singularity that the operational-space inertia was damped.
    @inlinable
    public static var singularity: LimiterFlags { @_noLocks get { LimiterFlags(rawValue: 1 << 13) } }
}

/// What is wrong with the robot; any of these latches until a person resets it.
public struct SafetyFaults: OptionSet, BitwiseCopyable, Hashable, Sendable {
    /// The set as bits.
    public let rawValue: UInt32

    /// A set with these bits.
    @inlinable
    @_noLocks
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The faults' names in bit order.
    public static var names: [String] {
        [
            "stateNotFinite", "stateAge", "startupMismatch", "positionLimit", "velocityLimit", "workspace",
            "trackingError", "stall", "device", "overrun", "model",
        ]
    }

    /// A measurement was not a finite number.
    @inlinable
    public static var stateNotFinite: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 0) } }
    /// A joint's measurement was too old.
    @inlinable
    public static var stateAge: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 1) } }
    /// The arm was not where an episode was to begin.
    @inlinable
    public static var startupMismatch: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 2) } }
    /// A joint was measured beyond the end of its range.
    @inlinable
    public static var positionLimit: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 3) } }
    /// A joint was measured to move much faster than its speed limit.
    @inlinable
    public static var velocityLimit: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 4) } }
    /// The tool was measured far outside of its workspace.
    @inlinable
    public static var workspace: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 5) } }
    /// A joint was too far from where it was commanded.
    @inlinable
    public static var trackingError: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 6) } }
    /// A joint pushed hard without moving for too long.
    @inlinable
    public static var stall: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 7) } }
    /// A joint's device reported a fault.
    @inlinable
    public static var device: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 8) } }
    /// The control loop missed too many deadlines.
    @inlinable
    public static var overrun: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 9) } }
    /// The arm's dynamics could not be computed.
    @inlinable
    public static var model: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 10) } }

    /// The faults after which the measurements cannot be used to slow the arm down.
    @inlinable
    public static var blinding: SafetyFaults { @_noLocks get { SafetyFaults(rawValue: 1 << 0 | 1 << 1 | 1 << 10) } }

    /// The names of the faults that are set.
    public var activeNames: [String] {
        Self.names.enumerated().filter { rawValue & (1 << UInt32($0.offset)) != 0 }.map(\.element)
    }
}

extension LimiterFlags {
    /// The names of the flags that are set.
    public var activeNames: [String] {
        Self.names.enumerated().filter { rawValue & (1 << UInt32($0.offset)) != 0 }.map(\.element)
    }
}

/// How often each of ``LimiterFlags`` was set, in control cycles.
public struct InterventionCounts: BitwiseCopyable, Sendable {
    /// Entry `n` counts flag number `n`.
    public var counts: InlineArray<16, UInt64> = InlineArray(repeating: 0)

    /// Nothing counted yet.
    @inlinable
    @_noLocks
    public init() {}

    /// How many cycles a flag was set in.
    public subscript(flag: LimiterFlags) -> UInt64 { counts[flag.rawValue.trailingZeroBitCount] }

    /// Adds one to each flag that is set.
    @_noLocks
    public mutating func record(_ flags: LimiterFlags) {
        var remaining = flags.rawValue
        while remaining != 0 {
            counts[remaining.trailingZeroBitCount] &+= 1
            remaining &= remaining &- 1
        }
    }
}
