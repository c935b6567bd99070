/// One entry of a motor's control table: where it is, how wide, and how its bits become a number with a unit.
public struct Register: BitwiseCopyable, Equatable, Sendable {
    /// How a register's bits stand for a number.
    public enum Coding: BitwiseCopyable, Equatable, Sendable {
        /// As they are.
        case unsigned
        /// Two's complement of the register's width.
        case twosComplement
        /// The bits below this one are the magnitude, this one is the sign.
        case signMagnitude(signBit: UInt8)
    }

    /// What a register's numbers measure.
    public enum Quantity: UInt8, BitwiseCopyable, Equatable, Sendable {
        /// A count, a code, or bits.
        case plain
        /// rad.
        case angle
        /// rad/s.
        case angularVelocity
        /// rad/s².
        case angularAcceleration
        /// A.
        case current
        /// V.
        case voltage
        /// °C.
        case temperature
        /// s.
        case time
        /// Part of the whole, 0…1.
        case fraction
    }

    /// Its first byte's place in the table.
    public let address: UInt16
    /// How many bytes it has: 1, 2 or 4, the low byte first.
    public let width: Int
    /// How its bits stand for a number.
    public let coding: Coding
    /// What it measures.
    public let quantity: Quantity
    /// That quantity for a count of one, in its SI unit.
    public let unit: Double

    /// See the properties.
    @_noLocks
    public init(
        _ address: UInt16, width: Int, coding: Coding = .unsigned, quantity: Quantity = .plain, unit: Double = 1
    ) {
        self.address = address
        self.width = width
        self.coding = coding
        self.quantity = quantity
        self.unit = unit
    }

    /// The address after its last byte.
    public var end: UInt16 {
        @_noLocks get { address &+ UInt16(truncatingIfNeeded: width) }
    }

    /// The number that bits stand for.
    @_noLocks
    public func decode(_ bits: UInt32) -> Int {
        switch coding {
        case .unsigned: return Int(bits)
        case .twosComplement:
            switch width {
            case 1: return Int(Int8(truncatingIfNeeded: bits))
            case 2: return Int(Int16(truncatingIfNeeded: bits))
            default: return Int(Int32(bitPattern: bits))
            }
        case .signMagnitude(let signBit):
            let sign: UInt32 = 1 &<< UInt32(signBit)
            let magnitude = Int(bits & (sign &- 1))
            return bits & sign == 0 ? magnitude : -magnitude
        }
    }

    /// The bits that stand for a number; the nearest there is, for one that does not fit.
    @_noLocks
    public func encode(_ number: Int) -> UInt32 {
        let range = numbers
        let value = number < range.lowest ? range.lowest : number > range.highest ? range.highest : number
        switch coding {
        case .unsigned: return UInt32(truncatingIfNeeded: value)
        case .twosComplement:
            let all: UInt32 = width >= 4 ? .max : (1 &<< UInt32(width &* 8)) &- 1
            return UInt32(truncatingIfNeeded: value) & all
        case .signMagnitude(let signBit):
            return value < 0
                ? UInt32(truncatingIfNeeded: 0 &- value) | 1 &<< UInt32(signBit) : UInt32(truncatingIfNeeded: value)
        }
    }

    /// The lowest and the highest number that it can hold.
    public var numbers: (lowest: Int, highest: Int) {
        @_noLocks get {
            switch coding {
            case .unsigned: return (0, width >= 4 ? Int(UInt32.max) : (1 &<< (width &* 8)) &- 1)
            case .twosComplement:
                let half = 1 &<< (width &* 8 &- 1)
                return (0 &- half, half &- 1)
            case .signMagnitude(let signBit):
                let largest = (1 &<< Int(signBit)) &- 1
                return (0 &- largest, largest)
            }
        }
    }

    /// The number for a quantity in its SI unit: the nearest that it can hold, 0 for one that is not finite.
    @_noLocks
    public func number(for quantity: Double) -> Int {
        let exact = quantity / unit
        guard exact.isFinite else { return 0 }
        let range = numbers
        if exact <= Double(range.lowest) { return range.lowest }
        if exact >= Double(range.highest) { return range.highest }
        return Int(exact < 0 ? exact - 0.5 : exact + 0.5)
    }

    /// Reads it out of a block of a control table.
    ///
    /// - Parameters:
    ///   - block: Holds the table from `address` on.
    ///   - offset: Where in the buffer that is.
    @_noLocks
    public func read(from block: borrowing FrameBuffer, at offset: Int, blockAddress: UInt16) -> Int {
        decode(block.littleEndian(at: offset &+ Int(address) &- Int(blockAddress), width: width))
    }
}
