public import NIOCore

/// The actions of a server's reply.
public struct ActionReply: Equatable, Sendable {
    /// The most actions that a chunk may have.
    public static var horizonLimit: Int { 4096 }

    /// One after the other, as many numbers each as ``size`` says; all of them finite.
    public let rows: [[Float]]
    /// How many numbers an action has.
    public let size: Int

    /// Takes a reply.
    ///
    /// - Throws: ``RemotePolicyError`` if it has no actions, or not such as can be carried out.
    public init(_ message: ByteBuffer, server: String) throws(RemotePolicyError) {
        func fault(_ kind: RemotePolicyError.Kind, _ what: String) -> RemotePolicyError {
            RemotePolicyError(kind, server: server, what)
        }
        let array: NumpyArray?
        do {
            let reply = try MessagePackDecoder.decode(message)
            guard case .map = reply else { throw fault(.malformed, "its reply is not a map") }
            guard let actions = reply["actions"] else { throw fault(.malformed, "its reply has no 'actions'") }
            array = try NumpyArray(actions)
        } catch let error as RemotePolicyError {
            throw error
        } catch {
            throw fault(.malformed, "its reply is not understood: \(error)")
        }
        guard let array else { throw fault(.malformed, "the 'actions' of its reply are no array") }
        let shape = array.shape
        guard shape.count == 2, (1...Self.horizonLimit).contains(shape[0]), (1...1024).contains(shape[1]) else {
            throw fault(
                .unsuitable, "its actions have the shape \(shape); a chunk has two axes: actions, and numbers in each")
        }
        let numbers = array.floats
        if let bad = numbers.firstIndex(where: { !$0.isFinite }) {
            throw fault(
                .notFinite,
                "its action is not finite at step \(bad / shape[1]) of the chunk, component \(bad % shape[1])")
        }
        size = shape[1]
        rows = stride(from: 0, to: numbers.count, by: shape[1]).map { Array(numbers[$0..<$0 + shape[1]]) }
    }
}
