import Foundation

/// How the values of an axis lie on paper.
struct ChartScale {
    /// The values at both ends.
    let range: ClosedRange<Double>
    let isLogarithmic: Bool
    /// Where the two ends lie.
    let start: Double
    let end: Double
    /// Where the axis is marked.
    let ticks: [Double]

    /// An axis that holds `values`, widened to round numbers.
    init(holding values: ClosedRange<Double>, isLogarithmic: Bool, start: Double, end: Double, tickCount: Int = 5) {
        self.isLogarithmic = isLogarithmic
        self.start = start
        self.end = end
        if isLogarithmic {
            (range, ticks) = Self.decades(values)
        } else {
            (range, ticks) = Self.roundSteps(values, tickCount)
        }
    }

    /// An axis over exactly `values`.
    init(exactly values: ClosedRange<Double>, start: Double, end: Double, tickCount: Int = 6) {
        isLogarithmic = false
        self.start = start
        self.end = end
        range = values.upperBound > values.lowerBound ? values : values.lowerBound...values.lowerBound + 1
        ticks = Self.roundSteps(range, tickCount).ticks.filter { [range] in range.contains($0) }
    }

    /// Where a value lies.
    func position(_ value: Double) -> Double {
        let low = isLogarithmic ? log10(range.lowerBound) : range.lowerBound
        let high = isLogarithmic ? log10(range.upperBound) : range.upperBound
        let place = isLogarithmic ? log10(max(value, range.lowerBound)) : value
        return start + (end - start) * (place - low) / (high - low)
    }

    private static func decades(_ values: ClosedRange<Double>) -> (range: ClosedRange<Double>, ticks: [Double]) {
        let low = floor(log10(values.lowerBound))
        let high = max(low + 1, ceil(log10(values.upperBound)))
        let step = max(1, Int((high - low) / 6))
        let ticks = stride(from: Int(low), through: Int(high), by: step).map { pow(10, Double($0)) }
        return (pow(10, low)...pow(10, high), ticks)
    }

    private static func roundSteps(
        _ values: ClosedRange<Double>, _ count: Int
    ) -> (range: ClosedRange<Double>, ticks: [Double]) {
        var (low, high) = (values.lowerBound, values.upperBound)
        if low == high { (low, high) = low == 0 ? (0, 1) : (low - abs(low) / 2, high + abs(high) / 2) }
        let rough = (high - low) / Double(count)
        let power = pow(10, floor(log10(rough)))
        let step = ([1, 2, 2.5, 5].first { $0 * power >= rough } ?? 10) * power
        let first = floor(low / step + 1e-9)
        let last = ceil(high / step - 1e-9)
        let ticks = stride(from: first, through: last, by: 1).map { $0 * step }
        return (first * step...last * step, ticks)
    }
}
