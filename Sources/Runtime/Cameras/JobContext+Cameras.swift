import Cameras
import Configuration
import Episodes
import Foundation
import Robots
import Simulation

extension JobContext {
    /// A feed for each of the job's cameras, in their order.
    func makeFeeds() -> [CameraFeed] {
        job.cameras.map { camera in
            CameraFeed(
                name: camera.name, width: camera.width, height: camera.height,
                ageLimit: UInt64((camera.age * 1e9).rounded()))
        }
    }

    /// What draws the pictures of a simulated job; nil for one without cameras.
    ///
    /// - Throws: `RenderError` if the scene has no such camera, or there is no OpenGL.
    func makeSceneCameras(_ feeds: [CameraFeed]) throws -> SceneCameras? {
        guard !feeds.isEmpty else { return nil }
        return try SceneCameras(feeds: feeds, task: task, robot: robot, calibrations: calibrations)
    }

    /// Reads the calibrations that a job names.
    static func loadCalibrations(_ job: JobConfiguration) throws(ConfigurationError) -> [CameraCalibration] {
        var calibrations: [CameraCalibration] = []
        for camera in job.cameras {
            guard let path = camera.calibrationPath else { continue }
            calibrations.append(try CameraCalibration.load(path: path, camera: camera.name))
        }
        return calibrations
    }

    /// What episodes say about the job's cameras.
    var episodeCameras: [EpisodeCamera] {
        job.cameras.map { settings in
            var camera = EpisodeCamera(name: settings.name, width: settings.width, height: settings.height)
            if let calibration = calibrations.first(where: { $0.camera == settings.name }) {
                camera.describe(calibration)
            } else if hardware == .simulated, let mount = simulatedMount(settings.name) {
                camera.describe(mount)
            }
            return camera
        }
    }

    /// Where a simulated camera is by itself.
    private func simulatedMount(_ name: String) -> CameraMount? {
        if let mount = robot.cameras.first(where: { $0.name == name }) { return mount }
        return task.scene.cameras.first { $0.name == name }?.mount(base: task.basePose)
    }
}

extension EpisodeCamera {
    /// What a calibration says, for pictures that are fitted into the recorded size.
    mutating func describe(_ calibration: CameraCalibration) {
        let fit = ImageFit(
            of: (width: calibration.size.x, height: calibration.size.y), in: (width: width, height: height))
        let scale = SIMD2(
            Double(fit.width) / Double(calibration.size.x), Double(fit.height) / Double(calibration.size.y))
        let focal = calibration.focalLength * scale
        // A pixel's number is its middle's place.
        let centre =
            (calibration.principalPoint + 0.5) * scale - 0.5 + SIMD2(Double(fit.left), Double(fit.top))
        focalLength = [focal.x, focal.y]
        principalPoint = [centre.x, centre.y]
        distortion = calibration.distortion
        place(body: calibration.body, pose: calibration.pose)
    }

    /// What a simulated camera is drawn with.
    mutating func describe(_ mount: CameraMount) {
        let focal = Double(height) / (2 * tan(mount.fieldOfView / 2))
        focalLength = [focal, focal]
        principalPoint = [Double(width - 1) / 2, Double(height - 1) / 2]
        distortion = [0, 0, 0, 0, 0]
        place(body: mount.body, pose: mount.pose)
    }

    private mutating func place(body: String?, pose: Pose) {
        self.body = body ?? "base"
        let turn = pose.orientation.normalised
        position = [pose.position.x, pose.position.y, pose.position.z]
        orientation = [turn.w, turn.x, turn.y, turn.z]
    }
}
