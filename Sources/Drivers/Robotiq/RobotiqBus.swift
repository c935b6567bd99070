internal import Realtime

/// A Robotiq gripper on a line: one Modbus transaction after the other, each within its deadline.
public struct RobotiqBus<Line: Transport & ~Copyable>: ~Copyable {
    /// The line and the counts of what happened on it.
    public var line: BusLine<Line>
    /// What the gripper said last.
    public private(set) var status: RobotiqStatus?
    /// The code of the last Modbus exception, 0 for none.
    public private(set) var exception: UInt8 = 0
    /// Whether writing and reading is one transaction; older units cannot.
    public internal(set) var isCombined = false
    /// How registers are read: older units know 0x03 only.
    public internal(set) var reading = ModbusCodec.Function.readInputRegisters

    private let codec = ModbusCodec()
    let slave: UInt8
    private var action = FrameBuffer(capacity: 16)

    private static var outputs: UInt16 { @_noLocks get { 0x03E8 } }
    private static var inputs: UInt16 { @_noLocks get { 0x07D0 } }

    /// - Parameters:
    ///   - transport: An open line.
    ///   - slave: The gripper's address, 9 from the factory.
    public init(
        transport: consuming Line, slave: UInt8,
        timing: BusTiming = BusTiming(turnRound: 4_000_000, returnDelay: 0, reserve: 2_000_000)
    ) {
        line = BusLine(transport: transport, timing: timing)
        self.slave = slave
    }

    /// Writes what is asked of the gripper.
    ///
    /// - Returns: Whether it acknowledged.
    public mutating func write(_ wanted: RobotiqAction) -> Bool {
        fill(wanted)
        codec.write(slave: slave, address: Self.outputs, data: action.bytes, into: &line.request)
        return transact(.writeRegisters) != nil
    }

    /// Reads its status.
    ///
    /// - Returns: Whether it replied; then it is in ``status``.
    public mutating func readStatus() -> Bool {
        codec.read(reading, slave: slave, address: Self.inputs, registers: 3, into: &line.request)
        return take(transact(reading))
    }

    /// Both: in one transaction, if the gripper knows that.
    ///
    /// - Returns: Whether it replied with its status.
    public mutating func exchange(_ wanted: RobotiqAction) -> Bool {
        guard isCombined else {
            _ = write(wanted)
            return readStatus()
        }
        fill(wanted)
        codec.readWrite(
            slave: slave, readAddress: Self.inputs, registers: 3, writeAddress: Self.outputs, data: action.bytes,
            into: &line.request)
        return take(transact(.readWriteRegisters))
    }

    private mutating func fill(_ wanted: RobotiqAction) {
        action.removeAll()
        wanted.append(to: &action)
    }

    private mutating func take(_ frame: StatusFrame?) -> Bool {
        guard let frame, frame.dataCount >= 6 else { return false }
        status = RobotiqStatus(from: line.input, at: frame.dataStart)
        return true
    }

    /// The reply, unless there is none or it is an exception.
    private mutating func transact(_ function: ModbusCodec.Function) -> StatusFrame? {
        exception = 0
        guard line.start(replyBytes: ModbusCodec.replyLength(function, registers: 3), replies: 1) else { return nil }
        var place = line.firstReply
        var end = StreamEnd.open
        while true {
            let found = codec.scan(
                line.input, from: place, slave: slave, function: function, registers: 3, end: end)
            switch found {
            case .frame(let frame):
                line.skip(frame.start &- place)
                line.counts.replies &+= 1
                if frame.error != 0 {
                    line.counts.complaints &+= 1
                    exception = frame.error
                    return nil
                }
                return frame
            case .incomplete(let start):
                line.skip(start &- place)
                place = start
                if case .closed = end {
                    if line.input.count > line.firstReply {
                        line.counts.garbled &+= 1
                    } else {
                        line.counts.missing &+= 1
                    }
                    return nil
                }
                if !line.receiveMore() { end = .closed }
            }
        }
    }
}

extension RobotiqBus where Line: ~Copyable {
    /// How often something is asked before the gripper is given up.
    static var attempts: Int { 6 }

    /// Finds out what the gripper understands.
    ///
    /// - Returns: Whether it replied at all.
    public mutating func probe() -> Bool {
        for function in [ModbusCodec.Function.readInputRegisters, .readHoldingRegisters] {
            reading = function
            for _ in 0..<Self.attempts {
                if readStatus() { return probeCombined() }
                // One that does not know the function says so at once.
                if exception != 0 || line.isGone { break }
                line.waitForQuiet()
            }
        }
        return false
    }

    /// With what it is doing already, so that nothing moves.
    private mutating func probeCombined() -> Bool {
        guard let status else { return false }
        var same = RobotiqAction()
        same.isActivated = status.isActivated
        same.isGoing = status.isGoing
        same.position = status.goal
        isCombined = true
        for _ in 0..<Self.attempts {
            if exchange(same) { return true }
            if exception != 0 || line.isGone { break }
            line.waitForQuiet()
        }
        isCombined = false
        return true
    }
}
