/// What `improve` prints, and keeps in `results.json`.
public struct ImprovementResult: Codable, Hashable, Sendable {
    /// A success rate with its interval.
    public struct Rate: Codable, Hashable, Sendable {
        /// Successes divided by episodes, 0…1.
        public var rate: Double
        /// Lower end of the 95 % Wilson interval.
        public var low: Double
        /// Upper end of the 95 % Wilson interval.
        public var high: Double
        /// Episodes driven.
        public var episodes: Int

        /// The rate and the interval of `success`.
        public init(_ success: SuccessRate) {
            (rate, low, high) = (success.rate, success.interval.lowerBound, success.interval.upperBound)
            episodes = success.trials
        }
    }

    /// The frozen base policy alone, on fresh states.
    public var base: Rate
    /// The cloned policy alone, on fresh states.
    public var cloned: Rate
    /// The composite before learning, on fresh states.
    public var stepZero: Rate
    /// The composite at the end, on fresh states.
    public var final: Rate
    /// The lowest evaluation.
    public var lowest: Rate
    /// The highest evaluation.
    public var best: Rate
    /// Environment steps learned from.
    public var steps: Int
    /// Environment steps after which the policy was what `final` measured: those of the best evaluation, or the last ones.
    public var policyStep: Int
    /// Updates for each second that was spent on updates, over the whole run.
    public var updatesPerSecond: Double
    /// What was learned from, such as `coherent` or `sparse`.
    public var method: String
    /// `ensemble` or `residual`.
    public var composition: String
    /// The seed of everything random in the run.
    public var seed: UInt64
    /// The run folder.
    public var run: String

    /// Takes all values.
    public init(
        base: Rate, cloned: Rate, stepZero: Rate, final: Rate, lowest: Rate, best: Rate, steps: Int,
        policyStep: Int, updatesPerSecond: Double, method: String, composition: String, seed: UInt64, run: String
    ) {
        self.base = base
        self.cloned = cloned
        self.stepZero = stepZero
        self.final = final
        self.lowest = lowest
        self.best = best
        self.steps = steps
        self.policyStep = policyStep
        self.updatesPerSecond = updatesPerSecond
        self.method = method
        self.composition = composition
        self.seed = seed
        self.run = run
    }

    /// The result for people.
    public var text: String {
        func line(_ name: String, _ rate: Rate) -> String {
            "\(name) \(Results.percent(rate.rate)) (\(Results.percent(rate.low)) to \(Results.percent(rate.high)))"
        }
        return [
            line("base", base), line("cloned", cloned), line("step zero", stepZero), line("final", final),
        ].joined(separator: ", ") + "; \(method), \(composition), \(steps) steps"
            + (policyStep == steps ? "" : ", kept that of step \(policyStep)") + "\n\(run)"
    }
}

extension ImprovementResult {
    /// Sums up what was measured.
    init(
        references: [ImprovementLine.Reference], evaluations: [ImprovementLine.Evaluation],
        final: ImprovementLine.Final, updatesPerSecond: Double, context: JobContext, folder: RunFolder
    ) {
        func reference(_ name: ImprovementLine.Reference.Name) -> Rate {
            let line = references.first { $0.name == name }
            return Rate(SuccessRate(successes: line?.successes ?? 0, trials: line?.episodes ?? 0))
        }
        let end = SuccessRate(successes: final.successes, trials: final.episodes)
        let rates = evaluations.map { SuccessRate(successes: $0.successes, trials: $0.episodes) }
        self.init(
            base: reference(.base), cloned: reference(.cloned), stepZero: reference(.stepZero), final: Rate(end),
            lowest: Rate(rates.min { $0.rate < $1.rate } ?? end), best: Rate(rates.max { $0.rate < $1.rate } ?? end),
            steps: final.step, policyStep: final.policyStep ?? final.step, updatesPerSecond: updatesPerSecond,
            method: context.job.improve.method.rawValue,
            composition: context.job.improve.composition.rawValue, seed: context.job.seed, run: folder.path)
    }
}
