/// A serial port of this machine, as the kernel describes it.
public struct PortDescription: Codable, Equatable, Sendable {
    /// `/dev/ttyUSB0`: may be another one after the next time that it is plugged in.
    public var device: String
    /// Links to it that stay the same, from `/dev/serial/by-id`.
    public var names: [String]
    /// Of a USB adapter: who made it, four hexadecimal digits.
    public var vendor: String?
    /// Of a USB adapter: what it is, four hexadecimal digits.
    public var product: String?
    /// What the adapter calls itself.
    public var label: String?
    /// Whether this user may open it.
    public var isPermitted: Bool
    /// The process that has it, if one has.
    public var owner: String?
    /// An FTDI adapter's latency timer, ms.
    public var latency: Int?

    /// The path to use: a name that stays, if it has one.
    public var path: String { names.first ?? device }

    /// One line about the adapter: `/dev/ttyUSB0, FTDI FT232R USB UART (0403:6001)`.
    public var text: String {
        var text = names.isEmpty ? "" : device
        if let label { text += (text.isEmpty ? "" : ", ") + label }
        if let vendor, let product { text += (text.isEmpty ? "" : " ") + "(\(vendor):\(product))" }
        return text
    }

    /// What keeps this user from using it, with the remedy.
    public var complaint: String? {
        if !isPermitted { return TransportError(path: path, kind: .notPermitted).description }
        if let owner { return TransportError(path: path, kind: .inUse(owner: owner)).description }
        return nil
    }
}
