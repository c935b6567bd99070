import CMuJoCo

/// What ``ArmModel`` is made of, before it is made.
struct ArmModelParts: ~Copyable {
    var path: String
    var model: UnsafeMutablePointer<mjModel>
    var site: Int
    var jointCount: Int
    var positionAddresses = InlineArray<8, Int>(repeating: 0)
    var velocityAddresses = InlineArray<8, Int>(repeating: 0)
    var fingerCount = 0
    var fingerAddresses = InlineArray<8, Int>(repeating: 0)
    /// Nil for fingers that slide.
    var jaw: GripperTurn?
    var home: JointVector
}

extension ArmModel {
    /// The name that the tool's frame gets in the model.
    static var toolSiteName: String { "steadyhand_tool" }

    /// Loads the model that a robot file names and finds the robot's joints in it.
    ///
    /// - Throws: ``ArmModelError`` if the model cannot be read or lacks a joint or body that the robot file names.
    public init(robot: RobotDescription) throws(ArmModelError) {
        let model = try Self.compile(robot: robot)
        let parts: ArmModelParts
        do throws(ArmModelError) {
            parts = try Self.findParts(of: robot, in: model)
        } catch {
            mj_deleteModel(model)
            throw error
        }
        try self.init(parts: parts)
    }

    /// Parses the model, puts the tool's frame into it and leaves out what kinematics and dynamics do not need.
    private static func compile(robot: RobotDescription) throws(ArmModelError) -> UnsafeMutablePointer<mjModel> {
        let path = robot.modelPath
        let spec = try ModelSpec.parse(path)
        defer { mj_deleteSpec(spec) }
        guard let body = mjs_findBody(spec, robot.toolBody) else {
            throw ArmModelError(
                path: path, message: "has no body '\(robot.toolBody)', which the robot file fixes the tool to")
        }
        guard let site = mjs_addSite(body, nil) else {
            throw ArmModelError(path: path, message: "takes no site for the tool")
        }
        _ = mjs_setName(site.pointee.element, toolSiteName)
        let position = robot.toolOffset.position
        let orientation = robot.toolOffset.orientation
        site.pointee.pos = (position.x, position.y, position.z)
        site.pointee.quat = (orientation.w, orientation.x, orientation.y, orientation.z)
        for part in [mjDSBL_CONTACT, mjDSBL_CONSTRAINT, mjDSBL_ACTUATION] {
            spec.pointee.option.disableflags |= Int32(bitPattern: part.rawValue)
        }
        removeShapes(from: spec)
        return try ModelSpec.compile(spec, path: path)
    }

    /// Deletes all shapes and meshes, where every body states its inertia: then they have no part in the dynamics, and
    /// loading takes milliseconds in place of a second.
    private static func removeShapes(from spec: UnsafeMutablePointer<mjSpec>) {
        var bodies = ModelSpec.elements(of: spec, mjOBJ_BODY)
        bodies.removeFirst()  // the world
        for element in bodies {
            guard let body = mjs_asBody(element), body.pointee.explicitinertial else { return }
        }
        for kind in [mjOBJ_GEOM, mjOBJ_MESH, mjOBJ_MATERIAL, mjOBJ_TEXTURE] {
            for element in ModelSpec.elements(of: spec, kind) { _ = mjs_delete(spec, element) }
        }
    }

    private static func findParts(
        of robot: RobotDescription, in model: UnsafeMutablePointer<mjModel>
    ) throws(ArmModelError) -> ArmModelParts {
        let path = robot.modelPath
        var parts = ArmModelParts(
            path: path, model: model,
            site: Int(mj_name2id(model, Int32(mjOBJ_SITE.rawValue), toolSiteName)),
            jointCount: robot.jointCount, home: robot.home)
        guard robot.jointCount <= JointVector.capacity, robot.gripper.joints.count <= 8 else {
            throw ArmModelError(path: path, message: "an arm has at most \(JointVector.capacity) joints")
        }
        for (index, joint) in robot.joints.enumerated() {
            let id = try find(joint: joint.name, kind: mjJNT_HINGE, in: model, path: path)
            parts.positionAddresses[index] = Int(model.pointee.jnt_qposadr[id])
            parts.velocityAddresses[index] = Int(model.pointee.jnt_dofadr[id])
        }
        for (index, name) in robot.gripper.joints.enumerated() {
            let kind = robot.gripper.hasTurningJaw ? mjJNT_HINGE : mjJNT_SLIDE
            let id = try find(joint: name, kind: kind, in: model, path: path)
            parts.fingerAddresses[index] = Int(model.pointee.jnt_qposadr[id])
        }
        parts.fingerCount = robot.gripper.joints.count
        if robot.gripper.hasTurningJaw { parts.jaw = robot.gripper.turn }
        return parts
    }

    private static func find(
        joint name: String, kind: mjtJoint, in model: UnsafeMutablePointer<mjModel>, path: String
    ) throws(ArmModelError) -> Int {
        let id = Int(mj_name2id(model, Int32(mjOBJ_JOINT.rawValue), name))
        guard id >= 0 else {
            throw ArmModelError(path: path, message: "has no joint '\(name)', which the robot file names")
        }
        guard model.pointee.jnt_type[id] == Int32(kind.rawValue) else {
            let wanted = kind == mjJNT_HINGE ? "hinge" : "slide"
            throw ArmModelError(path: path, message: "joint '\(name)' is not a \(wanted) joint")
        }
        return id
    }
}
