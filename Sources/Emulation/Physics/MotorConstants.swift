internal import Robots

extension MotorModel {
    /// What it draws when it is held still at full supply, A: about what the makers state, at 12 V where there is a choice.
    var stallCurrent: Double {
        switch self {
        case .sts3215: 2.7
        case .sts3250, .sm8512bl: 4.5
        case .xl330M077, .xl330M288: 1.5
        case .xc330T181, .xc330T288: 0.8
        case .xl430W250, .xc430W150: 1.4
        case .xm430W210, .xm430W350: 2.3
        case .xm540W270, .xh540W150: 4.4
        case .robotiq2F85, .robotiq2F140: 1.0
        }
    }
}

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
