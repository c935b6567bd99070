internal import Realtime
public import Robots

/// The bench of one family of servos.
public final class LineBench<Codec: ServoCodec, Line: Transport & ~Copyable>: ServoBench {
    /// See ``ServoBench/bus``.
    public let bus: BusKind
    private var servos: ServoBus<Codec, Line>?
    private let open: (Int) throws(TransportError) -> Line
    private let table = Codec.table
    private var rate: Int

    /// - Parameters:
    ///   - bus: What is spoken.
    ///   - baudRate: Bits a second at first.
    ///   - open: Opens the line at a rate; called again whenever the rate changes, with the line before it closed.
    public init(
        _ bus: BusKind, baudRate: Int, open: @escaping (Int) throws(TransportError) -> Line
    ) throws(TransportError) {
        (self.bus, self.open, rate) = (bus, open, baudRate)
        try talk(at: baudRate)
    }

    /// See ``ServoBench/baudRate``.
    public var baudRate: Int { rate }
    /// See ``ServoBench/baudRates``.
    public var baudRates: [Int] {
        [table.factoryBaudRate] + table.baudCodes.map(\.baudRate).filter { $0 != table.factoryBaudRate }
    }
    /// See ``ServoBench/goesRound``.
    public var goesRound: Bool { table.goesRound }
    /// See ``ServoBench/isGone``.
    public var isGone: Bool { servos?.line.isGone ?? true }

    /// See ``ServoBench/talk(at:)``.
    public func talk(at baudRate: Int) throws(TransportError) {
        // Only one may have the port.
        servos = nil
        rate = baudRate
        servos = ServoBus(transport: try open(baudRate))
        servos?.detectEcho(with: table.model, of: 1)
    }

    /// See ``ServoBench/look()``. A ping of all is quick but meant for one; who replied to it, or all if it brought noise,
    /// is asked alone,
    /// until two reply together.
    public func look() -> BusCensus {
        guard let heard = servos?.pingAll(wait: table.broadcastWait) else { return BusCensus() }
        if heard.ids.isEmpty && !heard.isNoisy { return BusCensus() }
        var census = BusCensus()
        for id in heard.isNoisy ? Array(0...252) : heard.ids.sorted() {
            switch presence(of: id) {
            case .there: census.ids.append(id)
            case .garbled:
                census.garbled.append(id)
                return census
            case .absent: break
            }
        }
        return census
    }

    private enum Presence { case there, garbled, absent }

    /// Replies to a ping may be the same, bit for bit; where two motors stand is not.
    private func presence(of id: Int) -> Presence {
        var garbled = 0
        for _ in 0..<3 {
            do {
                guard try servos?.ping(UInt8(id)) != nil else { return .absent }
                _ = try servos?.read(table.position, of: UInt8(id))
                _ = try servos?.read(table.temperature, of: UInt8(id))
                return .there
            } catch .noReply {
                continue
            } catch {
                garbled += 1
            }
        }
        return garbled > 0 ? .garbled : .absent
    }

    /// See ``ServoBench/ping(_:)``.
    public func ping(_ id: Int) throws(BusFault) {
        guard servos != nil else { throw .gone }
        try servos?.pingPatiently(UInt8(id))
    }

    /// See ``ServoBench/report(of:)``.
    public func report(of id: Int) throws(BusFault) -> MotorReport {
        try ping(id)
        guard let report = try servos?.report(of: UInt8(id)) else { throw .gone }
        return report
    }

    /// See ``ServoBench/positions(of:)``.
    public func positions(of ids: [Int]) -> [Int?] {
        servos?.numbers(in: table.position, of: ids) ?? ids.map { _ in nil }
    }

    /// See ``ServoBench/isTorqueOn(_:)``.
    public func isTorqueOn(_ id: Int) throws(BusFault) -> Bool { try read(table.torqueEnable, of: id) != 0 }

    /// See ``ServoBench/release(_:)``.
    public func release(_ id: Int) throws(BusFault) {
        try servos?.writePatiently(table.torqueEnable, 0, to: UInt8(id))
    }

    private func read(_ register: Register, of id: Int) throws(BusFault) -> Int {
        guard let number = try servos?.readPatiently(register, of: UInt8(id)) else { throw .gone }
        return number
    }

    /// See ``ServoBench/assign(_:to:baudRate:)``.
    public func assign(_ id: Int, to new: Int, baudRate: Int) throws {
        guard let code = table.code(for: baudRate) else {
            throw SetupError(description: "these motors cannot be set to \(baudRate) baud; correct baud_rate")
        }
        try store(table.torqueEnable, 0, of: id)
        if let lock = table.lock { try store(lock, 0, of: id) }
        try store(table.responseLevel, table.repliesToAll, of: id)
        try store(table.returnDelay, 0, of: id)
        if id != new { try store(table.id, new, of: id, as: new) }
        if try read(table.baudRate, of: new) != code {
            servos?.writeUnheard(table.baudRate, code, to: UInt8(new))
            try talk(at: baudRate)
            guard try read(table.baudRate, of: new) == code else {
                throw SetupError(
                    description: "it did not take \(baudRate) baud: switch its power off and on, and try again")
            }
        }
        if let lock = table.lock { try store(lock, 1, of: new) }
    }

    /// See ``ServoBench/makeRead(_:motor:)``.
    public func makeRead(_ counts: Int, motor id: Int) throws(BusFault) -> Int {
        let (position, before) = (try read(table.position, of: id), try read(table.homingOffset, of: id))
        var offset = before + (table.goesRound ? position - counts : counts - position)
        if table.goesRound {
            offset %= 4096
            if offset > 2047 { offset -= 4096 }
            if offset < -2047 { offset += 4096 }
            // −2048 and 2048 are the same place, and neither can be written.
            offset = min(offset, 2047)
        }
        if let lock = table.lock { try store(lock, 0, of: id) }
        if let limits = table.positionLimits {
            try store(limits.lowest, 0, of: id)
            try store(limits.highest, 4095, of: id)
        }
        try store(table.homingOffset, offset, of: id)
        if let lock = table.lock { try store(lock, 1, of: id) }
        return offset
    }

    /// Writes what differs and reads it back: whether a write is acknowledged is up to the motor's response level, and from
    /// which address, where the address is what is written, to its firmware.
    private func store(_ register: Register, _ number: Int, of id: Int, as new: Int? = nil) throws(BusFault) {
        if new == nil, try read(register, of: id) == number { return }
        servos?.writeUnheard(register, number, to: UInt8(id))
        if try read(register, of: new ?? id) == number { return }
        servos?.writeUnheard(register, number, to: UInt8(id))
        guard try read(register, of: new ?? id) == number else { throw .refused(error: servos?.lastError ?? 0) }
    }
}
