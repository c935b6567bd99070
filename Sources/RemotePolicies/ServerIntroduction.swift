public import NIOCore

/// What a server says about its policy when a connection begins: a map, which openpi leaves empty or fills as it likes.
///
/// Three keys mean something here. `tools/policy_server` sends them; a server that does not is asked as openpi's is.
///
/// | key | means |
/// | --- | --- |
/// | `noise_shape` | it takes the noise that a chunk begins with, as `noise` of this shape, so that equal seeds give equal chunks |
/// | `continues_chunks` | it takes `prev_chunk`, `delay` and `execution_horizon`, and makes a chunk that joins the one under way |
/// | `policy` | its name, for people |
public struct ServerIntroduction: Equatable, Sendable {
    /// The shape of the noise that it takes: actions, numbers in an action; nil if it takes none.
    public let noiseShape: [Int]?
    /// Whether it goes on from a chunk under way.
    public let continuesChunks: Bool
    /// The policy's name, fit for a terminal; empty if it gives none.
    public let name: String

    /// Of a server that says nothing, as openpi's.
    public static let none = ServerIntroduction()

    private init() {
        (noiseShape, continuesChunks, name) = (nil, false, "")
    }

    /// Takes a server's first message.
    ///
    /// - Throws: ``RemotePolicyError``.
    public init(_ message: ByteBuffer, server: String) throws(RemotePolicyError) {
        let value: MessagePackValue
        do {
            value = try MessagePackDecoder.decode(message)
        } catch {
            throw RemotePolicyError(
                .notServed, server: server,
                "what it says about its policy is not understood: \(error); an openpi policy server is needed there")
        }
        guard case .map = value else {
            throw RemotePolicyError(
                .notServed, server: server,
                "it says something else about its policy than a map; an openpi policy server is needed there")
        }
        if let shape = value["noise_shape"]?.elements {
            let lengths = shape.compactMap(\.int)
            guard lengths.count == 2, shape.count == 2, lengths.allSatisfy({ (1...4096).contains($0) }) else {
                throw RemotePolicyError(
                    .notServed, server: server, "its noise_shape is not two numbers from 1 to 4096")
            }
            noiseShape = lengths
        } else {
            noiseShape = nil
        }
        continuesChunks = value["continues_chunks"]?.isTrue == true
        name = value["policy"]?.string.map { UntrustedText.line($0, limit: 80) } ?? ""
    }
}
