import Cameras
import Foundation
import Realtime
import Robots
import Simulation

/// Looks at the cameras: those that are plugged in, and those of a job.
public struct CameraDoctor: Sendable {
    let context: JobContext?
    let snapshots: String?

    /// - Parameters:
    ///   - context: the job whose cameras are looked through; nil looks at all devices of this machine.
    ///   - snapshots: a folder to put a picture of each camera into; made where it is not there. Nil takes none.
    public init(context: JobContext?, snapshots: String?) {
        self.context = context
        self.snapshots = snapshots
    }

    /// One line for each camera.
    ///
    /// - Throws: ``JobError`` where the folder of pictures cannot be made or written to.
    public func run() throws -> DoctorJob.Result {
        if let snapshots {
            do {
                try FileManager.default.createDirectory(atPath: snapshots, withIntermediateDirectories: true)
            } catch {
                throw JobError(.cannotCreate, "\(snapshots): the folder cannot be made: \(SystemReason.of(error))")
            }
        }
        guard let context else { return DoctorJob.Result(checks: try devices()) }
        return DoctorJob.Result(checks: try context.hardware == .simulated ? simulated(context) : real(context))
    }

    private func devices() throws -> [DoctorJob.Check] {
        let devices: [VideoDevice]
        do {
            devices = try VideoDevices.all()
        } catch {
            return [Self.failed("cameras", error.message, remedy: "run tools/setup")]
        }
        if devices.isEmpty {
            return [
                DoctorJob.Check(
                    name: "cameras", isWell: true, found: "no video device is plugged in",
                    remedy: "")
            ]
        }
        return try devices.map { device in
            let formats = device.formats.isEmpty ? "no formats" : device.formats.joined(separator: "; ")
            var check = DoctorJob.Check(
                name: device.path.isEmpty ? device.name : device.path, isWell: true,
                found: "\(device.name): \(formats)",
                remedy: "")
            if snapshots != nil, !device.path.isEmpty {
                let name = device.path.split(separator: "/").last.map(String.init) ?? "camera"
                check = try look(name, .device(device.path), width: 640, height: 480, described: check)
            }
            return check
        }
    }

    private func real(_ context: JobContext) throws -> [DoctorJob.Check] {
        try context.job.cameras.map { camera in
            guard let source = camera.source else {
                return Self.failed(
                    camera.name, "the job names no device for it", remedy: "write device: /dev/video0, or a pipeline")
            }
            let text =
                switch source {
                case .device(let path): path
                case .pipeline(let elements): elements
                }
            let check = DoctorJob.Check(name: camera.name, isWell: true, found: text, remedy: "")
            return try look(camera.name, source, width: camera.width, height: camera.height, described: check)
        }
    }

    /// Takes a few frames of a real camera.
    private func look(
        _ name: String, _ source: CameraSource, width: Int, height: Int, described check: DoctorJob.Check
    ) throws -> DoctorJob.Check {
        let feed = CameraFeed(name: name, width: width, height: height)
        do throws(CameraError) {
            let camera = try GStreamerCamera(source, feed: feed)
            defer { camera.stop() }
            // The first pictures of many cameras are dark, and a rate needs some.
            Thread.sleep(forTimeInterval: 1)
            if let complaint = feed.complaint(now: MonotonicClock.now()) {
                return Self.failed(name, complaint, remedy: "look after its cable, and who else uses it")
            }
        } catch {
            return Self.failed(name, error.message, remedy: "name another device, or plug it in")
        }
        var check = check
        check.found += ", \(feed.sequence) frames in the first second"
        if let frame = feed.newest() { try save(frame.image, name, &check) }
        return check
    }

    private func simulated(_ context: JobContext) throws -> [DoctorJob.Check] {
        let feeds = context.makeFeeds()
        do throws(RenderError) {
            let cameras = try SceneCameras(
                feeds: feeds, task: context.task, robot: context.robot, calibrations: context.calibrations)
            try cameras.step(scene: context.task.initialScene(seed: context.job.seed), time: .zero)
        } catch {
            return [Self.failed("cameras", error.description, remedy: "correct the job file, or run tools/setup")]
        }
        return try feeds.map { feed in
            var check = DoctorJob.Check(
                name: feed.name, isWell: true, found: "simulated, \(feed.width) × \(feed.height)", remedy: "")
            if let frame = feed.newest() { try save(frame.image, feed.name, &check) }
            return check
        }
    }

    private func save(_ image: Image, _ name: String, _ check: inout DoctorJob.Check) throws {
        guard let snapshots else { return }
        let path = "\(snapshots)/\(name).png"
        try WholeFile.write(Data(try image.png()), to: path)
        check.found += ", \(path)"
    }

    private static func failed(_ name: String, _ found: String, remedy: String) -> DoctorJob.Check {
        DoctorJob.Check(name: name, isWell: false, found: found, remedy: remedy)
    }
}
