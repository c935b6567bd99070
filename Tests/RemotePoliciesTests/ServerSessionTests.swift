import NIOCore
import Realtime
import RemotePolicies
import Synchronization
import Testing

/// A server that does what it is told, and a clock that moves while it does.
final class ScriptedTransport: PolicyTransport {
    enum Turn: Sendable {
        case answer(String)
        case fail(RemotePolicyError.Kind)
    }

    private struct State {
        var connects: [Turn]
        var replies: [Turn]
        var log: [String] = []
        var now = MonotonicTime.zero
    }

    private let state: Mutex<State>

    init(connects: [Turn], replies: [Turn]) {
        state = Mutex(State(connects: connects, replies: replies))
    }

    var log: [String] { state.withLock { $0.log } }

    var clock: ServerSession.Clock {
        ServerSession.Clock(
            now: { self.state.withLock { $0.now } },
            sleep: { time in
                self.state.withLock { state in
                    state.now = state.now.advanced(byNanoseconds: time)
                    state.log.append("sleep \(time / 1_000_000)")
                }
            })
    }

    func connect(timeout: UInt64) throws(RemotePolicyError) -> ByteBuffer {
        try take(\.connects, "connect")
    }

    func exchange(_ request: ByteBuffer, timeout: UInt64) throws(RemotePolicyError) -> ByteBuffer {
        try take(\.replies, "ask")
    }

    func close() {}

    private func take(
        _ list: WritableKeyPath<State, [Turn]>, _ what: String
    ) throws(RemotePolicyError) -> ByteBuffer {
        let turn = state.withLock { state in
            state.log.append(what)
            state.now = state.now.advanced(byNanoseconds: 1_000_000)
            return state[keyPath: list].isEmpty ? .fail(.unreachable) : state[keyPath: list].removeFirst()
        }
        switch turn {
        case .answer(let text): return ByteBuffer(string: text)
        case .fail(let kind): throw RemotePolicyError(kind, server: "ws://test", "as the script says")
        }
    }
}

@Suite struct ServerSessionTests {
    private func session(
        _ transport: ScriptedTransport, seed: UInt64 = 1
    ) throws(RemotePolicyError) -> ServerSession {
        try ServerSession(transport, server: "ws://test", timeout: 1, seed: seed, clock: transport.clock)
    }

    private static let second: UInt64 = 1_000_000_000

    @Test func theFirstConnectionIsTriedOnce() {
        let transport = ScriptedTransport(connects: [.fail(.unreachable)], replies: [])
        #expect(throws: RemotePolicyError.self) { _ = try session(transport) }
        #expect(transport.log == ["connect"])
    }

    @Test func aLostReplyIsAskedForAgain() throws {
        let transport = ScriptedTransport(
            connects: [.answer("A"), .fail(.unreachable), .answer("A")], replies: [.fail(.lost), .answer("yes")])
        var session = try session(transport)
        #expect(try session.exchange(ByteBuffer(), timeout: Self.second) == ByteBuffer(string: "yes"))
        #expect(session.reconnections == 1)
        let log = transport.log
        #expect(log.filter { !$0.hasPrefix("sleep") } == ["connect", "ask", "connect", "connect", "ask"])
        #expect(log.filter { $0.hasPrefix("sleep") }.count == 2)
    }

    @Test func waitsGrowAndFollowFromTheSeed() throws {
        func log(seed: UInt64) throws -> [String] {
            let transport = ScriptedTransport(connects: [.answer("A")], replies: [.fail(.lost)])
            var session = try session(transport, seed: seed)
            #expect(throws: RemotePolicyError.self) {
                try session.exchange(ByteBuffer(), timeout: 20 * Self.second)
            }
            return transport.log
        }
        let first = try log(seed: 1)
        #expect(try log(seed: 1) == first)
        #expect(try log(seed: 2) != first)
        let waits = first.compactMap { $0.split(separator: " ").last.flatMap { UInt64($0) } }
        #expect(waits.count > 6)
        for (index, wait) in waits.enumerated() {
            let limit = min(100 << index, 3000)
            #expect(UInt64(limit / 2)...UInt64(limit) ~= wait)
        }
        #expect(waits.reduce(0, +) < 20_000, "it gives up when the time is over")
    }

    @Test(arguments: [RemotePolicyError.Kind.failed, .malformed, .late, .notFinite, .notServed])
    func whatAnotherAttemptWouldNotMendIsToldAtOnce(kind: RemotePolicyError.Kind) throws {
        let transport = ScriptedTransport(
            connects: [.answer("A"), .answer("A")], replies: [.fail(kind), .answer("yes")])
        var session = try session(transport)
        let error = #expect(throws: RemotePolicyError.self) {
            try session.exchange(ByteBuffer(), timeout: Self.second)
        }
        #expect(error?.kind == kind)
        #expect(transport.log == ["connect", "ask"])
        // Afterwards it goes on, on a connection of its own.
        #expect(try session.exchange(ByteBuffer(), timeout: Self.second) == ByteBuffer(string: "yes"))
        #expect(transport.log == ["connect", "ask", "connect", "ask"])
    }

    @Test func anotherPolicyThanAtTheStartIsRefused() throws {
        let transport = ScriptedTransport(connects: [.answer("A"), .answer("B")], replies: [.fail(.lost)])
        var session = try session(transport)
        let error = #expect(throws: RemotePolicyError.self) {
            try session.exchange(ByteBuffer(), timeout: Self.second)
        }
        #expect(error?.kind == .unsuitable)
    }
}
