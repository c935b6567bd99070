public import NIOCore
public import Numerics
public import Policies

/// Writes the messages that a policy server is sent, one after the other into the same memory.
public struct RequestWriter: ~Copyable {
    private let encoder: ObservationEncoder
    private let introduction: ServerIntroduction
    private var message: ByteBuffer
    private var fitting = PictureFitting()

    /// Room before a message for the header of a WebSocket frame, which then needs no memory of its own.
    private static var headroom: Int { 16 }

    /// - Parameters:
    ///   - encoder: what the server is sent.
    ///   - introduction: what it takes beside.
    public init(_ encoder: ObservationEncoder, for introduction: ServerIntroduction) {
        self.encoder = encoder
        self.introduction = introduction
        message = ByteBufferAllocator().buffer(capacity: encoder.capacity + Self.headroom)
    }

    /// The message for a request. Without frames its pictures are black.
    ///
    /// - Parameter random: where noise comes from, for a server that takes it.
    /// - Throws: `PolicyError` if the request does not fit or is not finite.
    public mutating func message(
        for request: ChunkRequest, random: inout RandomStream
    ) throws(PolicyError) -> ByteBuffer {
        message.clear()
        message.writeRepeatingByte(0, count: Self.headroom)
        message.moveReaderIndex(forwardBy: Self.headroom)
        let continuation = introduction.continuesChunks ? request.continuation : nil
        let more = (introduction.noiseShape == nil ? 0 : 1) + (continuation == nil ? 0 : 3)
        message.writeMessagePackMapHeader(count: encoder.entryCount + more)
        try encoder.encode(request, &fitting, into: &message)
        if let shape = introduction.noiseShape {
            var noise = [Float](repeating: 0, count: shape.reduce(1, *))
            noise.withUnsafeMutableBufferPointer { random.fillGaussian($0) }
            message.writeMessagePack("noise")
            message.writeNumpyArray(.float32, shape: shape, noise)
        }
        if let continuation { write(continuation) }
        return message
    }

    private mutating func write(_ continuation: ChunkContinuation) {
        let previous = continuation.previous
        message.writeMessagePack("prev_chunk")
        message.writeNumpyArray(
            .float32, shape: [previous.count, previous[0].count], previous.flatMap(\.self))
        message.writeMessagePack("delay")
        message.writeMessagePack(continuation.delay)
        message.writeMessagePack("execution_horizon")
        message.writeMessagePack(continuation.executionHorizon)
    }
}
