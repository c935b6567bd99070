internal import Glibc

/// What a motor is asked to do, at its output.
public struct MotorDrive: Equatable, Sendable {
    /// Whether it pushes at all.
    public var isOn = false
    /// Where to go, rad.
    public var goal = 0.0
    /// How fast at most, rad/s.
    public var speed = 4.7
    /// The part of its torque that it may use, 0…1.
    public var effort = 1.0

    /// At rest.
    public init() {}
}

/// What a motor does, at its output.
public struct MotorMotion: Equatable, Sendable {
    /// Where it is, rad.
    public var position = 0.0
    /// How fast it turns, rad/s.
    public var velocity = 0.0
    /// The part of its torque that it uses, −1…1.
    public var load = 0.0

    /// At zero, at rest.
    public init() {}
}

/// What the motors of a bus are built into. The servos' own logic knows nothing of it.
public protocol MotorPhysics: AnyObject {
    /// What each motor does.
    var motions: [MotorMotion] { get }
    /// Moves on.
    ///
    /// - Parameters:
    ///   - seconds: How long; above zero.
    ///   - drives: One for each motor.
    func advance(by seconds: Double, drives: [MotorDrive])
}

/// Joints that follow their goals with a lag of the first order, each by itself, within a speed; without weight.
public final class FirstOrderJoints: MotorPhysics {
    /// What each motor does.
    public private(set) var motions: [MotorMotion]
    /// Seconds until two thirds of a small step are done.
    public let lag: Double

    /// Motors at rest at these positions, rad.
    public init(positions: [Double], lag: Double = 0.03) {
        self.lag = lag
        motions = positions.map {
            var motion = MotorMotion()
            motion.position = $0
            return motion
        }
    }

    /// Turns a motor by hand: it is then at this position, rad.
    public func move(_ motor: Int, to position: Double) { motions[motor].position = position }

    /// See ``MotorPhysics/advance(by:drives:)``. The lag is solved exactly, so any length of time is right.
    public func advance(by seconds: Double, drives: [MotorDrive]) {
        for (index, drive) in drives.enumerated() where index < motions.count {
            guard drive.isOn, drive.effort > 0 else {
                motions[index].velocity = 0
                motions[index].load = 0
                continue
            }
            let distance = drive.goal - motions[index].position
            let eased = distance * (1 - exp(-seconds / lag))
            let most = drive.speed * seconds
            let moved = min(max(eased, -most), most)
            motions[index].position += moved
            motions[index].velocity = moved / seconds
            motions[index].load = min(max(distance * 2, -drive.effort), drive.effort)
        }
    }
}
