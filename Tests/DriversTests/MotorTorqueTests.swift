import Robots
import Testing

@testable import Drivers

@Suite struct MotorTorqueTests {
    private func torque(_ robot: String, joint: Int, _ sample: MotorSample, velocity: Double) throws -> Double {
        let bench = try Bench(robot)
        let motor = try #require(bench.robot.motor(of: .joint(joint))?.motor)
        return MotorTorque(motor, of: bench.robot.joints[joint])(sample, velocity: velocity)
    }

    @Test func aLoadIsTorqueLessWhatTheSpeedTakes() throws {
        var sample = MotorSample()
        sample.load = 0.9
        #expect(abs(try torque("so101", joint: 1, sample, velocity: 0) - 0.9 * 1.91) < 1e-9)
        // At the speed that this load brings without resistance, there is none.
        #expect(abs(try torque("so101", joint: 1, sample, velocity: 0.9 * 4.7)) < 1e-9)
        sample.load = 0
        #expect(try torque("so101", joint: 1, sample, velocity: 1) == 0)
    }

    @Test func aCurrentIsTorqueInProportion() throws {
        var sample = MotorSample()
        sample.current = 0.75
        let koch = try Bench("koch").robot
        #expect(abs(try torque("koch", joint: 2, sample, velocity: 3) - koch.joints[2].torque / 2) < 1e-9)
        // The leader's elbow is mounted the other way round.
        #expect(try torque("koch-leader", joint: 2, sample, velocity: 0) < 0)
    }
}
