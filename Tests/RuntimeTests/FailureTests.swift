import Configuration
import Episodes
import Foundation
import Policies
import Realtime
import Robots
import Simulation
import Testing

@testable import Runtime

@Suite struct FailureTests {
    private static let errors: [(any Error & Sendable, ExitStatus, String)] = [
        (JobError(.usage, "name a run"), .usage, "error: name a run"),
        (JobError(.safetyStop, "stopped"), .safetyStop, "error: stopped"),
        (
            ConfigurationError(SourcePosition(path: "a.yaml", line: 3, column: 5), "is wrong"), .badFile,
            "a.yaml:3:5: is wrong"
        ),
        (EpisodeError(.missing, path: "a", message: "no"), .missingFile, "error: a: no"),
        (EpisodeError(.exists, path: "a", message: "no"), .cannotCreate, "error: a: no"),
        (EpisodeError(.full(freeBytes: 3), path: "a", message: "no"), .inputOutput, "error: a: no"),
        (EpisodeError(.storage, path: "a", message: "no"), .inputOutput, "error: a: no"),
        (EpisodeError(.incomplete, path: "a", message: "no"), .badFile, "error: a: no"),
        (EpisodeError(.content, path: "a", message: "no"), .badFile, "error: a: no"),
        (EpisodeError(.mismatch, path: "a", message: "no"), .badFile, "error: a: no"),
        (PolicyError.checkpoint(path: "p", message: "is cut short"), .badFile, "error: p: is cut short"),
        (PolicyError.configuration("a value is wrong"), .badFile, "error: a value is wrong"),
        (PolicyError.demonstrations("too few"), .badFile, "error: too few"),
        (
            PolicyError.observationSize(expected: 2, actual: 3), .policyFailed,
            "error: an observation has 3 numbers; the policy's layout has 2"
        ),
        (
            PolicyError.actionNotFinite(step: 1, component: 2), .policyFailed,
            "error: the policy's action is not finite at step 1 of the chunk, component 2"
        ),
        (
            PolicyError.diverged(step: 4), .failure,
            "error: the training loss is not finite at step 4; a lower learning rate may help"
        ),
        (
            RealtimeError.refused(["SCHED_FIFO"]), .noPermission,
            "error: the kernel refused real-time rights: SCHED_FIFO"
        ),
        (RealtimeError.invalidOption("priority is 100"), .badFile, "error: priority is 100"),
        (DriverError(device: "bus", message: "is silent"), .unavailable, "error: bus: is silent"),
        (SceneError("no such body"), .badFile, "error: no such body"),
        (TaskError("no such task"), .badFile, "error: no such task"),
        (RenderError("no GL"), .unavailable, "error: no GL"),
    ]

    @Test(arguments: errors.indices) func everyErrorHasItsStatusAndOneLine(index: Int) {
        let (error, status, lines) = Self.errors[index]
        let failure = Failure(error)
        #expect(failure.status == status)
        #expect(failure.lines == lines)
        #expect(!failure.message.hasPrefix("error: "))
    }

    @Test func anArmModelThatCannotBeUsedIsABadFile() throws {
        var robot = try RobotDescription.load(path: packagePath + "/robots/panda.yaml")
        robot.toolBody = "elbow"
        do {
            _ = try ArmModel(robot: robot)
            Issue.record("the model has no such body")
        } catch {
            #expect(Failure(error).status == .badFile)
            #expect(Failure(error).lines.contains("elbow") && !Failure(error).lines.contains("\n"))
        }
    }

    @Test func whatFoundationThrowsIsOneLineWithThePath() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/none/a.txt"
        do {
            _ = try String(contentsOfFile: path, encoding: .utf8)
            Issue.record("there is no such file")
        } catch {
            let failure = Failure(error)
            #expect(failure.status == .missingFile)
            #expect(failure.lines.hasPrefix("error: \(path): ") && !failure.lines.contains("\n"), "\(failure.lines)")
            #expect(!failure.lines.contains("NSCocoaErrorDomain"))
        }
    }

    @Test func aJobFileThatIsNotThereIsMissing() throws {
        do {
            _ = try JobContext(path: "/none/square.yaml")
            Issue.record("there is no such file")
        } catch {
            #expect(Failure(error).status == .missingFile && Failure(error).lines == "/none/square.yaml: no such file")
        }
    }

    @Test func statusesAreTheDocumentedNumbers() {
        let expected: [ExitStatus: Int32] = [
            .success: 0, .failure: 1, .usage: 64, .badFile: 65, .missingFile: 66, .unavailable: 69, .softwareFault: 70,
            .cannotCreate: 73, .inputOutput: 74, .noPermission: 77, .safetyStop: 80, .policyLate: 81, .policyFailed: 82,
            .overruns: 83, .loopHung: 84, .replayDiffers: 85, .cameraFault: 86, .hungUp: 129, .interrupted: 130,
            .terminated: 143,
        ]
        #expect(Set(expected.keys) == Set(ExitStatus.allCases))
        for (status, number) in expected { #expect(status.rawValue == number) }
    }

    @Test(arguments: EpisodeEnding.allCases) func everyEndingHasItsStatus(ending: EpisodeEnding) {
        let expected: [EpisodeEnding: ExitStatus] = [
            .stopped: .interrupted, .interrupted: .interrupted, .fault: .safetyStop, .policyLate: .policyLate,
            .policyFailed: .policyFailed, .cameraFault: .cameraFault,
        ]
        var result = EpisodeResult(
            request: EpisodeRequest(index: 2, seed: 0), steps: 7, ending: ending, detail: "", faults: [])
        #expect(Driving.status(of: result) == expected[ending])
        #expect(Driving.reason(result).hasPrefix("episode 2, step 7: "))
        result.faults = [.overrun, .workspace]
        #expect(Driving.status(of: result) == (ending == .fault ? .overruns : expected[ending]))
        if ending == .fault { #expect(Driving.reason(result).hasSuffix("workspace, overrun")) }
    }
}
