import Episodes
import Foundation
import Policies
import Testing

@testable import Learning
@testable import Runtime

@Suite struct DemonstrationRowsTests {
    private func rows(
        _ demonstrations: DemonstrationSet, _ base: FlowPolicy, _ context: JobContext, _ composition: Composition
    ) throws -> DemonstrationRows {
        try DemonstrationRows(
            demonstrations, base: base, context: context, composition: composition
        ) { _ in }
    }

    private func composition(_ context: JobContext) throws -> Composition {
        try context.job.improve.makeComposition(actionSize: 7)
    }

    /// The base action beside a demonstrated step is the one that driving would have scheduled there.
    @Test func theBaseIsScheduledAsWhenDriving() throws {
        let context = try ImprovementSample.context(horizon: 33)
        let base = try ImprovementSample.get().base(context)
        let folder = try TemporaryFolder()
        var session = try context.makeLockstepSession(
            source: .policy(PolicyWorker(policy: try base.replica(), mode: .immediate), seed: context.job.seed)
        ) { request in
            try EpisodeWriter(
                folder: folder.path, index: request.index,
                header: context.header(seed: request.seed, policy: "base", schedule: .lockstep))
        }
        // The noise of a demonstration's chunks is that of the episode whose seed is its number.
        _ = try session.run(EpisodeRequest(index: 0, seed: 0))
        let driven = try EpisodeReader(path: Dataset.episodePath(folder: folder.path, index: 0)).steps()
        #expect(driven.map { Int($0.chunkPhase) } == Array(0...9) + Array(1...10) + Array(1...10) + [1, 2, 3])

        let demonstrations = try DemonstrationSet(
            layout: context.task.observationLayout, actionSize: 7, task: "t", robot: "r",
            episodes: [
                .init(
                    name: "driven", observations: driven.flatMap(\.observation),
                    actions: driven.flatMap(\.action))
            ])
        let rows = try rows(demonstrations, base, context, composition(context))
        let size = rows.normaliser.mean.count
        #expect(rows.set.episodeLengths == [33] && rows.set.inputs.rows == 33)
        for (step, record) in driven.enumerated() {
            let wanted = record.baseAction + [Float(record.chunkPhase) / 16]
            for (index, value) in wanted.enumerated() {
                let column = size - 8 + index
                let found =
                    rows.set.inputs[step, column] * rows.normaliser.scale[column] + rows.normaliser.mean[column]
                #expect(abs(found - value) < 1e-4, "step \(step), number \(column)")
            }
        }
    }

    /// An ensemble's label is the demonstrated action, whatever the base says; only the gripper's has noise.
    @Test func labelsAreWhatWasShown() throws {
        let context = try ImprovementSample.context()
        let sample = try ImprovementSample.get()
        let (demonstrations, base) = (try sample.demonstrations(context), try sample.base(context))
        let composition = try composition(context)
        let found = try rows(demonstrations, base, context, composition)
        let again = try rows(demonstrations, base, context, composition)
        #expect(
            found.set.labels.values == again.set.labels.values && found.set.inputs.values == again.set.inputs.values)
        var row = 0
        var gripper: Set<Float> = []
        for episode in demonstrations.episodes {
            for step in 0..<episode.actions.count / 7 {
                for index in 0..<6 {
                    let wanted = min(max(episode.actions[step * 7 + index] / 1.3, -0.97), 0.97)
                    #expect(abs(found.set.labels[row, index] - wanted) < 1e-5)
                }
                #expect(abs(found.set.labels[row, 6] - episode.actions[step * 7 + 6] / 1.45) < 0.3)
                gripper.insert(found.set.labels[row, 6])
                row += 1
            }
        }
        #expect(row == found.set.labels.rows && gripper.count > row / 2 && found.clipped == 0)
    }

    /// Everything that was shown can be sampled: all demonstrations ended in success.
    @Test func theReplayIsToldEverything() throws {
        let context = try ImprovementSample.context()
        let sample = try ImprovementSample.get()
        let found = try rows(
            sample.demonstrations(context), sample.base(context), context, composition(context))
        let replay = try ReplayBuffer(
            shape: .init(capacity: 1000, stateSize: found.set.inputs.columns, actionSize: 7, returnSteps: 3))
        found.tell(replay)
        #expect(replay.sampleableCount == found.set.inputs.rows && replay.unknownReturns == 0)
        #expect(replay.episodeCount == 4)
        #expect(replay.makeReturn(of: 0) == .init(steps: 3, final: 3, success: false))
        let end = ImprovementSample.horizon - 1
        #expect(replay.makeReturn(of: end) == .init(steps: 1, final: end + 1, success: true))
    }

    @Test func aChunkThatEndsTooEarlyIsRefused() throws {
        var context = try ImprovementSample.context()
        let sample = try ImprovementSample.get()
        context.job.policy.execute = 16
        let error = #expect(throws: JobError.self) { _ = try context.loadBase(.file(sample.checkpoint)) }
        #expect(error?.status == .badFile && error?.message.contains("ask for 17 actions of a chunk") == true)
    }

    /// Demonstrations that show the same motion everywhere are refused before anything is cloned from them.
    @Test func demonstrationsWithoutVarietyStopIt() throws {
        let context = try ImprovementSample.context()
        let sample = try ImprovementSample.get()
        let shown = try sample.demonstrations(context)
        try shown.checkVariety(context)
        let constant = try DemonstrationSet(
            layout: shown.layout, actionSize: 7, task: shown.task, robot: shown.robot,
            episodes: shown.episodes.map { episode in
                DemonstrationSet.Episode(
                    name: episode.name, observations: episode.observations,
                    actions: (0..<episode.actions.count / 7).flatMap { step in
                        [0.2, 0, -0.1, 0, 0, 0, step < 20 ? -1 : 1] as [Float]
                    })
            })
        let base = try sample.base(context)
        let error = #expect(throws: JobError.self) {
            _ = try DemonstrationRows(
                showing: constant, base: base, context: context, composition: composition(context))
        }
        #expect(error?.status == .badFile)
        let message = error?.message ?? ""
        #expect(message.hasPrefix("\(context.job.path): nothing can be learnt from these demonstrations: "))
        #expect(message.contains("their motion hardly varies (deviation 0 of a full action"), "\(message)")
    }

    /// Cloning that is cut off goes on where it last looked at the held-out demonstrations, and comes to the same.
    @Test func cloningGoesOnWhereItWas() throws {
        let context = try ImprovementSample.context { job in
            (job.improve.cloningSteps, job.improve.features, job.improve.bottleneck) = (150, 16, 8)
        }
        let sample = try ImprovementSample.get()
        let composition = try composition(context)
        let rows = try rows(sample.demonstrations(context), sample.base(context), context, composition)
        let folder = try TemporaryFolder()
        struct Cut: Error {}
        var told: [Int] = []
        func clone(checkpoints: String?, until end: Int = .max) throws -> ClonedPolicy {
            told = []
            return try ClonedPolicy(
                rows, context: context, composition: composition, horizon: 16, checkpoints: checkpoints
            ) { step, _ in
                told.append(step)
                if step >= end { throw Cut() }
            }
        }
        let whole = try clone(checkpoints: nil)
        #expect(told == [50, 100, 150])
        #expect(throws: Cut.self) { _ = try clone(checkpoints: folder.path, until: 100) }
        let resumed = try clone(checkpoints: folder.path)
        #expect(told == [150])
        let again = try clone(checkpoints: folder.path)
        #expect(told.isEmpty)
        for other in [resumed, again] {
            #expect(other.measurement == whole.measurement)
            #expect(other.small.parameters.storage.values == whole.small.parameters.storage.values)
        }
    }

    /// A cloned policy that has not learnt what was shown is no start; every reason is named.
    @Test func aCloneThatKnowsNothingIsRefused() throws {
        let context = try ImprovementSample.context { $0.improve.cloningSteps = 1 }
        let sample = try ImprovementSample.get()
        let composition = try composition(context)
        let rows = try rows(sample.demonstrations(context), sample.base(context), context, composition)
        let clone = try ClonedPolicy(rows, context: context, composition: composition, horizon: 16) { _, _ in }
        let error = #expect(throws: JobError.self, "\(clone.measurement)") { try clone.check(context) }
        #expect(error?.status == .badFile)
        let message = error?.message ?? ""
        #expect(message.hasPrefix("\(context.job.path): nothing can be learnt from these demonstrations: "))
        #expect(message.contains("; ") && message.contains("does not tell demonstrations"), "\(message)")
    }
}
