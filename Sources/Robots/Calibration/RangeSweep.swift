/// Follows one motor's counts while a person moves it through its range, across the place where the counts go round.
///
/// A pure value. Each reading is taken as the nearest one to the last: that is right as long as the motor turns by less
/// than a quarter of a turn between two readings, and a larger step is an error, not a guess.
public struct RangeSweep: Equatable, Sendable {
    /// Counts of a turn; 0 for counts that do not go round.
    public let turn: Int
    /// Where it is now, unwrapped.
    public private(set) var present: Int
    /// The lowest that it has been, unwrapped.
    public private(set) var lower: Int
    /// The highest that it has been, unwrapped.
    public private(set) var upper: Int

    /// Begins at counts as they are read.
    public init(at counts: Int, turn: Int) {
        self.turn = turn
        (present, lower, upper) = (counts, counts, counts)
    }

    /// Takes the next reading.
    ///
    /// - Throws: ``CalibrationError`` if the motor moved too far since the last one to say which way.
    public mutating func add(_ counts: Int) throws(CalibrationError) {
        var step = counts - present
        if turn > 0 {
            step %= turn
            if step >= turn / 2 { step -= turn }
            if step < -turn / 2 { step += turn }
            guard abs(step) <= turn / 4 else {
                throw CalibrationError(
                    "the motor moved by more than a quarter of a turn between two readings, so that it is not known which "
                        + "way it went; begin again and move more slowly")
            }
        }
        present += step
        lower = min(lower, present)
        upper = max(upper, present)
    }
}
