import Foundation

extension ReportImprovement {
    var html: String {
        let steps = groups.flatMap(\.runs).flatMap { $0.points.map(\.step) + $0.rollbacks }
        guard !steps.isEmpty || groups.contains(where: { $0.runs.contains { $0.final != nil } }) else {
            return Chart.empty(title)
        }
        let last = max(steps.max() ?? 0, lastStep ?? 0)
        var drawing = ImprovementDrawing(self, lastStep: last > 0 ? last : 1000)
        drawing.draw()
        return drawing.chart.html
    }
}

/// Draws success against environment steps.
private struct ImprovementDrawing {
    /// The distance between two runs' marks on fresh states.
    private static let finalDistance = 11.0
    /// The smallest distance between two lines of text.
    private static let lineHeight = 15.0

    let input: ReportImprovement
    var chart: Chart
    let across: ChartScale
    let up: ChartScale
    /// Where the marks on fresh states end, and with them the lines across.
    let end: Double

    init(_ input: ReportImprovement, lastStep: Double) {
        self.input = input
        let finals = input.groups.flatMap(\.runs).filter { $0.final != nil }.count
        let strip = finals == 0 ? 0 : max(44, 24 + Self.finalDistance * Double(finals))
        let longest = input.levels.map { Self.text($0).count }.max() ?? 0
        let names = longest == 0 ? 24 : 22 + 6.8 * Double(longest)
        chart = Chart(
            title: input.title, summary: "", horizontal: "environment steps (thousands)", vertical: "success (%)")
        if input.isWide { (chart.width, chart.height) = (1120, 470) }
        chart.margin = strip + names
        end = chart.right + strip
        across = ChartScale(
            exactly: 0...lastStep / 1000, start: Chart.left, end: chart.right, tickCount: input.isWide ? 10 : 6)
        up = ChartScale(exactly: 0...100, start: chart.bottom, end: Chart.top)
        chart.summary = Self.summary(input)
    }

    mutating func draw() {
        for tick in up.ticks {
            chart.line(Chart.left, up.position(tick), end, up.position(tick), "grid")
            chart.text(HTML.number(tick), Chart.left - 7, up.position(tick) + 4, "end")
        }
        chart.horizontalAxis(across)
        levels()
        for group in input.groups { band(group) }
        for group in input.groups { seeds(group) }
        for group in input.groups { strong(group) }
        for group in input.groups { marks(group) }
        finals()
        legend()
    }

    private func x(_ point: ReportImprovement.Point) -> Double { across.position(point.step / 1000) }
    private func y(_ rate: Double) -> Double { up.position(100 * rate) }

    private static func text(_ level: ReportImprovement.Level) -> String {
        "\(level.name) \(Results.percent(level.rate))"
    }

    /// Lines across, and their names beside them, as near to their lines as they can stand.
    private mutating func levels() {
        let sorted = input.levels.sorted { $0.rate > $1.rate }
        var places = sorted.map { y($0.rate) }
        for index in places.indices.dropFirst() {
            places[index] = max(places[index], places[index - 1] + Self.lineHeight)
        }
        var limit = chart.bottom
        for index in places.indices.reversed() {
            places[index] = min(places[index], limit)
            limit = places[index] - Self.lineHeight
        }
        for (level, place) in zip(sorted, places) {
            chart.line(Chart.left, y(level.rate), end, y(level.rate), "level \(level.stroke.rawValue)")
            chart.line(end, y(level.rate), end + 10, place, "leader")
            chart.text(Self.text(level), end + 13, place + 4, "start", "levelname")
        }
    }

    /// The curve that stands for a group: its mean over seeds, or its only run.
    private func curve(_ group: ReportImprovement.Group) -> [ReportImprovement.Point] {
        group.runs.count > 1 ? group.mean : group.runs.flatMap(\.points)
    }

    private mutating func band(_ group: ReportImprovement.Group) {
        let points = curve(group)
        guard points.count > 1 else {
            for point in points { whisker(point, at: x(point), group) }
            return
        }
        let upper = points.map { place(x($0), y($0.success.interval.upperBound)) }
        let lower = points.reversed().map { place(x($0), y($0.success.interval.lowerBound)) }
        chart.drawing.append(
            "<polygon class=\"area f\(group.colour % 8)\" points=\"\((upper + lower).joined(separator: " "))\"/>")
    }

    private mutating func seeds(_ group: ReportImprovement.Group) {
        guard group.runs.count > 1 else { return }
        for run in group.runs {
            polyline(run.points, "seed \(style(group))", name: run.name)
            for point in run.points {
                circle(x(point), y(point.rate), 1.8, "f\(group.colour % 8)", tell(run.name, point))
            }
        }
    }

    private mutating func strong(_ group: ReportImprovement.Group) {
        let isMean = group.runs.count > 1
        let name = isMean ? "\(group.name), mean over seeds" : (group.runs.first?.name ?? group.name)
        polyline(curve(group), "\(isMean ? "mean " : "")\(style(group))", name: name)
        for point in curve(group) {
            circle(x(point), y(point.rate), isMean ? 3.5 : 3, "f\(group.colour % 8)", tell(name, point))
        }
    }

    /// Drops and rollbacks.
    private mutating func marks(_ group: ReportImprovement.Group) {
        for run in group.runs {
            for point in run.points where point.isDrop {
                circle(x(point), y(point.rate), 6, "drop", "\(tell(run.name, point)): below step 0")
            }
            for step in run.rollbacks {
                guard let rate = Self.rate(of: run, at: step) else { continue }
                // The tip is above the curve, so that a mark below it can be seen.
                let (x, y) = (across.position(step / 1000), y(rate))
                sign(
                    [(x - 6, y - 17), (x + 6, y - 17), (x, y - 6)], "open s\(group.colour % 8)",
                    "\(run.name): put back to an earlier policy at step \(Figures.count(Int(step)))")
            }
        }
    }

    /// What the curve of a run shows at a step, between two evaluations as well.
    private static func rate(of run: ReportImprovement.Run, at step: Double) -> Double? {
        guard let after = run.points.firstIndex(where: { $0.step >= step }) else { return run.points.last?.rate }
        guard after > 0 else { return run.points[after].rate }
        let (from, to) = (run.points[after - 1], run.points[after])
        return from.rate + (to.rate - from.rate) * (step - from.step) / (to.step - from.step)
    }

    /// Marks to the right of the curves: the end of every run, on fresh states.
    private mutating func finals() {
        let count = Double(input.groups.flatMap(\.runs).filter { $0.final != nil }.count)
        guard count > 0 else { return }
        chart.line(chart.right, Chart.top, chart.right, chart.bottom, "axis")
        chart.line(chart.right, chart.bottom, end, chart.bottom, "axis")
        chart.text("final", (chart.right + end) / 2, chart.bottom + 17, "middle")
        var place = (chart.right + end - (count - 1) * Self.finalDistance) / 2
        for group in input.groups {
            for run in group.runs {
                guard let final = run.final else { continue }
                whisker(final, at: place, group)
                let y = y(final.rate)
                sign(
                    [(place, y - 6), (place + 5, y), (place, y + 6), (place - 5, y)], "sign f\(group.colour % 8)",
                    "\(tell(run.name, final)), on fresh states")
                place += Self.finalDistance
            }
        }
    }

    private mutating func legend() {
        guard input.isWide else { return }
        for group in input.groups {
            let count = group.runs.count
            let isMean = count > 1
            chart.legend.append(
                Chart.lineKey(
                    isMean ? "\(group.name): mean over \(count) seeds" : group.name,
                    "series \(isMean ? "mean " : "")\(style(group))"))
        }
        let runs = input.groups.flatMap(\.runs)
        if input.groups.contains(where: { $0.runs.count > 1 }) {
            chart.legend.append(Chart.lineKey("thin: one seed", "series seed sign0"))
        }
        chart.legend.append(
            Chart.Key(
                symbol: "<rect class=\"area sample\" x=\"1\" y=\"0\" width=\"22\" height=\"12\"/>",
                name: "95 % interval"))
        if runs.contains(where: { $0.final != nil }) {
            chart.legend.append(
                Chart.Key(
                    symbol: "<path class=\"sample\" d=\"M12 0l5 6l-5 6l-5 -6z\"/>", name: "at the end, on fresh states")
            )
        }
        if runs.contains(where: { !$0.rollbacks.isEmpty }) {
            chart.legend.append(
                Chart.Key(
                    symbol: "<path class=\"open sign0\" d=\"M6 1h12l-6 10z\"/>", name: "put back to an earlier policy"))
        }
        if runs.contains(where: { $0.points.contains(where: \.isDrop) }) {
            chart.legend.append(
                Chart.Key(
                    symbol: "<circle class=\"drop\" cx=\"12\" cy=\"6\" r=\"5\"/>",
                    name: "below step 0 by more than its interval"))
        }
    }

    private func style(_ group: ReportImprovement.Group) -> String {
        "s\(group.colour % 8)\(group.colour >= 8 ? " dotted" : "")"
    }

    private func place(_ x: Double, _ y: Double) -> String { "\(HTML.coordinate(x)),\(HTML.coordinate(y))" }

    private func tell(_ name: String, _ point: ReportImprovement.Point) -> String {
        "\(name): \(Figures.rate(point.rate, point.success.interval)) at step \(Figures.count(Int(point.step)))"
    }

    private mutating func polyline(_ points: [ReportImprovement.Point], _ style: String, name: String) {
        guard points.count > 1 else { return }
        let places = points.map { place(x($0), y($0.rate)) }.joined(separator: " ")
        chart.drawing.append(
            "<polyline class=\"series \(style)\" points=\"\(places)\"><title>\(HTML.escape(name))</title></polyline>")
    }

    private mutating func circle(_ x: Double, _ y: Double, _ radius: Double, _ style: String, _ title: String) {
        chart.drawing.append(
            "<circle class=\"\(style)\" cx=\"\(HTML.coordinate(x))\" cy=\"\(HTML.coordinate(y))\" "
                + "r=\"\(HTML.coordinate(radius))\"><title>\(HTML.escape(title))</title></circle>")
    }

    private mutating func sign(_ corners: [(Double, Double)], _ style: String, _ title: String) {
        chart.drawing.append(
            "<polygon class=\"\(style)\" points=\"\(corners.map { place($0.0, $0.1) }.joined(separator: " "))\">"
                + "<title>\(HTML.escape(title))</title></polygon>")
    }

    private mutating func whisker(_ point: ReportImprovement.Point, at x: Double, _ group: ReportImprovement.Group) {
        let style = "whisker s\(group.colour % 8)"
        let (low, high) = (y(point.success.interval.lowerBound), y(point.success.interval.upperBound))
        chart.line(x, low, x, high, style)
        for end in [low, high] { chart.line(x - 3, end, x + 3, end, style) }
    }

    private static func summary(_ input: ReportImprovement) -> String {
        let ends = input.groups.flatMap(\.runs).compactMap { run in
            (run.final ?? run.points.last).map {
                "\(run.name) ends at \(Figures.rate($0.rate, $0.success.interval))"
            }
        }
        let levels = input.levels.map(text)
        return "\(input.title): \((ends + levels).joined(separator: ", "))"
    }
}
