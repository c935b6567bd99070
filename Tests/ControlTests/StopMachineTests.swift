import Testing

@testable import Control

@Suite struct StopMachineTests {
    /// The phase that each event leads to, by hand; nil means that it stays. `latched`: a person's stop is pending.
    static func expected(_ phase: StopPhase, _ event: StopEvent, latched: Bool, hasRestPose: Bool) -> StopPhase {
        switch (phase, event) {
        case (_, .faultFound): .faulted
        case (.faulted, .resetRequested), (.stopped, .resetRequested): .ready
        case (.faulted, _): .faulted
        case (_, .resetRequested): phase
        case (_, .episodeBegan): latched ? phase : .running
        case (.ready, .stopRequested), (.running, .stopRequested), (.holding, .stopRequested): .decelerating
        case (.ready, .setpointArrived), (.running, .setpointArrived), (.holding, .setpointArrived): .running
        case (.running, .setpointExpired): .holding
        case (.holding, .holdExpired): .decelerating
        case (.decelerating, .standstill): hasRestPose ? .resting : .stopped
        case (.resting, .restReached): .stopped
        default: phase
        }
    }

    @Test func everyTransition() {
        var seen = 0
        for phase in StopPhase.allCases {
            for event in StopEvent.allCases {
                for latched in [false, true] {
                    for hasRestPose in [false, true] {
                        var machine = StopMachine(
                            phase: phase, reason: .none, isStopLatched: latched, hasRestPose: hasRestPose)
                        let action = machine.handle(event)
                        let wanted = Self.expected(phase, event, latched: latched, hasRestPose: hasRestPose)
                        #expect(machine.phase == wanted, "\(phase) \(event) \(latched) \(hasRestPose)")
                        #expect(
                            action == Self.action(from: phase, event, to: wanted, latched: latched),
                            "\(phase) \(event) \(latched) \(hasRestPose)")
                        #expect(
                            machine.isStopLatched
                                == (event == .stopRequested || (latched && event != .resetRequested)))
                        seen += 1
                    }
                }
            }
        }
        #expect(seen == 7 * 9 * 4)
    }

    static func action(from phase: StopPhase, _ event: StopEvent, to wanted: StopPhase, latched: Bool) -> StopAction {
        switch (event, wanted) {
        case (.setpointArrived, .running): .follow
        case (.episodeBegan, _): latched || phase == .faulted ? .none : .begin
        case (.faultFound, .faulted): phase == .faulted ? .none : .decelerate
        case (.standstill, .faulted): .applyTorquePolicy
        default:
            if phase == wanted {
                .none
            } else {
                switch wanted {
                case .ready: .begin
                case .running: .follow
                case .holding: .hold
                case .decelerating: .decelerate
                case .resting: .goToRest
                case .stopped: .applyTorquePolicy
                case .faulted: .decelerate
                }
            }
        }
    }

    @Test func reasonsNameWhoStoppedTheArm() {
        var machine = StopMachine(hasRestPose: false)
        _ = machine.handle(.setpointArrived)
        _ = machine.handle(.setpointExpired)
        #expect(machine.reason == .none)
        _ = machine.handle(.holdExpired)
        #expect(machine.reason == .setpointAge)
        _ = machine.handle(.stopRequested)
        #expect(machine.reason == .person)
        _ = machine.handle(.faultFound)
        #expect(machine.reason == .fault)
    }
}
