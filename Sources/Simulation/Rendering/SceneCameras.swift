public import Cameras
public import Realtime
public import Robots

/// The cameras of a simulated scene: each step draws what they see, and publishes it into their feeds.
///
/// One renderer draws for all of them, with the collision geoms alone. It is for one thread at a time; which one may change
/// between steps.
public final class SceneCameras {
    private struct View {
        var feed: CameraFeed
        var camera: Int
        /// Where the picture lies in the feed's frames; the rest of them is black.
        var fit: ImageFit
        var picture: Image
        var frame: Image

        mutating func publish(time: MonotonicTime) {
            guard fit.width < frame.width || fit.height < frame.height else { return feed.publish(picture, time: time) }
            frame.place(picture, left: fit.left, top: fit.top)
            feed.publish(frame, time: time)
        }
    }

    private let renderer: Renderer
    private var views: [View]

    /// - Parameters:
    ///   - feeds: of the cameras to draw, by their names.
    ///   - task: the task.
    ///   - robot: the robot.
    ///   - calibrations: of the real cameras of these names: they are drawn from where those are, with their field of
    ///     view and proportions, in place of where the task or the robot has them.
    /// - Throws: ``RenderError`` if the scene has no such camera, a picture is too large, or there is no OpenGL.
    public init(
        feeds: [CameraFeed], task: any ManipulationTask, robot: RobotDescription, calibrations: [CameraCalibration] = []
    ) throws(RenderError) {
        let renderer = try Renderer(
            task: task, robot: robot, width: feeds.map(\.width).max() ?? 1, height: feeds.map(\.height).max() ?? 1,
            visuals: .collision, cameras: calibrations.map(\.mount))
        self.renderer = renderer
        views = []
        for feed in feeds {
            let size = (width: feed.width, height: feed.height)
            let own = calibrations.first { $0.camera == feed.name }.map { (width: $0.size.x, height: $0.size.y) }
            let fit = ImageFit(of: own ?? size, in: size)
            views.append(
                View(
                    feed: feed, camera: try renderer.camera(named: feed.name), fit: fit,
                    picture: Image(width: fit.width, height: fit.height, colour: (0, 0, 0)),
                    frame: Image(width: feed.width, height: feed.height, colour: (0, 0, 0))))
        }
    }

    /// Draws what all cameras see of a scene.
    ///
    /// - Parameters:
    ///   - scene: the world.
    ///   - time: when it was like that, which becomes the frames' time.
    /// - Throws: ``RenderError`` if the scene is of another layout.
    public func step(scene: SceneSnapshot, time: MonotonicTime) throws(RenderError) {
        try renderer.load(scene)
        try renderer.drawing { () throws(RenderError) in
            for index in views.indices {
                renderer.draw(views[index].camera, into: &views[index].picture)
                views[index].publish(time: time)
            }
        }
    }

    /// Counts frames anew, as if none had been drawn.
    public func restartCounting() {
        for view in views { view.feed.restartCounting() }
    }
}
