/// Why a request to one motor brought nothing.
public enum BusFault: Error, Equatable, Sendable {
    /// Nothing came before the deadline.
    case noReply
    /// What came was no frame, or not the whole of one: noise, another baud rate, or two motors that talk at once.
    case garbled
    /// Another motor replied than the one that was asked.
    case foreign(id: UInt8)
    /// The motor refused, with its protocol's error byte.
    case refused(error: UInt8)
    /// The port is gone.
    case gone
}

extension ServoBus where Line: ~Copyable {
    /// Asks a motor whether it is there.
    ///
    /// - Returns: How many bytes it said about itself.
    @discardableResult
    public mutating func ping(_ id: UInt8) throws(BusFault) -> Int {
        codec.begin(ServoInstruction.ping, id: id, into: &line.request)
        codec.finish(&line.request)
        return try reply(of: id, dataCount: nil, expected: 3).dataCount
    }

    /// Reads one register of one motor.
    public mutating func read(_ register: Register, of id: UInt8) throws(BusFault) -> Int {
        codec.begin(ServoInstruction.read, id: id, into: &line.request)
        codec.append(number: register.address, to: &line.request)
        codec.append(number: UInt16(truncatingIfNeeded: register.width), to: &line.request)
        codec.finish(&line.request)
        let frame = try replyInStep(of: id, dataCount: register.width)
        guard frame.dataCount == register.width else { throw .refused(error: frame.error) }
        return register.read(from: line.input, at: frame.dataStart, blockAddress: register.address)
    }

    /// Writes one register of one motor and waits for its acknowledgement.
    public mutating func write(_ register: Register, _ number: Int, to id: UInt8) throws(BusFault) {
        codec.begin(ServoInstruction.write, id: id, into: &line.request)
        codec.append(number: register.address, to: &line.request)
        line.request.append(littleEndian: register.encode(number), width: register.width)
        codec.finish(&line.request)
        _ = try replyInStep(of: id, dataCount: 0)
    }

    /// How often something is asked before a motor is given up: with one reply in ten lost, one arm in a thousand is.
    static var attempts: Int { 6 }

    /// As ``read(_:of:)``, several times if need be: a lost byte is no reason to refuse a motor.
    public mutating func readPatiently(_ register: Register, of id: UInt8) throws(BusFault) -> Int {
        var fault: BusFault?
        for _ in 0..<Self.attempts {
            do {
                return try read(register, of: id)
            } catch {
                fault = error.orMoreTelling(fault)
            }
        }
        throw fault ?? .noReply
    }

    /// As ``write(_:_:to:)``, several times if need be.
    public mutating func writePatiently(_ register: Register, _ number: Int, to id: UInt8) throws(BusFault) {
        for _ in 1..<Self.attempts {
            do {
                return try write(register, number, to: id)
            } catch {
                if case .refused = error { throw error }
            }
        }
        try write(register, number, to: id)
    }

    /// Switches the torque of all motors off, each with an acknowledgement.
    ///
    /// - Returns: A bit for each motor that did not acknowledge it.
    public mutating func release() -> UInt32 {
        var left: UInt32 = 0
        for motor in 0..<motorCount {
            do {
                try writePatiently(Codec.table.torqueEnable, 0, to: ids[motor])
            } catch {
                left |= 1 &<< UInt32(motor)
            }
        }
        return left
    }

    /// Finds out whether the adapter hears what it sends, and leaves it out from now on if so.
    ///
    /// - Parameters:
    ///   - register: Two bytes wide, with a value other than what the request itself has in their place.
    ///   - id: A motor, which need not be there.
    public mutating func detectEcho(with register: Register, of id: UInt8) {
        line.echoes = false
        codec.begin(ServoInstruction.read, id: id, into: &line.request)
        codec.append(number: register.address, to: &line.request)
        codec.append(number: UInt16(truncatingIfNeeded: register.width), to: &line.request)
        codec.finish(&line.request)
        let length = line.request.count
        guard line.start(replyBytes: length &+ register.width &+ Codec.overhead, replies: 1) else { return }
        // The motor's own reply is waited for too: it would be taken for one to the next request.
        while line.input.count < length &+ register.width &+ Codec.overhead, line.receiveMore() {}
        guard line.input.count >= length else { return }
        for index in 0..<length where line.input[index] != line.request[index] { return }
        line.echoes = true
    }

    /// A reply carries no number that says what it answers. One that was given up may still come, and would be taken for
    /// the value of the next register: so before anything else is asked, the line has to be quiet.
    private mutating func replyInStep(of id: UInt8, dataCount: Int) throws(BusFault) -> StatusFrame {
        do {
            return try reply(of: id, dataCount: dataCount, expected: dataCount)
        } catch {
            line.waitForQuiet()
            throw error
        }
    }

    private mutating func reply(of id: UInt8, dataCount: Int?, expected: Int) throws(BusFault) -> StatusFrame {
        lastError = 0
        guard line.start(replyBytes: expected &+ Codec.overhead, replies: 1) else {
            throw line.isGone ? .gone : .noReply
        }
        var place = line.firstReply
        var end = StreamEnd.open
        var stranger: UInt8?
        while true {
            switch codec.scan(&line.input, from: place, dataCount: dataCount, end: end) {
            case .frame(let frame):
                line.skip(frame.start &- place)
                place = frame.end
                guard frame.id == id else {
                    line.counts.foreign &+= 1
                    stranger = frame.id
                    continue
                }
                line.counts.replies &+= 1
                lastError = frame.error
                if frame.error != 0 { line.counts.complaints &+= 1 }
                return frame
            case .incomplete(let start):
                line.skip(start &- place)
                if case .closed = end {
                    if line.isGone { throw .gone }
                    if let stranger { throw .foreign(id: stranger) }
                    let nothing = line.input.count <= line.firstReply
                    if nothing { line.counts.missing &+= 1 } else { line.counts.garbled &+= 1 }
                    throw nothing ? .noReply : .garbled
                }
                place = start
                if !line.receiveMore() { end = .closed }
            }
        }
    }
}
