public import Realtime
public import Robots

/// Looks at every measurement for what must end in a stop.
public struct SafetyMonitor: BitwiseCopyable, Sendable {
    /// A joint measured faster than this multiple of its speed limit is a fault: torques do not hold a speed exactly.
    public static var velocityTolerance: Double { @_noLocks get { 1.5 } }
    /// A tool measured farther out of the workspace than this is a fault, m; goals are kept inside of it.
    public static var workspaceTolerance: Double { @_noLocks get { 0.05 } }

    let jointCount: Int
    let lower: JointVector
    let upper: JointVector
    let velocity: JointVector
    let torque: JointVector
    let home: JointVector
    let stateAge: UInt64
    let startupMismatch: Double
    let workspaceLower: SIMD3<Double>
    let workspaceUpper: SIMD3<Double>
    let stallFraction: Double
    let stallVelocity: Double
    let stallCycles: Int
    private var stalled = InlineArray<8, Int>(repeating: 0)
    /// A bit for each joint that pushed hard without moving for too long.
    public private(set) var stalledJoints: UInt32 = 0

    /// Takes the limits from a robot file.
    public init(robot: RobotDescription) {
        jointCount = robot.jointCount
        lower = JointVector(robot.joints.map(\.lower))
        upper = JointVector(robot.joints.map(\.upper))
        velocity = JointVector(robot.joints.map(\.velocity))
        torque = JointVector(robot.joints.map(\.torque))
        home = robot.home
        stateAge = UInt64(robot.safety.stateAge * 1e9)
        startupMismatch = robot.safety.startupMismatch
        workspaceLower = robot.safety.workspace.lower
        workspaceUpper = robot.safety.workspace.upper
        stallFraction = robot.safety.stall.torqueFraction
        stallVelocity = robot.safety.stall.velocity
        stallCycles = max(1, Int(robot.safety.stall.duration * robot.control.rate))
    }

    /// Forgets how long joints have been pushing.
    @_noLocks
    public mutating func restart() {
        for joint in 0..<8 { stalled[joint] = 0 }
        stalledJoints = 0
    }

    /// The faults that make a measurement unusable; must be empty before anything else is computed from it.
    @_noLocks
    public func blindingFaults(_ state: borrowing RobotState, now: MonotonicTime) -> SafetyFaults {
        var faults: UInt32 = 0
        for joint in 0..<jointCount {
            if !state.jointPositions[joint].isFinite { faults |= SafetyFaults.stateNotFinite.rawValue }
            if !state.jointVelocities[joint].isFinite { faults |= SafetyFaults.stateNotFinite.rawValue }
            if now.nanoseconds(since: state.jointTimes[joint]) > stateAge {
                faults |= SafetyFaults.stateAge.rawValue
            }
        }
        if !state.gripper.opening.isFinite { faults |= SafetyFaults.stateNotFinite.rawValue }
        return SafetyFaults(rawValue: faults)
    }

    /// The faults that a usable measurement shows.
    ///
    /// - Parameters:
    ///   - state: Usable.
    ///   - toolPosition: In the base frame, m.
    ///   - torques: What the motors were sent last, N·m.
    @_noLocks
    public mutating func faults(
        _ state: borrowing RobotState, toolPosition: SIMD3<Double>, torques: borrowing JointVector
    ) -> SafetyFaults {
        var faults: UInt32 = 0
        for joint in 0..<jointCount {
            let position = state.jointPositions[joint]
            let speed = abs(state.jointVelocities[joint])
            if position < lower[joint] || position > upper[joint] { faults |= SafetyFaults.positionLimit.rawValue }
            if speed > Self.velocityTolerance * velocity[joint] { faults |= SafetyFaults.velocityLimit.rawValue }
            if state.jointFaults[joint].rawValue & ~DeviceFault.transient != 0 {
                faults |= SafetyFaults.device.rawValue
            }
            let isPushing = abs(torques[joint]) >= stallFraction * torque[joint]
            stalled[joint] = isPushing && speed < stallVelocity ? stalled[joint] + 1 : 0
            if stalled[joint] >= stallCycles {
                stalledJoints |= 1 &<< UInt32(joint)
                faults |= SafetyFaults.stall.rawValue
            }
        }
        // What is not heard any more may hold or drop anything.
        if state.gripper.time.nanoseconds > 0, state.time.nanoseconds(since: state.gripper.time) > stateAge {
            faults |= SafetyFaults.stateAge.rawValue
        }
        if distanceOutside(toolPosition) > Self.workspaceTolerance { faults |= SafetyFaults.workspace.rawValue }
        return SafetyFaults(rawValue: faults)
    }

    /// Whether a joint is farther from home than an episode's beginning may be.
    @_noLocks
    public func isFarFromHome(_ positions: borrowing JointVector) -> Bool {
        for joint in 0..<jointCount where abs(positions[joint] - home[joint]) > startupMismatch { return true }
        return false
    }

    /// The nearest point of the workspace, m.
    @_noLocks
    public func clampToWorkspace(_ point: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(
            min(max(point.x, workspaceLower.x), workspaceUpper.x),
            min(max(point.y, workspaceLower.y), workspaceUpper.y),
            min(max(point.z, workspaceLower.z), workspaceUpper.z))
    }

    /// The largest distance of a point from the workspace along an axis, m; 0 inside.
    @_noLocks
    public func distanceOutside(_ point: SIMD3<Double>) -> Double {
        let inside = clampToWorkspace(point)
        return max(abs(point.x - inside.x), max(abs(point.y - inside.y), abs(point.z - inside.z)))
    }
}

extension DeviceFault {
    /// Bits of faults that the age of the measurement deals with: a reply that is missing or garbled once.
    static var transient: UInt16 { @_noLocks get { 1 << 0 | 1 << 1 } }
}
