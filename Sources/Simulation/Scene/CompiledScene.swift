internal import CMuJoCo
internal import Robots

/// Why a scene could not be compiled.
public struct SceneError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, and what would be right.
    public var description: String

    /// An error with this message.
    public init(_ description: String) {
        self.description = description
    }
}

/// A task's scene with the robot in it, compiled by MuJoCo. It owns the model.
///
/// The robot's model is attached by its path and stays as it is on disk; what differs is changed in the compiled copy:
/// the visual meshes are left out unless asked for, the finger pads grip, and the finger servo closes with the force
/// that the robot file gives.
final class CompiledScene {
    let model: UnsafeMutablePointer<mjModel>
    let layout: SceneLayout
    let arm: SimulatedArm

    /// - Parameter cameras: in place of those of the same name that the task or the robot has, or beside them.
    convenience init(
        task: any ManipulationTask, robot: RobotDescription, visuals: Visuals, cameras: [CameraMount] = []
    ) throws(SceneError) {
        try self.init(
            task.scene, layout: task.layout, robotAt: task.basePose, robot: robot, visuals: visuals, cameras: cameras)
    }

    init(
        _ scene: SceneDescription, layout: SceneLayout, robotAt basePose: Pose, robot: RobotDescription,
        visuals: Visuals, cameras: [CameraMount] = []
    ) throws(SceneError) {
        self.layout = layout
        let mounts = robot.cameras.filter { mount in !cameras.contains { $0.name == mount.name } } + cameras
        model = try Self.compile(scene, robotAt: basePose, robot: robot, visuals: visuals, mounts: mounts)
        do {
            try Self.checkObjects(of: model, layout: layout)
            arm = try SimulatedArm(model: model, robot: robot, layout: layout)
        } catch {
            mj_deleteModel(model)
            throw error
        }
    }

    deinit {
        mj_deleteModel(model)
    }

    /// The snapshot's layout rests on the order in which MuJoCo lists the objects' joints and the placed bodies.
    private static func checkObjects(
        of model: UnsafeMutablePointer<mjModel>, layout: SceneLayout
    ) throws(SceneError) {
        let free = layout.freeObjects.map { ($0, layout.poseOffset(of: $0)) }
        for (name, offset) in free + layout.parts.map({ ($0.name, $0.jointOffset) }) {
            let joint = mj_name2id(model, Int32(mjOBJ_JOINT.rawValue), name)
            let address = joint < 0 ? -1 : Int(model.pointee.jnt_qposadr[Int(joint)])
            guard layout.positionOffset + address == offset else {
                throw SceneError("the scene's object '\(name)' is not where the task's layout has it")
            }
        }
        for (index, name) in layout.placedObjects.enumerated() {
            let body = mj_name2id(model, Int32(mjOBJ_BODY.rawValue), name)
            guard body >= 0, Int(model.pointee.body_mocapid[Int(body)]) == index else {
                throw SceneError("the scene's object '\(name)' is not where the task's layout has it")
            }
        }
    }

    /// The longest step of at most 2 ms of which a whole number makes a control period, s.
    static func timestep(controlPeriod: Double) -> Double {
        controlPeriod / (controlPeriod / 0.002 - 1e-9).rounded(.up)
    }

    private static func compile(
        _ scene: SceneDescription, robotAt basePose: Pose, robot: RobotDescription, visuals: Visuals,
        mounts: [CameraMount]
    ) throws(SceneError) -> UnsafeMutablePointer<mjModel> {
        steadyhand_mj_silence_warnings()
        let step = timestep(controlPeriod: robot.controlPeriod)
        let description = scene.replacing(cameras: mounts, base: basePose)
        let scene = try parse(description.mjcf(robotAt: basePose, timestep: step), "the scene")
        defer { mj_deleteSpec(scene) }
        var message = [CChar](repeating: 0, count: 1000)
        guard let arm = mj_parseXML(robot.modelPath, nil, &message, Int32(message.count)) else {
            throw SceneError("\(robot.modelPath): \(ModelSpec.text(message))")
        }
        defer { mj_deleteSpec(arm) }
        for key in ModelSpec.elements(of: arm, mjOBJ_KEY) { _ = mjs_delete(arm, key) }
        if visuals == .collision { ModelSpec.deleteVisuals(of: arm) }
        guard let hand = mjs_findBody(arm, robot.toolBody) else {
            throw SceneError("\(robot.modelPath) has no body '\(robot.toolBody)', which \(robot.path) names as tool")
        }
        addSite("tool", to: hand, at: robot.toolOffset)
        for mount in mounts {
            guard let bodyName = mount.body else { continue }
            guard let body = mjs_findBody(arm, bodyName) else {
                throw SceneError(
                    "\(robot.modelPath) has no body '\(bodyName)', which the camera '\(mount.name)' is fixed to")
            }
            addCamera(mount, to: body)
        }
        try attach(arm, to: SceneDescription.robotFrame, of: scene)

        let objects = try parse(description.objectsMJCF, "the scene's objects")
        defer { mj_deleteSpec(objects) }
        try attach(objects, to: SceneDescription.objectFrame, of: scene)
        guard let model = mj_compile(scene, nil) else {
            throw SceneError("the scene with \(robot.modelPath) does not compile: \(specError(scene))")
        }
        return model
    }

    private static func parse(_ xml: String, _ what: String) throws(SceneError) -> UnsafeMutablePointer<mjSpec> {
        var message = [CChar](repeating: 0, count: 1000)
        guard let spec = mj_parseXMLString(xml, nil, &message, Int32(message.count)) else {
            throw SceneError("\(what) is not a valid model: \(ModelSpec.text(message))")
        }
        return spec
    }

    /// Puts every body that stands in the child's world into a frame of the parent.
    private static func attach(
        _ child: UnsafeMutablePointer<mjSpec>, to frameName: String, of parent: UnsafeMutablePointer<mjSpec>
    ) throws(SceneError) {
        guard let frame = mjs_findFrame(parent, frameName), let world = mjs_findBody(child, "world") else {
            throw SceneError("the scene has no frame '\(frameName)'")
        }
        var bodies: [UnsafeMutablePointer<mjsElement>] = []
        var next = mjs_firstChild(world, mjOBJ_BODY, 0)
        while let body = next {
            bodies.append(body)
            next = mjs_nextChild(world, body, 0)
        }
        for body in bodies where mjs_attach(frame.pointee.element, body, "", "") == nil {
            throw SceneError("a model cannot be put into the scene: \(specError(parent))")
        }
    }

    private static func addSite(_ name: String, to body: UnsafeMutablePointer<mjsBody>, at pose: Pose) {
        guard let site = mjs_addSite(body, nil) else { return }
        mjs_setName(site.pointee.element, name)
        let (position, turn) = (pose.position, pose.orientation)
        site.pointee.pos = (position.x, position.y, position.z)
        site.pointee.quat = (turn.w, turn.x, turn.y, turn.z)
        site.pointee.group = 4
    }

    private static func addCamera(_ mount: CameraMount, to body: UnsafeMutablePointer<mjsBody>) {
        guard let camera = mjs_addCamera(body, nil) else { return }
        mjs_setName(camera.pointee.element, mount.name)
        let (position, turn) = (mount.pose.position, mount.pose.orientation.lookingBackwards)
        camera.pointee.pos = (position.x, position.y, position.z)
        camera.pointee.quat = (turn.w, turn.x, turn.y, turn.z)
        camera.pointee.fovy = mount.fieldOfView * 180 / .pi
    }

    private static func specError(_ spec: UnsafeMutablePointer<mjSpec>) -> String {
        mjs_getError(spec).map { String(cString: $0) } ?? "unknown reason"
    }
}
