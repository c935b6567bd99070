/// What several motors replied to one request for the same block of their control tables.
///
/// Its memory is reserved once.
public struct ServoBlocks: ~Copyable {
    /// The most motors that a bus may have here.
    public static var capacity: Int { @_noLocks get { 16 } }
    /// The longest block, bytes.
    public static var longest: Int { @_noLocks get { 32 } }

    /// A bit for each motor that replied.
    public private(set) var received: UInt32 = 0
    /// A bit for each motor in whose place something came that could not be understood.
    public var garbled: UInt32 = 0
    private var errors = InlineArray<16, UInt8>(repeating: 0)
    private var data: FrameBuffer

    /// Nothing received.
    public init() {
        data = FrameBuffer(capacity: Self.capacity * Self.longest)
        for _ in 0..<(Self.capacity * Self.longest) { data.append(0) }
    }

    /// Whether a motor replied, by its index.
    @_noLocks
    public func has(_ motor: Int) -> Bool { received & 1 &<< UInt32(motor) != 0 }

    /// The error byte of a motor's reply.
    @_noLocks
    public func error(_ motor: Int) -> UInt8 { errors[motor] }

    /// A register out of a motor's block.
    ///
    /// - Parameter blockAddress: Where in the control table the block begins.
    @_noLocks
    public func read(_ register: Register, of motor: Int, blockAddress: UInt16) -> Int {
        register.read(from: data, at: motor &* Self.longest, blockAddress: blockAddress)
    }

    @_noLocks
    mutating func begin() {
        received = 0
        garbled = 0
    }

    @_noLocks
    mutating func store(_ motor: Int, error: UInt8, from buffer: borrowing FrameBuffer, at start: Int, count: Int) {
        received |= 1 &<< UInt32(motor)
        errors[motor] = error
        var index = 0
        while index < count, index < Self.longest {
            data[motor &* Self.longest &+ index] = buffer[start &+ index]
            index &+= 1
        }
    }

    /// Forgets a motor and all after it: what they seemed to reply was late from before.
    @_noLocks
    mutating func forget(from motor: Int) {
        received &= (1 &<< UInt32(motor)) &- 1
    }
}
