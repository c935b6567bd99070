internal import CMuJoCo
internal import Robots

/// One thing that a motor moves: a joint of the arm, or the gripper with all of its fingers.
struct ArmAxis {
    /// A degree of freedom: where it stands in the model's arrays, and the damping that the model has for it.
    struct Degree {
        let position: Int
        let velocity: Int
        let damping: Double
    }

    /// One, or one for each finger that slides; they move as one.
    let degrees: [Degree]
    /// The greatest torque, N·m, or force of each finger, N.
    let strength: Double
    /// The speed at which nothing is left of it, rad/s or m/s.
    let speed: Double

    /// rad or m.
    func position(_ data: UnsafeMutablePointer<mjData>) -> Double { mean { data.pointee.qpos[$0.position] } }

    /// rad/s or m/s.
    func velocity(_ data: UnsafeMutablePointer<mjData>) -> Double { mean { data.pointee.qvel[$0.velocity] } }

    private func mean(_ value: (Degree) -> Double) -> Double {
        degrees.reduce(0) { $0 + value($1) } / Double(degrees.count)
    }

    /// Without supply there is the model's own friction.
    func letGo(_ model: UnsafeMutablePointer<mjModel>) {
        for degree in degrees { model.pointee.dof_damping[degree.velocity] = degree.damping }
    }

    /// Pushes with a part of the strength, −1…1, less what its speed takes from it.
    func push(_ model: UnsafeMutablePointer<mjModel>, _ data: UnsafeMutablePointer<mjData>, part: Double) {
        for degree in degrees {
            data.pointee.qfrc_applied[degree.velocity] += part * strength
            model.pointee.dof_damping[degree.velocity] = strength / speed
        }
    }

    /// A hand leads it to a target, three times as strong as the motor.
    func guide(_ data: UnsafeMutablePointer<mjData>, to target: Hand.Target) {
        for degree in degrees {
            let distance = target.position - data.pointee.qpos[degree.position]
            let lag = target.velocity - data.pointee.qvel[degree.velocity]
            // All of the motor's strength at 1/60 of a radian; slow enough not to swing.
            let part = min(max(60 * distance + 3 * lag, -3), 3)
            data.pointee.qfrc_applied[degree.velocity] += part * strength
        }
    }
}

/// The arm's model as the emulated motors have it: no servos of its own, and a table under it.
struct ArmPhysicsModel {
    /// The caller deletes it.
    let model: UnsafeMutablePointer<mjModel>
    /// The joints in order, then the gripper.
    let axes: [ArmAxis]

    /// - Parameter hasContacts: Whether links and table are in each other's way.
    init(robot: RobotDescription, hasContacts: Bool) throws {
        steadyhand_mj_silence_warnings()
        let spec = try ModelSpec.parse(robot.modelPath)
        defer { mj_deleteSpec(spec) }
        ModelSpec.deleteVisuals(of: spec)
        if let world = mjs_findBody(spec, "world"), let table = mjs_addGeom(world, nil) {
            table.pointee.type = mjGEOM_PLANE
            table.pointee.size = (0, 0, 0.05)
        }
        spec.pointee.option.timestep = ArmPhysics.timestep
        spec.pointee.option.integrator = Int32(mjINT_IMPLICITFAST.rawValue)
        spec.pointee.option.disableflags |= Int32(bitPattern: mjDSBL_ACTUATION.rawValue)
        if !hasContacts { spec.pointee.option.disableflags |= Int32(bitPattern: mjDSBL_CONTACT.rawValue) }
        model = try ModelSpec.compile(spec, path: robot.modelPath)
        do {
            axes = try Self.axes(of: robot, in: model)
        } catch {
            mj_deleteModel(model)
            throw error
        }
    }

    private static func axes(of robot: RobotDescription, in model: UnsafeMutablePointer<mjModel>) throws -> [ArmAxis] {
        func degree(_ name: String) throws -> ArmAxis.Degree {
            let joint = Int(mj_name2id(model, Int32(mjOBJ_JOINT.rawValue), name))
            guard joint >= 0 else {
                throw ArmModelError(
                    path: robot.modelPath, message: "has no joint '\(name)', which the robot file names")
            }
            let velocity = Int(model.pointee.jnt_dofadr[joint])
            return ArmAxis.Degree(
                position: Int(model.pointee.jnt_qposadr[joint]), velocity: velocity,
                damping: model.pointee.dof_damping[velocity])
        }
        var axes = try robot.joints.map {
            ArmAxis(degrees: [try degree($0.name)], strength: $0.torque, speed: $0.velocity)
        }
        // What a motor may use of its torque is its servo's to know: here is all of it.
        let gripper = robot.gripper
        let whole = robot.motor(of: .gripper)?.motor.torqueLimit ?? 1
        let metres = abs(gripper.fingerPosition(at: 1) - gripper.fingerPosition(at: 0))
        axes.append(
            ArmAxis(
                degrees: try gripper.joints.map(degree),
                strength: gripper.hasTurningJaw ? gripper.force / metres / whole : gripper.force / whole,
                speed: gripper.speed * metres))
        return axes
    }
}
