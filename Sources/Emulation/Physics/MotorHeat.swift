/// How a motor warms up: with the square of its current, towards a rise of its own.
///
/// An STS3215 that carries half of its stall torque has warmed up by 20 K after ten minutes and stays there
/// (https://github.com/TheRobotStudio/SO-ARM100/issues/134). The time is ours.
enum MotorHeat {
    /// How much warmer it gets at its stall current in the end, K.
    static let rise = 80.0
    /// Within which two thirds of that are reached, s.
    static let time = 200.0

    /// The warmth (K) after `seconds` at a part of the stall current.
    static func step(_ warmth: Double, currentPart part: Double, seconds: Double) -> Double {
        warmth + (rise * part * part - warmth) * seconds / time
    }
}
