import Cameras
import Foundation
import NIOCore
import Numerics
import Policies
import Realtime
import RemotePolicies

/// How long a policy server that answers at once is waited for, with two pictures in every request, beside openpi's own client
/// for Python asking the same server; and how fast messages are written and read, beside copying memory.
struct RemoteBench {
    /// What the peer says at its start: it has a server running, and asks it as well.
    struct Introduction: Codable, Hashable {
        var name: String
        /// Of the server.
        var server: String
    }

    /// How long each of its requests took.
    struct Round: Codable, Hashable {
        var microseconds: [Double]
    }

    private static let size = 224
    let rounds: Int
    let effort: BenchEffort
    let peer: [String]
    let seed: UInt64

    init(_ job: BenchJob, _ context: JobContext) {
        rounds = job.rounds
        effort = job.effort
        peer = job.remotePeer
        seed = context.job.seed
    }

    func run() throws -> BenchLayer {
        var layer = BenchLayer()
        try addCodec(&layer)
        guard !peer.isEmpty else {
            layer.notes.append("no round trips: no server was named (tools/bench has one)")
            return layer
        }
        let client = try BenchPeer<Introduction, Round>("the policy client's", command: peer)
        defer { client.finish() }
        try addRoundTrips(client, &layer)
        return layer
    }

    /// Two pictures, eight numbers and a sentence: LIBERO's observation.
    private func makeEncoder(_ server: String) throws -> ObservationEncoder {
        var map = ObservationMap.libero(front: .init(camera: "front"), wrist: .init(camera: "wrist"))
        map.entries.append(.init(["prompt"], .text("put the square nut on the square peg")))
        return try ObservationEncoder(
            map, layout: ObservationLayout(parts: []), robotLayout: RobotPart.layout(joints: 7),
            cameras: ["front", "wrist"], server: server)
    }

    private func makeRequest(_ encoder: ObservationEncoder) -> ChunkRequest {
        var random = RandomStream(seed: seed)
        var frame = CameraFrame(width: Self.size, height: Self.size)
        for index in frame.image.pixels.indices { frame.image.pixels[index] = UInt8(random.nextWord() & 0xFF) }
        var request = ChunkRequest(observation: [], step: 0)
        request.frames = [frame, frame]
        request.robotState = Array(repeating: 0.5, count: encoder.robotLayout.size)
        return request
    }

    private func addRoundTrips(_ peer: BenchPeer<Introduction, Round>, _ layer: inout BenchLayer) throws {
        let address = try ServerAddress(peer.introduction.server)
        let encoder = try makeEncoder("\(address)")
        let policy = try RemotePolicy(
            WebSocketTransport(.init(address: address)), server: "\(address)", encoder: encoder,
            actions: ActionMap(.job, size: 7), seed: seed)
        let request = makeRequest(encoder)
        var random = RandomStream(seed: seed)
        var own = Quantiles()
        var theirs = Quantiles()
        for _ in 0..<rounds {
            own.add(
                try (0..<effort.remoteRequests).map { _ in
                    try seconds { _ = try policy.propose(request, random: &random) } * 1e6
                })
            theirs.add(try peer.run(effort.remoteRequests).microseconds)
        }
        let name = peer.introduction.name
        for (key, own, theirs) in [("p50", own.p50, theirs.p50), ("p99", own.p99, theirs.p99)] {
            let other = BenchFigure("round trip, \(key), \(name)", unit: "µs", rounds: theirs)
            layer.add(
                key,
                BenchFigure("round trip, \(key)", unit: "µs", rounds: own)
                    .compared(with: other.median, "\(name)'s"))
            layer.add(key + "Peer", other)
            layer.add(
                key + "Ratio",
                BenchFigure("ratio of neighbouring rounds", unit: "×", rounds: zip(own, theirs).map { $0 / $1 }))
        }
    }

    /// The middle and the upper end of each round.
    private struct Quantiles {
        var (p50, p99): ([Double], [Double]) = ([], [])

        mutating func add(_ round: [Double]) {
            let sorted = round.sorted()
            p50.append(BenchFigure.median(sorted))
            p99.append(sorted[min(sorted.count - 1, Int(0.99 * Double(sorted.count)))])
        }
    }

    private func addCodec(_ layer: inout BenchLayer) throws {
        let encoder = try makeEncoder("nowhere")
        let request = makeRequest(encoder)
        var writer = RequestWriter(encoder, for: .none)
        var random = RandomStream(seed: seed)
        let size = try writer.message(for: request, random: &random).readableBytes
        let numbers = [Float](repeating: 0.5, count: size / 4)
        var array = ByteBuffer()
        array.writeNumpyArray(.float32, shape: [numbers.count], numbers)
        var room = [UInt8](repeating: 0, count: size)
        let pixels = request.frames.map(\.image.pixels)
        var (copy, write, read, slices): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        let count = effort.remoteMessages
        let gigabytes = Double(count) * Double(size) * 1e-9
        for _ in 0..<rounds {
            copy.append(
                gigabytes
                    / processorSeconds {
                        for _ in 0..<count { Self.copy(pixels, into: &room) }
                    })
            write.append(
                gigabytes
                    / (try processorSeconds {
                        for _ in 0..<count { _ = try writer.message(for: request, random: &random) }
                    }))
            read.append(
                gigabytes
                    / (try processorSeconds {
                        for _ in 0..<count {
                            let value = try MessagePackDecoder.decode(array)
                            guard try NumpyArray(value)?.floats.last == 0.5 else {
                                throw JobError(.softwareFault, "a message came out as something else")
                            }
                        }
                    }))
            let message = try writer.message(for: request, random: &random)
            slices.append(
                try processorSeconds {
                    for _ in 0..<count { _ = try MessagePackDecoder.decode(message) }
                } / Double(count) * 1e6)
        }
        let copied = BenchFigure("copying the pictures' bytes", unit: "GB/s", rounds: copy)
        layer.add(
            "encode",
            BenchFigure("writing a request", unit: "GB/s", rounds: write).compared(with: copied.median, "copying"))
        layer.add(
            "decode",
            BenchFigure("reading a reply of as many bytes", unit: "GB/s", rounds: read)
                .compared(with: copied.median, "copying"))
        layer.add("slices", BenchFigure("finding the arrays of a request", unit: "µs", rounds: slices))
        layer.add("copy", copied)
        layer.notes.append("requests of \(size) bytes: two pictures of 224 × 224, eight numbers and a sentence")
    }

    private static func copy(_ pictures: [[UInt8]], into room: inout [UInt8]) {
        var start = 0
        for picture in pictures {
            room.withUnsafeMutableBytes { room in
                picture.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: room[start...]).copyMemory(from: $0) }
            }
            start += picture.count
        }
    }
}
