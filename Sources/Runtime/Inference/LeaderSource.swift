import Control
import Foundation
import Realtime
import Robots
import Synchronization
import Teleoperation

/// A leader as the inference loop asks it: once in every step, on the inference thread alone.
final class LeaderSource {
    private let pose: Latest<LeaderPose>
    private let marks: PersonMarks
    private let actions: JointActions
    private var following: Following
    private var newest = LeaderPose()
    /// After how many steps an emulated leader says that its task is done; nil leaves that to a person.
    private let emulatedEpisode: Int?
    /// What is wrong with the leader's devices at a moment; empty where nothing is known.
    private let diagnose: (MonotonicTime) -> String
    private var steps = 0

    init(
        pose: Latest<LeaderPose>, marks: PersonMarks, robot: RobotDescription, limits: Following.Limits,
        emulatedEpisode: Int? = nil, diagnose: @escaping (MonotonicTime) -> String = { _ in "" }
    ) {
        self.diagnose = diagnose
        self.pose = pose
        self.marks = marks
        self.emulatedEpisode = emulatedEpisode
        actions = JointActions(robot: robot)
        following = Following(robot: robot, limits: limits)
    }

    /// Begins an episode: from where the follower is then.
    func begin() {
        following.restart()
        steps = 0
        _ = marks.takeDone()
    }

    /// Whether whoever leads says that the task is done; asked once in every step.
    func isDone() -> Bool {
        steps += 1
        if let emulatedEpisode, steps > emulatedEpisode { return true }
        return marks.takeDone()
    }

    /// Why the leader could not be followed: how old its pose is, and what is wrong with its devices.
    func silence(now: MonotonicTime) -> String {
        _ = pose.read(into: &newest)
        let age = Double(now.nanoseconds(since: newest.time)) * 1e-9
        let since = newest.isComplete ? "has not been heard for \(String(format: "%.2f", age)) s" : "was never heard"
        let cause = diagnose(now)
        return "the leader \(since), and the robot was stopped" + (cause.isEmpty ? "" : ": \(cause)")
    }

    /// Whether the follower has been brought to the leader's pose.
    var hasArrived: Bool { following.hasArrived }

    /// The action for this step; nil where there is no pose to follow.
    ///
    /// - Throws: `LeaderTooFar`.
    func action(follower state: borrowing RobotState, now: MonotonicTime) throws(LeaderTooFar) -> [Float]? {
        _ = pose.read(into: &newest)
        switch try following.step(leader: newest, follower: state, now: now) {
        case .wait: return nil
        case .go(let positions, let opening): return actions.action(positions: positions, opening: opening)
        }
    }
}

/// What a person at the terminal says about the episode under way.
final class PersonMarks: Sendable {
    private let done = Atomic(false)

    /// It is done.
    func markDone() { done.store(true, ordering: .releasing) }

    /// Whether it is done, once.
    func takeDone() -> Bool { done.exchange(false, ordering: .acquiringAndReleasing) }
}
