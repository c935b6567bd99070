internal import NIOCore
public import Numerics
public import Policies
internal import Synchronization

/// A policy behind an openpi policy server.
///
/// Making one connects, reads what the server says about its policy, and asks it once with an observation that means nothing:
/// the first request may take a server tens of seconds, and its reply has the shape that all chunks of the run must have.
///
/// ``propose(_:random:)`` blocks its caller until the reply is there. Call it from a thread that may wait.
public final class RemotePolicy: ChunkPolicy {
    /// How long things may take, ns.
    public struct Patience: Equatable, Sendable {
        /// Until the server has said what it is.
        public var connecting: UInt64 = 10_000_000_000
        /// Until the first reply.
        public var warmUp: UInt64 = 120_000_000_000
        /// Until any further reply, with all that it takes to connect again.
        public var reply: UInt64 = 10_000_000_000

        /// 10 s, 120 s and 10 s.
        public init() {}
    }

    /// What the server says about its policy.
    public let introduction: ServerIntroduction
    /// Actions in a chunk, of the server's first reply.
    public let horizon: Int
    /// Numbers in an action of this program.
    public var actionSize: Int { actions.size }
    /// 0: a server does not say which parameters it uses.
    public let version: UInt64 = 0
    /// Whether it goes on from a chunk under way. Only actions that mean the same here and there can be gone on from.
    public var continuesChunks: Bool { introduction.continuesChunks && actions.meaning == .job }

    /// Yes: what it is sent is the observation map's to say.
    public var looksAround: Bool { true }

    private let server: String
    private let encoder: ObservationEncoder
    private let actions: ActionMap
    private let patience: Patience
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var session: ServerSession
        var writer: RequestWriter
    }

    /// Connects and asks once.
    ///
    /// - Parameters:
    ///   - transport: not connected yet.
    ///   - server: its address, for messages.
    ///   - encoder: what it is sent.
    ///   - actions: what its actions mean.
    ///   - patience: how long things may take.
    ///   - seed: of the jitter of the waits before connecting again.
    ///   - clock: the machine's, unless a test says otherwise.
    /// - Throws: ``RemotePolicyError``, also where the actions are not those of this robot.
    public init(
        _ transport: any PolicyTransport, server: String, encoder: ObservationEncoder, actions: ActionMap,
        patience: Patience = Patience(), seed: UInt64, clock: ServerSession.Clock = .monotonic
    ) throws {
        self.server = server
        self.encoder = encoder
        self.actions = actions
        self.patience = patience
        var session = try ServerSession(
            transport, server: server, timeout: patience.connecting, seed: seed, clock: clock)
        let introduction = try ServerIntroduction(session.introduction, server: server)
        self.introduction = introduction
        var writer = RequestWriter(encoder, for: introduction)
        var random = RandomStream(seed: seed)
        let rehearsal = try writer.message(for: encoder.neutralRequest, random: &random)
        let reply = try ActionReply(try session.exchange(rehearsal, timeout: patience.warmUp), server: server)
        guard reply.size == actions.size else {
            throw RemotePolicyError(
                .unsuitable, server: server,
                "its actions have \(reply.size) numbers; this robot's have \(actions.size) (\(actions.meaning.rawValue)): is it a policy for another robot?"
            )
        }
        horizon = reply.rows.count
        state = Mutex(State(session: session, writer: writer))
    }

    /// Asks the server, and waits for its answer.
    ///
    /// - Throws: ``RemotePolicyError``, or ``PolicyError`` if the observation does not fit or is not finite.
    public func propose(_ request: ChunkRequest, random: inout RandomStream) throws -> ActionChunk {
        var stream = random
        defer { random = stream }
        let reply = try state.withLock { state in
            let message = try state.writer.message(for: request, random: &stream)
            let reply = try state.session.exchange(message, timeout: patience.reply)
            do {
                return try ActionReply(reply, server: server)
            } catch {
                // Whose answer it was is not certain any more.
                state.session.close()
                throw error
            }
        }
        guard reply.size == actions.size, reply.rows.count == horizon else {
            throw RemotePolicyError(
                .unsuitable, server: server,
                "its chunk is \(reply.rows.count) actions of \(reply.size) numbers; at the start it was \(horizon) of \(actions.size)"
            )
        }
        let rows = actions.actions(reply.rows, from: encoder.jointPositions(of: request))
        return ActionChunk(step: request.step, policyVersion: version, actions: rows)
    }

    /// How often the connection was made again.
    public var reconnections: Int { state.withLock { $0.session.reconnections } }
}

extension ObservationEncoder {
    /// A request that means nothing: everything zero, and nothing turned.
    var neutralRequest: ChunkRequest {
        var request = ChunkRequest(observation: Self.neutral(layout), step: 0)
        request.robotState = Self.neutral(robotLayout)
        return request
    }

    private static func neutral(_ layout: ObservationLayout) -> [Float] {
        layout.parts.flatMap(\.fields).flatMap { field -> [Float] in
            switch field {
            case .values(let count): Array(repeating: 0, count: count)
            case .quaternion: [0, 0, 0, 1]
            }
        }
    }

    /// The joints' positions in a request, rad; none where the robot has no joints.
    func jointPositions(of request: ChunkRequest) -> ArraySlice<Float> {
        var start = 0
        for part in robotLayout.parts {
            if part.name == RobotPart.jointPositions { return request.robotState[start..<start + part.size] }
            start += part.size
        }
        return []
    }
}
