internal import Robots

/// Whether a bus is fast enough for how often it is to be read.
enum SlowBus {
    /// The part of a control period in which the motors are read; commands and the loop itself have the rest.
    static let readingPart = 0.6

    /// Refuses a bus whose motors cannot be read in time.
    ///
    /// - Parameters:
    ///   - device: Its name.
    ///   - motors: How many there are on it.
    ///   - baudRate: Bits a second.
    ///   - needed: What wire and motors take to read them, ns.
    ///   - period: How often they are to be read, s.
    /// - Throws: `DriverError` with what it takes, what there is, and what to do.
    static func check(
        _ device: String, motors: Int, baudRate: Int, needed: UInt64, period: Double
    ) throws(DriverError) {
        let (seconds, available) = (Double(needed) * 1e-9, readingPart * period)
        guard seconds > available else { return }
        let highest = readingPart / seconds
        let rate = highest >= 10 ? "\(Int(highest))" : "\((highest * 10).rounded(.down) / 10)"
        throw DriverError(
            device: device,
            message:
                "reading its \(motors) motors takes \(milliseconds(seconds)) at \(baudRate) baud, and a control period of "
                + "\(milliseconds(period)) has \(milliseconds(available)) for it: write rate: \(rate) Hz in the robot file, or set "
                + "the motors to a higher baud rate (write it as baud_rate, then: steadyhand setup-motors)")
    }

    private static func milliseconds(_ seconds: Double) -> String { "\((seconds * 1e4).rounded() / 10) ms" }
}
