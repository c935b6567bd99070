import Drivers
import Emulation
import Realtime
import Robots
import Testing

/// Arms that are not the one that they should be.
@Suite struct ArmRefusalTests {
    @Test func armsThatAreNotTheDescribedOneAreRefused() throws {
        let bench = try Bench("so101")
        let angles = [Double](repeating: .pi, count: 6)
        func refusal(_ servos: [FeetechDevices.Servo], _ events: [ScheduledFault] = []) throws -> String? {
            var faults = WireFaults()
            faults.events = events
            return try bench.refusal(
                EmulatedBus(
                    devices: FeetechDevices(servos), physics: FirstOrderJoints(positions: angles), baudRate: 1_000_000,
                    faults: faults))
        }
        let good = (1...6).map { FeetechDevices.Servo(id: UInt8($0)) }
        #expect(try refusal(good) == nil)

        let missing = try #require(try refusal(good.filter { $0.id != 4 }))
        #expect(missing.hasPrefix("arm, motor 4 (wrist_flex): no reply at 1000000 baud"))
        let twice = try #require(try refusal(good + [FeetechDevices.Servo(id: 2)]))
        #expect(twice.hasPrefix("arm, motor 2 (shoulder_lift): its replies are garbled: two motors with id 2"))
        var other = good
        other[2].model = 2825
        let model = try #require(try refusal(other))
        #expect(model.hasPrefix("arm, motor 3 (elbow_flex): is model sts3250, the robot file says sts3215"))
        var set = good
        set[0].homingOffset = 17
        let offset = try #require(try refusal(set))
        #expect(offset.contains("its homing offset is 17, that of the calibration is 0"))
        var slipped = good
        slipped[1].position = 0.1
        var slippedAngles = angles
        slippedAngles[1] = 0.1
        let position = try #require(
            try bench.refusal(
                EmulatedBus(
                    devices: FeetechDevices(slipped), physics: FirstOrderJoints(positions: slippedAngles),
                    baudRate: 1_000_000)))
        #expect(position.contains("outside of its calibrated span"))
        let low = try #require(
            try refusal(good, [ScheduledFault(time: 0.5, kind: .device(.voltage(3.2), motor: 1))]))
        #expect(low.contains("its supply is 3.2 V, it works from 4.0 to 14.0 V"))
        let hot = try #require(
            try refusal(good, [ScheduledFault(time: 0.5, kind: .device(.temperature(75), motor: 6))]))
        #expect(hot.hasPrefix("arm, motor 6 (gripper): is 75 °C hot, its limit is 70 °C"))
    }
}
