import Foundation
import Realtime
import Testing

@testable import Cameras

/// Cameras through GStreamer, with its own sources of pictures, with files, and with what goes wrong.
@Suite("Cameras through GStreamer", .serialized)
struct GStreamerCameraTests {
    /// A folder that is gone after the test.
    final class Folder: Sendable {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("cameras-\(UUID().uuidString)").path
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    static func feed(_ width: Int = 64, _ height: Int = 64) -> CameraFeed {
        CameraFeed(name: "wrist", width: width, height: height, ageLimit: 300_000_000)
    }

    /// Waits, up to 20 s, until something is so.
    static func wait(_ what: String, until isSo: () -> Bool) throws {
        for _ in 0..<2000 {
            if isSo() { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
        Issue.record("\(what) did not come about")
    }

    @Test("Frames come with rising numbers and times of the clock of the loops, fitted to the feed")
    func live() throws {
        let feed = Self.feed(40, 40)
        let before = MonotonicClock.now()
        let camera = try GStreamerCamera(
            .pipeline("videotestsrc is-live=true pattern=white ! video/x-raw,width=64,height=32,framerate=50/1"),
            feed: feed)
        var frame = CameraFrame(width: 40, height: 40)
        try Self.wait("a frame") { feed.read(into: &frame) }
        let first = frame
        try Self.wait("a later frame") { feed.read(into: &frame) && frame.sequence > first.sequence + 2 }
        #expect(frame.time > first.time && first.time >= before && frame.time <= MonotonicClock.now())
        #expect(feed.complaint(now: frame.time) == nil)
        // 64 × 32 into 40 × 40: 20 rows of white between black ones.
        let rows = (0..<40).map { frame.image.pixels[3 * 40 * $0] }
        #expect(
            rows == [UInt8](repeating: 0, count: 10) + [UInt8](repeating: 255, count: 20)
                + .init(repeating: 0, count: 10))
        camera.stop()
        let last = feed.sequence
        Thread.sleep(forTimeInterval: 0.1)
        #expect(feed.sequence == last)
    }

    @Test("A file's pictures come through to the byte; where they end, that is said")
    func file() throws {
        let folder = try Folder()
        // A width of which a row is no multiple of four bytes.
        var image = Image(width: 33, height: 17)
        for index in image.pixels.indices { image.pixels[index] = UInt8(truncatingIfNeeded: index &* 37 &+ index / 99) }
        for number in 0..<4 { try image.png().write(to: URL(fileURLWithPath: "\(folder.path)/\(number).png")) }
        let feed = Self.feed(33, 17)
        let camera = try GStreamerCamera(
            .pipeline(
                "multifilesrc location=\"\(folder.path)/%d.png\" stop-index=3 caps=image/png,framerate=20/1 ! pngdec"),
            feed: feed)
        defer { camera.stop() }
        var frame = CameraFrame(width: 33, height: 17)
        try Self.wait("a frame") { feed.read(into: &frame) }
        #expect(frame.image == image)
        try Self.wait("the end") { feed.complaint(now: feed.time)?.contains("come to an end") == true }
        #expect(feed.complaint(now: feed.time) == "camera 'wrist': its pictures have come to an end")
    }

    @Test("Pictures that change their size are not passed on, and both sizes are named")
    func changedSize() throws {
        let folder = try Folder()
        for number in 0..<6 {
            let image = number < 3 ? Image(width: 32, height: 24) : Image(width: 16, height: 12, colour: (9, 9, 9))
            try image.png().write(to: URL(fileURLWithPath: "\(folder.path)/\(number).png"))
        }
        let feed = Self.feed(32, 24)
        let camera = try GStreamerCamera(
            .pipeline(
                "multifilesrc location=\"\(folder.path)/%d.png\" stop-index=5 caps=image/png,framerate=10/1 ! pngdec"),
            feed: feed)
        defer { camera.stop() }
        try Self.wait("a complaint") { feed.complaint(now: feed.time) != nil }
        #expect(
            feed.complaint(now: feed.time)
                == "camera 'wrist': its pictures were 32 × 24 pixels, and are now 16 × 12")
        #expect(feed.newest()?.image == Image(width: 32, height: 24))
    }

    @Test("A camera that stalls has a frame that grows old, and goes on by itself")
    func stall() throws {
        let pipe = Pipe()
        let feed = Self.feed(8, 8)
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        let picture = Data(repeating: 77, count: 3 * 8 * 8)
        try pipe.fileHandleForWriting.write(contentsOf: picture)
        let camera = try GStreamerCamera(
            .pipeline(
                "fdsrc fd=\(descriptor) do-timestamp=true ! rawvideoparse format=rgb width=8 height=8 framerate=25/1"),
            feed: feed)
        defer {
            // The end of its input lets the source go.
            try? pipe.fileHandleForWriting.close()
            camera.stop()
        }
        #expect(feed.complaint(now: feed.time) == nil)
        let (stalled, sequence) = (feed.time, feed.sequence)
        try Self.wait("staleness") { feed.complaint(now: MonotonicClock.now()) != nil }
        #expect(
            feed.complaint(now: stalled.advanced(byNanoseconds: 400_000_000))
                == "camera 'wrist': its newest frame is 400 ms old; 300 ms are allowed")
        try pipe.fileHandleForWriting.write(contentsOf: picture + picture)
        try Self.wait("a further frame") { feed.sequence > sequence }
    }

    @Test("What cannot be a camera is refused in one line")
    func refused() throws {
        func refusal(_ source: CameraSource, patience: Double = 5) -> String {
            do {
                let camera = try GStreamerCamera(source, feed: Self.feed(), patience: patience)
                camera.stop()
                return "it was started"
            } catch {
                return error.description
            }
        }
        #expect(
            refusal(.device("/dev/video-none"))
                == "camera 'wrist': there is no device /dev/video-none; 'steadyhand doctor --cameras' lists those that there are"
        )
        let noVideo = refusal(.device("/dev/null"))
        #expect(noVideo.hasPrefix("camera 'wrist': ") && noVideo.contains("/dev/null"), "\(noVideo)")
        #expect(
            refusal(.pipeline("noelement")) == "camera 'wrist': its pipeline cannot be made: no element \"noelement\"")
        #expect(refusal(.pipeline("videotestsrc ! !")).hasPrefix("camera 'wrist': its pipeline cannot be made: "))
        #expect(
            refusal(.pipeline("videotestsrc is-live=true ! identity drop-probability=1"), patience: 0.3)
                == "camera 'wrist': it gave no picture within 0.3 s")
        #expect(
            refusal(.pipeline("videotestsrc num-buffers=0")) == "camera 'wrist': its pictures have come to an end")
    }

    @Test("The video devices of a machine and their formats are described in a line each")
    func devices() throws {
        for device in try VideoDevices.all() { #expect(!device.name.isEmpty) }
        let formats = try VideoDevices.formats(
            "video/x-raw, format=YUY2, width=640, height=480, framerate={(fraction)30/1, (fraction)15/1}; image/jpeg, width=1920, height=1080, framerate=30/1"
        )
        #expect(formats == ["YUY2 640 × 480 at { 30, 15 } Hz", "image/jpeg 1920 × 1080 at 30 Hz"])
        #expect(throws: CameraError.self) { try VideoDevices.formats("no ; pictures ! at all") }
    }

    @Test("Texts from outside reach no terminal with commands in them")
    func terminal() {
        #expect(TerminalText.line("a\u{1b}[31mb\nc\u{9b}d\u{202e}é") == "a [31mb c d é")
    }
}
