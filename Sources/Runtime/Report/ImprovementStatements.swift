/// What the runs show about drops, and what is missing of them, in sentences.
struct ImprovementStatements {
    private let report: ImprovementReport

    init(_ report: ImprovementReport) {
        self.report = report
    }

    /// About each run.
    var single: [String] {
        report.groups.flatMap { group in
            group.runs.map { run in
                report.label(of: run, in: group) + ": " + drop(run) + incidents(run) + condition(run)
            }
        }
    }

    /// About all runs together.
    var together: String {
        let known = report.runs.filter { $0.stepZero != nil && $0.evaluations.count > 1 }
        let dropped = known.filter { !$0.drops.isEmpty }.count
        let what =
            "A drop is an evaluation whose whole 95 % interval lies below the success at step 0 on the same states."
        let finding =
            switch (known.count, dropped) {
            case (0, _): "No run has been evaluated after step 0 yet."
            case (1, 0): "The run shows none."
            case (1, _): "The run shows a drop."
            case (let count, 0): "None of the \(count) runs shows one."
            case (2, 2): "Both runs show one."
            case (let count, let dropped) where count == dropped: "All \(count) runs show one."
            case (let count, let dropped): "\(dropped) of \(count) runs \(dropped == 1 ? "shows" : "show") one."
            }
        return "\(what) \(finding)"
    }

    private func drop(_ run: ImprovementRun) -> String {
        guard let stepZero = run.stepZero else {
            return run.evaluations.isEmpty
                ? "no evaluation yet." : "there is no evaluation at step 0 to compare the later ones with."
        }
        let later = run.evaluations.filter { $0.step > 0 }
        guard let lowest = later.min(by: { $0.success.rate < $1.success.rate }) else {
            return "no evaluation after step 0 yet; step 0 had \(Figures.rate(stepZero.success))."
        }
        let low = "\(Figures.rate(lowest.success)) at step \(Figures.count(lowest.step))"
        let beginning = "step 0 had \(Figures.rate(stepZero.success))"
        guard let first = run.drops.first else {
            return "no drop; \(beginning), the lowest of \(later.count) later evaluations \(low)."
        }
        let count = "\(run.drops.count) of \(later.count) later evaluations"
        let place = first.step == lowest.step ? "" : ", the first at step \(Figures.count(first.step))"
        return "a drop; \(beginning), and \(count) \(run.drops.count == 1 ? "lies" : "lie") below it by more than the "
            + "interval\(place), the lowest with \(low)."
    }

    private func incidents(_ run: ImprovementRun) -> String {
        var text = ""
        if !run.rollbacks.isEmpty {
            let steps = run.rollbacks.map { Figures.count($0.step) }.joined(separator: ", ")
            text += " It was put back to an earlier policy at step \(steps)."
        }
        if let final = run.final, let step = final.policyStep, step < final.step {
            text += " Its result is the policy of step \(Figures.count(step)), that of the best evaluation."
        }
        let skipped = run.learning.compactMap(\.skippedUpdates).max() ?? 0
        if skipped > 0 { text += " \(Figures.count(skipped)) updates were skipped." }
        return text
    }

    /// What is missing of the run.
    private func condition(_ run: ImprovementRun) -> String {
        var text = ""
        if !run.hasMetrics {
            text += " It has no metrics yet."
        } else if run.final == nil {
            text += " It has not come to its end: it is at step \(Figures.count(run.steps))."
        }
        if run.isTorn { text += " The last line of its metrics is cut off, and was left out." }
        if run.unreadableLines > 0 {
            text +=
                " \(run.unreadableLines) line\(run.unreadableLines == 1 ? "" : "s") of its metrics could not be read."
        }
        return text
    }
}
