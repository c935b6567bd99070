public import Drivers

/// STS servos on one bus.
public final class FeetechDevices: EmulatedDevices {
    /// What one of the servos is.
    public struct Servo: Equatable, Sendable {
        /// Its address.
        public var id: UInt8
        /// What its model register holds.
        public var model: Int
        /// What its homing offset register holds.
        public var homingOffset: Int
        /// Where its output stands at first, rad from the encoder's zero.
        public var position: Double
        /// What it is set to, bits a second: one of the rates that these servos have.
        public var baudRate: Int

        /// See the properties.
        public init(
            id: UInt8, model: Int = 777, homingOffset: Int = 0, position: Double = .pi,
            baudRate: Int = 1_000_000
        ) {
            self.id = id
            self.model = model
            self.homingOffset = homingOffset
            self.position = position
            self.baudRate = baudRate
        }
    }

    /// See ``EmulatedDevices/hostBaudRate``.
    public var hostBaudRate = 1_000_000
    private var servos: [FeetechServo]
    private let codec = FeetechCodec()
    private var stream = FrameBuffer(capacity: 4096)
    private var scratch = FrameBuffer(capacity: 512)

    /// Servos, fresh from the factory but for what is given.
    public init(_ servos: [Servo]) {
        self.servos = servos.map {
            var servo = FeetechServo(
                id: $0.id, model: $0.model, homingOffset: $0.homingOffset, position: $0.position)
            servo.table.writeBaudRate($0.baudRate, of: FeetechCodec.table)
            return servo
        }
    }

    /// See ``EmulatedDevices/ids``.
    public var ids: [UInt8] { servos.map(\.id) }

    /// See ``EmulatedDevices/receive(_:at:)``.
    public func receive(_ bytes: [UInt8], at time: Double) -> [EmulatedReply] {
        bytes.withUnsafeBufferPointer { stream.append($0) }
        var replies: [EmulatedReply] = []
        var place = 0
        while true {
            switch codec.scan(&stream, from: place) {
            case .incomplete(let start):
                stream.remove(at: 0, count: start)
                if stream.isOverfull { stream.removeAll() }
                return replies
            case .frame(let frame):
                let parameters = (0..<frame.dataCount).map { stream[frame.dataStart + $0] }
                replies += answer(frame.id, instruction: frame.error, parameters)
                place = frame.end
            }
        }
    }

    /// A servo that is set to another rate takes what it hears for noise.
    private func hears(_ index: Int) -> Bool {
        !servos[index].isSilent && servos[index].table.baudRate(of: FeetechCodec.table) == hostBaudRate
    }

    private func answer(_ id: UInt8, instruction: UInt8, _ parameters: [UInt8]) -> [EmulatedReply] {
        guard let instruction = FeetechCodec.Instruction(rawValue: instruction) else { return [] }
        switch instruction {
        case .syncRead: return syncRead(parameters)
        case .syncWrite:
            syncWrite(parameters)
            return []
        default: break
        }
        var replies: [EmulatedReply] = []
        let isBroadcast = id == FeetechCodec.broadcast
        for index in servos.indices where (isBroadcast || servos[index].id == id) && hears(index) {
            // Its reply comes from the address that it had when it was asked.
            let sender = servos[index].id
            let data = perform(instruction, parameters, on: index)
            if let data, !isBroadcast || instruction == .ping { replies.append(reply(index, sender, data)) }
        }
        return replies
    }

    /// The data of a reply; nil where there is none.
    private func perform(
        _ instruction: FeetechCodec.Instruction, _ parameters: [UInt8], on index: Int
    ) -> [UInt8]? {
        let acknowledgement: [UInt8]? = servos[index].repliesToWrites ? [] : nil
        switch instruction {
        case .ping: return []
        case .read:
            guard parameters.count == 2 else { return nil }
            return servos[index].read(Int(parameters[0]), Int(parameters[1]))
        case .write, .registeredWrite:
            guard let address = parameters.first else { return nil }
            if instruction == .write {
                servos[index].write(Int(address), Array(parameters.dropFirst()))
            } else {
                servos[index].register(Int(address), Array(parameters.dropFirst()))
            }
            return acknowledgement
        case .action:
            servos[index].act()
            return acknowledgement
        case .reset, .syncRead, .syncWrite: return acknowledgement
        }
    }

    private func syncRead(_ parameters: [UInt8]) -> [EmulatedReply] {
        guard parameters.count > 2 else { return [] }
        var replies: [EmulatedReply] = []
        for id in parameters.dropFirst(2) {
            for index in servos.indices where servos[index].id == id && hears(index) {
                replies.append(reply(index, id, servos[index].read(Int(parameters[0]), Int(parameters[1]))))
            }
        }
        return replies
    }

    private func syncWrite(_ parameters: [UInt8]) {
        guard parameters.count > 2 else { return }
        let stride = Int(parameters[1]) + 1
        var place = 2
        while place + stride <= parameters.count {
            let data = Array(parameters[(place + 1)..<(place + stride)])
            for index in servos.indices where servos[index].id == parameters[place] && hears(index) {
                servos[index].write(Int(parameters[0]), data)
            }
            place += stride
        }
    }

    private func reply(_ index: Int, _ id: UInt8, _ data: [UInt8]) -> EmulatedReply {
        data.withUnsafeBufferPointer { codec.reply(id: id, error: servos[index].error, data: $0, into: &scratch) }
        return EmulatedReply(id: id, delay: servos[index].returnDelay, bytes: Array(scratch.bytes))
    }

    /// See ``EmulatedDevices/drives(at:)``.
    public func drives(at time: Double) -> [MotorDrive] { servos.map { $0.drive() } }

    /// See ``EmulatedDevices/take(_:at:)``.
    public func take(_ motions: [MotorMotion], at time: Double) {
        for (index, motion) in motions.enumerated() where index < servos.count {
            servos[index].refresh(motion, at: time)
        }
    }

    /// See ``EmulatedDevices/suffer(_:motor:at:)``.
    public func suffer(_ event: EmulatedEvent, motor: Int, at time: Double) {
        for index in servos.indices where servos[index].id == motor { servos[index].suffer(event) }
    }

    /// A register's number, as the servo has it: what a test looks at behind the bus's back.
    public func number(_ register: Register, of id: UInt8) -> Int? {
        servos.first { $0.id == id }?.table.get(register)
    }
}
