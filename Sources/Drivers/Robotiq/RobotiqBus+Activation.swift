internal import Realtime
public import Robots

extension RobotiqBus where Line: ~Copyable {
    /// Finds the gripper and activates it if it is not: its fingers then open and close once.
    ///
    /// - Parameter device: What it is called in errors.
    /// - Throws: `DriverError` if it does not reply, or does not become active.
    public mutating func makeActive(_ device: String) throws(DriverError) {
        guard probe(), let status else {
            throw DriverError(
                device: device,
                message: "no reply at \(line.transport.baudRate) baud from id \(slave): check its 24 V and its cable")
        }
        if status.activation != .active || status.fault >= 0x0A { try activate(device) }
    }

    /// A falling and a rising edge of the activation bit, then the wait until the fingers have been moved.
    private mutating func activate(_ device: String) throws(DriverError) {
        var action = RobotiqAction()
        try insist(action, device)
        action.isActivated = true
        try insist(action, device)
        let isActive = try wait(seconds: 8, device) { $0.activation == .active }
        if !isActive {
            throw DriverError(
                device: device, message: "it did not become active within 8 s: is something between the fingers?")
        }
    }

    /// Closes and opens the fingers all the way.
    ///
    /// - Returns: The counts at both ends: closed is less than 255, and open more than 0, on every one.
    /// - Throws: `DriverError` if it does not reply, or the fingers do not reach an end.
    public mutating func measureEnds(_ device: String) throws(DriverError) -> (open: Int, closed: Int) {
        try makeActive(device)
        let closed = try go(to: 255, device)
        let open = try go(to: 0, device)
        guard closed - open > 100 else {
            throw DriverError(
                device: device,
                message:
                    "its fingers went from \(open) to \(closed) counts, which is not half of their way: is something "
                    + "between them?")
        }
        return (open, closed)
    }

    private mutating func go(to position: UInt8, _ device: String) throws(DriverError) -> Int {
        var action = RobotiqAction()
        (action.isActivated, action.isGoing, action.position) = (true, true, position)
        try insist(action, device)
        // The echo of the goal says that what is read belongs to it.
        let isThere = try wait(seconds: 8, device) { $0.goal == position && $0.object != .moving }
        guard isThere, let status else {
            throw DriverError(device: device, message: "its fingers did not come to an end within 8 s")
        }
        return Int(status.position)
    }

    private mutating func wait(
        seconds: UInt64, _ device: String, until isDone: (RobotiqStatus) -> Bool
    ) throws(DriverError) -> Bool {
        let deadline = line.transport.now().advanced(byNanoseconds: seconds * 1_000_000_000)
        while line.transport.now() < deadline, !line.isGone {
            guard readStatus(), let status else { continue }
            if isDone(status) { return true }
            if status.fault >= 0x0A {
                throw DriverError(device: device, message: RobotiqStatus.explain(status.fault))
            }
        }
        return false
    }

    private mutating func insist(_ action: RobotiqAction, _ device: String) throws(DriverError) {
        for _ in 0..<Self.attempts {
            if write(action) { return }
            if line.isGone { break }
            line.waitForQuiet()
        }
        throw DriverError(device: device, message: "it does not acknowledge: check its cable")
    }
}
