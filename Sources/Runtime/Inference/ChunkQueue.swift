public import Policies

/// The actions that are scheduled, and when the next chunk has to be asked for.
///
/// Unless the robot waits for every chunk, chunks are aligned by control step: a chunk made from the observation of step `s`
/// holds the actions for steps `s, s + 1, …`, and whatever has gone by when it arrives is left out. It takes over at step `s + d`
/// even if it arrives earlier, where `d` is the delay that was reckoned with when it was asked for: the longest of recent ones, and
/// at least the lead. So a run on the virtual clock, where inference takes no time, executes what a run in real time executes whose
/// answers take no longer than the lead. A chunk is asked for `d` steps before the present one has been executed as far as it should.
///
/// An episode's first chunk is the exception: the robot waits for it, so nothing of it has gone by.
public struct ChunkQueue: Sendable {
    /// How chunks are scheduled.
    public struct Settings: Equatable, Sendable {
        /// How many actions of a chunk are executed before the next one takes over; fewer where the delay leaves fewer.
        public var executedSteps: Int
        /// The least number of steps between a chunk's observation and its first executed action.
        public var leadSteps: Int
        /// How one chunk becomes the next.
        public var seam: ChunkSeam
        /// The longest that a cross-fade takes, steps.
        public var fadeSteps: Int

        /// - Parameters:
        ///   - executedSteps: at least 1.
        ///   - leadSteps: 0 or more, less than `executedSteps` unless that is 1.
        ///   - seam: how one chunk becomes the next.
        ///   - fadeSteps: 1 or more.
        public init(executedSteps: Int, leadSteps: Int, seam: ChunkSeam = .swap, fadeSteps: Int = 5) {
            precondition(executedSteps >= 1 && leadSteps >= 0, "a chunk is executed for a step at least")
            self.executedSteps = executedSteps
            self.leadSteps = leadSteps
            self.seam = seam
            self.fadeSteps = fadeSteps
        }
    }

    /// A chunk and the steps that its actions are for.
    private struct Scheduled {
        var chunk: ActionChunk
        /// The step of the first action.
        var start: Int
        /// The step at which it took over, or will.
        var takesOverAt: Int
        /// The step after its last action.
        var end: Int { start + chunk.actions.count }
    }

    /// How chunks are scheduled.
    public let settings: Settings

    private var current: Scheduled?
    private var arrived: Scheduled?
    private var open: (step: Int, delay: Int)?
    private var delays = RecentDelays()

    /// Nothing is scheduled.
    public init(_ settings: Settings) {
        self.settings = settings
    }

    /// Whether a chunk has ever arrived in this episode.
    public var hasBegun: Bool { current != nil || arrived != nil }

    /// Whether the robot has to be held until the chunk that was asked for is there.
    public var isHeld: Bool { settings.seam == .holdAndWait && open != nil }

    /// Steps from a chunk's observation to its first executed action, as they are reckoned with now. No more than half of a
    /// chunk: beyond that, chunks could not follow one another without a gap.
    public var expectedDelay: Int {
        let half = (current?.chunk.actions.count ?? 0) / 2
        return max(settings.leadSteps, min(delays.longest ?? 0, half))
    }

    /// Forgets everything, for a new episode. A chunk that was asked for before is not accepted afterwards.
    public mutating func reset() {
        self = ChunkQueue(settings)
    }

    /// Whether a chunk should be asked for with the observation of `step`; the caller then calls ``request(at:)``.
    public func wantsChunk(at step: Int) -> Bool {
        guard open == nil, arrived.map({ isDue($0, at: step) }) ?? true else { return false }
        guard let current = arrived.map({ placed($0, at: step) }) ?? current else { return true }
        let count = current.chunk.actions.count
        guard settings.seam != .holdAndWait else {
            return step >= current.start + max(1, min(settings.executedSteps, count))
        }
        let delay = expectedDelay
        let executed = max(1, min(settings.executedSteps, count - delay))
        return step > current.chunk.step && (step >= current.takesOverAt + executed - delay || step >= current.end)
    }

    /// Notes that a chunk is asked for with the observation of `step`.
    ///
    /// - Returns: what the policy is told of the chunk under way, where the seam is its business.
    public mutating func request(at step: Int) -> ChunkContinuation? {
        advance(to: step)
        let delay = expectedDelay
        open = (step, delay)
        guard settings.seam == .realTimeChunking, let current, step < current.end else { return nil }
        return ChunkContinuation(
            previous: Array(current.chunk.actions[(step - current.start)...]), delay: delay,
            executionHorizon: step - current.start)
    }

    /// Takes a chunk that has arrived. One that answers no open request, as after a reset, is left out.
    ///
    /// - Parameters:
    ///   - chunk: the answer.
    ///   - step: the present step.
    ///   - delay: how many steps it has taken.
    /// - Returns: whether it was asked for.
    @discardableResult
    public mutating func receive(_ chunk: ActionChunk, at step: Int, delay: Int) -> Bool {
        guard let open, open.step == chunk.step else { return false }
        self.open = nil
        delays.add(delay)
        let next = Scheduled(chunk: chunk, start: chunk.step, takesOverAt: chunk.step + open.delay)
        let hasGoneBy = settings.seam != .holdAndWait && current != nil && next.end <= step
        if !hasGoneBy { arrived = next }
        return true
    }

    /// The action scheduled for `step` and its place in its chunk, or nil where none is.
    public mutating func action(at step: Int) -> (values: [Float], phase: Int, policyVersion: UInt64)? {
        advance(to: step)
        guard let current, !isUsedUp(current, at: step) else { return nil }
        let phase = step - current.start
        guard phase >= 0, phase < current.chunk.actions.count else { return nil }
        return (current.chunk.actions[phase], phase, current.chunk.policyVersion)
    }

    /// Whether the robot waits for the next chunk although this one has more actions.
    private func isUsedUp(_ scheduled: Scheduled, at step: Int) -> Bool {
        settings.seam == .holdAndWait && step >= scheduled.start + settings.executedSteps
    }

    /// Lets the chunk that has arrived take over if it is time.
    private mutating func advance(to step: Int) {
        if let next = arrived, isDue(next, at: step) { takeOver(next, at: step) }
    }

    private func isDue(_ next: Scheduled, at step: Int) -> Bool {
        guard settings.seam != .holdAndWait, let current else { return true }
        return step >= next.takesOverAt || step >= current.end
    }

    private mutating func takeOver(_ next: Scheduled, at step: Int) {
        var next = placed(next, at: step)
        if settings.seam == .crossFade, let current { fade(from: current, into: &next) }
        current = next
        arrived = nil
    }

    /// A chunk as it takes over at `step`.
    private func placed(_ next: Scheduled, at step: Int) -> Scheduled {
        var next = next
        next.takesOverAt = step
        // Where the world stood still meanwhile, nothing of it has gone by.
        if settings.seam == .holdAndWait { next.start = step }
        return next
    }

    /// Mixes the actions of the old chunk that are still to come into those of the new one for the same steps.
    private func fade(from old: Scheduled, into next: inout Scheduled) {
        let first = next.takesOverAt
        let count = min(settings.fadeSteps, min(old.end, next.end) - first)
        guard count > 0 else { return }
        for index in 0..<count {
            let share = Float(index + 1) / Float(count + 1)
            let (from, to) = (first + index - old.start, first + index - next.start)
            guard old.chunk.actions[from].count == next.chunk.actions[to].count else { continue }
            for component in next.chunk.actions[to].indices {
                next.chunk.actions[to][component] =
                    (1 - share) * old.chunk.actions[from][component] + share * next.chunk.actions[to][component]
            }
        }
    }
}
