import Testing

@testable import Control

@Suite struct JointLimiterTests {
    static let joints = [
        JointLimits(lower: -2.8773, upper: 2.8773, velocity: 2.175, acceleration: 15, jerk: 7500),
        JointLimits(lower: -1.7428, upper: 1.7428, velocity: 2.175, acceleration: 7.5, jerk: 500),
        JointLimits(lower: -0.2, upper: 0.3, velocity: 2.61, acceleration: 20, jerk: 10_000),
        JointLimits(lower: -3, upper: -1, velocity: 0.5, acceleration: 3, jerk: 40),
    ]

    @Test func stopFromFullSpeedTakesTheClosedForm() {
        // From 2 rad/s with 10 rad/s² and 100 rad/s³: 0.1 s up, 0.1 s constant, 0.1 s down.
        let profile = StopProfile(
            from: JointMotion(position: 1, velocity: 2, acceleration: 0), acceleration: 10, jerk: 100)
        #expect(abs(profile.duration - 0.3) < 1e-12)
        let end = profile.motion(after: profile.duration)
        #expect(abs(end.position - 1.3) < 1e-12)  // symmetric: mean speed 1 rad/s
        #expect(end.velocity == 0 && end.acceleration == 0)
    }

    @Test func stopEndsAtRestAndItsTailIsAStop() {
        var random = TestRandom(seed: 1)
        for _ in 0..<5000 {
            let acceleration = random.uniform(1...20)
            let jerk = random.uniform(10...10_000)
            let start = JointMotion(
                position: 0, velocity: random.uniform(-3...3), acceleration: random.uniform(-1...1) * acceleration)
            let profile = StopProfile(from: start, acceleration: acceleration, jerk: jerk)
            let almost = profile.motion(after: profile.duration * (1 - 1e-9))
            #expect(abs(almost.velocity) < 1e-6 && abs(almost.acceleration) < 1e-4)
            // Sampled extremes never pass the closed form's, and the rest of the stop is a stop to the same place.
            let range = profile.range
            let part = profile.duration * random.uniform(0...1)
            let middle = profile.motion(after: part)
            let rest = StopProfile(from: middle, acceleration: acceleration, jerk: jerk)
            #expect(middle.position <= range.highest + 1e-9 && middle.position >= range.lowest - 1e-9)
            #expect(abs(middle.acceleration) <= acceleration * (1 + 1e-9))
            #expect(
                abs(rest.motion(after: rest.duration).position - profile.motion(after: profile.duration).position)
                    < 1e-6)
        }
    }

    enum Attack: CaseIterable { case uniform, bangBang, adversarial, poison }

    @Test(arguments: Attack.allCases)
    func staysWithinEveryLimit(attack: Attack) {
        var random = TestRandom(seed: 7)
        var worst = -1.0
        var isFinite = true
        var furthest = -1.0
        for round in 0..<2500 {
            let limits = Self.joints[round % Self.joints.count]
            let period = [0.001, 0.002, 0.005][round % 3]
            let limiter = JointLimiter(limits: limits, period: period)
            var motion = JointMotion(
                position: random.uniform(limits.lower...limits.upper), velocity: 0, acceleration: 0)
            var command = 0.0
            let hold = random.uniform(0.5...0.999)
            for _ in 0..<60 {
                command = next(attack, command, hold, motion, limits, &random)
                let last = motion
                motion = limiter.step(motion, towards: command).motion
                worst = max(worst, excess(motion, after: last, limits, period))
                isFinite = isFinite && motion.position.isFinite
            }
            let stop = StopProfile(from: motion, acceleration: limits.acceleration, jerk: limits.jerk)
            furthest = max(furthest, stop.range.highest - limits.upper, limits.lower - stop.range.lowest)
        }
        #expect(worst <= 1e-9)
        #expect(furthest <= 1e-9, "a stop always fits")
        #expect(isFinite)
    }

    private func next(
        _ attack: Attack, _ last: Double, _ hold: Double, _ motion: JointMotion, _ limits: JointLimits,
        _ random: inout TestRandom
    ) -> Double {
        switch attack {
        case .uniform: return random.uniform(-3...3) * limits.acceleration
        case .bangBang:
            if random.uniform(0...1) < hold, last != 0 { return last }
            return (random.uniform(0...1) < 0.5 ? 1 : -1) * 2 * limits.acceleration
        case .adversarial:
            // Always full towards the nearer end of the range.
            let middle = (limits.lower + limits.upper) / 2
            return (motion.position > middle ? 1 : -1) * limits.acceleration * random.uniform(0.9...100)
        case .poison:
            let values = [Double.nan, .infinity, -.infinity, 1e300, -1e300, Double.leastNonzeroMagnitude, 0, 1]
            return values[Int.random(in: 0..<values.count, using: &random)]
        }
    }

    /// By how much a cycle passed a limit, relative to it; at most rounding.
    private func excess(
        _ motion: JointMotion, after last: JointMotion, _ limits: JointLimits, _ period: Double
    ) -> Double {
        let range = limits.upper - limits.lower
        let jerk = abs(motion.acceleration - last.acceleration) / period
        // Seen from outside, the velocity is a difference of positions.
        let difference = abs(motion.position - last.position) / period
        return max(
            (motion.position - limits.upper) / range, (limits.lower - motion.position) / range,
            abs(motion.velocity) / limits.velocity - 1, abs(motion.acceleration) / limits.acceleration - 1,
            jerk / limits.jerk - 1, difference / limits.velocity - 1)
    }

    @Test func leavesAHarmlessCommandAlone() {
        let limiter = JointLimiter(limits: Self.joints[0], period: 0.002)
        let result = limiter.step(JointMotion(position: 0, velocity: 0.1, acceleration: 1), towards: 2.5)
        #expect(result.isUnchanged && result.flags.isEmpty && result.motion.acceleration == 2.5)
    }

    @Test func reachesTheEndOfTheRangeWithoutChatter() {
        let limits = Self.joints[0]
        let limiter = JointLimiter(limits: limits, period: 0.002)
        var motion = JointMotion(position: 2, velocity: 0, acceleration: 0)
        var flags: LimiterFlags = []
        for _ in 0..<2000 {
            let result = limiter.step(motion, towards: 15)
            motion = result.motion
            flags.formUnion(result.flags)
        }
        #expect(limits.upper - motion.position < 1e-4)
        #expect(abs(motion.velocity) < 1e-3 && abs(motion.acceleration) < 0.1)
        #expect(flags.contains(.position))
    }

    @Test func nothingWithoutItsLimitWouldHold() {
        // The same attack on a limiter with a range ten times as wide leaves the narrow range: the property can fail.
        var limits = Self.joints[2]
        limits.upper = 3
        let limiter = JointLimiter(limits: limits, period: 0.002)
        var motion = JointMotion(position: 0, velocity: 0, acceleration: 0)
        for _ in 0..<500 { motion = limiter.step(motion, towards: 20).motion }
        #expect(motion.position > Self.joints[2].upper)
    }
}
