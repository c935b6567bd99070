import Configuration
import Foundation
import Robots
import Testing

@testable import Runtime

@Suite struct JobContextTests {
    private func refusal(
        hardware: HardwareKind = .simulated, _ adjust: (inout JobConfiguration) -> Void
    ) throws -> JobError? {
        do {
            _ = try JobContext(path: packagePath + "/configs/square.yaml", hardware: hardware, adjust: adjust)
            return nil
        } catch let error as JobError {
            return error
        }
    }

    @Test func aJobIsPutTogether() throws {
        let context = try JobContext(path: packagePath + "/configs/square-d1.yaml")
        #expect(context.taskName == "square-d1" && context.robot.name == "panda")
        #expect(context.cyclesPerStep == 25 && context.cyclePeriod == 2_000_000)
        #expect(context.setting.chunks.executedSteps == 10 && context.setting.chunks.leadSteps == 1)
    }

    @Test func anInferenceRateThatDoesNotDivideTheControlRateIsRefused() throws {
        let error = try #require(try refusal { $0.inference.rate = 30 })
        #expect(error.status == .badFile)
        #expect(error.message.contains("the inference rate of 30.0 Hz does not divide the control rate of 500.0 Hz"))
    }

    @Test func anInferenceRateAboveTheControlRateIsRefused() throws {
        #expect(try refusal { $0.inference.rate = 1000 }?.status == .badFile)
    }

    @Test func aTaskIsRunAtItsOwnRate() throws {
        let error = try #require(try refusal { $0.inference.rate = 10 })
        #expect(error.status == .badFile && error.message.contains("defined at 20.0 actions a second"))
    }

    @Test(arguments: [HardwareKind.real, .emulated]) func hardwareThatTheRobotHasNoDriverForIsRefused(
        hardware: HardwareKind
    ) throws {
        let error = try #require(try refusal(hardware: hardware) { _ in })
        #expect(error.status == .unavailable)
        #expect(error.message.hasSuffix("cannot be run as '\(hardware.rawValue)' hardware; it supports: simulated"))
    }

    @Test func anUnknownTaskIsRefused() throws {
        let error = try #require(try refusal { $0.task.name = "round" })
        #expect(error.status == .badFile && error.message.contains("there is no task 'round'; there is: square"))
        #expect(error.message.hasPrefix(packagePath + "/configs/square.yaml: "))
    }

    @Test func anUnknownVariantIsRefused() throws {
        let error = try #require(try refusal { $0.task.variant = "d7" })
        #expect(error.status == .badFile && error.message.contains("has no variant 'd7'; it has: d0, d1"))
    }
}

@Suite struct PolicyChoiceTests {
    @Test func namesAreUnderstood() {
        #expect(PolicyChoice("expert") == .expert && PolicyChoice("base") == .base)
        #expect(PolicyChoice("runs/a") == .checkpoint("runs/a"))
        for text in ["expert", "base", "runs/a"] { #expect(PolicyChoice(text).description == text) }
    }

    @Test func theExpertHasNoCheckpoint() throws {
        #expect(try PolicyChoice.expert.places(job: TestJob.configuration()) == nil)
    }

    @Test func aFileIsItsOwnCheckpointAndAFolderHoldsOne() throws {
        let folder = try TemporaryFolder()
        let job = try TestJob.configuration()
        let file = folder.path + "/checkpoints/policy.safetensors"
        #expect {
            try PolicyChoice.checkpoint(folder.path).places(job: job)
        } throws: { error in
            (error as? JobError)?.status == .missingFile
                && "\(error)".contains("holds no checkpoints/policy.safetensors")
        }
        try FileManager.default.createDirectory(
            atPath: folder.path + "/checkpoints", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: file))
        #expect(try PolicyChoice.checkpoint(folder.path).places(job: job)?.base == .file(file))
        #expect(try PolicyChoice.checkpoint(file).places(job: job)?.base == .file(file))
        #expect {
            try PolicyChoice.checkpoint(folder.path + "/none").places(job: job)
        } throws: { error in
            (error as? JobError)?.status == .missingFile && "\(error)".contains("no such checkpoint")
        }
    }

    @Test func theBasePolicyIsTheOneTrainedLast() throws {
        try WorkingFolder.use()
        let folder = try TemporaryFolder()
        var job = try TestJob.configuration()
        job.name = "choice-\(UUID().uuidString)"
        let name = job.name
        #expect {
            try PolicyChoice.base.places(job: job)
        } throws: { error in
            (error as? JobError)?.status == .missingFile && "\(error)".contains("steadyhand train")
                && "\(error)".contains(name)
        }
        for number in 1...2 {
            let run = try RunFolder(creating: "\(folder.path)/\(number)", name: name, command: "train")
            try run.write(Data("x: 1".utf8), to: run.manifest)
            try run.write(Data(), to: run.checkpoints + "/policy.safetensors")
            try LatestRun.note(run, command: "train", job: name)
        }
        let places = try #require(try PolicyChoice.base.places(job: job))
        guard case .file(let path) = places.base else { return #expect(Bool(false), "a trained policy is a file") }
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        #expect(real == "\(folder.path)/2/checkpoints/policy.safetensors")
        try FileManager.default.removeItem(atPath: "runs/\(name)-train-latest")
    }
}

@Suite struct RunFolderTests {
    @Test func aNewFolderIsMadeAndAnEmptyOneTaken() throws {
        let folder = try TemporaryFolder()
        let run = try RunFolder(creating: folder.path + "/a/b", name: "n", command: "c")
        #expect(run.path == folder.path + "/a/b" && FileManager.default.fileExists(atPath: run.path))
        #expect(throws: Never.self) { try RunFolder(creating: folder.path + "/a/b", name: "n", command: "c") }
    }

    @Test func aFolderWithSomethingInItIsRefused() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: folder.path + "/x"))
        #expect {
            try RunFolder(creating: folder.path, name: "n", command: "c")
        } throws: { error in
            (error as? JobError)?.status == .cannotCreate && "\(error)".hasPrefix(folder.path)
        }
        #expect(throws: Never.self) { try RunFolder(creating: folder.path, name: "n", command: "c", isResuming: true) }
    }

    @Test func aFileInTheWayIsRefused() throws {
        let folder = try TemporaryFolder()
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder.path + "/x"))
        for path in ["/x", "/x/y"] {
            #expect {
                try RunFolder(creating: folder.path + path, name: "n", command: "c")
            } throws: { error in
                (error as? JobError)?.status == .cannotCreate
            }
        }
    }

    @Test func anExistingRunHasAManifest() throws {
        let folder = try TemporaryFolder()
        #expect(throws: JobError(.missingFile, "\(folder.path)/none: no such run folder")) {
            try RunFolder(existing: folder.path + "/none")
        }
        #expect(throws: JobError(.badFile, "\(folder.path): this folder is not a run: it has no run.yaml")) {
            try RunFolder(existing: folder.path)
        }
    }

    @Test func filesAreWrittenIntoFoldersThatAreMadeForThem() throws {
        let folder = try TemporaryFolder()
        let run = try RunFolder(creating: folder.path + "/a", name: "n", command: "c")
        try run.write(Data("1".utf8), to: run.checkpoints + "/x")
        try run.write(Data("22".utf8), to: run.checkpoints + "/x")
        #expect(FileManager.default.contents(atPath: run.checkpoints + "/x") == Data("22".utf8))
    }
}

@Suite struct MetricsLogTests {
    private struct Line: Codable, Equatable {
        var step: Int
        var loss: Double
    }

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func linesAreAppended() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/metrics.jsonl"
        try MetricsLog(path: path).append(Line(step: 1, loss: 0.5))
        try MetricsLog(path: path).append(Line(step: 2, loss: 0.25))
        #expect(try lines(path) == [#"{"loss":0.5,"step":1}"#, #"{"loss":0.25,"step":2}"#])
    }

    @Test func aRunThatIsGoneOnWithForgetsWhatCameLater() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/metrics.jsonl"
        let log = try MetricsLog(path: path)
        for step in 1...5 { try log.append(Line(step: step, loss: 1)) }
        // The process was killed while it wrote the sixth.
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(#"{"loss":0.1,"st"#.utf8))
        try handle.close()
        try MetricsLog(path: path, keepingStepsThrough: 3).append(Line(step: 4, loss: 2))
        let steps = try lines(path).map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        #expect(steps == [1, 2, 3].map { Line(step: $0, loss: 1) } + [Line(step: 4, loss: 2)])
    }

    @Test func aFileThatCannotBeReadIsNotWrittenOver() throws {
        let folder = try TemporaryFolder()
        let error = try #require(throws: JobError.self) { try MetricsLog(path: folder.path, keepingLines: 0) }
        #expect(error.status == .inputOutput && error.message.hasPrefix("\(folder.path): cannot be read: "))
    }

    @Test func aFileThatCannotBeMadeIsNamed() throws {
        #expect(throws: JobError(.cannotCreate, "/none/m.jsonl: cannot be opened for writing")) {
            try MetricsLog(path: "/none/m.jsonl")
        }
    }
}
