/// Success against environment steps.
public struct ReportImprovement: Sendable {
    /// One evaluation.
    public struct Point: Sendable {
        /// Environment steps learned from by then.
        public var step: Double
        /// How it went.
        public var success: SuccessRate
        /// The height of the mark, 0…1: the success, or a mean of several.
        public var rate: Double
        /// Whether its whole interval lies below where the run began.
        public var isDrop: Bool

        /// An evaluation of one run.
        public init(step: Double, _ success: SuccessRate, isDrop: Bool = false) {
            self.step = step
            self.success = success
            self.isDrop = isDrop
            rate = success.rate
        }
    }

    /// One run.
    public struct Run: Sendable {
        /// Its name, for those who point at a mark.
        public var name: String
        /// Evaluations on the same states, in rising steps.
        public var points: [Point]
        /// At which steps it was put back to an earlier policy.
        public var rollbacks: [Double]
        /// How it ended, on fresh states.
        public var final: Point?

        /// Takes all values.
        public init(name: String, points: [Point], rollbacks: [Double] = [], final: Point? = nil) {
            self.name = name
            self.points = points
            self.rollbacks = rollbacks
            self.final = final
        }
    }

    /// Runs that differ in their seed alone.
    public struct Group: Sendable {
        /// Its name in the legend.
        public var name: String
        /// The number of its colour.
        public var colour: Int
        /// One run for each seed.
        public var runs: [Run]

        /// Takes all values.
        public init(name: String, colour: Int, runs: [Run]) {
            self.name = name
            self.colour = colour
            self.runs = runs
        }
    }

    /// A policy that does not learn.
    public struct Level: Sendable {
        /// Its name, beside its line.
        public var name: String
        /// Its success, 0…1.
        public var rate: Double
        /// How its line is broken up.
        public var stroke: ReportLines.Look.Stroke

        /// Takes all values.
        public init(name: String, rate: Double, stroke: ReportLines.Look.Stroke) {
            self.name = name
            self.rate = rate
            self.stroke = stroke
        }
    }

    /// The chart's heading.
    public var title: String
    /// Whether it takes the whole width of the page, and has a legend.
    public var isWide: Bool
    /// The curves, each group in one colour.
    public var groups: [Group]
    /// Lines across.
    public var levels: [Level]

    /// How far the horizontal axis reaches at least.
    public var lastStep: Double?

    /// Takes everything the chart shows.
    public init(_ title: String, isWide: Bool, groups: [Group], levels: [Level], lastStep: Double? = nil) {
        self.title = title
        self.isWide = isWide
        self.groups = groups
        self.levels = levels
        self.lastStep = lastStep
    }
}

extension ReportImprovement.Group {
    /// The mean over seeds, with the episodes of all seeds taken as one sample; empty with fewer than two runs.
    ///
    /// Evaluations of different runs belong together where they lie within half of the usual distance between two: a run
    /// evaluates when an episode has ended, not at a round step. There is a mean where at least two runs have a part.
    var mean: [ReportImprovement.Point] {
        guard runs.count > 1 else { return [] }
        let distances = runs.flatMap { run in zip(run.points.dropFirst(), run.points).map { $0.step - $1.step } }
            .sorted()
        let reach = (quantile(distances, 0.5) ?? 0) / 2
        var next = runs.map { _ in 0 }
        var means: [ReportImprovement.Point] = []
        while true {
            let waiting = runs.indices.filter { next[$0] < runs[$0].points.count }
            guard let first = waiting.map({ runs[$0].points[next[$0]].step }).min() else { return means }
            var members: [ReportImprovement.Point] = []
            for run in waiting where runs[run].points[next[run]].step <= first + reach {
                members.append(runs[run].points[next[run]])
                next[run] += 1
            }
            if members.count > 1 { means.append(Self.mean(of: members)) }
        }
    }

    private static func mean(of points: [ReportImprovement.Point]) -> ReportImprovement.Point {
        let count = Double(points.count)
        var mean = ReportImprovement.Point(
            step: points.map(\.step).reduce(0, +) / count, SuccessRate(pooling: points.map(\.success)))
        mean.rate = points.map(\.rate).reduce(0, +) / count
        return mean
    }
}

extension SuccessRate {
    /// The trials of several experiments as if they were one.
    init(pooling parts: [SuccessRate]) {
        self.init(successes: parts.map(\.successes).reduce(0, +), trials: parts.map(\.trials).reduce(0, +))
    }
}
