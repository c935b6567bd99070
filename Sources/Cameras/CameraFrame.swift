public import Realtime

/// What a camera saw at one moment.
public struct CameraFrame: Equatable, Sendable {
    /// The picture.
    public var image: Image
    /// When it was taken, on the clock of the loops.
    public var time: MonotonicTime
    /// How many frames the camera has given up to this one: 1 for the first.
    public var sequence: UInt64

    /// See the properties.
    public init(image: Image, time: MonotonicTime, sequence: UInt64) {
        self.image = image
        self.time = time
        self.sequence = sequence
    }

    /// Room for frames of a size, to be read into.
    public init(width: Int, height: Int) {
        self.init(image: Image(width: width, height: height, colour: (0, 0, 0)), time: .zero, sequence: 0)
    }
}
