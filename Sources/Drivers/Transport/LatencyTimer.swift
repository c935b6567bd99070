internal import Foundation

/// How long an FTDI adapter waits for more bytes before it passes on what it has: 16 ms from the factory, which holds a
/// servo bus to 60 cycles a second. Other adapters have no such timer.
public enum LatencyTimer {
    /// What the timer is now.
    public struct Setting: Equatable, Sendable {
        /// As read back, ms; nil for an adapter without a timer.
        public var milliseconds: Int?
        /// What is wrong with it, and the remedy.
        public var warning: String?

        /// See the properties.
        public init(milliseconds: Int? = nil, warning: String? = nil) {
            self.milliseconds = milliseconds
            self.warning = warning
        }
    }

    /// Sets the timer of a device to 1 ms and reads it back.
    ///
    /// - Parameters:
    ///   - device: `/dev/ttyUSB0`, symbolic links resolved.
    ///   - folder: Where the kernel lists USB serial devices.
    public static func shorten(device: String, folder: String = "/sys/bus/usb-serial/devices") -> Setting {
        let name = device.split(separator: "/").last.map(String.init) ?? device
        let file = "\(folder)/\(name)/latency_timer"
        guard let before = read(file) else { return Setting() }
        if before <= 1 { return Setting(milliseconds: before) }
        try? Data("1\n".utf8).write(to: URL(filePath: file))
        let after = read(file) ?? before
        guard after > 1 else { return Setting(milliseconds: after) }
        return Setting(
            milliseconds: after,
            warning:
                "\(device): its latency timer is \(after) ms, which holds the bus to about \(1000 / after) cycles a "
                + "second; set it: echo 1 | sudo tee \(file)")
    }

    private static func read(_ file: String) -> Int? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
