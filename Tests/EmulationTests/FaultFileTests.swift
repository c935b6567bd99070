import Configuration
import Emulation
import Robots
import Testing

@Suite struct FaultFileTests {
    private func load(_ text: String) throws -> WireFaults {
        let document = try Document(text: text, path: "faults.yaml")
        let faults = try WireFaults.decode(document, robot: robot("so101"), seed: 5)
        return try #require(faults["arm"])
    }

    private func complaints(_ text: String) throws -> [String] {
        do {
            _ = try load(text)
            return []
        } catch let error as ConfigurationError {
            return "\(error)".split(separator: "\n").map(String.init)
        }
    }

    @Test func aFaultFileSaysWhatGoesWrongAndWhen() throws {
        let faults = try load(
            """
            lost: 5 %
            corrupted: 0.01
            echo: true
            events:
              - {at: 5 s, what: silent, motor: 3}
              - {at: 8 s, what: voltage, motor: elbow_flex, value: 5 V, for: 500 ms}
              - {every: 30 s, what: reboot}
              - {at: 9 s, what: blocked, motor: 2, for: 3 s}
              - {at: 20 s, what: unplugged, for: 2 s}
            """)
        #expect(faults.seed == 5 && faults.lost == 0.05 && faults.corrupted == 0.01 && faults.late == 0)
        #expect(faults.echoes)
        #expect(
            faults.events == [
                ScheduledFault(time: 5, kind: .device(.silent(true), motor: 3)),
                ScheduledFault(time: 8, kind: .device(.voltage(5), motor: 3)),
                ScheduledFault(time: 8.5, kind: .device(.voltage(nil), motor: 3)),
                ScheduledFault(time: 9, kind: .device(.blocked(true), motor: 2)),
                ScheduledFault(time: 12, kind: .device(.blocked(false), motor: 2)),
                ScheduledFault(time: 20, kind: .unplugged(seconds: 2)),
            ])
        #expect(
            faults.recurring == [RecurringFault(interval: 30, duration: .infinity, event: .reboot, motor: nil)])
    }

    @Test func whatIsWrongIsSaidAtItsPlace() throws {
        #expect(
            try complaints(
                """
                lost: 150 %
                evens: []
                events:
                  - {at: 5 s, what: silent, motor: 9}
                  - {what: reboot, motor: 1}
                  - {at: 5 s, what: voltage, motor: 1}
                  - {at: 5 s, what: explode, motor: 1}
                  - {at: 1 s, what: unplugged, motor: 1}
                  - {at: 1 s, every: 2 s, what: reboot, motor: 1, for: 3 s}
                """
            ).map { $0.split(separator: " ", maxSplits: 1).map(String.init)[0] }.sorted()
                == [
                    "faults.yaml:1:7:", "faults.yaml:2:1:", "faults.yaml:4:36:", "faults.yaml:5:12:",
                    "faults.yaml:6:5:", "faults.yaml:7:21:", "faults.yaml:8:39:", "faults.yaml:9:22:",
                    "faults.yaml:9:56:",
                ])
        #expect(
            try complaints("events: [{at: 5 s, what: silent, motor: 9}]").first
                == "faults.yaml:1:41: motor is '9', which this robot does not have; there are 1 (shoulder_pan), 2 "
                + "(shoulder_lift), 3 (elbow_flex), 4 (wrist_flex), 5 (wrist_roll), 6 (gripper)")
    }

    /// The same seed lets the same happen, and rates and mean times are those that were asked for.
    @Test func whatIsAtRandomComesFromTheSeed() throws {
        func run(seed: UInt64) throws -> InjectedFaults {
            let so101 = try robot("so101")
            var faults = try load("lost: 5 %\ncorrupted: 1 %\nevents: [{every: 0.5 s, what: reboot}]")
            faults.seed = seed
            let bus = try EmulatedBus(
                device: so101.devices[0], robot: so101, calibration: EmulatedBus.standardCalibration(of: so101),
                faults: faults)
            let read: [UInt8] = [0xFF, 0xFF, 0x01, 0x04, 0x02, 0x38, 0x02, 0xBE]
            for request in 0..<20_000 { _ = bus.send(read, at: Double(request) * 0.005) }
            return bus.injected
        }
        let first = try run(seed: 1)
        #expect(try first == run(seed: 1))
        #expect(try first != run(seed: 2))
        #expect(first.replies == 20_000)
        #expect(abs(first.lost - 1000) < 150)
        #expect(abs(first.corrupted - 190) < 60)
        #expect(abs(first.events - 200) < 60)
    }
}
