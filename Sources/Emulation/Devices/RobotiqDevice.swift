internal import Drivers

/// A Robotiq 2F gripper: the slave at the end of a Modbus line.
public final class RobotiqDevice: EmulatedDevices {
    /// See ``EmulatedDevices/hostBaudRate``. Its own cannot be set.
    public var hostBaudRate = 115_200
    private let slave: UInt8
    private let codec = ModbusCodec()
    private var stream: [UInt8] = []
    private var scratch = FrameBuffer(capacity: 256)
    private var action = [UInt8](repeating: 0, count: 6)
    private var activatedAt: Double?
    private var lastHeard: Double?
    private var lastMoved = 0.0
    private var fault: UInt8 = 0
    private var isSilent = false
    /// 0 open … 255 closed.
    private var position = 3.0
    /// Where something is between the fingers, 0…255; nil if nothing is.
    public var obstacle: Double?

    /// How long activation takes, s.
    private static let activation = 1.5
    /// Where the ends of its travel are.
    private static let travel = 3.0...227.0

    /// Without power until now: to be activated first.
    public init(slave: UInt8) { self.slave = slave }

    /// See ``EmulatedDevices/ids``.
    public var ids: [UInt8] { [slave] }

    /// See ``EmulatedDevices/receive(_:at:)``.
    public func receive(_ bytes: [UInt8], at time: Double) -> [EmulatedReply] {
        move(to: time)
        // A pause of 3.5 characters ends a frame; here a call is one.
        stream += bytes
        var replies: [EmulatedReply] = []
        while let length = requestLength, stream.count >= length {
            let frame = Array(stream[..<length])
            var buffer = FrameBuffer(capacity: 256)
            frame.withUnsafeBufferPointer { buffer.append($0) }
            if frame[0] == slave, codec.hasGoodCheck(buffer, at: 0, count: length) {
                lastHeard = time
                if !isSilent, hostBaudRate == 115_200 { replies.append(answer(frame, at: time)) }
                stream.removeFirst(length)
            } else {
                stream.removeFirst()
            }
        }
        return replies
    }

    /// How long the request that the stream begins with is; nil if that is not known yet.
    private var requestLength: Int? {
        guard stream.count >= 2 else { return nil }
        switch ModbusCodec.Function(rawValue: stream[1]) {
        case .readHoldingRegisters, .readInputRegisters: return 8
        case .writeRegisters: return stream.count > 6 ? 9 + Int(stream[6]) : nil
        case .readWriteRegisters: return stream.count > 10 ? 13 + Int(stream[10]) : nil
        case nil: return 8
        }
    }

    private func answer(_ frame: [UInt8], at time: Double) -> EmulatedReply {
        func word(_ place: Int) -> Int { Int(frame[place]) << 8 | Int(frame[place + 1]) }
        scratch.removeAll()
        let function = ModbusCodec.Function(rawValue: frame[1])
        var exception: UInt8 = 0
        switch function {
        case nil: exception = 1
        case .readHoldingRegisters, .readInputRegisters: exception = append(word(2), word(4), frame[1], at: time)
        case .writeRegisters:
            exception = write(word(2), Array(frame[7..<(frame.count - 2)]), at: time)
            if exception == 0 { for byte in frame[..<6] { scratch.append(byte) } }
        case .readWriteRegisters:
            exception = write(word(6), Array(frame[11..<(frame.count - 2)]), at: time)
            if exception == 0 { exception = append(word(2), word(4), frame[1], at: time) }
        }
        if exception != 0 {
            scratch.removeAll()
            for byte in [slave, frame[1] | 0x80, exception] { scratch.append(byte) }
        }
        codec.finish(&scratch)
        return EmulatedReply(id: slave, delay: 0.0005, bytes: Array(scratch.bytes))
    }

    /// Appends registers of the status; returns the exception if there is one.
    private func append(_ address: Int, _ count: Int, _ function: UInt8, at time: Double) -> UInt8 {
        let first = (address - 0x07D0) * 2
        guard address >= 0x07D0, count > 0, first + count * 2 <= 6 else { return 2 }
        for byte in [slave, function, UInt8(count * 2)] { scratch.append(byte) }
        for byte in status(at: time)[first..<(first + count * 2)] { scratch.append(byte) }
        return 0
    }

    private func write(_ address: Int, _ data: [UInt8], at time: Double) -> UInt8 {
        let first = (address - 0x03E8) * 2
        guard address >= 0x03E8, first + data.count <= 6 else { return 2 }
        let wasActive = action[0] & 1 != 0
        for (index, byte) in data.enumerated() { action[first + index] = byte }
        let isActive = action[0] & 1 != 0
        if isActive, !wasActive { activatedAt = time }
        if !isActive {
            activatedAt = nil
            fault = 0
        }
        return 0
    }

    private func isActive(at time: Double) -> Bool { activatedAt.map { time - $0 >= Self.activation } ?? false }

    private var goal: Double { min(max(Double(action[3]), Self.travel.lowerBound), Self.travel.upperBound) }

    /// Where the fingers stop, and whether something is in their way.
    private func end() -> (position: Double, isBlocked: Bool) {
        if let obstacle, goal > obstacle, position <= obstacle { return (obstacle, true) }
        return (goal, false)
    }

    private func move(to time: Double) {
        let elapsed = time - lastMoved
        lastMoved = time
        if let heard = lastHeard, time - heard > 1, fault == 0 { fault = 0x09 } else if fault == 0x09 { fault = 0 }
        guard elapsed > 0, isActive(at: time), action[0] & 0x08 != 0, fault < 0x0A else { return }
        // 85 mm are 224 counts; the speed byte goes from 20 to 150 mm/s.
        let speed = (20 + 130 * Double(action[4]) / 255) * 224 / 85
        let distance = end().position - position
        position += min(max(distance, -speed * elapsed), speed * elapsed)
    }

    private func status(at time: Double) -> [UInt8] {
        let active = isActive(at: time)
        let stage: UInt8 = active ? 3 : activatedAt != nil ? 1 : 0
        let isGoing = action[0] & 0x08 != 0
        let (target, isBlocked) = end()
        let isThere = abs(target - position) < 0.5
        let object: UInt8 = !active || !isGoing ? 0 : !isThere ? 0 : isBlocked ? 2 : 3
        let first = action[0] & 0x09 | stage << 4 | object << 6
        let code = fault != 0 ? fault : isGoing && !active ? 0x07 : 0
        return [first, 0, code, action[3], UInt8(position.rounded()), isThere || !active ? 0 : 16]
    }

    /// The fingers move by themselves.
    public func drives(at time: Double) -> [MotorDrive] {
        move(to: time)
        return [MotorDrive()]
    }

    /// The fingers move by themselves.
    public func take(_ motions: [MotorMotion], at time: Double) {}

    /// See ``EmulatedDevices/suffer(_:motor:at:)``.
    public func suffer(_ event: EmulatedEvent, motor: Int, at time: Double) {
        switch event {
        case .overload: fault = 0x0E
        case .voltage(let volts): fault = (volts ?? 24) < 21.6 ? 0x0A : 0
        case .temperature(let degrees): fault = (degrees ?? 30) >= 85 ? 0x08 : 0
        case .reboot:
            action = Array(repeating: 0, count: 6)
            activatedAt = nil
            fault = 0
        case .silent(let isSilent): self.isSilent = isSilent
        case .blocked(let isBlocked): obstacle = isBlocked ? position : nil
        }
    }
}
