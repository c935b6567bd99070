internal import CGStreamer
internal import Foundation
internal import Realtime
internal import Synchronization

/// A running pipeline and what is known of its pictures; for one thread at a time.
final class FrameCapture: @unchecked Sendable {
    private let feed: CameraFeed
    private let pipeline: GStreamerPipeline
    private var size: (width: Int, height: Int)?
    private var resizer: ImageResizer?
    private var fitted: [UInt8]

    init(_ source: CameraSource, feed: CameraFeed) throws(CameraError) {
        self.feed = feed
        fitted = [UInt8](repeating: 0, count: 3 * feed.width * feed.height)
        pipeline = try GStreamerPipeline(source, camera: feed.name)
    }

    /// The first frame.
    ///
    /// - Throws: ``CameraError`` if none comes within so many seconds.
    func waitForFirst(patience: Double) throws(CameraError) -> GStreamerSample {
        let end = MonotonicClock.now().advanced(byNanoseconds: UInt64(patience * 1e9))
        while MonotonicClock.now() < end {
            if let sample = try pipeline.pull() { return sample }
        }
        throw CameraError(camera: feed.name, message: "it gave no picture within \(patience) s")
    }

    /// Publishes the next frame, or comes back after a while without one.
    ///
    /// - Throws: ``CameraError`` where no further frame will come.
    func step() throws(CameraError) {
        guard let sample = try pipeline.pull() else { return }
        if let size, size != sample.size {
            throw CameraError(
                camera: feed.name,
                message:
                    "its pictures were \(size.width) × \(size.height) pixels, and are now \(sample.size.width) × \(sample.size.height)"
            )
        }
        take(sample)
    }

    /// Fits a frame to the feed's size and publishes it.
    func take(_ sample: GStreamerSample) {
        if resizer == nil {
            size = sample.size
            resizer = ImageResizer(from: sample.size, to: (feed.width, feed.height))
        }
        let time = pipeline.captureTime(of: sample)
        sample.withPixels { pixels, stride in
            fitted.withUnsafeMutableBytes { resizer?.fit(pixels, stride: stride, into: $0) }
            fitted.withUnsafeBytes { feed.publish($0, time: time) }
        }
    }
}
