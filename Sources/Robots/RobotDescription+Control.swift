public import Realtime

/// Rates and gains of the control loop.
public struct ControlDescription: Equatable, Sendable {
    /// What the arm's motors are sent.
    public enum Mode: String, CaseIterable, Equatable, Sendable {
        /// Torques.
        case torque
        /// Positions, which a controller in each motor goes to.
        case position
    }

    /// What the arm's motors are sent.
    public var mode: Mode
    /// Control cycles a second, Hz.
    public var rate: Double
    /// Gains for setpoints that say where the tool goes.
    public var operationalSpace: OperationalSpaceGains
    /// Gains for setpoints that say where the joints go, and for holding; without entries for an arm that is sent
    /// positions.
    public var jointImpedance: JointImpedanceGains
}

/// Gains of the operational-space law; see `OperationalSpaceController` in `Control`.
///
/// The stiffnesses multiply an error into an acceleration, which the law turns into a force with the arm's own inertia:
/// their unit is 1/s², and the damping is `2·ratio·√stiffness`, in 1/s.
public struct OperationalSpaceGains: Equatable, Sendable {
    /// Acceleration of the tool for a metre of position error, 1/s².
    public var positionStiffness: Double
    /// Angular acceleration of the tool for a radian of orientation error, 1/s².
    public var orientationStiffness: Double
    /// Damping of the tool's motion; 1 is critical.
    public var dampingRatio: Double
    /// Joint acceleration towards the home position, for a radian from it, in the motions that leave the tool where it
    /// is, 1/s².
    public var nullspaceStiffness: Double
    /// Damping of those motions; 1 is critical.
    public var nullspaceDampingRatio: Double
    /// Distance from a joint's limit within which it is pushed back, rad.
    public var jointLimitMargin: Double
    /// Torque that pushes back, for a radian into the margin, N·m/rad.
    public var jointLimitStiffness: Double
    /// Torque against the joint's speed within the margin, N·m·s/rad.
    public var jointLimitDamping: Double
}

/// Gains of the joint impedance law
/// `τ = k·(reference − position) + d·(reference velocity − velocity) + gravity and Coriolis`.
public struct JointImpedanceGains: Equatable, Sendable {
    /// For each joint, N·m/rad.
    public var stiffness: [Double]
    /// For each joint, N·m·s/rad.
    public var damping: [Double]
}

/// What the control thread asks of the machine, and what happens if it is refused.
public struct RealtimeDescription: Equatable, Sendable {
    /// What to do when the machine refuses a right that was asked for.
    public enum Refusal: String, CaseIterable, Equatable, Sendable {
        /// Say so, and run without it.
        case warn
        /// Do not start.
        case strict
    }

    /// `SCHED_FIFO` priority, 1…99; 0 asks for none.
    public var priority: Int
    /// The core that the control thread stays on; nil where the file says `any`.
    public var cpu: Int?
    /// Whether all memory of the process is kept from being paged out.
    public var lockMemory: Bool
    /// Whether the processors are kept off idle states that take time to leave, while the control thread lives.
    public var keepAwake: Bool
    /// Size of the thread's stack, bytes; touched before the loop begins.
    public var stackBytes: Int
    /// How long before a deadline the thread wakes up to wait actively, s.
    public var spin: Double
    /// How many cycles may be missed and not made good by as many in time, before the loop stops the robot.
    public var overrunBudget: Int
    /// How long the control loop may be silent before the supervisor ends the run, s.
    public var supervisorTimeout: Double
    /// What to do when a right is refused.
    public var onRefusal: Refusal

    /// What of this the thread asks of the kernel.
    public var options: RealtimeOptions {
        RealtimeOptions(
            priority: priority, cpu: cpu, lockMemory: lockMemory, stackBytes: stackBytes, keepAwake: keepAwake,
            onRefusal: onRefusal == .strict ? .strict : .warn)
    }

    /// What the control loop's pacer tolerates.
    public var overruns: OverrunBudget { OverrunBudget(limit: overrunBudget) }
}
