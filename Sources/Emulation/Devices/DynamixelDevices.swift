public import Drivers

/// X-series servos on one bus.
public final class DynamixelDevices: EmulatedDevices {
    /// What one of the servos is.
    public struct Servo: Equatable, Sendable {
        /// Its address.
        public var id: UInt8
        /// What its model register holds.
        public var model: Int
        /// What its firmware register holds; from 46 on it knows the fast reads.
        public var firmware: Int
        /// What its homing offset register holds.
        public var homingOffset: Int
        /// Where its output stands at first, rad from the encoder's zero.
        public var position: Double
        /// What it is set to, bits a second: one of the rates that these servos have.
        public var baudRate: Int

        /// See the properties.
        public init(
            id: UInt8, model: Int = 1200, firmware: Int = 52, homingOffset: Int = 0, position: Double = .pi,
            baudRate: Int = 1_000_000
        ) {
            self.id = id
            self.model = model
            self.firmware = firmware
            self.homingOffset = homingOffset
            self.position = position
            self.baudRate = baudRate
        }
    }

    /// See ``EmulatedDevices/hostBaudRate``.
    public var hostBaudRate = 1_000_000
    private var servos: [DynamixelServo]
    private let codec = DynamixelCodec()
    private var stream = FrameBuffer(capacity: 8192)
    private var scratch = FrameBuffer(capacity: 2048)

    /// Servos, fresh from the factory but for what is given.
    public init(_ servos: [Servo]) {
        self.servos = servos.map {
            var servo = DynamixelServo(
                id: $0.id, model: $0.model, firmware: $0.firmware, homingOffset: $0.homingOffset, position: $0.position)
            servo.table.writeBaudRate($0.baudRate, of: DynamixelCodec.table)
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
            switch codec.scanRequest(&stream, from: place) {
            case .incomplete(let start):
                stream.remove(at: 0, count: start)
                if stream.isOverfull { stream.removeAll() }
                return replies
            case .frame(let frame):
                let parameters = (0..<frame.dataCount).map { stream[frame.dataStart + $0] }
                for index in servos.indices where hears(index) { servos[index].hear(at: time) }
                replies += answer(frame.id, instruction: frame.error, parameters)
                place = frame.end
            }
        }
    }

    /// A servo that is set to another rate takes what it hears for noise.
    private func hears(_ index: Int) -> Bool {
        !servos[index].isSilent && servos[index].table.baudRate(of: DynamixelCodec.table) == hostBaudRate
    }

    private func answer(_ id: UInt8, instruction: UInt8, _ parameters: [UInt8]) -> [EmulatedReply] {
        let known = DynamixelCodec.Instruction(rawValue: instruction)
        switch known {
        case .syncRead: return syncRead(parameters)
        case .fastSyncRead: return fastSyncRead(parameters)
        case .bulkRead: return bulkRead(parameters)
        case .syncWrite:
            syncWrite(parameters)
            return []
        case .bulkWrite:
            bulkWrite(parameters)
            return []
        default: break
        }
        let isBroadcast = id == DynamixelCodec.broadcast
        var replies: [EmulatedReply] = []
        for index in servos.indices where hears(index) {
            let isMain = servos[index].id == id
            guard isBroadcast || isMain || servos[index].secondaryId == id else { continue }
            let sender = servos[index].id
            let level = servos[index].returnLevel
            let (error, data, wanted) = perform(known, parameters, on: index)
            // A servo does not reply to its second address, nor to a broadcast other than a ping.
            if (isMain && level >= wanted) || (isBroadcast && known == .ping) {
                replies.append(reply(index, sender, error, data))
            }
        }
        return replies
    }

    /// Error, data, and the return level from which on there is a reply.
    private func perform(
        _ instruction: DynamixelCodec.Instruction?, _ parameters: [UInt8], on index: Int
    ) -> (UInt8, [UInt8], Int) {
        let address = parameters.count >= 2 ? Int(parameters[0]) | Int(parameters[1]) << 8 : 0
        let isShort = parameters.count < 2
        switch instruction {
        case .ping:
            let model = servos[index].model
            return (0, [UInt8(model & 0xFF), UInt8(model >> 8), UInt8(servos[index].firmware)], 0)
        case .read:
            guard parameters.count == 4 else { return (DynamixelError.length.rawValue, [], 1) }
            let count = Int(parameters[2]) | Int(parameters[3]) << 8
            guard let data = servos[index].read(address, count) else { return (DynamixelError.range.rawValue, [], 1) }
            return (0, data, 1)
        case .write:
            if isShort { return (DynamixelError.length.rawValue, [], 2) }
            return (servos[index].write(address, Array(parameters.dropFirst(2))), [], 2)
        case .registeredWrite:
            if isShort { return (DynamixelError.length.rawValue, [], 2) }
            servos[index].register(address, Array(parameters.dropFirst(2)))
            return (0, [], 2)
        case .action:
            servos[index].act()
            return (0, [], 2)
        case .reboot:
            servos[index].reboot()
            return (0, [], 2)
        case .clear:
            guard parameters == [0x01, 0x44, 0x58, 0x4C, 0x22] else { return (DynamixelError.range.rawValue, [], 2) }
            servos[index].clearTurns()
            return (0, [], 2)
        default: return (DynamixelError.instruction.rawValue, [], 2)
        }
    }

    private func block(_ parameters: [UInt8]) -> (address: Int, count: Int)? {
        guard parameters.count >= 4 else { return nil }
        return (Int(parameters[0]) | Int(parameters[1]) << 8, Int(parameters[2]) | Int(parameters[3]) << 8)
    }

    private func syncRead(_ parameters: [UInt8]) -> [EmulatedReply] {
        guard let block = block(parameters) else { return [] }
        return parameters.dropFirst(4).flatMap { read(block.address, block.count, of: $0) }
    }

    private func bulkRead(_ parameters: [UInt8]) -> [EmulatedReply] {
        stride(from: 0, to: parameters.count - 4, by: 5).flatMap { place -> [EmulatedReply] in
            guard let block = block(Array(parameters[(place + 1)..<(place + 5)])) else { return [] }
            return read(block.address, block.count, of: parameters[place])
        }
    }

    private func read(_ address: Int, _ count: Int, of id: UInt8) -> [EmulatedReply] {
        servos.indices.filter { servos[$0].id == id && hears($0) && servos[$0].returnLevel >= 1 }.map {
            guard let data = servos[$0].read(address, count) else {
                return reply($0, id, DynamixelError.range.rawValue, [])
            }
            return reply($0, id, 0, data)
        }
    }

    /// One frame that each servo adds its part to; one that is missing, or too old to know it, leaves it unfinished.
    private func fastSyncRead(_ parameters: [UInt8]) -> [EmulatedReply] {
        guard let block = block(parameters) else { return [] }
        let ids = Array(parameters.dropFirst(4))
        codec.begin(DynamixelCodec.Instruction.status.rawValue, id: DynamixelCodec.broadcast, into: &scratch)
        var delay = 0.0
        var parts = 0
        for id in ids {
            guard let index = servos.indices.first(where: { servos[$0].id == id && hears($0) && servos[$0].isFast }),
                let data = servos[index].read(block.address, block.count)
            else { break }
            delay = max(delay, servos[index].returnDelay)
            parts += 1
            data.withUnsafeBufferPointer {
                codec.appendFast(id: id, error: servos[index].alert, data: $0, servos: ids.count, into: &scratch)
            }
        }
        if parts == 0 { return [] }
        return [EmulatedReply(id: DynamixelCodec.broadcast, delay: delay, bytes: Array(scratch.bytes))]
    }

    private func syncWrite(_ parameters: [UInt8]) {
        guard let block = block(parameters), block.count > 0 else { return }
        var place = 4
        while place + 1 + block.count <= parameters.count {
            write(block.address, Array(parameters[(place + 1)..<(place + 1 + block.count)]), to: parameters[place])
            place += 1 + block.count
        }
    }

    private func bulkWrite(_ parameters: [UInt8]) {
        var place = 0
        while place + 5 <= parameters.count, let block = block(Array(parameters[(place + 1)..<(place + 5)])),
            place + 5 + block.count <= parameters.count
        {
            write(block.address, Array(parameters[(place + 5)..<(place + 5 + block.count)]), to: parameters[place])
            place += 5 + block.count
        }
    }

    private func write(_ address: Int, _ data: [UInt8], to id: UInt8) {
        for index in servos.indices
        where (servos[index].id == id || servos[index].secondaryId == id) && hears(index) {
            _ = servos[index].write(address, data)
        }
    }

    private func reply(_ index: Int, _ id: UInt8, _ error: UInt8, _ data: [UInt8]) -> EmulatedReply {
        data.withUnsafeBufferPointer {
            codec.reply(id: id, error: error | servos[index].alert, data: $0, into: &scratch)
        }
        return EmulatedReply(id: id, delay: servos[index].returnDelay, bytes: Array(scratch.bytes))
    }

    /// See ``EmulatedDevices/drives(at:)``.
    public func drives(at time: Double) -> [MotorDrive] { servos.indices.map { servos[$0].drive(at: time) } }

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
