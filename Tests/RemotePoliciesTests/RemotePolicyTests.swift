import Foundation
import NIOCore
import Numerics
import Policies
import PolicySamples
import Testing

@testable import RemotePolicies

/// The client against `tools/policy_server`, over real sockets.
@Suite struct RemotePolicyTests {
    /// A policy for actions of seven numbers that are the job's.
    static func policy(
        _ address: String, size: Int = 7, key: String? = nil, patience: Double = 20
    ) throws -> RemotePolicy {
        let server = try ServerAddress(address)
        let encoder = try ObservationEncoder(
            .task(parts: ["object"]), layout: ObservationEncoderTests.task, robotLayout: ObservationEncoderTests.robot,
            cameras: [], server: server.description)
        var limits = RemotePolicy.Patience()
        limits.connecting = UInt64(patience * 1e9)
        limits.reply = UInt64(patience * 1e9)
        return try RemotePolicy(
            WebSocketTransport(WebSocketTransport.Options(address: server, apiKey: key)), server: server.description,
            encoder: encoder, actions: ActionMap(.job, size: size), patience: limits, seed: 1)
    }

    static func propose(_ policy: RemotePolicy) throws -> ActionChunk {
        var random = RandomStream(seed: 3)
        return try policy.propose(ObservationEncoderTests.request, random: &random)
    }

    @Test func actionsComeBack() throws {
        let server = try PolicyServer("fixed", "--horizon", "5", "--values", "0.5,-0.25,0,0,0,0,1")
        let policy = try Self.policy(server.address)
        #expect(policy.introduction.name == "fixed")
        #expect(policy.horizon == 5)
        #expect(!policy.continuesChunks)
        let chunk = try Self.propose(policy)
        #expect(chunk.step == 4)
        #expect(chunk.actions == Array(repeating: [0.5, -0.25, 0, 0, 0, 0, 1], count: 5))
        #expect(policy.reconnections == 0)
    }

    /// openpi's server says nothing about its policy.
    @Test func aServerThatSaysNothingIsAskedAllTheSame() throws {
        let server = try PolicyServer("random", "--plain", "--horizon", "3")
        let policy = try Self.policy(server.address)
        #expect(policy.introduction.name.isEmpty)
        #expect(try Self.propose(policy).actions.count == 3)
    }

    @Test(arguments: ["ping", "fragments", "double"])
    func whatIsNoFaultIsNone(kind: String) throws {
        let server = try PolicyServer("fixed", "--fault", "\(kind):1+", "--horizon", "40")
        let policy = try Self.policy(server.address)
        for _ in 0..<3 { #expect(try Self.propose(policy).actions.count == 40) }
        #expect(policy.reconnections == 0)
    }

    @Test(arguments: ["cut", "close"])
    func aLostConnectionIsMadeAgain(kind: String) throws {
        let server = try PolicyServer("fixed", "--fault", "\(kind):2", "--fault", "\(kind):4")
        let policy = try Self.policy(server.address)
        for _ in 0..<3 { #expect(try Self.propose(policy).actions.count == 16) }
        #expect(policy.reconnections == 2)
    }

    @Test(
        arguments: [
            ("error", RemotePolicyError.Kind.failed, "RuntimeError: [31mthe policy ran out of memory [0m"),
            ("garbage", .malformed, "not understood"), ("truncated", .malformed, "ends in the middle"),
            ("missing", .malformed, "no 'actions'"), ("nan", .notFinite, "not finite"),
            ("infinite", .notFinite, "not finite"), ("size", .unsuitable, "16 actions of 8 numbers"),
            ("horizon", .unsuitable, "15 actions of 7 numbers"), ("flat", .unsuitable, "[112]"),
            ("words", .malformed, "<U8"), ("lie", .malformed, "shape"),
            ("announce", .malformed, "larger than the 64 MB"),
            ("large", .malformed, "larger than the 64 MB"),
        ] as [(String, RemotePolicyError.Kind, String)])
    func aFaultIsOneClearLineAndTheNextRequestIsWell(
        fault: String, kind: RemotePolicyError.Kind, words: String
    ) throws {
        let server = try PolicyServer("fixed", "--fault", "\(fault):2")
        let policy = try Self.policy(server.address)
        let error = try #require(throws: RemotePolicyError.self) { try Self.propose(policy) }
        #expect(error.kind == kind)
        #expect(error.description.hasPrefix("\(server.address): "))
        #expect(error.description.contains(words), "\(error)")
        #expect(!error.description.unicodeScalars.contains { $0.properties.generalCategory == .control })
        #expect(try Self.propose(policy).actions.count == 16)
    }

    @Test func aReplyThatNobodyAskedForIsNotTakenForAnother() throws {
        let server = try PolicyServer("fixed", "--fault", "chatter:2")
        let policy = try Self.policy(server.address)
        _ = try Self.propose(policy)
        var kinds: [RemotePolicyError.Kind?] = []
        for _ in 0..<3 {
            do {
                #expect(try Self.propose(policy).actions.count == 16)
            } catch let error as RemotePolicyError {
                kinds.append(error.kind)
            }
        }
        #expect(kinds == [.malformed], "it is noticed once, and then the connection is another one")
    }

    @Test func aLateReplyIsNotWaitedForForEver() throws {
        let server = try PolicyServer("fixed", "--fault", "stall:2", "--stall", "30")
        let policy = try Self.policy(server.address, patience: 0.5)
        let error = try #require(throws: RemotePolicyError.self) { try Self.propose(policy) }
        #expect(error.kind == .late)
    }

    @Test func actionsOfAnotherRobotAreRefusedAtOnce() throws {
        let server = try PolicyServer("fixed", "--values", "0,0,0,0,0,0,0,0,0,0,0,0,0,0")
        let error = try #require(throws: RemotePolicyError.self) { try Self.policy(server.address) }
        #expect(error.kind == .unsuitable)
        #expect(error.description.contains("14 numbers; this robot's have 7"))
    }

    @Test func aKeyIsShown() throws {
        let server = try PolicyServer("fixed", "--api-key-env", "POLICY_KEY", environment: ["POLICY_KEY": "swordfish"])
        #expect(try Self.propose(try Self.policy(server.address, key: "swordfish")).actions.count == 16)
        let error = try #require(throws: RemotePolicyError.self) { try Self.policy(server.address, key: "cod") }
        #expect(error.kind == .notServed)
        #expect(error.description.contains("api_key_file"))
        #expect(!error.description.contains("cod"))
    }

    @Test func chunksUnderWayAreSentWhereTheServerTakesThem() throws {
        let server = try PolicyServer("joining", "--horizon", "6", "--values", "0,0,0,0,0,0,1")
        let policy = try Self.policy(server.address)
        #expect(policy.continuesChunks)
        var request = ObservationEncoderTests.request
        let previous = (0..<4).map { [Float](repeating: Float($0) / 10, count: 7) }
        request.continuation = ChunkContinuation(previous: previous, delay: 2, executionHorizon: 3)
        var random = RandomStream(seed: 1)
        let chunk = try policy.propose(request, random: &random)
        #expect(Array(chunk.actions[..<2]) == Array(previous[..<2]))
        #expect(chunk.actions[2] == [0, 0, 0, 0, 0, 0, 1])
    }

    // MARK: What is no policy server

    @Test func nobodyThere() throws {
        let address: String
        do {
            let server = try PolicyServer(python: "time.sleep(60)")
            address = server.address
        }
        let error = try #require(throws: RemotePolicyError.self) { try Self.policy(address) }
        #expect(error.kind == .unreachable)
        #expect(error.description.contains("connection refused; is the policy server running there"))
    }

    @Test func noSuchHost() throws {
        let error = try #require(throws: RemotePolicyError.self) { try Self.policy("ws://no-such-host.invalid:8000") }
        #expect(error.kind == .unreachable)
        #expect(error.description.contains("there is no host 'no-such-host.invalid'"), "\(error)")
    }

    @Test func somethingThatSpeaksHTTP() throws {
        let server = try PolicyServer(
            python: """
                server = http.server.HTTPServer(listener.getsockname(), http.server.SimpleHTTPRequestHandler, False)
                server.socket = listener
                server.RequestHandlerClass.log_message = lambda *arguments: None
                server.serve_forever()
                """)
        let error = try #require(throws: RemotePolicyError.self) { try Self.policy(server.address + "/no-such-file") }
        #expect(error.kind == .notServed)
        #expect(error.description.contains("speaks HTTP, but no WebSocket (404"), "\(error)")
    }

    @Test func somethingThatSpeaksFirst() throws {
        let server = try PolicyServer(
            python: """
                connection, _ = listener.accept()
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\\r\\n")
                time.sleep(60)
                """)
        let error = try #require(throws: RemotePolicyError.self) { try Self.policy(server.address) }
        #expect(error.kind == .notServed)
        #expect(error.description.contains("an openpi policy server is needed there"), "\(error)")
    }

    @Test func somethingThatSaysNothing() throws {
        let server = try PolicyServer(python: "connection, _ = listener.accept(); time.sleep(60)")
        let error = try #require(throws: RemotePolicyError.self) { try Self.policy(server.address, patience: 0.3) }
        #expect(error.kind == .notServed)
        #expect(error.description.contains("does not answer"), "\(error)")
    }

    @Test func somethingThatHangsUp() throws {
        let server = try PolicyServer(python: "connection, _ = listener.accept(); connection.close(); time.sleep(60)")
        let error = try #require(throws: RemotePolicyError.self) { try Self.policy(server.address) }
        #expect(error.description.contains("the connection was cut"), "\(error)")
    }

    @Test func aServerWithoutEncryptionIsNotTakenForOneWithIt() throws {
        let server = try PolicyServer("fixed")
        let address = server.address.replacing("ws://", with: "wss://")
        let error = try #require(throws: RemotePolicyError.self) { try Self.policy(address) }
        #expect(error.kind == .notServed)
        #expect(error.description.contains("write ws://"), "\(error)")
    }
}
