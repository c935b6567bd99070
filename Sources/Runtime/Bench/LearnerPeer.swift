/// Another program that does the learner's update: it starts from the learner's own checkpoint, says how far its result of a
/// few updates is from the learner's, and then times itself whenever it is its turn.
///
/// It is called with two checkpoints, some updates apart; the numbers that it is given are of updates.
typealias LearnerPeer = BenchPeer<LearnerIntroduction, LearnerRound>

/// What the learner's peer says at its start.
struct LearnerIntroduction: Codable, Hashable {
    /// Who it is, with its version.
    var name: String
    /// For the policy, and for the critics: the length of the difference between what its updates and the learner's
    /// changed, over the length of what the learner's changed.
    var policyDifference: Double
    var criticDifference: Double
}

/// What it took the learner's peer to do its updates.
struct LearnerRound: Codable, Hashable {
    var seconds: Double
    /// Of the processor, on all threads.
    var processorSeconds: Double
}
