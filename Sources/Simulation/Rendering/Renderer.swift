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
    private let drawing: UnsafeMutablePointer<mjvScene>
    private let resources: UnsafeMutablePointer<mjrContext>
    private var options = mjvOption()

    /// A renderer of a task's scene with the robot in it.
    ///
    /// - Throws: ``RenderError`` if the scene does not compile or there is no OpenGL; it says what to install.
    public init(
        task: any ManipulationTask, robot: RobotDescription, width: Int, height: Int, visuals: Visuals
    ) throws(RenderError) {
        guard width > 0, height > 0, width <= 2048, height <= 2048 else {
            throw RenderError("a picture of \(width) × \(height) pixels: each side must be 1…2048")
        }
        context = try OffscreenContext()
        do {
            scene = try CompiledScene(task: task, robot: robot, visuals: visuals)
        } catch {
            throw RenderError(error.description)
        }
        self.width = width
        self.height = height
        guard let data = mj_makeData(scene.model) else { throw RenderError("no memory for the scene's state") }
        self.data = data
        drawing = .allocate(capacity: 1)
        resources = .allocate(capacity: 1)
        mjv_defaultScene(drawing)
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
        mjv_freeScene(drawing)
        mj_deleteData(data)
        drawing.deallocate()
        resources.deallocate()
    }

    private func prepare(_ visuals: Visuals) throws(RenderError) {
        let model = scene.model
        let fine = visuals == .full
        model.pointee.vis.global.offwidth = Int32(width)
        model.pointee.vis.global.offheight = Int32(height)
        model.pointee.vis.quality.offsamples = fine ? 4 : 0
        model.pointee.vis.quality.shadowsize = fine ? 2048 : 0
        withUnsafeMutableBytes(of: &options.geomgroup) { groups in
            for group in 0..<groups.count { groups[group] = 0 }
            groups[1] = 1
            groups[fine ? 2 : 3] = 1
        }
        withUnsafeMutableBytes(of: &options.sitegroup) { groups in
            for group in 0..<groups.count { groups[group] = 0 }
        }
        mjv_makeScene(model, drawing, 2000)
        withUnsafeMutableBytes(of: &drawing.pointee.flags) { flags in
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

    /// A picture of a scene, through the camera of that name.
    ///
    /// - Throws: ``RenderError`` if there is no such camera or the scene is of another layout.
    public func render(scene snapshot: SceneSnapshot, camera name: String) throws(RenderError) -> Image {
        let model = scene.model
        let camera = mj_name2id(model, Int32(mjOBJ_CAMERA.rawValue), name)
        guard camera >= 0 else { throw RenderError("the scene has no camera '\(name)'") }
        guard snapshot.count == scene.layout.count else {
            throw RenderError("the scene has \(snapshot.count) values, this renderer's has \(scene.layout.count)")
        }
        SceneTransfer(scene.layout).load(snapshot, into: data)
        mj_kinematics(model, data)
        mj_camlight(model, data)
        var view = mjvCamera()
        mjv_defaultCamera(&view)
        view.type = Int32(mjCAMERA_FIXED.rawValue)
        view.fixedcamid = camera
        mjv_updateScene(model, data, &options, nil, &view, Int32(mjCAT_ALL.rawValue), drawing)
        let area = mjrRect(left: 0, bottom: 0, width: Int32(width), height: Int32(height))
        var image = Image(width: width, height: height)
        try context.withCurrent { () throws(RenderError) in
            mjr_setBuffer(Int32(mjFB_OFFSCREEN.rawValue), resources)
            mjr_render(area, drawing, resources)
            image.pixels.withUnsafeMutableBufferPointer { mjr_readPixels($0.baseAddress, nil, area, resources) }
        }
        image.flipRows()
        return image
    }
}
