internal import Drivers

/// A servo's registers: what is in them now, and what is kept without power.
struct ControlTable {
    private(set) var bytes: [UInt8]
    /// What the first registers hold after a restart.
    private(set) var kept: [UInt8]
    /// Where registers begin that are lost without power.
    let volatileStart: Int
    private let initial: [UInt8]

    init(count: Int, volatileStart: Int, contents: [(Register, Int)]) {
        var bytes = [UInt8](repeating: 0, count: count)
        for (register, number) in contents { Self.put(register, number, into: &bytes) }
        self.bytes = bytes
        self.volatileStart = volatileStart
        kept = Array(bytes.prefix(volatileStart))
        initial = bytes
    }

    private static func put(_ register: Register, _ number: Int, into bytes: inout [UInt8]) {
        let bits = register.encode(number)
        for index in 0..<register.width {
            bytes[Int(register.address) + index] = UInt8(truncatingIfNeeded: bits >> UInt32(index * 8))
        }
    }

    func get(_ register: Register) -> Int {
        var bits: UInt32 = 0
        for index in 0..<register.width { bits |= UInt32(bytes[Int(register.address) + index]) << UInt32(index * 8) }
        return register.decode(bits)
    }

    mutating func set(_ register: Register, _ number: Int) { Self.put(register, number, into: &bytes) }

    /// One byte, as a request writes it.
    mutating func write(_ byte: UInt8, at address: Int, isKept: Bool) {
        bytes[address] = byte
        if isKept, address < volatileStart { kept[address] = byte }
    }

    /// What is kept comes back, the rest is as from the factory.
    mutating func restart() {
        bytes = kept + initial[volatileStart...]
    }
}

extension ControlTable {
    /// What the servo is set to, bits a second.
    func baudRate(of family: ServoTable) -> Int? {
        let code = get(family.baudRate)
        return family.baudCodes.first { $0.code == code }?.baudRate
    }

    /// Sets it, for good.
    mutating func writeBaudRate(_ baudRate: Int, of family: ServoTable) {
        guard let code = family.code(for: baudRate) else { return }
        write(UInt8(code), at: Int(family.baudRate.address), isKept: true)
    }
}
