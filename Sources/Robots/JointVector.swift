/// One number for each joint of an arm, in the order of the robot's description.
///
/// It has room for ``capacity`` joints and lives where it is declared, without allocation. The entries from the robot's
/// joint count on stay zero. The unit is that of the quantity it holds: rad, rad/s, rad/s², N·m.
public struct JointVector: BitwiseCopyable, Sendable {
    /// The largest number of joints an arm may have.
    @inlinable
    public static var capacity: Int { @_noLocks get { 8 } }

    /// The entries; those from the robot's joint count on stay zero.
    public var storage: InlineArray<8, Double>

    /// A vector with this value in every entry.
    @inlinable
    @_noLocks
    public init(repeating value: Double) {
        storage = InlineArray(repeating: value)
    }

    /// All zeros.
    @inlinable
    public static var zero: JointVector { @_noLocks get { JointVector(repeating: 0) } }

    /// The value of a joint, counted from the base.
    @inlinable
    public subscript(joint: Int) -> Double {
        @_noLocks get { storage[joint] }
        @_noLocks set { storage[joint] = newValue }
    }
}

extension JointVector {
    /// Takes the values in order; at most ``capacity`` of them.
    public init(_ values: [Double]) {
        precondition(values.count <= Self.capacity, "an arm has at most \(Self.capacity) joints")
        self.init(repeating: 0)
        for (joint, value) in values.enumerated() { storage[joint] = value }
    }

    /// The first `count` values.
    public func array(count: Int) -> [Double] {
        (0..<count).map { storage[$0] }
    }
}

extension JointVector: Equatable {
    /// Whether all entries are equal, as numbers: NaN differs from itself.
    @inlinable
    @_noLocks
    public static func == (left: JointVector, right: JointVector) -> Bool {
        for joint in 0..<capacity where left.storage[joint] != right.storage[joint] { return false }
        return true
    }
}
