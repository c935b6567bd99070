public import Numerics

/// Standardises input rows: `(x − mean) / scale`, held within ±``limit``. Fitted once on demonstrations, then frozen.
public struct InputNormaliser: Hashable, Codable, Sendable {
    /// Subtracted from each number.
    public let mean: [Float]
    /// Each number is divided by it afterwards.
    public let scale: [Float]

    /// The largest size of a standardised number.
    public static var limit: Float { 6 }
    /// The smallest scale (m, rad, or none): what hardly varied in demonstrations is not blown up.
    public static var smallestScale: Float { 0.01 }

    /// Fits mean and deviation of the rows.
    ///
    /// - Throws: ``LearningError`` if there are no rows or a number is not finite.
    public init(fitting rows: TensorView) throws(LearningError) {
        guard rows.rows > 0 else { throw .demonstrations("there is no row to fit a normaliser on") }
        var sums = [Double](repeating: 0, count: rows.columns)
        var squares = sums
        for row in 0..<rows.rows {
            let values = rows.row(row)
            for column in 0..<rows.columns {
                guard values[column].isFinite else { throw .notFinite("input row \(row), number \(column),") }
                sums[column] += Double(values[column])
            }
        }
        let means = sums.map { $0 / Double(rows.rows) }
        for row in 0..<rows.rows {
            let values = rows.row(row)
            for column in 0..<rows.columns {
                let difference = Double(values[column]) - means[column]
                squares[column] += difference * difference
            }
        }
        mean = means.map { Float($0) }
        scale = squares.map { max(Float(($0 / Double(rows.rows)).squareRoot()), Self.smallestScale) }
    }

    /// Standardises one row in place.
    public func apply(_ row: UnsafeMutableBufferPointer<Float>) {
        precondition(row.count == mean.count, "normaliser: a row of another size")
        for index in mean.indices {
            row[index] = min(max((row[index] - mean[index]) / scale[index], -Self.limit), Self.limit)
        }
    }

    /// Standardises all rows in place.
    public func apply(_ rows: TensorView) {
        for row in 0..<rows.rows { apply(rows.row(row)) }
    }
}
