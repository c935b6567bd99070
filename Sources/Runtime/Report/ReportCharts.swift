import Foundation

extension ReportLines {
    /// The most points that a curve is drawn with.
    private static let pointLimit = 800

    var html: String {
        let curves = series.map { curve in
            curve.points.filter { $0.x.isFinite && $0.y.isFinite && (!isLogarithmic || $0.y > 0) }
        }
        let all = curves.flatMap { $0 }
        guard let first = all.first else { return Chart.empty(title) }
        let xs = all.reduce(first.x...first.x) { min($0.lowerBound, $1.x)...max($0.upperBound, $1.x) }
        let ys = all.reduce(first.y...first.y) { min($0.lowerBound, $1.y)...max($0.upperBound, $1.y) }
        var chart = Chart(title: title, summary: summary, horizontal: horizontal, vertical: vertical)
        let across = ChartScale(exactly: xs, start: Chart.left, end: chart.right)
        let up = ChartScale(holding: ys, isLogarithmic: isLogarithmic, start: chart.bottom, end: Chart.top)
        chart.verticalAxis(up)
        chart.horizontalAxis(across)
        for (index, curve) in curves.enumerated() where !curve.isEmpty {
            let isDense = curve.count > 300 || (keys != nil && series.count > 4)
            let style = series[index].look?.style ?? "s\(index % 8)"
            let places = Self.thin(curve).map {
                "\(HTML.coordinate(across.position($0.x))),\(HTML.coordinate(up.position($0.y)))"
            }
            if places.count == 1 {
                let parts = places[0].split(separator: ",")
                chart.drawing.append(
                    "<circle class=\"dot \(style)\" cx=\"\(parts[0])\" cy=\"\(parts[1])\" r=\"3.5\"/>")
            } else {
                chart.drawing.append(
                    "<polyline class=\"series \(style)\(isDense ? " dense" : "")\" "
                        + "points=\"\(places.joined(separator: " "))\"/>"
                )
            }
        }
        if let keys {
            chart.legend = keys.map { Chart.lineKey($0.name, "series \($0.look.style)") }
        } else if series.count > 1 {
            chart.legend = series.enumerated().map { Chart.lineKey($1.name, "series s\($0 % 8)") }
        }
        return chart.html
    }

    private var summary: String {
        let ends = series.compactMap { curve in
            curve.points.last.map { "\(curve.name) ends at \(HTML.number($0.y))" }
        }
        return "\(title): \(vertical) over \(horizontal); \(ends.joined(separator: ", "))"
    }

    /// Few enough points, with the lowest and the highest of each stretch kept.
    private static func thin(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
        guard points.count > pointLimit else { return points }
        let stretch = (points.count * 2 + pointLimit - 1) / pointLimit
        var kept: [SIMD2<Double>] = []
        for start in stride(from: 0, to: points.count, by: stretch) {
            let part = points[start..<min(start + stretch, points.count)]
            guard let low = part.min(by: { $0.y < $1.y }), let high = part.max(by: { $0.y < $1.y }) else { continue }
            kept += low.x <= high.x ? [low, high] : [high, low]
        }
        return kept
    }
}

extension ReportHistogram {
    private static let binsPerDecade = 12.0

    var html: String {
        let sorted = values.filter(\.isFinite).sorted()
        guard let highest = sorted.last, highest > 0 else { return Chart.empty(title) }
        let lowest = max(sorted.first { $0 > 0 } ?? highest, highest / 1e7)
        var chart = Chart(title: title, summary: "", horizontal: quantity, vertical: "cycles")
        let across = ChartScale(
            holding: lowest...highest, isLogarithmic: true, start: Chart.left, end: chart.right)
        let origin = log10(across.range.lowerBound)
        let binCount = Int(((log10(across.range.upperBound) - origin) * Self.binsPerDecade).rounded())
        var bins = [Int](repeating: 0, count: binCount)
        for value in sorted {
            let place = (log10(max(value, across.range.lowerBound)) - origin) * Self.binsPerDecade
            bins[min(binCount - 1, max(0, Int(place)))] += 1
        }
        // Counts start below 1, so that a single value can be seen.
        let up = ChartScale(
            holding: 0.5...Double(max(10, bins.max() ?? 1)), isLogarithmic: true, start: chart.bottom,
            end: Chart.top + 26)
        chart.verticalAxis(
            ChartScale(holding: 1...up.range.upperBound, isLogarithmic: true, start: up.position(1), end: up.end))
        chart.horizontalAxis(across)
        for (index, count) in bins.enumerated() where count > 0 {
            let x = across.position(pow(10, origin + Double(index) / Self.binsPerDecade))
            let next = across.position(pow(10, origin + Double(index + 1) / Self.binsPerDecade))
            let y = up.position(Double(count))
            chart.rectangle(x + 0.5, y, max(1, next - x - 1), chart.bottom - y, "bar")
        }
        let marks = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)].map { name, fraction in
            (name: name, value: quantile(sorted, fraction) ?? highest)
        }
        // Labels stand side by side at the top, whatever the distance of their marks.
        var free = Chart.left
        for mark in marks {
            let x = across.position(mark.value)
            let text = "\(mark.name) \(HTML.number(mark.value))"
            let width = Double(text.count) * 7.2 + 16
            let start = min(max(free, x - width / 2), chart.right - width * Double(marks.count))
            let place = max(free, start)
            chart.line(x, Chart.top + 22, x, chart.bottom, "mark")
            chart.line(place + width / 2, Chart.top + 6, x, Chart.top + 22, "mark")
            chart.text(text, place + width / 2, Chart.top + 2, "middle", "marklabel")
            free = place + width
        }
        chart.summary =
            "\(title): \(sorted.count) values, "
            + marks.map { "\($0.name) \(HTML.number($0.value))" }.joined(separator: ", ")
            + ", highest \(HTML.number(highest))"
        return chart.html
    }
}

extension ReportTimeline {
    var html: String {
        let rowHeight = 22.0
        var chart = Chart(title: title, summary: summary, horizontal: horizontal, vertical: "")
        chart.height = Chart.top + Double(max(1, rows.count)) * rowHeight + 44
        let left = 130.0
        let across = ChartScale(exactly: range, start: left, end: chart.right)
        for tick in across.ticks {
            let x = across.position(tick)
            chart.line(x, Chart.top, x, chart.bottom, "grid")
            chart.text(HTML.number(tick), x, chart.bottom + 17, "middle")
        }
        for (index, row) in rows.enumerated() {
            let y = Chart.top + Double(index) * rowHeight
            chart.text(row.name, left - 8, y + rowHeight / 2 + 4, "end")
            chart.line(left, y + rowHeight, chart.right, y + rowHeight, "grid")
            for span in row.spans {
                let x = across.position(max(span.lowerBound, across.range.lowerBound))
                let end = across.position(min(span.upperBound, across.range.upperBound))
                if end >= x { chart.rectangle(x, y + 5, max(1.5, end - x), rowHeight - 10, "span") }
            }
        }
        chart.line(left, chart.bottom, chart.right, chart.bottom, "axis")
        return chart.html
    }

    private var summary: String {
        "\(title): " + rows.map { "\($0.name) \($0.spans.count) times" }.joined(separator: ", ")
    }
}
