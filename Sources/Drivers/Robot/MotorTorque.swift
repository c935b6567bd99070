internal import Robots

/// A joint's torque from what its motor says: roughly, without the friction of its gears.
///
/// A motor that measures its current has a torque in proportion to it, its joint's greatest one at the current of a standstill.
/// One that says which part of its supply it gets has that part of it, less what its speed takes: nothing is left at the joint's
/// greatest speed.
struct MotorTorque: BitwiseCopyable {
    private var torque = 0.0
    private var speed = 1.0
    private var direction = 1.0
    /// Of a standstill, A; 0 for a motor that does not measure its current.
    private var stallCurrent = 0.0

    /// Of a motor that moves no joint: none.
    init() {}

    init(_ motor: MotorDescription, of joint: JointDescription) {
        torque = joint.torque
        speed = joint.velocity
        direction = Double(motor.direction)
        if motor.model.currentUnit != nil { stallCurrent = motor.model.stallCurrent }
    }

    /// N·m, positive along the joint's axis.
    ///
    /// - Parameter velocity: Of the joint, rad/s.
    @_noLocks
    func callAsFunction(_ sample: borrowing MotorSample, velocity: Double) -> Double {
        if stallCurrent > 0 { return direction * sample.current / stallCurrent * torque }
        // What gets nothing of its supply is loose.
        if sample.load == 0 { return 0 }
        return (direction * sample.load - velocity / speed) * torque
    }
}
