import Configuration
import Foundation
import Policies
import Testing

@testable import Runtime

/// The folder of the package.
private let packageFolder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

@Suite struct JobConfigurationTests {
    /// A job file with what is required and nothing else.
    private let smallest = """
        name: small
        task: {name: square, variant: d0}
        robot: ../robots/panda.yaml
        action: {translation: 0.05 m, rotation: 0.5 rad}
        inference: {rate: 20 Hz}
        """

    private func decode(_ text: String) throws(ConfigurationError) -> JobConfiguration {
        try JobConfiguration.decode(Document(text: text, path: packageFolder + "/configs/t.yaml"))
    }

    private func faults(_ text: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try decode(text)
            return []
        } catch {
            return error.faults.map { "\($0.position.line):\($0.position.column): \($0.message)" }
        }
    }

    @Test func squareFilesDecode() throws {
        let square = try JobConfiguration.load(path: packageFolder + "/configs/square.yaml")
        #expect(square.name == "square")
        #expect(square.task == JobConfiguration.TaskChoice(name: "square", variant: "d0"))
        #expect(square.robotPath == packageFolder + "/robots/panda.yaml")
        #expect(square.action == JobConfiguration.ActionScale(translation: 0.05, rotation: 0.5))
        #expect(square.inference.rate == 20)
        #expect(square.record.noise == 0.1)
        #expect(square.policy.horizon == 16 && square.policy.execute == 10 && square.policy.lead == 1)
        #expect(square.training.heldOut == 0.1)
        #expect(square.recording.cycleRing == 4096)

        var expected = square
        expected.name = "square-d1"
        expected.path = packageFolder + "/configs/square-d1.yaml"
        expected.task.variant = "d1"
        #expect(try JobConfiguration.load(path: expected.path) == expected)
    }

    @Test func whatIsLeftOutHasADefault() throws {
        let job = try decode(smallest)
        #expect(job.seed == 0)
        #expect(job.record.episodes == 100)
        #expect(job.record.keep == .successes)
        #expect(job.evaluation.seed == 1_000_000)
        #expect(job.recording.stepRing == 256)
        #expect(try decode(smallest + "\nrecord: {episodes: 7}").record.episodes == 7)
    }

    @Test func writtenOutItReadsBackTheSame() throws {
        var state: UInt64 = 5
        func random(_ range: ClosedRange<Int>) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return range.lowerBound + Int((state >> 33) % UInt64(range.count))
        }
        func part() -> Double { Double(random(1...999_983)) / 999_983 }
        for _ in 0..<200 {
            var job = try decode(smallest)
            job.name = ["square", "a: b", "true", "日本 #1", "line\nbreak", "12"][random(0...5)]
            job.seed = UInt64(random(0...1_000_000)) &* 0x9E37_79B9_7F4A_7C15
            job.action = JobConfiguration.ActionScale(translation: part() / 2, rotation: part())
            job.record = JobConfiguration.RecordSettings(
                episodes: random(1...500), noise: part(), keep: .all,
                workers: random(0...8))
            job.policy = JobConfiguration.PolicySettings(
                horizon: random(16...64), execute: random(1...8), lead: random(0...8), hidden: random(8...512),
                blocks: random(1...6), samplingSteps: random(1...50),
                onnx: [nil, "/models/a b.onnx"][random(0...1)], seam: ChunkSeam.allCases[random(0...3)],
                fade: random(1...20),
                guidance: FlowGuidance(method: [.exact, .jacobianFree][random(0...1)], largestWeight: 2.5),
                latency: PolicyLatency(
                    constant: part(), jitter: part(), stall: 9 * part(), stallProbability: part()))
            job.training = JobConfiguration.TrainingSettings(
                steps: random(1...100_000), batchSize: random(1...512), learningRate: part() * 1e-6,
                warmupSteps: random(0...1000), weightDecay: part() * 1e-9, ema: part() * 0.9, heldOut: part() * 0.9,
                checkpointEvery: random(1...1000), evaluateEvery: random(1...1000))
            job.evaluation = JobConfiguration.EvaluationSettings(
                episodes: random(1...500), seed: .max, workers: random(0...8))
            job.inference.rate = 100 * part() + 1
            job.recording = JobConfiguration.RecordingSettings(
                cycleRing: random(16...9999), stepRing: random(16...999))
            job.report.pictures = random(0...100)
            #expect(try decode(job.yaml.document) == job)
        }
    }

    @Test(arguments: [
        (
            "robot: ../robots/panda.yaml", "robot: none.yaml",
            "3:8: robot names \(packageFolder)/configs/none.yaml, which does not exist; write the path of a robot file"
        ),
        ("0.05 m", "0.05", "4:23: translation has no unit; write 0.05 m"),
        ("task: {name: square, variant: d0}", "task: square", "2:7: task is 'square'; write a mapping with keys"),
        ("20 Hz", "0 Hz", "5:19: rate is 0 Hz; it must be at least 0.1 Hz and at most 1000 Hz"),
        (
            "inference:", "policy: {horizon: 8, execute: 8}\ninference:",
            "5:31: execute is 8, which with a lead of 1 is more than the horizon of 8 actions"
        ),
        (
            "inference:", "policy: {seam: crossfade}\ninference:",
            "5:16: seam cannot be 'crossfade'; did you mean 'cross-fade'? It is one of swap, cross-fade, real-time-chunking, hold-and-wait"
        ),
        (
            "inference:", "policy: {latency: {constant: 200}}\ninference:",
            "5:30: constant has no unit; write 200 s"
        ),
        (
            "inference:", "policy: {latency: {constant: 0.1 s, stall_probability: 120 %}}\ninference:",
            "5:56: stall_probability is 120 %; it must be at least 0 and at most 1"
        ),
        (
            "inference:", "record: {keep: sucesses}\ninference:",
            "5:16: keep cannot be 'sucesses'; did you mean 'successes'? It is one of successes, all"
        ),
        ("inference:", "trainning: {steps: 5}\ninference:", "5:1: unknown key 'trainning'; did you mean 'training'?"),
        ("action: ", "actions: ", "4:1: unknown key 'actions'; did you mean 'action'?"),
    ])
    func oneFault(text: String, other: String, fault: String) throws {
        let range = try #require(smallest.range(of: text))
        #expect(faults(smallest.replacingCharacters(in: range, with: other)) == [fault])
    }

    @Test func aJobCanBeAPartOfALargerFile() throws {
        let job = try decode(smallest)
        let run: YAMLValue = .mapping([("version", .integer(1)), ("job", job.yaml)])
        let path = "/runs/run.yaml"
        let read = try Document(text: run.document, path: path).decode { file in
            file.acceptOtherKeys()
            return file.mapping("job") { JobConfiguration(decoding: $0, path: job.path) }
        }
        #expect(read == job)
    }
}
