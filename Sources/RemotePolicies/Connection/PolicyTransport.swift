public import NIOCore

/// A way to a policy server: it connects, and carries one message there and one back.
///
/// Calls block the caller's thread; they come from one thread at a time.
public protocol PolicyTransport: AnyObject, Sendable {
    /// Connects, and returns the server's first message, which tells about its policy.
    ///
    /// - Parameter timeout: ns.
    /// - Throws: ``RemotePolicyError``.
    func connect(timeout: UInt64) throws(RemotePolicyError) -> ByteBuffer

    /// Sends a request and waits for its reply.
    ///
    /// - Parameter timeout: ns.
    /// - Throws: ``RemotePolicyError``. Afterwards the connection is closed: a late reply cannot be taken for that to another
    ///   request.
    func exchange(_ request: ByteBuffer, timeout: UInt64) throws(RemotePolicyError) -> ByteBuffer

    /// Ends the connection, if there is one.
    func close()
}
