import Configuration

extension ControlDescription {
    init(decoding control: MappingReader, joints: [JointDescription]) {
        mode = control.choice("mode", default: .torque, standIn: .torque)
        rate = control.quantity("rate", .hertz, in: .between(10, 10_000))
        operationalSpace = control.mapping("operational_space", OperationalSpaceGains.init(decoding:))
        jointImpedance =
            mode == .position
            ? JointImpedanceGains(stiffness: [], damping: [])
            : control.mapping("joint_impedance") { JointImpedanceGains(decoding: $0, joints: joints) }
    }

    /// What ``mode`` is in a command.
    public var commandMode: RobotCommand.Mode { mode == .position ? .position : .torque }
}

extension OperationalSpaceGains {
    init(decoding gains: MappingReader) {
        positionStiffness = gains.quantity("position_stiffness", .perSecondSquared, in: .between(0, 10_000))
        orientationStiffness = gains.quantity("orientation_stiffness", .perSecondSquared, in: .between(0, 10_000))
        dampingRatio = gains.number("damping_ratio", in: .between(0, 10))
        nullspaceStiffness = gains.quantity("nullspace_stiffness", .perSecondSquared, in: .between(0, 10_000))
        nullspaceDampingRatio = gains.number("nullspace_damping_ratio", in: .between(0, 10))
        jointLimitMargin = gains.quantity("joint_limit_margin", .radians, in: .between(0, .pi))
        jointLimitStiffness = gains.quantity("joint_limit_stiffness", .newtonMetresPerRadian, in: .between(0, 10_000))
        jointLimitDamping = gains.quantity(
            "joint_limit_damping", .newtonMetreSecondsPerRadian, in: .between(0, 1000))
    }
}

extension JointImpedanceGains {
    init(decoding gains: MappingReader, joints: [JointDescription]) {
        let count = joints.isEmpty ? 1...JointVector.capacity : joints.count...joints.count
        stiffness = gains.quantities(
            "stiffness", .newtonMetresPerRadian, count: count, in: .above(0, through: 100_000))
        damping = gains.quantities(
            "damping", .newtonMetreSecondsPerRadian, count: count, in: .between(0, 10_000))
    }
}

extension SafetyDescription {
    init(decoding safety: MappingReader, joints: [JointDescription]) {
        commandAge = safety.quantity("command_age", .seconds, in: .above(0, through: 10))
        stateAge = safety.quantity("state_age", .seconds, in: .above(0, through: 1))
        startupMismatch = safety.quantity("startup_mismatch", .radians, in: .above(0, through: .pi))
        trackingError = safety.quantity("tracking_error", .radians, in: .above(0, through: .pi))
        positionMargin = safety.quantity("position_margin", .radians, in: .between(0, 1))
        workspace = safety.mapping("workspace", WorkspaceBox.init(decoding:))
        stall = safety.mapping("stall", StallDescription.init(decoding:))
        holdDuration = safety.quantity("hold_duration", .seconds, in: .between(0, 60))
        decelerationDuration = safety.quantity("deceleration_duration", .seconds, in: .above(0, through: 10))
        restSpeedFraction = safety.fraction("rest_speed", in: .above(0, through: 1))
        restPose = Self.decodeRestPose(safety, joints: joints)
        torquePolicy = safety.choice("torque_policy", standIn: .hold)
        let margin = positionMargin
        for joint in joints {
            if joint.upper - joint.lower <= 2 * margin {
                safety.report("position_margin", "leaves joint '\(joint.name)' no room to move")
            } else if joint.home < joint.lower + margin || joint.home > joint.upper - margin {
                safety.report(
                    "position_margin", "is larger than the distance of joint '\(joint.name)' at home from its limit")
            }
            let stopping = joint.velocity / joint.acceleration + joint.acceleration / joint.jerk
            if stopping > decelerationDuration {
                safety.report(
                    "deceleration_duration",
                    "is shorter than joint '\(joint.name)' takes to stop from full speed: write at least "
                        + "\((stopping * 1000).rounded(.up) / 1000) s")
            }
        }
    }

    private static func decodeRestPose(_ safety: MappingReader, joints: [JointDescription]) -> JointVector? {
        let value = safety.required("rest_pose", wanted: "none or a list of joint positions")
        if value.isWord("none") { return nil }
        let count = joints.isEmpty ? 1...JointVector.capacity : joints.count...joints.count
        guard let elements = value.sequence(count: count) else { return nil }
        let positions = elements.map { $0.quantity(.radians) ?? .nan }
        for (joint, (position, element)) in zip(joints, zip(positions, elements))
        where position < joint.lower || position > joint.upper {
            element.report("is outside of the range of joint '\(joint.name)'")
        }
        return JointVector(positions)
    }
}

extension WorkspaceBox {
    init(decoding box: MappingReader) {
        lower = box.vector("lower", .metres, in: .between(-10, 10))
        upper = box.vector("upper", .metres, in: .between(-10, 10))
        if lower.x >= upper.x || lower.y >= upper.y || lower.z >= upper.z {
            box.report("upper", "is not above lower along every axis")
        }
    }
}

extension StallDescription {
    init(decoding stall: MappingReader) {
        torqueFraction = stall.fraction("torque", in: .above(0, through: 1))
        velocity = stall.quantity("velocity", .radiansPerSecond, in: .above(0, through: 10))
        duration = stall.quantity("duration", .seconds, in: .above(0, through: 60))
    }
}

extension RealtimeDescription {
    init(decoding realtime: MappingReader) {
        priority = realtime.integer("priority", in: 0...99)
        let core = realtime.required("cpu", wanted: "any or the number of a core")
        cpu = core.isWord("any") ? nil : core.integer(in: 0...1023)
        lockMemory = realtime.boolean("lock_memory")
        keepAwake = realtime.boolean("keep_awake")
        let stack = realtime.quantity("stack", .bytes, in: .between(65_536, 67_108_864))
        stackBytes = stack.isNaN ? 0 : Int(stack)
        spin = realtime.quantity("spin", .seconds, in: .between(0, 0.001))
        overrunBudget = realtime.integer("overrun_budget", in: 1...1_000_000)
        supervisorTimeout = realtime.quantity("supervisor_timeout", .seconds, in: .above(0, through: 10))
        onRefusal = realtime.choice("on_refusal", standIn: .strict)
    }
}
