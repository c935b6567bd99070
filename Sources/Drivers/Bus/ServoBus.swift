internal import Realtime

/// A bus of servos: one transaction after the other, each within its deadline, none of them allocating.
///
/// For setting up there are ``ping(_:)``, ``read(_:of:)`` and ``write(_:_:to:)``, which say why they fail; for the cycle
/// ``syncRead(address:count:)`` and ``syncWrite(_:values:motors:)``, which keep what did come.
public struct ServoBus<Codec: ServoCodec, Line: Transport & ~Copyable>: ~Copyable {
    /// The line and the counts of what happened on it.
    public var line: BusLine<Line>
    /// What the last request for all motors brought.
    public var blocks = ServoBlocks()
    /// The motors' addresses, in the order of their indices.
    public private(set) var ids = InlineArray<16, UInt8>(repeating: 0)
    /// How many motors there are.
    public private(set) var motorCount = 0
    /// What has come of the requests to each motor, by its index.
    public private(set) var motorCounts = InlineArray<16, MotorCounts>(repeating: MotorCounts())
    /// The error byte of the last reply to a single request.
    public internal(set) var lastError: UInt8 = 0
    let codec: Codec

    /// A bus with no motors on it so far.
    public init(_ codec: Codec = Codec(), transport: consuming Line, timing: BusTiming = BusTiming()) {
        self.codec = codec
        line = BusLine(transport: transport, timing: timing)
    }

    /// Says which motors ``syncRead(address:count:)`` asks and ``syncWrite(_:values:motors:)`` addresses.
    ///
    /// - Parameter ids: At most ``ServoBlocks/capacity``.
    public mutating func list(_ ids: [UInt8]) {
        precondition(ids.count <= ServoBlocks.capacity, "a bus has at most \(ServoBlocks.capacity) motors")
        motorCount = ids.count
        for (index, id) in ids.enumerated() { self.ids[index] = id }
    }

    /// A bit for each motor.
    public var all: UInt32 { (1 &<< UInt32(motorCount)) &- 1 }

    /// Reads the same block of every motor's control table with one request, into ``blocks``. What did not come leaves
    /// its bit unset there.
    public mutating func syncRead(address: UInt16, count: Int) {
        blocks.begin()
        codec.begin(ServoInstruction.syncRead, id: ServoInstruction.broadcast, into: &line.request)
        codec.append(number: address, to: &line.request)
        codec.append(number: UInt16(truncatingIfNeeded: count), to: &line.request)
        for motor in 0..<motorCount { line.request.append(ids[motor]) }
        codec.finish(&line.request)
        let noise = line.counts.noise
        if line.start(replyBytes: motorCount &* (count &+ Codec.overhead), replies: motorCount) {
            collect(count: count)
        }
        note(missing: all & ~blocks.received, noise: line.counts.noise &- noise)
    }

    /// How long the wire and the motors take to read a block of all of them, ns: no host is faster.
    ///
    /// - Parameters:
    ///   - count: The block's bytes.
    ///   - frame: What one reply for all has beside each motor's part; 0 where each motor replies for itself.
    ///   - overhead: What each motor's part has beside its data.
    public func timeToRead(count: Int, frame: Int = 0, overhead: Int = Codec.overhead) -> UInt64 {
        let bytes = Codec.readOverhead &+ motorCount &+ frame &+ motorCount &* (count &+ overhead)
        let turns = UInt64(motorCount) &* (line.timing.turnRound &+ line.timing.returnDelay)
        return line.transport.wireTime(bytes: bytes) &+ turns
    }

    /// Whether a block of all motors can still be read in what is left of the cycle.
    func hasTime(toRead count: Int) -> Bool { timeToRead(count: count) <= line.cycleRest }

    private mutating func collect(count: Int) {
        var place = line.firstReply
        var last = -1
        var end = StreamEnd.open
        while blocks.received != all {
            switch codec.scan(&line.input, from: place, dataCount: count, end: end) {
            case .frame(let frame):
                line.skip(frame.start &- place)
                place = frame.end
                take(frame, count: count, last: &last)
            case .incomplete(let start):
                line.skip(start &- place)
                place = start
                if case .closed = end { return }
                if !line.receiveMore() { end = .closed }
            }
        }
    }

    private mutating func take(_ frame: StatusFrame, count: Int, last: inout Int) {
        var motor = 0
        while motor < motorCount, ids[motor] != frame.id { motor &+= 1 }
        guard motor < motorCount else {
            line.counts.foreign &+= 1
            return
        }
        if motor <= last {
            // Replies come in the order they were asked for: those after this one were late ones from before.
            forgetLate(from: motor)
        }
        last = motor
        line.counts.replies &+= 1
        motorCounts[motor].replies &+= 1
        noteComplaint(frame.error, of: motor)
        if frame.dataCount == count {
            blocks.store(motor, error: frame.error, from: line.input, at: frame.dataStart, count: count)
        } else {
            blocks.garbled |= 1 &<< UInt32(motor)
        }
    }

    private mutating func forgetLate(from first: Int) {
        for motor in first..<motorCount where blocks.has(motor) {
            motorCounts[motor].late &+= 1
            line.counts.late &+= 1
            line.counts.foreign &+= 1
        }
        blocks.forget(from: first)
    }

    /// Counts a motor's part of a reply of all.
    mutating func noteReply(of motor: Int) { motorCounts[motor].replies &+= 1 }

    /// Counts a reply whose error byte is set.
    mutating func noteComplaint(_ error: UInt8, of motor: Int) {
        guard error != 0 else { return }
        line.counts.complaints &+= 1
        motorCounts[motor].complaints &+= 1
    }

    /// Counts what did not come; where there was noise, that is what it was.
    mutating func note(missing: UInt32, noise: UInt64) {
        if missing == 0 { return }
        for motor in 0..<motorCount where missing & 1 &<< UInt32(motor) != 0 {
            if noise > 0 { motorCounts[motor].garbled &+= 1 } else { motorCounts[motor].missing &+= 1 }
        }
        if noise > 0 {
            line.counts.garbled &+= UInt64(missing.nonzeroBitCount)
            blocks.garbled |= missing
        } else {
            line.counts.missing &+= UInt64(missing.nonzeroBitCount)
        }
    }

    /// Writes one register of several motors with one request, which nobody replies to.
    ///
    /// - Parameters:
    ///   - register: Of every motor.
    ///   - values: What to write, for each motor by its index.
    ///   - motors: A bit for each motor to write to.
    public mutating func syncWrite(_ register: Register, values: borrowing InlineArray<16, Int>, motors: UInt32) {
        if motors == 0 { return }
        codec.begin(ServoInstruction.syncWrite, id: ServoInstruction.broadcast, into: &line.request)
        codec.append(number: register.address, to: &line.request)
        codec.append(number: UInt16(truncatingIfNeeded: register.width), to: &line.request)
        for motor in 0..<motorCount where motors & 1 &<< UInt32(motor) != 0 {
            line.request.append(ids[motor])
            line.request.append(littleEndian: register.encode(values[motor]), width: register.width)
        }
        codec.finish(&line.request)
        _ = line.start(replyBytes: 0, replies: 0)
    }
}
