/// The curves that learners drew of themselves: one chart for each quantity, with all runs in it.
struct ImprovementCurves {
    let groups: [ImprovementReport.Group]

    /// One of the curves of a chart, for each run.
    private struct Part {
        var name: String
        var points: (ImprovementRun) -> [SIMD2<Double>]

        init(_ name: String, _ points: @escaping (ImprovementRun) -> [SIMD2<Double>]) {
            self.name = name
            self.points = points
        }

        /// Of a value of the learner's lines.
        init(_ name: String, _ value: KeyPath<ImprovementLine.Learning, Double?>, scale: Double = 1) {
            self.init(name) { Self.points($0, value, scale: scale) }
        }

        static func points(
            _ run: ImprovementRun, _ value: KeyPath<ImprovementLine.Learning, Double?>, scale: Double = 1
        ) -> [SIMD2<Double>] {
            run.learning.compactMap { line in
                line[keyPath: value].map { SIMD2(Double(line.step) / 1000, scale * $0) }
            }
        }
    }

    /// The charts of all quantities that some run has.
    var charts: [ReportContent] {
        [
            chart("Training success", "success (%)", [Part("rolling success", Self.trainingSuccess)]),
            chart(
                "Coherent reward", "reward",
                [Part("demonstrations", \.demonstrationReward), Part("experience", \.experienceReward)]),
            // A chart of its own: random actions lie so far below that they would flatten the other curves.
            chart("Coherent reward of random actions", "reward", [Part("random actions", \.randomReward)]),
            chart("Critic error", "error", isLogarithmic: true, [Part("critic error", \.criticError)]),
            chart("Value", "value", [Part("value", \.value)]),
            chart(
                "Divergence from the cloned policy", "KL divergence (nats)",
                [Part("divergence", \.divergence), Part("its target", \.divergenceTarget)]),
            chart("Weight of the divergence", "weight", isLogarithmic: true, [Part("weight", \.divergenceWeight)]),
            chart("Deviation of the policy", "standard deviation", [Part("deviation", \.deviation)]),
            chart(
                "Gradient norms", "norm", isLogarithmic: true,
                [Part("policy", \.policyGradientNorm), Part("critics", \.criticGradientNorm)]),
            chart("Slope of the values", "slope", isLogarithmic: true, [Part("slope", \.slope)]),
            chart("Saturated actions", "share (%)", [Part("saturation", Self.saturation)]),
            chart("Values in the outermost atoms", "share (%)", [Part("edge atoms") { Self.edgeAtoms($0) }]),
            chart("Updates per second", "updates/s", [Part("updates/s", \.updatesPerSecond)]),
        ].compactMap { $0 }
    }

    /// A chart; nil where no run has the quantity.
    ///
    /// Groups have colours. Several parts differ in their strokes, and in their colours as well where there is one group.
    private func chart(
        _ title: String, _ vertical: String, isLogarithmic: Bool = false, _ parts: [Part]
    ) -> ReportContent? {
        let strokes: [ReportLines.Look.Stroke] = [.solid, .dashed, .dotted]
        var series: [ReportLines.Series] = []
        var shown = Set<Int>()
        for group in groups {
            for run in group.runs {
                for (number, part) in parts.enumerated() {
                    let points = part.points(run).filter { $0.y.isFinite && (!isLogarithmic || $0.y > 0) }
                    guard !points.isEmpty else { continue }
                    shown.insert(number)
                    let colour = groups.count == 1 ? number : group.colour
                    series.append(
                        .init(
                            "\(group.name), seed \(run.seed): \(part.name)", points,
                            look: .init(colour: colour, strokes[number % strokes.count])))
                }
            }
        }
        guard !series.isEmpty else { return nil }
        var keys: [ReportLines.Key] = []
        if groups.count > 1 { keys += groups.map { .init($0.name, .init(colour: $0.colour)) } }
        if parts.count > 1 {
            keys += parts.indices.filter { shown.contains($0) }.map { number in
                ReportLines.Key(
                    parts[number].name,
                    .init(
                        colour: groups.count == 1 ? number : ReportLines.Look.neutral, strokes[number % strokes.count]))
            }
        }
        return .lines(
            ReportLines(
                title, horizontal: "environment steps (thousands)", vertical: vertical, isLogarithmic: isLogarithmic,
                series: series, keys: keys))
    }

    /// As the learner says, otherwise over the last twenty episodes.
    private static func trainingSuccess(_ run: ImprovementRun) -> [SIMD2<Double>] {
        let own = Part.points(run, \.trainingSuccess, scale: 100)
        guard own.isEmpty else { return own }
        let window = 20
        return run.episodes.indices.dropFirst(window - 1).map { index in
            let last = run.episodes[(index - window + 1)...index]
            let share = Double(last.filter(\.success).count) / Double(window)
            return SIMD2(Double(run.episodes[index].step) / 1000, 100 * share)
        }
    }

    /// As the learner says, otherwise of each episode.
    private static func saturation(_ run: ImprovementRun) -> [SIMD2<Double>] {
        let own = Part.points(run, \.saturation, scale: 100)
        guard own.isEmpty else { return own }
        return run.episodes.compactMap { line in
            line.saturation.map { SIMD2(Double(line.step) / 1000, 100 * $0) }
        }
    }

    private static func edgeAtoms(_ run: ImprovementRun) -> [SIMD2<Double>] {
        Part.points(run, \.edgeAtoms, scale: 100)
    }
}
