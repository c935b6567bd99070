internal import Glibc
internal import Numerics

/// Something that happens at a given time.
public struct ScheduledFault: Equatable, Sendable {
    /// What happens.
    public enum Kind: Equatable, Sendable {
        /// To a device.
        case device(EmulatedEvent, motor: Int)
        /// The port disappears, and comes back after this many seconds; it may be infinitely many.
        case unplugged(seconds: Double)
    }

    /// When, s from the beginning.
    public var time: Double
    /// What happens.
    public var kind: Kind

    /// See the properties.
    public init(time: Double, kind: Kind) {
        self.time = time
        self.kind = kind
    }
}

/// Something that happens again and again: at random, with a mean time between.
public struct RecurringFault: Equatable, Sendable {
    /// The mean time from one to the next, s; above zero.
    public var interval: Double
    /// How long it lasts, s; what has no end of its own may be infinitely long.
    public var duration: Double
    /// What happens to a device; nil for the port that disappears.
    public var event: EmulatedEvent?
    /// Which one it happens to; nil for one at random each time.
    public var motor: Int?

    /// See the properties.
    public init(interval: Double, duration: Double, event: EmulatedEvent?, motor: Int?) {
        self.interval = interval
        self.duration = duration
        self.event = event
        self.motor = motor
    }
}

extension EmulatedEvent {
    /// What ends it; nil for what ends by itself.
    var end: EmulatedEvent? {
        switch self {
        case .overload, .reboot: nil
        case .voltage: .voltage(nil)
        case .temperature: .temperature(nil)
        case .silent(let isSilent): isSilent ? .silent(false) : nil
        case .blocked(let isBlocked): isBlocked ? .blocked(false) : nil
        }
    }
}

/// What happens next on a bus, of what is planned and of what recurs.
struct FaultSchedule {
    private struct Recurrence {
        let fault: RecurringFault
        var random: RandomStream
        var next: Double
    }

    /// In the order of time.
    private var planned: [ScheduledFault]
    private var recurrences: [Recurrence] = []
    private let motors: [Int]

    init(_ faults: WireFaults, motors: [Int]) {
        self.motors = motors
        planned = faults.events.sorted { $0.time < $1.time }
        for (index, fault) in faults.recurring.enumerated() {
            var random = RandomStream.derived(from: faults.seed, 0x72656375, UInt64(index))
            let next = Self.wait(fault.interval, &random)
            recurrences.append(Recurrence(fault: fault, random: random, next: next))
        }
    }

    /// Exponentially distributed: nothing is remembered of the last time.
    private static func wait(_ mean: Double, _ random: inout RandomStream) -> Double {
        -mean * log(1 - random.uniformDouble())
    }

    /// The next thing that happens up to a moment; nil if there is nothing more until then.
    mutating func next(until time: Double) -> ScheduledFault? {
        if let index = recurrences.indices.min(by: { recurrences[$0].next < recurrences[$1].next }),
            recurrences[index].next <= min(time, planned.first?.time ?? .infinity)
        {
            return recur(index)
        }
        guard let first = planned.first, first.time <= time else { return nil }
        planned.removeFirst()
        return first
    }

    private mutating func recur(_ index: Int) -> ScheduledFault {
        let (fault, now) = (recurrences[index].fault, recurrences[index].next)
        let random = recurrences[index].random.integer(below: max(1, motors.count))
        recurrences[index].next = now + Self.wait(fault.interval, &recurrences[index].random)
        guard let event = fault.event else {
            return ScheduledFault(time: now, kind: .unplugged(seconds: fault.duration))
        }
        let motor = fault.motor ?? motors[random]
        if let end = event.end, fault.duration < .infinity {
            let over = ScheduledFault(time: now + fault.duration, kind: .device(end, motor: motor))
            planned.insert(over, at: planned.firstIndex { $0.time > over.time } ?? planned.endIndex)
        }
        return ScheduledFault(time: now, kind: .device(event, motor: motor))
    }
}
