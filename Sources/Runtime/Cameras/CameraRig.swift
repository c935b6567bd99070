import Cameras
import Control
import Foundation
import Realtime
import Robots
import Simulation

/// The cameras of a run in real time, which take their pictures on threads of their own.
///
/// Real ones have a thread each. Simulated ones are drawn one after the other on one thread, of the world as the control
/// loop last measured it.
final class CameraRig {
    /// Pictures a second of simulated cameras, as most real ones have, Hz.
    static let simulatedRate = 30.0

    /// In the order of the job's cameras.
    let feeds: [CameraFeed]

    private var cameras: [GStreamerCamera] = []
    private var drawing: WorkerThread?
    private let end = EndFlag()

    /// Starts the job's cameras; none where it has none.
    ///
    /// - Throws: ``JobError`` where a real camera has no source, `CameraError` where it does not start, and what drawing
    ///   simulated ones throws.
    init(_ context: JobContext, channels: ControlChannels) throws {
        feeds = context.makeFeeds()
        switch context.hardware {
        case .simulated:
            guard let scene = try context.makeSceneCameras(feeds) else { return }
            drawing = draw(scene, channels: channels)
        case .real, .emulated:
            for (settings, feed) in zip(context.job.cameras, feeds) {
                guard let source = settings.source else {
                    throw JobError(
                        .badFile,
                        "\(context.job.path): the camera '\(settings.name)' has no device; write device: /dev/video0, or a pipeline"
                    )
                }
                cameras.append(try GStreamerCamera(source, feed: feed))
            }
        }
    }

    deinit { stop() }

    /// Ends all threads, and waits for them.
    func stop() {
        end.set()
        drawing?.join()
        drawing = nil
        for camera in cameras { camera.stop() }
        cameras = []
    }

    private func draw(_ scene: SceneCameras, channels: ControlChannels) -> WorkerThread {
        let scene = Handover(scene)
        return WorkerThread(name: "cameras") { [end, feeds] in
            let scene = scene.take()
            let period = UInt64(1e9 / Self.simulatedRate)
            var snapshot = ControlSnapshot()
            var seen: UInt64 = 0
            var next = MonotonicClock.now()
            while !end.isSet {
                if channels.snapshot.read(into: &snapshot, newerThan: &seen) {
                    do throws(RenderError) {
                        try scene.step(scene: snapshot.measurement.scene, time: snapshot.measurement.state.time)
                    } catch {
                        for feed in feeds { feed.fail(error.description) }
                        return
                    }
                }
                // After a stretch in which the machine was busy, pictures are left out and not made up for.
                next = max(next.advanced(byNanoseconds: period), MonotonicClock.now())
                MonotonicClock.sleep(until: next)
            }
        }
    }
}
