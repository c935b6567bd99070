internal import CGStreamer
internal import Realtime
internal import Synchronization

/// A real camera, read through GStreamer on a thread of its own.
///
/// Every frame is fitted to the feed's size and published with the moment when it was taken: the time stamp that the
/// device's driver gave it, which GStreamer carries on, on the machine's monotonic clock. A camera that stops giving
/// frames, ends, or changes the size of its pictures gives no further frame, and its feed says why.
public final class GStreamerCamera: Sendable {
    /// Where the frames are published.
    public let feed: CameraFeed

    private let end = EndFlag()
    private let thread: Mutex<RealtimeThread?>

    /// Starts the camera, and returns when its first frame is there.
    ///
    /// - Parameters:
    ///   - source: where its pictures come from.
    ///   - feed: where to publish them, in its size.
    ///   - patience: how long the first frame may take, s.
    /// - Throws: ``CameraError`` if the camera is not there, cannot be read, or gives no frame in time.
    public init(_ source: CameraSource, feed: CameraFeed, patience: Double = 5) throws(CameraError) {
        self.feed = feed
        let capture = try FrameCapture(source, feed: feed)
        thread = Mutex(nil)
        capture.take(try capture.waitForFirst(patience: patience))
        let handed = Handover(capture)
        do {
            let ordinary = RealtimeOptions(priority: 0, cpu: nil, lockMemory: false, onRefusal: .warn)
            let started = try RealtimeThread.start(name: "camera", options: ordinary) { [end, feed] _ in
                let capture = handed.take()
                while !end.isSet {
                    do throws(CameraError) {
                        try capture.step()
                    } catch {
                        feed.fail(error.message)
                        return
                    }
                }
            }
            thread.withLock { $0 = started }
        } catch {
            throw CameraError(camera: feed.name, message: "\(error)")
        }
    }

    /// Ends it, and waits until it has ended.
    public func stop() {
        end.set()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }
}
