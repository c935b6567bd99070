import Foundation
import Learning

/// How far an improvement is, beside the learner's own state: what `--resume` goes on from.
struct ImprovementState: Codable {
    /// Environment steps learnt from.
    var steps = 0
    /// Episodes learnt from.
    var episodes = 0
    /// Updates that the steps so far call for and that have not been made.
    var pendingUpdates = 0.0
    /// The environment steps at which the next evaluation is due.
    var nextEvaluation = 0
    /// Whether the last episodes succeeded, newest last.
    var recent: [Bool] = []
    /// Success of the policies that do not learn.
    var references: [ImprovementLine.Reference] = []
    /// The initial states that it was measured on.
    var states: InitialStates
    /// Success on the way.
    var evaluations: [ImprovementLine.Evaluation] = []
    /// The best of them; of equally good ones the latest.
    var best: ImprovementLine.Evaluation?
    /// What the reward measured at the start.
    var measurement: RewardMeasurement
    /// How long updates have taken so far, s.
    var updateSeconds = 0.0
    /// Name of the learner's file.
    var learner = ""
    /// Lines of the metrics that belong to it; whoever goes on with it says the later ones again.
    var lines = 0

    /// How many of the last episodes count.
    static var window: Int { 50 }

    /// Success over the last episodes; nil before there are enough.
    var rolling: SuccessRate? {
        recent.count < Self.window ? nil : SuccessRate(successes: recent.count { $0 }, trials: recent.count)
    }

    /// Success over the last episodes, however few they are; nil before the first.
    var recentRate: Double? { recent.isEmpty ? nil : Double(recent.count { $0 }) / Double(recent.count) }

    /// Notes an episode.
    mutating func take(_ experience: EpisodeExperience, updatesPerStep: Double) {
        steps += experience.steps
        episodes += 1
        pendingUpdates += Double(experience.steps) * updatesPerStep
        // What a person or a fault ended says nothing about the policy.
        guard experience.isSuccess || experience.ending == .horizon else { return }
        recent.append(experience.isSuccess)
        if recent.count > Self.window { recent.removeFirst() }
    }

    /// The file's name in a run's checkpoints.
    static var fileName: String { "improvement.json" }

    /// Writes the learner to a file of its own, then the state, which names it, and then removes what is older: at any moment
    /// a whole pair is there.
    ///
    /// - Throws: ``JobError`` or `LearningError` if the disk does not take it.
    mutating func save(_ learner: CoherentLearner, run: RunFolder) throws {
        let old = self.learner
        self.learner = "learner-\(steps)-\(learner.step).safetensors"
        try learner.save(to: run.checkpoints + "/" + self.learner)
        try run.write(Results.data(self, isPretty: true), to: run.checkpoints + "/" + Self.fileName)
        if !old.isEmpty, old != self.learner {
            try FileManager.default.removeItem(atPath: run.checkpoints + "/" + old)
        }
    }

    /// What a run that was cut off left; nil if it had not come far enough to leave anything.
    ///
    /// - Throws: ``JobError`` if it is broken.
    static func load(_ run: RunFolder) throws(JobError) -> ImprovementState? {
        let path = run.checkpoints + "/" + fileName
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path),
            let state = try? JSONDecoder().decode(ImprovementState.self, from: data)
        else {
            throw JobError(.badFile, "\(path): the state of the improvement is not understood; begin anew")
        }
        return state
    }
}
