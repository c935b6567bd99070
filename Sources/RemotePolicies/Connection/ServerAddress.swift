/// Where a policy server listens: `ws://HOST:PORT` or `wss://HOST:PORT`, with a path where a proxy wants one.
///
/// Without a scheme it is `ws`. Without a port it is the scheme's own, 80 or 443, as openpi's client has it; openpi's server
/// listens on 8000 if nothing else is said.
public struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address; of IPv6 without its brackets.
    public let host: String
    /// From 1 to 65535.
    public let port: Int
    /// Whether the connection is encrypted.
    public let isSecure: Bool
    /// What is asked for; begins with a slash.
    public let path: String
    private let hasPort: Bool

    /// `ws://localhost:8000`: openpi's server on this machine.
    public static let local = ServerAddress(host: "localhost", port: 8000)

    private init(host: String, port: Int) {
        (self.host, self.port) = (host, port)
        (isSecure, path, hasPort) = (false, "/", true)
    }

    /// Takes what a job file says.
    ///
    /// - Throws: ``RemotePolicyError`` of the kind ``RemotePolicyError/Kind/address``, whose message follows the key's name.
    public init(_ text: String) throws(RemotePolicyError) {
        func fault(_ message: String) -> RemotePolicyError {
            RemotePolicyError(.address, server: UntrustedText.line(text), message)
        }
        let example = "write ws://HOST:PORT, such as ws://gpu-box:8000"
        let (scheme, rest): (Substring, Substring) =
            if let colon = text.firstRange(of: "://") { (text[..<colon.lowerBound], text[colon.upperBound...]) } else {
                ("ws", text[...])
            }
        switch scheme.lowercased() {
        case "ws": isSecure = false
        case "wss": isSecure = true
        case "http", "https":
            throw fault("is an address of the web; \(example)")
        default: throw fault("has an unknown scheme; \(example)")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let remainder = rest[authority.endIndex...]
        guard !remainder.contains("#") else { throw fault("has a fragment, which no server sees; \(example)") }
        path = remainder.isEmpty ? "/" : remainder.hasPrefix("/") ? String(remainder) : "/" + remainder
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw fault("has characters in its path that have to be written with %; \(example)")
        }
        guard !authority.contains("@") else {
            throw fault("names a user; give a key with api_key_file or api_key_env instead")
        }
        let (host, port) = Self.split(authority)
        let allowed = { (byte: UInt8) in
            byte > 0x20 && byte < 0x7F && !Set("<>\"\\^`{|}%[]".utf8).contains(byte)
        }
        guard !host.isEmpty, host.utf8.allSatisfy(allowed) else { throw fault("names no host; \(example)") }
        self.host = String(host)
        hasPort = port != nil
        guard let port else {
            self.port = isSecure ? 443 : 80
            return
        }
        guard let number = Int(port), (1...65535).contains(number), port.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { throw fault("has no port from 1 to 65535; \(example)") }
        self.port = number
    }

    /// Host and port; an address of IPv6 stands in brackets.
    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?) {
        if authority.hasPrefix("["), let close = authority.firstIndex(of: "]") {
            let host = authority[authority.index(after: authority.startIndex)..<close]
            let rest = authority[authority.index(after: close)...]
            return (host, rest.hasPrefix(":") ? rest.dropFirst() : rest.isEmpty ? nil : "")
        }
        guard let colon = authority.lastIndex(of: ":") else { return (authority, nil) }
        // Several colons are an address of IPv6 without brackets, which leaves open where its port begins.
        guard authority[..<colon].firstIndex(of: ":") == nil else { return ("", nil) }
        return (authority[..<colon], authority[authority.index(after: colon)...])
    }

    /// Whether the host is an address and not a name.
    var isNumeric: Bool {
        host.contains(":")
            || host.split(separator: ".", omittingEmptySubsequences: false).count == 4
                && host.split(separator: ".").allSatisfy { UInt8($0) != nil }
    }

    /// What goes into the request's `Host`.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return hasPort ? "\(name):\(port)" : name
    }

    /// As a job file writes it.
    public var description: String { "\(isSecure ? "wss" : "ws")://\(authority)\(path == "/" ? "" : path)" }
}
