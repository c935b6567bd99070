import Testing

@testable import Robots

@Suite struct CalibrationCheckTests {
    let robot: RobotDescription

    init() throws {
        robot = try ServoArmTests.load("so101")
    }

    private static let identity = MotorCalibration(
        joint: "shoulder_pan", id: 1, model: .sts3215, firmware: nil, homingOffset: 0, zero: 0, lower: 0, upper: 0)

    /// Moved from `home` to each of the counts in turn, read as the motor reports it, in steps of at most 100.
    private func sweep(from home: Int, to ends: [Int]) throws -> RangeSweep {
        var sweep = RangeSweep(at: home & 4095, turn: 4096)
        var place = home
        for end in ends {
            while place != end {
                place += min(100, max(-100, end - place))
                try sweep.add(place & 4095)
            }
        }
        return sweep
    }

    @Test func aSweepGoesOnAcrossTheEndOfATurn() throws {
        let sweep = try sweep(from: 4000, to: [5300, 2700, 4000])
        #expect([sweep.lower, sweep.upper, sweep.present] == [2700, 5300, 4000])
        let below = try self.sweep(from: 100, to: [-1200, 1400])
        #expect([below.lower, below.upper] == [-1200, 1400])
    }

    @Test func aStepOfMoreThanAQuarterTurnIsNotGuessed() throws {
        var sweep = RangeSweep(at: 0, turn: 4096)
        try sweep.add(1024)
        #expect(throws: CalibrationError.self) { try sweep.add(1024 + 1025) }
        var gripper = RangeSweep(at: 3, turn: 0)
        try gripper.add(228)
        #expect([gripper.lower, gripper.upper] == [3, 228])
    }

    @Test(arguments: [0, 1000, 2048, 4000]) func theMiddleOfTheSpanIsTheMiddleOfTheRange(home: Int) throws {
        let half = 1251  // 1.919 rad
        let found = try CalibrationCheck.calibrate(
            .joint(0), of: robot, home: home, sweep: sweep(from: home, to: [home - half, home + half]),
            identity: Self.identity)
        #expect(found.zero == home)
        let motor = try #require(robot.motor(of: .joint(0))?.motor)
        let scale = MotorScale(joint: motor, calibration: found)
        #expect(abs(scale.position(at: (home + half) & 4095) - 1.919) < 0.001)
        #expect(abs(scale.position(at: (home - half) & 4095) + 1.919) < 0.001)
    }

    private func message(home: Int, from lower: Int, to upper: Int) throws -> String {
        do throws(CalibrationError) {
            let sweep: RangeSweep
            do { sweep = try self.sweep(from: home, to: [lower, upper]) } catch { return "\(error)" }
            _ = try CalibrationCheck.calibrate(.joint(0), of: robot, home: home, sweep: sweep, identity: Self.identity)
            return ""
        } catch {
            return error.description
        }
    }

    @Test func aSpanThatIsNotTheRobotsIsRefused() throws {
        #expect(
            try message(home: 2048, from: 1500, to: 2600)
                == "shoulder_pan: it was moved by 97.0°, the robot file's range is 220.0°: move it from one end to the other"
        )
        #expect(
            try message(home: 2048, from: 0, to: 4000)
                == "shoulder_pan: it was moved by 352.0°, the robot file's range is 220.0°: is this the right robot file, and "
                + "the motor of that joint?")
        #expect(
            try message(home: 2048 + 492, from: 2048 - 1251, to: 2048 + 1251)
                == "shoulder_pan: in the home pose it was at 43.0°, and home is at 0.0°: that is 3 of the 25 teeth of a "
                + "servo's spline: check how the horn is mounted")
    }

    @Test func aJointThatGoesAllRoundTakesItsZeroFromTheHomePose() throws {
        let koch = try ServoArmTests.load("koch")
        let found = try CalibrationCheck.calibrate(
            .joint(4), of: koch, home: 700, sweep: sweep(from: 700, to: [-800, 2300]), identity: Self.identity)
        #expect([found.zero, found.lower, found.upper] == [700, 700 - 2048, 700 + 2048])
        #expect(throws: CalibrationError.self) {
            _ = try CalibrationCheck.calibrate(
                .joint(4), of: koch, home: 700, sweep: sweep(from: 700, to: [0, 1000]), identity: Self.identity)
        }
    }

    @Test func aReversedJointIsToldFromAShiftedOne() {
        let names = ["a", "b", "c", "d"]
        let lines = CalibrationCheck.compare(
            [0.5, -0.7, 0.2513, 0.9], with: [0.45, 0.72, 0, 0.1], names: names)
        #expect(lines.count == 3)
        #expect(
            lines[0].hasPrefix("b: ") && lines[0].hasSuffix("it looks reversed: check its direction in the robot file"))
        #expect(lines[1].hasPrefix("c: ") && lines[1].contains("1 of the 25 teeth"))
        #expect(lines[2].hasPrefix("d: ") && lines[2].hasSuffix("move every joint through its whole range"))
    }
}
