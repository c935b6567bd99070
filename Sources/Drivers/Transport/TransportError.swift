internal import Glibc

/// Why a line could not be opened: the port as it was asked for, what is wrong, and what to do.
public struct TransportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Kind: Equatable, Sendable {
        /// There is no such file.
        case missing
        /// The user may not open it.
        case notPermitted
        /// Another process has it; its number and name where they are known.
        case inUse(owner: String?)
        /// It is no serial port.
        case notAPort
        /// The adapter does not do this many bits a second.
        case baudRate(Int)
        /// Anything else, as the system or the library says it.
        case system(String)
    }

    /// The port as it was asked for.
    public var path: String
    /// What is wrong.
    public var kind: Kind

    /// See the properties.
    public init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// The error of a system call on a port.
    init(path: String, number: Int32) {
        self.path = path
        kind =
            switch number {
            case ENOENT, ENODEV, ENXIO: .missing
            case EACCES, EPERM: .notPermitted
            case EBUSY, EWOULDBLOCK: .inUse(owner: PortOwner.find(path))
            case ENOTTY: .notAPort
            default: .system(String(cString: strerror(number)))
            }
    }

    /// One line: the port, what is wrong, what to do.
    public var description: String {
        switch kind {
        case .missing:
            "\(path): there is no such port; is the adapter plugged in? /dev/serial/by-id lists those that are"
        case .notPermitted:
            "\(path): no permission; add the user to the group that owns it (dialout: sudo usermod -aG dialout $USER) and "
                + "log in again"
        case .inUse(let owner):
            "\(path): in use by \(owner ?? "another process"); end that first"
        case .notAPort: "\(path): not a serial port; name a device such as one of /dev/serial/by-id"
        case .baudRate(let rate): "\(path): the adapter does not do \(rate) baud; use another adapter or another rate"
        case .system(let reason): "\(path): \(reason)"
        }
    }
}
