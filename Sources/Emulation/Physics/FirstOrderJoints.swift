internal import Glibc

/// Joints that follow their goals with a lag of the first order, each by itself, within a speed; without weight.
public final class FirstOrderJoints: MotorPhysics {
    /// What each motor does.
    public private(set) var motions: [MotorMotion]
    /// Seconds until two thirds of a small step are done.
    public let lag: Double
    /// What something holds.
    private var blocked: Set<Int> = []

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

    /// See ``MotorPhysics/block(_:_:)``.
    public func block(_ motor: Int, _ isBlocked: Bool) {
        if isBlocked { blocked.insert(motor) } else { blocked.remove(motor) }
    }

    /// See ``MotorPhysics/advance(by:drives:)``. The lag is solved exactly, so any length of time is right.
    public func advance(by seconds: Double, drives: [MotorDrive]) {
        for (index, drive) in drives.enumerated() where index < motions.count {
            guard drive.isOn, drive.effort > 0 else {
                motions[index].velocity = 0
                motions[index].load = 0
                motions[index].current = 0
                continue
            }
            let distance = drive.goal - motions[index].position
            let eased = distance * (1 - exp(-seconds / lag))
            let most = drive.speed * seconds
            let moved = blocked.contains(index) ? 0 : min(max(eased, -most), most)
            motions[index].position += moved
            motions[index].velocity = moved / seconds
            motions[index].load = min(max(distance * 2, -drive.effort), drive.effort)
            motions[index].current = motions[index].load * 1.5
        }
    }
}
