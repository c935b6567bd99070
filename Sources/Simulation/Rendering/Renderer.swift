internal import CMuJoCo
public import Cameras
public import Robots

/// What of the robot is drawn.
public enum Visuals: Sendable {
    /// The robot's visual meshes, with shadows and smooth edges: for pictures that people look at. About a second to
    /// load, and some tenths of a second a picture.
    case full
    /// Its collision geoms, plainly lit: about a millisecond a picture.
    case collision
}

/// Draws scenes off screen, on the CPU if need be, without a display.
///
/// It has its own copy of the scene, so it may draw while the simulation runs on. It is not for use by two threads at
/// once.
public final class Renderer {
    /// Pixels across.
    public let width: Int
    /// Pixels down.
    public let height: Int

    private let scene: CompiledScene
    private let data: UnsafeMutablePointer<mjData>
    private let context: OffscreenContext
    private let geometry: UnsafeMutablePointer<mjvScene>
    private let resources: UnsafeMutablePointer<mjrContext>
    private var options = mjvOption()

    /// A renderer of a task's scene with the robot in it.
    ///
    /// - Parameters:
    ///   - task: the task.
    ///   - robot: the robot.
    ///   - width: of the largest pictures, 1…2048.
    ///   - height: of the largest pictures, 1…2048.
    ///   - visuals: what of the robot is drawn.
    ///   - cameras: in place of those of the same name that the task or the robot has, or beside them.
    /// - Throws: ``RenderError`` if the scene does not compile or there is no OpenGL; it says what to install.
    public init(
        task: any ManipulationTask, robot: RobotDescription, width: Int, height: Int, visuals: Visuals,
        cameras: [CameraMount] = []
    ) throws(RenderError) {
        guard width > 0, height > 0, width <= 2048, height <= 2048 else {
            throw RenderError("a picture of \(width) × \(height) pixels: each side must be 1…2048")
        }
        context = try OffscreenContext()
        do {
            scene = try CompiledScene(task: task, robot: robot, visuals: visuals, cameras: cameras)
        } catch {
            throw RenderError(error.description)
        }
        self.width = width
        self.height = height
        guard let data = mj_makeData(scene.model) else { throw RenderError("no memory for the scene's state") }
        self.data = data
        geometry = .allocate(capacity: 1)
        resources = .allocate(capacity: 1)
        mjv_defaultScene(geometry)
        mjr_defaultContext(resources)
        mjv_defaultOption(&options)
        try prepare(visuals)
    }

    /// Tries whether pictures can be drawn on this machine.
    ///
    /// - Returns: what draws them.
    /// - Throws: ``RenderError`` that says what to install.
    public static func checkGraphics() throws(RenderError) -> String {
        _ = try OffscreenContext()
        return "OpenGL without a display, through EGL"
    }

    deinit {
        // Without its context the resources are gone anyway.
        try? context.withCurrent { () throws(RenderError) in mjr_freeContext(resources) }
        mjv_freeScene(geometry)
        mj_deleteData(data)
        geometry.deallocate()
        resources.deallocate()
    }

    /// Leaves out of a model's pictures what takes longest on a processor: smooth edges and shadows.
    static func simplify(_ model: UnsafeMutablePointer<mjModel>) {
        model.pointee.vis.quality.offsamples = 0
        model.pointee.vis.quality.shadowsize = 0
    }

    private func prepare(_ visuals: Visuals) throws(RenderError) {
        let model = scene.model
        let fine = visuals == .full
        model.pointee.vis.global.offwidth = Int32(width)
        model.pointee.vis.global.offheight = Int32(height)
        if fine {
            model.pointee.vis.quality.offsamples = 4
            model.pointee.vis.quality.shadowsize = 2048
        } else {
            Self.simplify(model)
        }
        withUnsafeMutableBytes(of: &options.geomgroup) { groups in
            for group in 0..<groups.count { groups[group] = 0 }
            groups[1] = 1
            groups[fine ? 2 : 3] = 1
        }
        withUnsafeMutableBytes(of: &options.sitegroup) { groups in
            for group in 0..<groups.count { groups[group] = 0 }
        }
        mjv_makeScene(model, geometry, 2000)
        withUnsafeMutableBytes(of: &geometry.pointee.flags) { flags in
            flags[Int(mjRND_SHADOW.rawValue)] = fine ? 1 : 0
            flags[Int(mjRND_REFLECTION.rawValue)] = fine ? 1 : 0
            flags[Int(mjRND_HAZE.rawValue)] = 1
        }
        try context.withCurrent { () throws(RenderError) in
            mjr_makeContext(model, resources, Int32(mjFONTSCALE_100.rawValue))
            mjr_setBuffer(Int32(mjFB_OFFSCREEN.rawValue), resources)
            guard resources.pointee.currentBuffer == Int32(mjFB_OFFSCREEN.rawValue) else {
                throw RenderError("this OpenGL has no off-screen buffers: apt install libegl-mesa0 libgl1-mesa-dri")
            }
        }
    }

    /// The names of all cameras there are.
    public var cameras: [String] {
        (0..<scene.model.pointee.ncam).map {
            String(cString: mj_id2name(scene.model, Int32(mjOBJ_CAMERA.rawValue), Int32($0)))
        }
    }

    /// A picture of a scene, through the camera of that name.
    ///
    /// - Throws: ``RenderError`` if there is no such camera or the scene is of another layout.
    public func render(scene snapshot: SceneSnapshot, camera name: String) throws(RenderError) -> Image {
        let camera = try self.camera(named: name)
        try load(snapshot)
        var image = Image(width: width, height: height)
        try drawing { () throws(RenderError) in draw(camera, into: &image) }
        return image
    }

    /// The number of the camera of that name.
    ///
    /// - Throws: ``RenderError`` if there is none; it says which there are.
    func camera(named name: String) throws(RenderError) -> Int {
        let camera = mj_name2id(scene.model, Int32(mjOBJ_CAMERA.rawValue), name)
        guard camera >= 0 else {
            throw RenderError("the scene has no camera '\(name)'; it has \(cameras.joined(separator: ", "))")
        }
        return Int(camera)
    }

    /// Puts the scene that is drawn next into place.
    ///
    /// - Throws: ``RenderError`` if it is of another layout.
    func load(_ snapshot: SceneSnapshot) throws(RenderError) {
        guard snapshot.count == scene.layout.count else {
            throw RenderError("the scene has \(snapshot.count) values, this renderer's has \(scene.layout.count)")
        }
        SceneTransfer(scene.layout).load(snapshot, into: data)
        mj_kinematics(scene.model, data)
        mj_camlight(scene.model, data)
    }

    /// Runs what draws pictures, with the OpenGL context on this thread.
    func drawing(_ body: () throws(RenderError) -> Void) throws(RenderError) {
        try context.withCurrent { () throws(RenderError) in
            mjr_setBuffer(Int32(mjFB_OFFSCREEN.rawValue), resources)
            try body()
        }
    }

    /// Draws the scene that is in place, inside ``drawing(_:)``: a picture of its own size, which must not be larger than
    /// the renderer's.
    func draw(_ camera: Int, into image: inout Image) {
        precondition(image.width <= width && image.height <= height, "a picture larger than the renderer's")
        var view = mjvCamera()
        mjv_defaultCamera(&view)
        view.type = Int32(mjCAMERA_FIXED.rawValue)
        view.fixedcamid = Int32(camera)
        mjv_updateScene(scene.model, data, &options, nil, &view, Int32(mjCAT_ALL.rawValue), geometry)
        let area = mjrRect(left: 0, bottom: 0, width: Int32(image.width), height: Int32(image.height))
        mjr_render(area, geometry, resources)
        image.pixels.withUnsafeMutableBufferPointer { mjr_readPixels($0.baseAddress, nil, area, resources) }
        image.flipRows()
    }
}
