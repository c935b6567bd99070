public import Numerics
internal import Synchronization

/// Hands parameters from the learner to whoever acts: the newest wins, and neither side ever waits for the other.
///
/// Three copies: one that the learner fills, one that the actor reads, and one between them that both exchange with a
/// single atomic operation. One thread publishes, one other takes.
public final class ParameterExchange: @unchecked Sendable {
    private let slots: [Parameters]
    private let versions: Tensor64
    /// Index of the slot in between; bit 2 says that it is newer than what was taken last.
    private let between = Atomic<UInt8>(1)
    /// The publisher's slot; only its thread touches it.
    private var back: UInt8 = 2
    /// The taker's slot; only its thread touches it.
    private var front: UInt8 = 0

    private static var fresh: UInt8 { 4 }

    /// Room for parameters of this layout.
    public init(layout: ParameterLayout) {
        slots = (0..<3).map { _ in Parameters(layout: layout) }
        versions = Tensor64(count: 3)
    }

    /// Copies parameters and shows them. Replaces what was published before and not taken.
    public func publish(_ parameters: Parameters, version: UInt64) {
        slots[Int(back)].copy(from: parameters)
        versions.base[Int(back)] = version
        back = between.exchange(back | Self.fresh, ordering: .acquiringAndReleasing) & 3
    }

    /// Whether something was published since the last ``take(_:)``.
    public var hasNews: Bool { between.load(ordering: .relaxed) & Self.fresh != 0 }

    /// Gives `body` what was published last, if it is new. Returns whether it was.
    @discardableResult
    public func take(_ body: (Parameters, UInt64) -> Void) -> Bool {
        guard hasNews else { return false }
        front = between.exchange(front, ordering: .acquiringAndReleasing) & 3
        body(slots[Int(front)], versions.base[Int(front)])
        return true
    }
}

/// A few 64-bit numbers at a fixed place.
private final class Tensor64 {
    let base: UnsafeMutablePointer<UInt64>

    init(count: Int) {
        base = .allocate(capacity: count)
        base.initialize(repeating: 0, count: count)
    }

    deinit { base.deallocate() }
}
