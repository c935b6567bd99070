/// Why a policy behind a server could not be reached or asked.
public struct RemotePolicyError: Error, Equatable, Sendable {
    /// What kind of trouble it is.
    public enum Kind: Equatable, Sendable {
        /// The address cannot be understood.
        case address
        /// Nobody answers there, or not with what is needed for a connection.
        case unreachable
        /// Somebody answers, but it is no openpi policy server, or it does not let us in.
        case notServed
        /// The connection was lost.
        case lost
        /// No answer in time.
        case late
        /// The server says that its policy failed.
        case failed
        /// What came is not understood, or too large.
        case malformed
        /// The actions are not those of this robot and job.
        case unsuitable
        /// An action or an observation is not finite.
        case notFinite
        /// What the policy is to see is not there.
        case observation
    }

    /// What kind of trouble it is.
    public var kind: Kind
    /// The server's address.
    public var server: String
    /// What is wrong, and what would be right.
    public var message: String

    /// Takes all of it.
    public init(_ kind: Kind, server: String, _ message: String) {
        self.kind = kind
        self.server = server
        self.message = message
    }

    /// Whether another attempt may succeed where this one did not.
    var isTransient: Bool { kind == .unreachable || kind == .lost }
}

extension RemotePolicyError: CustomStringConvertible {
    /// One line for the user.
    public var description: String { "\(server): \(message)" }
}
