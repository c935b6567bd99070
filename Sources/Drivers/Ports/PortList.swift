internal import Foundation
internal import Glibc

/// The serial ports that adapters are plugged into.
public struct PortList: Equatable, Sendable {
    /// Where the devices are: `/dev`.
    public var devices: String
    /// Where the kernel says what they are: `/sys`.
    public var system: String
    /// Where the kernel lists processes: `/proc`.
    public var processes: String

    /// The machine's own, or other folders with the same in them.
    public init(devices: String = "/dev", system: String = "/sys", processes: String = "/proc") {
        (self.devices, self.system, self.processes) = (devices, system, processes)
    }

    /// What the kernel calls the ports of USB adapters.
    private static let kinds = ["ttyUSB", "ttyACM"]

    /// The paths of the ports that are there, in order.
    public func paths() -> [String] {
        names(in: devices).filter { name in Self.kinds.contains { name.hasPrefix($0) } }
            .sorted { ($0.count, $0) < ($1.count, $1) }.map { "\(devices)/\($0)" }
    }

    /// The ports that are there, in order.
    public func ports() -> [PortDescription] { paths().map { describe($0) } }

    /// What is known of one port.
    ///
    /// - Parameter path: A device, or a link to one.
    public func describe(_ path: String) -> PortDescription {
        let device = URL(filePath: path).resolvingSymlinksInPath().path
        let name = device.split(separator: "/").last.map(String.init) ?? device
        let adapter = adapter(of: name)
        var label: String?
        if let adapter {
            let words = [text("\(adapter)/manufacturer"), text("\(adapter)/product")].compactMap { $0 }
            if !words.isEmpty { label = words.joined(separator: " ") }
        }
        let timer = "\(system)/bus/usb-serial/devices/\(name)/latency_timer"
        return PortDescription(
            device: device, names: links(to: device), vendor: adapter.flatMap { text("\($0)/idVendor") },
            product: adapter.flatMap { text("\($0)/idProduct") }, label: label,
            isPermitted: access(device, R_OK | W_OK) == 0,
            owner: PortOwner.find(device, processes: processes), latency: text(timer).flatMap { Int($0) })
    }

    /// The links in `serial/by-id` that lead to a device.
    private func links(to device: String) -> [String] {
        let folder = "\(devices)/serial/by-id"
        return names(in: folder).sorted().map { "\(folder)/\($0)" }.filter {
            URL(filePath: $0).resolvingSymlinksInPath().path == device
        }
    }

    /// The folder of the USB device that a port is part of: it lies above that of the port.
    private func adapter(of name: String) -> String? {
        let place = "\(system)/class/tty/\(name)/device"
        guard FileManager.default.fileExists(atPath: place) else { return nil }
        let top = URL(filePath: system).resolvingSymlinksInPath().path
        var folder = URL(filePath: place).resolvingSymlinksInPath()
        while folder.path.hasPrefix(top + "/") {
            if FileManager.default.fileExists(atPath: folder.path + "/idVendor") { return folder.path }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    /// A line of the kernel's; what an adapter says of itself may hold anything, of which only what can be seen is kept.
    private func text(_ file: String) -> String? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        let visible = text.unicodeScalars.filter { !CharacterSet.controlCharacters.contains($0) }
        let line = String(String.UnicodeScalarView(visible)).trimmingCharacters(in: .whitespaces)
        return line.isEmpty ? nil : line
    }

    private func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
}
