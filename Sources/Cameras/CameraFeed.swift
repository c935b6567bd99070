public import Realtime
internal import Synchronization

/// The newest frame of one camera, handed from the camera's thread to all who look through it. Nobody waits.
///
/// Whatever takes the pictures publishes here; whoever reads needs to know nothing else of a camera.
///
/// ```swift
/// var frame = CameraFrame(width: feed.width, height: feed.height)
/// if feed.read(into: &frame), feed.age(now: now) <= feed.ageLimit { look(at: frame.image) }
/// ```
public final class CameraFeed: Sendable {
    /// The camera's name, such as `agentview`.
    public let name: String
    /// Pixels across, of every frame.
    public let width: Int
    /// Pixels down, of every frame.
    public let height: Int
    /// How old the newest frame may be before the camera counts as frozen, ns.
    public let ageLimit: UInt64

    private let frames: LatestBytes
    private let beginning = Atomic<UInt64>(0)
    private let fault = Mutex<String?>(nil)

    /// A feed without a frame.
    ///
    /// - Parameters:
    ///   - name: of the camera.
    ///   - width: pixels across.
    ///   - height: pixels down.
    ///   - ageLimit: how old the newest frame may be, ns.
    public init(name: String, width: Int, height: Int, ageLimit: UInt64 = 500_000_000) {
        precondition(width > 0 && height > 0, "a frame has at least one pixel")
        self.name = name
        self.width = width
        self.height = height
        self.ageLimit = ageLimit
        frames = LatestBytes(byteCount: 3 * width * height)
    }

    /// How many frames have been published.
    public var sequence: UInt64 { frames.version &- beginning.load(ordering: .acquiring) }

    /// When the newest frame was taken; zero while there is none.
    public var time: MonotonicTime { sequence == 0 ? .zero : frames.time }

    /// How old the newest frame is, ns; as old as can be while there is none.
    public func age(now: MonotonicTime) -> UInt64 {
        sequence == 0 ? .max : now.nanoseconds(since: frames.time)
    }

    /// Copies the newest frame. Wait-free, and without allocation where `frame` has the feed's size and is not shared.
    ///
    /// - Returns: false while there is none.
    public func read(into frame: inout CameraFrame) -> Bool {
        if frame.image.width != width || frame.image.height != height {
            frame = CameraFrame(width: width, height: height)
        }
        let start = beginning.load(ordering: .acquiring)
        guard frames.version != start else { return false }
        var time = frame.time
        let version = frame.image.pixels.withUnsafeMutableBytes { frames.read(into: $0, time: &time) }
        guard let version else { return false }
        frame.time = time
        frame.sequence = version &- start
        return true
    }

    /// The newest frame, in memory of its own; nil while there is none.
    public func newest() -> CameraFrame? {
        let start = beginning.load(ordering: .acquiring)
        var (time, version) = (MonotonicTime.zero, UInt64?.none)
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, filled in
            version = frames.read(into: UnsafeMutableRawBufferPointer(buffer), time: &time)
            filled = version == nil ? 0 : buffer.count
        }
        guard let version, version != start else { return nil }
        return CameraFrame(
            image: Image(width: width, height: height, pixels: pixels), time: time, sequence: version &- start)
    }

    /// What is wrong with the camera, in one line; nil where nothing is. May wait a moment: it is not for the loops, but
    /// for when something has been found to be wrong.
    ///
    /// - Parameter now: the present moment, to judge the newest frame's age by.
    public func complaint(now: MonotonicTime) -> String? {
        if let fault = fault.withLock({ $0 }) { return "camera '\(name)': \(fault)" }
        let age = age(now: now)
        guard age > ageLimit else { return nil }
        let limit = "\(ageLimit / 1_000_000) ms are allowed"
        return age == .max
            ? "camera '\(name)': it has not given one frame"
            : "camera '\(name)': its newest frame is \(age / 1_000_000) ms old; \(limit)"
    }
}

/// The camera's side.
extension CameraFeed {
    /// Publishes a frame; called by the one thread that has the camera.
    ///
    /// - Parameters:
    ///   - pixels: `3 · width · height` bytes, rows from the top, red, green, blue.
    ///   - time: when it was taken.
    public func publish(_ pixels: UnsafeRawBufferPointer, time: MonotonicTime) {
        frames.publish(pixels, time: time)
    }

    /// Publishes a picture of the feed's size; called by the one thread that has the camera.
    public func publish(_ image: Image, time: MonotonicTime) {
        precondition(image.width == width && image.height == height, "a feed's frames are of one size")
        image.pixels.withUnsafeBytes { publish($0, time: time) }
    }

    /// Says that no further frame will come, and why. The first reason stays.
    public func fail(_ reason: String) {
        fault.withLock { if $0 == nil { $0 = reason } }
    }

    /// Counts frames anew, as if none had been published; called by the one thread that has the camera.
    public func restartCounting() {
        beginning.store(frames.version, ordering: .releasing)
    }
}
