/// What a decoder found in a stream of bytes.
public enum FrameScan: BitwiseCopyable, Equatable, Sendable {
    /// A whole frame with a good check.
    case frame(StatusFrame)
    /// No frame yet: the bytes from `start` on may become one. What is before them is none.
    case incomplete(start: Int)
}

/// A reply in a buffer: who sent it, what it complains about, and where its data are.
public struct StatusFrame: BitwiseCopyable, Equatable, Sendable {
    /// The sender's address.
    public var id: UInt8
    /// The protocol's error byte, or a Modbus exception code.
    public var error: UInt8
    /// Where in the buffer the frame begins.
    public var start: Int
    /// Where in the buffer its data begin.
    public var dataStart: Int
    /// How many bytes of data there are.
    public var dataCount: Int
    /// The place after its last byte.
    public var end: Int

    /// See the properties.
    @_noLocks
    public init(id: UInt8, error: UInt8, start: Int, dataStart: Int, dataCount: Int, end: Int) {
        self.id = id
        self.error = error
        self.start = start
        self.dataStart = dataStart
        self.dataCount = dataCount
        self.end = end
    }
}

/// How much of a stream is there.
public enum StreamEnd: UInt8, BitwiseCopyable, Sendable {
    /// More may come: a frame that is not whole is waited for.
    case open
    /// Nothing more comes: what is not whole is noise, and there may be a frame behind it.
    case closed
}
