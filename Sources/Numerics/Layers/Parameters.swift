/// Where the tensors of a network lie in one flat run of numbers.
public struct ParameterLayout: Hashable, Sendable {
    /// A named tensor.
    public struct Entry: Hashable, Sendable {
        /// Unique in the network; the name in a checkpoint.
        public let name: String
        /// Row-major.
        public let shape: [Int]
        /// The first number's place in the flat run.
        public let offset: Int

        /// How many numbers it has.
        public var count: Int { shape.reduce(1, *) }
    }

    /// In the order of their places.
    public private(set) var entries: [Entry] = []
    /// The length of the flat run; a multiple of 16. Gaps between tensors stay zero.
    public private(set) var count = 0

    /// Nothing yet.
    public init() {}

    /// Takes the next place, on a cache line, for a tensor; returns its offset.
    public mutating func add(_ name: String, _ shape: [Int]) -> Int {
        precondition(!entries.contains { $0.name == name }, "two tensors named \(name)")
        let entry = Entry(name: name, shape: shape, offset: count)
        entries.append(entry)
        count += (entry.count + 15) / 16 * 16
        return entry.offset
    }
}

/// The numbers of a network, or of their gradients or an optimiser's moments: one flat run with named parts.
public final class Parameters: @unchecked Sendable {
    /// What lies where.
    public let layout: ParameterLayout
    /// One row with every number.
    public let storage: Tensor

    /// Zeros.
    public init(layout: ParameterLayout) {
        self.layout = layout
        storage = Tensor(rows: 1, columns: layout.count)
    }

    /// The first number.
    public var base: UnsafeMutablePointer<Float> { storage.base }
    /// The length of the flat run.
    public var count: Int { layout.count }

    /// Takes over the numbers of a network of the same layout.
    public func copy(from other: Parameters) {
        precondition(layout == other.layout, "parameters of different networks")
        storage.copy(from: other.storage)
    }

    /// A copy that shares nothing.
    public func duplicate() -> Parameters {
        let copy = Parameters(layout: layout)
        copy.copy(from: self)
        return copy
    }

    /// Sets all to zero.
    public func clear() { storage.fill(0) }

    /// A named tensor's numbers. Valid while this object lives.
    public func values(_ entry: ParameterLayout.Entry) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: base + entry.offset, count: entry.count)
    }

    /// The first tensor with a number that is not finite, if there is one.
    public func firstNotFinite() -> ParameterLayout.Entry? {
        layout.entries.first { entry in values(entry).contains { !$0.isFinite } }
    }

    /// The Euclidean length of the flat run.
    public var norm: Float { Kernels.dot(base, base, count).squareRoot() }

    /// Adds another network's numbers to these, in order.
    public func add(_ other: Parameters) {
        precondition(layout == other.layout, "parameters of different networks")
        Kernels.addScaled(other.base, scale: 1, to: base, count)
    }

    /// Moves by the fraction `rate` towards `other`: the moving average of parameters, or a target network.
    public func move(towards other: Parameters, rate: Float) {
        precondition(layout == other.layout, "parameters of different networks")
        Kernels.moveTowards(other.base, rate: rate, base, count)
    }
}
