import Control
import Realtime
import Robots
import Testing

@testable import Runtime

@Suite struct FaultDiagnosisTests {
    private let robot: RobotDescription
    private let now = MonotonicTime(nanoseconds: 5_000_000_000)

    init() throws { robot = try RobotDescription.load(path: packagePath + "/robots/so101.yaml") }

    /// A state in which some motors have been silent for 0.12 s; 5 is the gripper's.
    private func state(silent: [Int], fault: DeviceFault = .noReply) -> RobotState {
        var state = RobotState()
        state.time = now
        for joint in 0..<5 { state.jointTimes[joint] = now }
        state.gripper.time = now
        for motor in silent {
            let time = MonotonicTime(nanoseconds: now.nanoseconds - 120_000_000)
            if motor == 5 {
                (state.gripper.time, state.gripper.fault) = (time, fault)
            } else {
                (state.jointTimes[motor], state.jointFaults[motor]) = (time, fault)
            }
        }
        return state
    }

    private func text(_ state: RobotState, _ faults: SafetyFaults = .stateAge) -> String {
        FaultDiagnosis.text(state, faults: faults, robot: robot, now: now)
    }

    @Test func silentMotorsAreNamedWithWhatItLikelyIs() {
        #expect(
            text(state(silent: [2]))
                == "elbow_flex (motor 3) of 'arm' has not replied for 0.12 s: likely its cable is loose, or it has failed"
        )
        #expect(
            text(state(silent: [3, 4, 5]))
                == "wrist_flex (motor 4), wrist_roll (motor 5), gripper (motor 6) of 'arm' have not replied for 0.12 s: "
                + "likely the cable between motors 3 and 4")
        #expect(
            text(state(silent: [0, 1, 2, 3, 4, 5])).contains("is the adapter plugged in, and the power supply on?"))
        #expect(text(state(silent: [1], fault: .garbledReply)).contains("two motors with one id"))
    }

    @Test func aReplyThatWasMissedJustNowIsNotBlamed() {
        var state = state(silent: [2])
        state.jointFaults[0] = .noReply
        #expect(!text(state).contains("shoulder_pan"))
        #expect(text(state, []).isEmpty)
        #expect(
            text(self.state(silent: []))
                == "replies came too late, and come again; is the machine busy, or the adapter slow?")
    }

    @Test func whatMotorsReportIsSaid() {
        var state = state(silent: [])
        state.jointFaults[1] = [.overload]
        state.jointFaults[4] = [.stopped]
        #expect(
            text(state, .device)
                == "shoulder_lift (motor 2) of 'arm' reports overload: something holds the arm, or it carries too much; "
                + "wrist_roll (motor 5) of 'arm' reports stopped: it restarted or switched its torque off; check its power "
                + "supply and its cable")
    }

    @Test func jointsThatSomethingHindersAreNamed() {
        func text(_ faults: SafetyFaults, _ hindered: UInt32) -> String {
            FaultDiagnosis.text(state(silent: []), faults: faults, hindered: hindered, robot: robot, now: now)
        }
        #expect(
            text(.stall, 0b100)
                == "elbow_flex (motor 3) of 'arm' pushed for 1.0 s without moving: something holds the arm, or it carries too "
                + "much")
        #expect(
            text(.trackingError, 0b11)
                == "shoulder_pan (motor 1) of 'arm', shoulder_lift (motor 2) of 'arm' did not follow what it was commanded: "
                + "something holds the arm, or it carries too much")
        #expect(text(.workspace, 0).isEmpty)
    }
}
