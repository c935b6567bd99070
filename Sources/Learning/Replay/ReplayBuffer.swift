public import Numerics

/// The learner's memory of steps: fixed in size, 32-bit, with uniform sampling in constant time.
///
/// Steps lie in the order in which they happened, in one ring for each *lane* (a robot, or one of several environments in
/// lockstep). An episode is told as it happens:
///
///     open(state)  act(action)  open(state)  act(action)  …  open(state)  end(outcome)
///
/// A state includes the base action of its step. Right after the last step of a chunk that action is not known yet: such a
/// state is opened with `baseKnown: false` and completed by ``completeBase(lane:offset:_:)`` when the next chunk is there.
///
/// A step can be sampled as soon as everything that its n-step return needs is known. Steps whose return would need what
/// nobody will ever know (a base action that was never made, an abandoned episode's end) are never sampled.
public final class ReplayBuffer {
    /// How an episode ended.
    public enum Outcome: UInt8, Sendable {
        /// The task was done: nothing more is to be had.
        case success = 1
        /// Time ran out: the return goes on behind the last state.
        case timeout = 2
    }

    /// How big it is.
    public struct Shape: Hashable, Codable, Sendable {
        /// Steps that fit into all lanes together.
        public var capacity: Int
        /// Episodes that can be told at the same time.
        public var lanes: Int
        /// Numbers in a state.
        public var stateSize: Int
        /// Numbers in an action.
        public var actionSize: Int
        /// How many rewards a return adds up before it bootstraps.
        public var returnSteps: Int

        /// A shape; ``ReplayBuffer/init(shape:)`` checks it.
        public init(capacity: Int, lanes: Int = 1, stateSize: Int, actionSize: Int, returnSteps: Int) {
            self.capacity = capacity
            self.lanes = lanes
            self.stateSize = stateSize
            self.actionSize = actionSize
            self.returnSteps = returnSteps
        }
    }

    /// How big it is.
    public let shape: Shape
    /// States, one row for each slot.
    public let states: Tensor
    /// Actions as they were effective, one row for each slot.
    public let actions: Tensor
    /// Version of the policy that acted; 0 for demonstrations.
    public internal(set) var versions: [UInt64]
    /// How many steps a sample can be any of.
    public internal(set) var sampleableCount = 0
    /// Steps told since the beginning.
    public internal(set) var stepCount: UInt64 = 0
    /// Episodes ended or abandoned since the beginning.
    public internal(set) var episodeCount: UInt64 = 0
    /// Steps that will never be sampled, because their return cannot be known.
    public internal(set) var unknownReturns: UInt64 = 0
    /// Called with a slot whenever other contents begin there.
    var slotReused: ((Int) -> Void)?

    struct Flags: OptionSet {
        let rawValue: UInt8
        /// A state was opened here.
        static let opened = Flags(rawValue: 1)
        /// Its base action is known.
        static let baseKnown = Flags(rawValue: 2)
        /// An action was taken.
        static let acted = Flags(rawValue: 4)
        /// The action was a person's or the safety filter's, not the policy's.
        static let intervened = Flags(rawValue: 8)
        /// The last state of an episode that succeeded.
        static let success = Flags(rawValue: 16)
        /// The last state of an episode that ran out of time.
        static let timeout = Flags(rawValue: 32)
        static let ends: Flags = [.success, .timeout]
    }

    struct Lane: Equatable {
        /// The slot that the next state goes to, counted within the lane.
        var next = 0
        /// Whether an episode is being told.
        var inEpisode = false
        /// Acted steps of the episode that are not sampleable yet: the last ones, oldest first, this many.
        var waiting = 0
    }

    var flags: [Flags]
    var lanes: [Lane]
    /// The slots that can be sampled, in no order, and where in that list a slot is (−1: not).
    var sampleable: [Int32]
    var places: [Int32]
    let laneCapacity: Int

    /// An empty memory.
    ///
    /// - Throws: ``LearningError/configuration(_:)`` if a number is out of range.
    public init(shape: Shape) throws(LearningError) {
        guard shape.lanes > 0, shape.stateSize > 0, shape.actionSize > 0, (1...64).contains(shape.returnSteps) else {
            throw .configuration("a replay needs lanes, states, actions, and 1 to 64 steps in a return")
        }
        guard shape.capacity / shape.lanes > 2 * shape.returnSteps + 2, shape.capacity <= 1 << 24 else {
            throw .configuration(
                "a replay of \(shape.capacity) steps in \(shape.lanes) lanes is too small or above 16,777,216 steps")
        }
        self.shape = shape
        laneCapacity = shape.capacity / shape.lanes
        let slots = laneCapacity * shape.lanes
        states = Tensor(rows: slots, columns: shape.stateSize)
        actions = Tensor(rows: slots, columns: shape.actionSize)
        versions = Array(repeating: 0, count: slots)
        flags = Array(repeating: [], count: slots)
        lanes = Array(repeating: Lane(), count: shape.lanes)
        sampleable = Array(repeating: -1, count: slots)
        places = Array(repeating: -1, count: slots)
    }

    /// How many slots there are.
    public var slotCount: Int { flags.count }

    /// A uniformly random sampleable slot.
    ///
    /// - Precondition: ``sampleableCount`` is positive.
    public func sample(_ random: inout RandomStream) -> Int {
        Int(sampleable[random.integer(below: sampleableCount)])
    }

    /// The slot `steps` after `slot` in its lane.
    public func slot(_ slot: Int, plus steps: Int) -> Int {
        let start = slot / laneCapacity * laneCapacity
        return start + (slot - start + steps) % laneCapacity
    }

    /// How a sampled step's return goes on.
    public struct Return: Equatable, Sendable {
        /// How many steps have a reward: the slots from the sampled one on.
        public var steps: Int
        /// The slot of the state behind them.
        public var final: Int
        /// Whether the task was done there, so that nothing follows.
        public var success: Bool
    }

    /// The return of a sampleable slot: at most ``Shape/returnSteps`` steps, fewer at the end of an episode.
    public func makeReturn(of slot: Int) -> Return {
        var here = slot
        for steps in 1...shape.returnSteps {
            here = self.slot(here, plus: 1)
            if !flags[here].isDisjoint(with: .ends) {
                return Return(steps: steps, final: here, success: flags[here].contains(.success))
            }
        }
        return Return(steps: shape.returnSteps, final: here, success: false)
    }

    /// The return of a sampleable slot to the end of its episode, or as far as it is known.
    public func makeWholeReturn(of slot: Int) -> Return {
        var (here, steps) = (slot, 0)
        while true {
            let next = self.slot(here, plus: 1)
            if !flags[next].isDisjoint(with: .ends) || places[next] < 0 {
                let rest = makeReturn(of: here)
                return Return(steps: steps + rest.steps, final: rest.final, success: rest.success)
            }
            here = next
            steps += 1
        }
    }

    /// Whether a person or the safety filter chose the action of a slot.
    public func wasIntervened(_ slot: Int) -> Bool { flags[slot].contains(.intervened) }

    /// Whether an action was taken in the state of a slot.
    public func hasAction(_ slot: Int) -> Bool { flags[slot].contains(.acted) }

    func makeSampleable(_ slot: Int) {
        guard places[slot] < 0 else { return }
        places[slot] = Int32(sampleableCount)
        sampleable[sampleableCount] = Int32(slot)
        sampleableCount += 1
    }

    func remove(_ slot: Int) {
        let place = Int(places[slot])
        guard place >= 0 else { return }
        let last = sampleable[sampleableCount - 1]
        sampleable[place] = last
        places[Int(last)] = Int32(place)
        sampleable[sampleableCount - 1] = -1
        places[slot] = -1
        sampleableCount -= 1
    }
}
