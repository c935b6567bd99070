import Learning
import Policies

/// The baseline that spends the same number of environment steps on further demonstrations: at every evaluation the small
/// policy is cloned anew from all that were shown by then.
struct CloningBaseline {
    let context: JobContext
    let base: any ChunkPolicy
    /// All demonstrations there are; the job says how many of them are there from the start.
    let demonstrations: DemonstrationSet
    let folder: RunFolder
    private let log: MetricsLog

    /// Takes an improvement's input.
    ///
    /// - Throws: ``JobError`` if the metrics cannot be written.
    init(_ input: ImprovementInput) throws {
        (context, base, demonstrations, folder) = (input.context, input.base, input.demonstrations, input.folder)
        if input.isResuming { try input.writeManifest() }
        try input.keepBase()
        log = try MetricsLog(path: input.folder.metrics, keepingStepsThrough: -1)
    }

    /// Measures success against steps.
    ///
    /// - Throws: ``JobError`` if there are not enough demonstrations, or a signal ended it.
    func run() throws -> ImprovementResult {
        let settings = context.job.improve
        let evaluation = CompositeEvaluation(context: context, base: base)
        let composition = try settings.makeComposition(actionSize: context.setting.actionSize)
        var (step, references, evaluations) = (0, [ImprovementLine.Reference](), [ImprovementLine.Evaluation]())
        while true {
            let shown = try demonstrations(through: step)
            let rows = try DemonstrationRows(showing: shown, base: base, context: context, composition: composition)
            let clone = try ClonedPolicy(
                showing: rows, context: context, composition: composition, horizon: base.horizon)
            try clone.check(context)
            if step == 0 {
                references = try evaluation.references(clone.small)
                for line in references { try log.append(ImprovementLine.reference(line)) }
            }
            let line = try evaluation.onTheWay(clone.small, step: step, updates: settings.cloningSteps)
            evaluations.append(line)
            try log.append(ImprovementLine.evaluation(line))
            try clone.small.save(to: folder.checkpoints + "/" + SmallPolicy.fileName)
            if step >= settings.steps {
                let final = try evaluation.final(clone.small, step: step, policyStep: step)
                try log.append(ImprovementLine.final(final))
                return ImprovementResult(
                    references: references, evaluations: evaluations, final: final, updatesPerSecond: 0,
                    context: context, folder: folder)
            }
            step = min(step + settings.evaluateEvery, settings.steps)
        }
    }

    /// Those from the start, and as many more as were shown in so many steps.
    private func demonstrations(through step: Int) throws -> DemonstrationSet {
        let start = context.job.improve.demonstrations
        guard start > 0 else {
            throw JobError(
                .badFile,
                "\(context.job.path): improve.demonstrations says how many demonstrations are there before the first step; the method 'cloning' spends its steps on those beyond, so 0 (all) leaves none"
            )
        }
        var (count, steps) = (min(start, demonstrations.episodes.count), 0)
        while steps < step {
            guard count < demonstrations.episodes.count else {
                throw JobError(
                    .badFile,
                    "the dataset's \(demonstrations.episodes.count) demonstrations are \(steps) steps beyond the first \(start); the method 'cloning' needs \(step): record more of them"
                )
            }
            steps += demonstrations.episodes[count].actions.count / demonstrations.actionSize
            count += 1
        }
        return try DemonstrationSet(
            layout: demonstrations.layout, actionSize: demonstrations.actionSize, task: demonstrations.task,
            robot: demonstrations.robot, episodes: Array(demonstrations.episodes.prefix(count)), minimumEpisodes: 2)
    }
}
