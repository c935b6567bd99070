import Foundation

/// What a report shows of the improvements of one job: success against steps, tables, what they say about drops, and learning
/// curves.
struct ImprovementReport {
    /// Runs that differ in their seed alone.
    struct Group {
        var name: String
        /// The number of its colour.
        var colour: Int
        var runs: [ImprovementRun]
    }

    let groups: [Group]
    /// Stands behind the sections' headings, where there are other jobs on the page.
    private let suffix: String
    /// In the order of the groups.
    var runs: [ImprovementRun] { groups.flatMap(\.runs) }

    /// - Parameters:
    ///   - runs: of one job.
    ///   - names: of all groups of the page, so that a method has one colour on all of it.
    ///   - heading: the job's name where there are others on the page.
    init(_ runs: [ImprovementRun], names: [String], heading: String? = nil) {
        suffix = heading.map { ": \($0)" } ?? ""
        groups = names.enumerated().compactMap { index, name in
            let own = runs.filter { Self.name(of: $0) == name }
            return own.isEmpty ? nil : Group(name: name, colour: index, runs: own)
        }
    }

    /// What a run has in common with those of other seeds.
    static func name(of run: ImprovementRun) -> String { "\(run.method), \(run.composition)" }

    var sections: [ReportSection] {
        var sections = [improvement]
        if runs.count > 1 { sections.append(singleRuns) }
        let learning = ImprovementCurves(groups: groups).charts
        let checks = rewardTable
        if !learning.isEmpty || !checks.rows.isEmpty {
            sections.append(
                ReportSection(
                    "Learning" + suffix,
                    note: "As the learner measured it while it worked; the colours are those of the methods.",
                    (checks.rows.isEmpty ? [] : [.table(checks)]) + learning))
        }
        return sections
    }

    private var improvement: ReportSection {
        var contents: [ReportContent] = [
            .improvement(
                ReportImprovement(
                    "Success against environment steps", isWide: true, groups: groups.map(curves),
                    levels: levels)),
            .statements([ImprovementStatements(self).together]),
            .statements(ImprovementStatements(self).single),
            .table(table),
        ]
        if groups.contains(where: { $0.runs.count > 1 }) { contents.append(.table(meansTable)) }
        return ReportSection("Improvement" + suffix, note: note, contents)
    }

    private var note: String {
        var note =
            "The curves show evaluations on the same states at every point. Base, cloned, step 0 and the marks at the end "
            + "were evaluated on other, fresh states. Lowest and best are of all evaluations, the first included. "
            + "Intervals are 95 % (Wilson)"
        if groups.contains(where: { $0.runs.count > 1 }) {
            note += "; those of several seeds take all their episodes as one sample, and leave out how seeds differ"
        }
        return note + "."
    }

    /// One small chart for each run, against its own beginning.
    private var singleRuns: ReportSection {
        let longest = runs.map(\.steps).max() ?? 0
        let charts = groups.flatMap { group in
            group.runs.map { run in
                let level = run.stepZero.map {
                    ReportImprovement.Level(name: "step 0", rate: $0.success.rate, stroke: .dashed)
                }
                return ReportContent.improvement(
                    ReportImprovement(
                        label(of: run, in: group), isWide: false,
                        groups: [.init(name: group.name, colour: group.colour, runs: [curve(run, group)])],
                        levels: level.map { [$0] } ?? [], lastStep: Double(longest)))
            }
        }
        return ReportSection(
            "Each run against its own beginning" + suffix,
            note: "The line across is the evaluation at step 0, on the same states.",
            charts)
    }

    /// A run's name among all of the page.
    func label(of run: ImprovementRun, in group: Group) -> String {
        let isOnlyOne = group.runs.filter { $0.seed == run.seed }.count == 1
        return "\(group.name), seed \(run.seed)" + (isOnlyOne ? "" : " (\(run.folder))")
    }

    private func curves(_ group: Group) -> ReportImprovement.Group {
        ReportImprovement.Group(name: group.name, colour: group.colour, runs: group.runs.map { curve($0, group) })
    }

    private func curve(_ run: ImprovementRun, _ group: Group) -> ReportImprovement.Run {
        let drops = Set(run.drops.map(\.step))
        return ReportImprovement.Run(
            name: label(of: run, in: group),
            points: run.evaluations.map { .init(step: Double($0.step), $0.success, isDrop: drops.contains($0.step)) },
            rollbacks: run.rollbacks.map { Double($0.step) },
            final: run.final.map { .init(step: Double($0.step), $0.success) })
    }

    /// The means over the runs: one base and one cloned policy, but a step 0 for each composition. What was not cloned begins as
    /// the base, and has no lines of its own.
    private var levels: [ReportImprovement.Level] {
        var levels: [ReportImprovement.Level] = []
        func add(_ name: String, _ rates: [SuccessRate], _ stroke: ReportLines.Look.Stroke) {
            guard !rates.isEmpty else { return }
            let mean = rates.map(\.rate).reduce(0, +) / Double(rates.count)
            levels.append(.init(name: name, rate: mean, stroke: stroke))
        }
        add("base", runs.compactMap { $0.references[.base] }, .solid)
        let cloned = runs.filter(\.isCloned)
        add("cloned", cloned.compactMap { $0.references[.cloned] }, .dotted)
        let compositions = cloned.map(\.composition).withoutRepetitions
        for composition in compositions {
            let own = cloned.filter { $0.composition == composition }
            add(
                compositions.count > 1 ? "step 0, \(composition)" : "step 0",
                own.compactMap { $0.references[.stepZero] },
                .dashed)
        }
        return levels
    }

    private static let rateNames = ["base", "cloned", "step 0", "final", "lowest", "best"]

    private static func rates(of run: ImprovementRun) -> [SuccessRate?] {
        [
            run.references[.base], run.references[.cloned], run.references[.stepZero], run.final?.success,
            run.lowest?.success, run.best?.success,
        ]
    }

    private var table: ReportTable {
        let rows = runs.map { run in
            [run.method, run.composition, String(run.seed)] + Self.rates(of: run).map { Figures.rate($0) }
                + [Figures.count(run.steps), run.updatesPerSecond.map { Self.speed($0) } ?? Figures.missing]
        }
        return ReportTable(header: Self.header("seed"), rows: rows)
    }

    private var meansTable: ReportTable {
        ReportTable(
            header: Self.header("seeds"), rows: groups.filter { $0.runs.count > 1 }.map(Self.means),
            caption: "Means over seeds")
    }

    /// The columns of ``means(_:)``.
    static func header(_ seeds: String) -> [String] {
        ["method", "composition", seeds] + rateNames + ["steps", "updates/s"]
    }

    /// Means over the seeds of a group; the interval takes the episodes of all seeds as one sample.
    static func means(_ group: Group) -> [String] {
        let rates = group.runs.map(Self.rates)
        let means = rateNames.indices.map { column in
            let present = rates.compactMap { $0[column] }
            guard !present.isEmpty else { return Figures.missing }
            let mean = present.map(\.rate).reduce(0, +) / Double(present.count)
            let text = Figures.rate(mean, SuccessRate(pooling: present).interval)
            return present.count == group.runs.count ? text : "\(text), \(present.count) of \(group.runs.count)"
        }
        let speeds = group.runs.compactMap(\.updatesPerSecond)
        let speed = speeds.isEmpty ? Figures.missing : Self.speed(speeds.reduce(0, +) / Double(speeds.count))
        let steps = group.runs.map(\.steps).reduce(0, +) / group.runs.count
        let names = [group.runs[0].method, group.runs[0].composition, String(group.runs.count)]
        return names + means + [Figures.count(steps), speed]
    }

    /// How the reward tells demonstrations from random actions, each time that it was checked.
    private var rewardTable: ReportTable {
        let rows = groups.flatMap { group in
            group.runs.flatMap { run in
                run.rewards.map { line in
                    let values = [
                        line.demonstrationMean, line.demonstrationDeviation, line.randomMean, line.modeQuantile,
                        line.medianDeviation,
                    ]
                    return [label(of: run, in: group), Figures.count(line.step)]
                        + values.map { $0.map { Results.rounded($0, digits: 3) } ?? Figures.missing }
                }
            }
        }
        return ReportTable(
            header: [
                "run", "step", "demonstrations", "their deviation", "random actions", "shift",
                "policy's deviation",
            ],
            rows: rows, caption: "Coherent reward, as checked")
    }

    private static func speed(_ value: Double) -> String {
        String(format: value < 10 ? "%.1f" : "%.0f", value)
    }
}
