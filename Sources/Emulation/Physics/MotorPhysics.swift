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
    /// The part of its torque that it uses for a radian to go, 1/rad.
    public var stiffness = 18.6
    /// The part of its torque by which it brakes at a radian a second, s/rad.
    public var damping = 0.64

    /// At rest.
    public init() {}
}

/// What a motor does, at its output.
public struct MotorMotion: Equatable, Sendable {
    /// Where it is, rad.
    public var position = 0.0
    /// How fast it turns, rad/s.
    public var velocity = 0.0
    /// The part of its supply that it gets, −1…1.
    public var load = 0.0
    /// What it draws, A; of the sign of its torque.
    public var current = 0.0
    /// How much warmer it is than when it has rested for long, K.
    public var warmth = 0.0

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
    /// Somebody speaks to the motors at this moment.
    func noteRequest()
    /// Something holds a motor where it is from now on, or lets it go.
    func block(_ motor: Int, _ isBlocked: Bool)
}

extension MotorPhysics {
    /// Nobody listens.
    public func noteRequest() {}
}
