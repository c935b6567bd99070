import Configuration
import Teleoperation

extension JobConfiguration {
    /// Leading the robot by hand, with another arm.
    public struct TeleoperationSettings: Equatable, Sendable {
        /// Absolute path of the leader's robot file; in the job file relative to that file's folder.
        public var leaderPath: String
        /// How far a joint of the leader may be from the follower's when it begins, rad.
        public var distance: Double
        /// How fast the follower comes to the leader's pose at the start, rad/s.
        public var rampSpeed: Double
        /// How old the leader's pose may be for it to be followed, s.
        public var age: Double
        /// The longest time of an episode, s.
        public var duration: Double

        var limits: Following.Limits { Following.Limits(distance: distance, rampSpeed: rampSpeed, age: age) }
    }
}

extension JobConfiguration.TeleoperationSettings {
    init(decoding settings: MappingReader) {
        leaderPath = settings.path("leader")
        if !leaderPath.isEmpty, !FilePaths.exists(leaderPath) {
            settings.report(
                "leader", "names \(leaderPath), which does not exist; write the path of the leader's robot file")
        }
        distance = settings.quantity("distance", .radians, in: .above(0, through: .pi), default: 0.8)
        rampSpeed = settings.quantity("ramp_speed", .radiansPerSecond, in: .above(0, through: 10), default: 0.5)
        age = settings.quantity("age", .seconds, in: .above(0, through: 1), default: 0.05)
        duration = settings.quantity("duration", .seconds, in: .above(0, through: 3600), default: 60)
    }

    var yaml: YAMLValue {
        .mapping([
            ("leader", .text(leaderPath)),
            ("distance", .quantity(distance, .radians)),
            ("ramp_speed", .quantity(rampSpeed, .radiansPerSecond)),
            ("age", .quantity(age, .seconds)),
            ("duration", .quantity(duration, .seconds)),
        ])
    }
}
