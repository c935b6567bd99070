import Drivers
import Foundation

/// How fast the codecs find replies in a stream that is nothing but replies, beside copying the same bytes.
struct CodecBench {
    let rounds: Int
    /// How many bytes a round goes through.
    let bytes: Int

    /// As long as fits into the nearest cache, as what comes from a bus does.
    private static let capacity = 16_384

    func run(_ layer: inout BenchLayer) throws {
        let feetech = Self.stream { buffer in
            let data = (0..<15).map { UInt8($0 * 7) }
            data.withUnsafeBufferPointer { FeetechCodec().reply(id: 3, error: 0, data: $0, into: &buffer) }
        }
        let dynamixel = Self.stream { buffer in
            let data = (0..<10).map { UInt8($0 * 7) }
            data.withUnsafeBufferPointer { DynamixelCodec().reply(id: 3, error: 0, data: $0, into: &buffer) }
        }
        var (feetechRates, dynamixelRates, copyRates): ([Double], [Double], [Double]) = ([], [], [])
        let passes = max(1, bytes / Self.capacity)
        for _ in 0..<rounds {
            feetechRates.append(try Self.rate(feetech, passes: passes, codec: FeetechCodec()))
            dynamixelRates.append(try Self.rate(dynamixel, passes: passes, codec: DynamixelCodec()))
            copyRates.append(Self.copyRate(feetech, passes: passes))
        }
        let copy = BenchFigure("copying the same bytes", unit: "MB/s", rounds: copyRates)
        for (name, rates) in [("feetech", feetechRates), ("dynamixel", dynamixelRates)] {
            let figure = BenchFigure("\(name) replies found in a stream", unit: "MB/s", rounds: rates)
            layer.add("\(name)Codec", figure.compared(with: copy.median, "copying them"))
            let verdict = figure.median > 500 ? "over 500 MB/s" : "below 500 MB/s, and far from the speed of memory"
            layer.notes.append("\(name) replies: \(verdict); a bus of 1 Mbaud brings 0.1 MB/s")
        }
        layer.add("copy", copy)
    }

    /// A stream of whole replies, and how many.
    private struct Stream: ~Copyable {
        var buffer: FrameBuffer
        var replies: Int
    }

    private static func stream(_ reply: (inout FrameBuffer) -> Void) -> Stream {
        var one = FrameBuffer(capacity: 256)
        reply(&one)
        var all = FrameBuffer(capacity: capacity)
        var count = 0
        while all.capacity - all.count >= one.count {
            all.append(one.bytes)
            count += 1
        }
        return Stream(buffer: all, replies: count)
    }

    private static func rate<Codec: ServoCodec>(
        _ stream: borrowing Stream, passes: Int, codec: Codec
    ) throws -> Double {
        var buffer = FrameBuffer(capacity: Self.capacity)
        buffer.append(stream.buffer.bytes)
        var found = 0
        let seconds = processorSeconds {
            for _ in 0..<passes {
                var place = 0
                while case .frame(let frame) = codec.scan(&buffer, from: place, dataCount: nil, end: .closed) {
                    place = frame.end
                    found += 1
                }
            }
        }
        guard found == passes * stream.replies else {
            throw JobError(.softwareFault, "\(found) replies were found in a stream of \(passes * stream.replies)")
        }
        return Double(passes * buffer.count) / seconds * 1e-6
    }

    private static func copyRate(_ stream: borrowing Stream, passes: Int) -> Double {
        let source = stream.buffer.bytes
        let target = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: source.count)
        defer { target.deallocate() }
        var sum = 0
        let seconds = processorSeconds {
            for pass in 0..<passes {
                _ = target.update(fromContentsOf: source)
                // What is read of it keeps the copies from being left out.
                sum &+= Int(target[pass % source.count])
            }
        }
        return sum >= 0 ? Double(passes * source.count) / seconds * 1e-6 : 0
    }
}
