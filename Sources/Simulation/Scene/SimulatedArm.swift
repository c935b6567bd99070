internal import CMuJoCo
internal import Robots

/// Where the robot is in a compiled model, and how its actuators are driven.
///
/// The model's own position servos serve the command mode `position`. In mode `torque` the same actuators are plain
/// torque motors: a servo with zero stiffness and damping and unit gain is one, so switching is nine numbers an actuator.
struct SimulatedArm {
    /// An actuator's law: force = gain · control + bias[0] + bias[1] · length + bias[2] · velocity.
    struct Servo: BitwiseCopyable {
        var gain = 1.0
        var bias = SIMD3<Double>.zero
    }

    let jointCount: Int
    let fingerCount: Int
    /// Index into the model's actuators for each arm joint.
    private(set) var actuators = InlineArray<8, Int32>(repeating: -1)
    /// The model's own servo for each arm joint.
    private(set) var servos = InlineArray<8, Servo>(repeating: Servo())
    /// Index of the actuator that moves the fingers.
    let gripperActuator: Int
    /// The actuator's control for a metre of opening: a length (m/m), or an angle (rad/m) of a jaw that turns.
    let gripperScale: Double
    /// The actuator's control at no opening.
    let gripperOffset: Double
    /// The jaw, where one turns; nil for fingers that slide.
    let jaw: GripperTurn?

    /// Finds the robot in the model and prepares its actuators and finger pads.
    init(model: UnsafeMutablePointer<mjModel>, robot: RobotDescription, layout: SceneLayout) throws(SceneError) {
        jointCount = robot.jointCount
        fingerCount = robot.gripper.joints.count
        try Self.check(model, robot: robot, layout: layout)
        for (index, joint) in robot.joints.enumerated() {
            let id = mj_name2id(model, Int32(mjOBJ_JOINT.rawValue), joint.name)
            guard let actuator = Self.actuator(of: model, type: mjTRN_JOINT, target: id) else {
                throw SceneError("\(robot.modelPath): no actuator drives joint '\(joint.name)'")
            }
            actuators[index] = Int32(actuator)
            let gain = model.pointee.actuator_gainprm + actuator * Int(mjNGAIN)
            let bias = model.pointee.actuator_biasprm + actuator * Int(mjNBIAS)
            servos[index] = Servo(gain: gain[0], bias: SIMD3(bias[0], bias[1], bias[2]))
            model.pointee.actuator_ctrllimited[actuator] = false
            model.pointee.actuator_biastype[actuator] = Int32(mjBIAS_AFFINE.rawValue)
        }
        jaw = robot.gripper.hasTurningJaw ? robot.gripper.turn : nil
        if let jaw {
            gripperActuator = try Self.prepareJaw(of: model, robot: robot, jaw: jaw)
            (gripperScale, gripperOffset) = (1 / jaw.openingPerRadian, jaw.angle(at: 0))
        } else {
            (gripperActuator, gripperScale) = try Self.prepareFingers(of: model, robot: robot)
            gripperOffset = 0
        }
        Self.preparePads(of: model, robot: robot)
    }

    /// Makes every arm actuator a torque motor, or the model's own servo.
    @_noLocks
    func drive(_ model: UnsafeMutablePointer<mjModel>, asServos: Bool) {
        for joint in 0..<jointCount {
            let servo = asServos ? servos[joint] : Servo()
            let actuator = Int(actuators[joint])
            let gain = model.pointee.actuator_gainprm + actuator * Int(mjNGAIN)
            let bias = model.pointee.actuator_biasprm + actuator * Int(mjNBIAS)
            gain[0] = servo.gain
            bias[0] = servo.bias.x
            bias[1] = servo.bias.y
            bias[2] = servo.bias.z
        }
    }

    /// The snapshot's layout rests on the order of the joints in the model.
    private static func check(
        _ model: UnsafeMutablePointer<mjModel>, robot: RobotDescription, layout: SceneLayout
    ) throws(SceneError) {
        let joints = robot.joints.map(\.name) + robot.gripper.joints
        for (index, name) in joints.enumerated() {
            let id = mj_name2id(model, Int32(mjOBJ_JOINT.rawValue), name)
            guard id >= 0 else {
                throw SceneError("\(robot.modelPath) has no joint '\(name)', which \(robot.path) names")
            }
            guard model.pointee.jnt_qposadr[Int(id)] == index, model.pointee.jnt_dofadr[Int(id)] == index else {
                throw SceneError(
                    "\(robot.path): joint '\(name)' is number \(model.pointee.jnt_dofadr[Int(id)] + 1) of the model, "
                        + "not \(index + 1): list arm and finger joints in the order of \(robot.modelPath), all of them"
                )
            }
        }
        guard Int(model.pointee.nq) == layout.positionCount, Int(model.pointee.nv) == layout.velocityCount,
            Int(model.pointee.nmocap) == layout.placedObjects.count, layout.count <= SceneSnapshot.capacity
        else {
            throw SceneError(
                "\(robot.modelPath) has \(Int(model.pointee.nq) - layout.positionCount + joints.count) joint positions, "
                    + "the robot file names \(joints.count) joints")
        }
    }

    private static func actuator(of model: UnsafeMutablePointer<mjModel>, type: mjtTrn, target: Int32) -> Int? {
        (0..<Int(model.pointee.nu)).first { actuator in
            model.pointee.actuator_trntype[actuator] == Int32(type.rawValue)
                && model.pointee.actuator_trnid[2 * actuator] == target
        }
    }

    /// The model's own servo on the jaw's joint, held to the described force.
    private static func prepareJaw(
        of model: UnsafeMutablePointer<mjModel>, robot: RobotDescription, jaw: GripperTurn
    ) throws(SceneError) -> Int {
        guard
            let actuator = actuator(
                of: model, type: mjTRN_JOINT,
                target: mj_name2id(model, Int32(mjOBJ_JOINT.rawValue), robot.gripper.joints[0]))
        else {
            throw SceneError(
                "\(robot.modelPath): no actuator drives the jaw that turns, '\(robot.gripper.joints.joined(separator: ", "))'"
            )
        }
        let torque = robot.gripper.force * abs(jaw.openingPerRadian)
        model.pointee.actuator_ctrllimited[actuator] = false
        model.pointee.actuator_forcelimited[actuator] = true
        model.pointee.actuator_forcerange[2 * actuator] = -torque
        model.pointee.actuator_forcerange[2 * actuator + 1] = torque
        return actuator
    }

    /// A critically damped servo on the fingers' tendon that reaches the described force of each finger when its goal is
    /// 5 mm of opening inside the object.
    private static func prepareFingers(
        of model: UnsafeMutablePointer<mjModel>, robot: RobotDescription
    ) throws(SceneError) -> (actuator: Int, length: Double) {
        let fingers = robot.gripper.joints.map { mj_name2id(model, Int32(mjOBJ_JOINT.rawValue), $0) }
        for tendon in 0..<Int(model.pointee.ntendon) {
            let first = Int(model.pointee.tendon_adr[tendon])
            let wraps = first..<(first + Int(model.pointee.tendon_num[tendon]))
            guard Set(wraps.map { model.pointee.wrap_objid[$0] }) == Set(fingers),
                let actuator = actuator(of: model, type: mjTRN_TENDON, target: Int32(tendon))
            else { continue }
            // Every finger moves by its share of the opening.
            let length = wraps.reduce(0) { $0 + model.pointee.wrap_prm[$1] } / Double(fingers.count)
            let force = robot.gripper.force / (length > 0 ? length : 1)
            let stiffness = force / (0.005 * length)
            let mass = fingers.reduce(0.0) { $0 + model.pointee.dof_armature[Int($1)] } / Double(fingers.count)
            let damping = 2 * (stiffness * mass / length).squareRoot() * length.squareRoot()
            let gain = model.pointee.actuator_gainprm + actuator * Int(mjNGAIN)
            let bias = model.pointee.actuator_biasprm + actuator * Int(mjNBIAS)
            (gain[0], bias[0], bias[1], bias[2]) = (stiffness, 0, -stiffness, -damping)
            model.pointee.actuator_biastype[actuator] = Int32(mjBIAS_AFFINE.rawValue)
            model.pointee.actuator_ctrllimited[actuator] = false
            model.pointee.actuator_forcelimited[actuator] = true
            model.pointee.actuator_forcerange[2 * actuator] = -force
            model.pointee.actuator_forcerange[2 * actuator + 1] = force
            return (actuator, length)
        }
        throw SceneError(
            "\(robot.modelPath): no tendon with an actuator joins exactly \(robot.gripper.joints.joined(separator: ", "))"
        )
    }

    /// Rubber: the box pads at the fingertips get the published friction and stiffness.
    private static func preparePads(of model: UnsafeMutablePointer<mjModel>, robot: RobotDescription) {
        for name in robot.gripper.joints {
            let joint = mj_name2id(model, Int32(mjOBJ_JOINT.rawValue), name)
            let body = Int(model.pointee.jnt_bodyid[Int(joint)])
            let first = Int(model.pointee.body_geomadr[body])
            for geom in first..<(first + Int(model.pointee.body_geomnum[body]))
            where model.pointee.geom_type[geom] == Int32(mjGEOM_BOX.rawValue) {
                let friction = model.pointee.geom_friction + 3 * geom
                (friction[0], friction[1], friction[2]) = (2, 0.05, 0.0001)
                model.pointee.geom_solref[Int(mjNREF) * geom] = 0.01
                model.pointee.geom_solref[Int(mjNREF) * geom + 1] = 0.5
                model.pointee.geom_condim[geom] = 4
            }
        }
    }
}
