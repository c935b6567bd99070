public import Robots

/// How the frames of one family of servos are made and read: a plain value.
///
/// The families share what is asked (ping, read, write, read and write of several at once) and its codes; they differ in
/// framing, checks and the width of addresses.
public protocol ServoCodec: BitwiseCopyable, Sendable {
    /// Takes what it needs; outside of the real-time path.
    init()
    /// What a reply has beside its data, bytes.
    static var overhead: Int { get }
    /// What a request to read several has beside their addresses, bytes.
    static var readOverhead: Int { get }
    /// Where these servos keep what setting up and checking needs. Not for the real-time path.
    static var table: ServoTable { get }
    /// What a servo complains about by the bits of its ``ServoTable/status``.
    static func fault(ofStatus bits: UInt8) -> DeviceFault
    /// Begins a request; parameters are appended to the buffer, then ``finish(_:)`` closes it.
    func begin(_ instruction: UInt8, id: UInt8, into buffer: inout FrameBuffer)
    /// Appends an address or a count, as wide as the protocol has them.
    func append(number: UInt16, to buffer: inout FrameBuffer)
    /// Fills in the length and appends the check.
    func finish(_ buffer: inout FrameBuffer)
    /// Finds the first whole reply at or after `start`.
    ///
    /// - Parameters:
    ///   - dataCount: How many bytes of data it has to have; nil takes every length.
    ///   - end: Whether more bytes may come.
    func scan(_ buffer: inout FrameBuffer, from start: Int, dataCount: Int?, end: StreamEnd) -> FrameScan
}

/// What both families of servos can be asked.
enum ServoInstruction {
    static var ping: UInt8 { @_noLocks get { 0x01 } }
    static var read: UInt8 { @_noLocks get { 0x02 } }
    static var write: UInt8 { @_noLocks get { 0x03 } }
    static var syncRead: UInt8 { @_noLocks get { 0x82 } }
    static var syncWrite: UInt8 { @_noLocks get { 0x83 } }
    static var broadcast: UInt8 { @_noLocks get { 0xFE } }
}
