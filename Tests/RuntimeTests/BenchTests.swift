import Foundation
import Testing

@testable import Runtime

/// The folder of the package.
private let packageFolder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

@Suite struct BenchTests {
    /// A benchmark whose rounds are as short as they can be.
    private func job(
        _ layers: [String], rounds: Int = 1, learnerPeer: [String] = [], remotePeer: [String] = [],
        renderingPeer: [String] = []
    ) -> BenchJob {
        var job = BenchJob(
            jobPath: packageFolder + "/configs/square.yaml", layers: layers, rounds: rounds, learnerPeer: learnerPeer,
            remotePeer: remotePeer, renderingPeer: renderingPeer)
        job.effort = BenchEffort(
            wakeupSeconds: 0.02, pacedSeconds: 0.02, answersSeconds: 0.1, exchanges: 100, proposals: 3, updates: 1,
            learnerEpisodes: (2, 3), learnerWarmUp: 2, learnerUpdates: 2, actions: 3, peakSize: 32, policySteps: 12,
            pictures: (1, 1), busCycles: 20, codecBytes: 100_000, remoteRequests: 2, remoteMessages: 2)
        return job
    }

    private func measure(_ layer: String) throws -> BenchLayer {
        let layer = try #require(try job([layer]).run()[layer])
        for figure in layer.figures.values {
            #expect(figure.median.isFinite && figure.median >= 0, "\(figure.label)")
            #expect(figure.low <= figure.median && figure.median <= figure.high, "\(figure.label)")
        }
        return layer
    }

    private func json(_ value: some Encodable) throws -> [String: Any] {
        let data = Data(try Results.line(value).utf8)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func resultHasAnObjectForEachLayerMeasuredAndNoOther() throws {
        let result = try job(["exchange", "policy"], rounds: 2).run()
        let object = try json(result)
        #expect(Set(object.keys) == ["machine", "rounds", "exchange", "policy"])
        #expect(object["rounds"] as? Int == 2)
        let machine = try #require(object["machine"] as? [String: Any])
        #expect(Set(machine.keys) == ["processor", "processors", "load", "build"])
        let policy = try #require(object["policy"] as? [String: Any])
        #expect(Set(policy.keys) == ["figures", "order", "notes"])
        let figures = try #require(policy["figures"] as? [String: Any])
        let p99 = try #require(figures["p99"] as? [String: Any])
        #expect(Set(p99.keys) == ["label", "unit", "median", "low", "high", "reference", "ratio", "against"])
        #expect(p99["reference"] as? Double == 50_000, "one step at 20 Hz, in µs")
        #expect(result.text.contains("proposal, p99"))
        #expect(!result.text.contains("wakeup"))
    }

    @Test func controlHasTheLoopsOwnShareBesideItsLimit() throws {
        let layer = try measure("control")
        #expect(layer.figures["ownP99"]?.reference == 50)
        #expect(
            Set(layer.order) == [
                "ownP50", "ownP99", "pacedP50", "pacedP99", "readP50", "controlP50", "writeP50", "publishP50", "model",
                "controller",
            ])
    }

    @Test func simulationHasBothRatiosAndTheSpeedUp() throws {
        let layer = try measure("simulation")
        #expect(
            Set(layer.order) == [
                "session", "physics", "sessionRatio", "loop", "bare", "ratio", "twoWorkers", "speedUp",
            ])
    }

    @Test func aBusIsMeasuredBesideItsWireAndItsCodecBesideCopying() throws {
        let layer = try measure("bus")
        #expect(
            Set(layer.order).subtracting(["feetechAllocations", "dynamixelAllocations"]) == [
                "feetechCycle", "feetechCycleP99", "feetechCodec", "dynamixelCycle", "dynamixelCycleP99",
                "dynamixelCodec",
                "copy",
            ])
        // Request, six replies with their turn-rounds, two frames of USB, and the goals: (14 + 6 * 21 + 26) bytes.
        let wire = try #require(layer.figures["feetechCycle"]?.reference)
        #expect(wire > 2000 && wire < 2400, "\(wire)")
        let fast = try #require(layer.figures["dynamixelCycle"]?.reference)
        #expect(fast > 1500 && fast < 2400, "\(fast)")
        for name in ["feetechAllocations", "dynamixelAllocations"] {
            #expect(layer.figures[name]?.high == 0 || layer.notes.contains { $0.contains("not counted") })
        }
    }

    @Test func answersHasTheRatiosOfLateToPromptOnes() throws {
        let layer = try measure("answers")
        #expect(
            Set(layer.order) == ["wakeP50", "wakeP50Ratio", "wakeP99", "wakeP99Ratio", "stepP99", "stepP99Ratio"])
        #expect(layer.figures["wakeP99"]?.against == "prompt answers'")
    }

    @Test func trainingHasTheMachinesPeak() throws {
        let layer = try measure("training")
        #expect(Set(layer.order) == ["updates", "samples", "arithmetic", "peak"])
        let (updates, samples) = (layer.figures["updates"], layer.figures["samples"])
        #expect(samples?.median == updates.map { $0.median * 256 })
    }

    private func temporaryFiles() throws -> Set<String> {
        let temporary = FileManager.default.temporaryDirectory.path
        let names = try FileManager.default.contentsOfDirectory(atPath: temporary)
        return Set(names.filter { $0.hasPrefix("steadyhand-bench-episodes-") })
    }

    @Test func learnerIsTimedWithItsSmallPolicy() throws {
        let layer = try measure("learner")
        #expect(Set(layer.order).subtracting(["allocations"]) == ["updates", "processor", "actionP50", "actionP99"])
        #expect(layer.figures["actionP99"]?.reference == 60)
        #expect(layer.figures["updates"]?.ratio == nil)
        // Where nothing is counted, as under a sanitizer, a note says so.
        let allocations = layer.figures["allocations"]
        #expect(allocations?.high == 0 || layer.notes.contains { $0.contains("not counted") })
    }

    /// A peer that takes half a second for an update, and refuses checkpoints that are not there.
    @Test func learnerTakesTurnsWithAPeer() throws {
        let peer = """
            test -s "$0" && test -s "$1" || exit 3
            echo '{"name":"Snail 2","policyDifference":0.25,"criticDifference":0.5}'
            while read -r updates; do
                echo "{\\"seconds\\":$((updates / 2)),\\"processorSeconds\\":$updates}"
            done
            """
        let layer = try #require(
            try job(["learner"], rounds: 3, learnerPeer: ["sh", "-c", peer]).run()["learner"])
        let (updates, processor) = (layer.figures["updates"], layer.figures["processor"])
        #expect(updates?.reference == 2 && updates?.against == "Snail 2's")
        #expect(processor?.reference == 1)
        #expect(layer.figures["updatesPeer"]?.high == 2)
        let ratio = try #require(layer.figures["updatesRatio"])
        #expect(abs(ratio.high - (updates?.high ?? 0) / 2) < 1e-9 * ratio.high)
        #expect(layer.notes.contains { $0.contains("0.25") && $0.contains("0.5") && $0.contains("Snail 2") })
    }

    @Test(arguments: [
        (["false"], "ended with status 1"), (["sh", "-c", "echo hello"], "not understood: hello"),
        (
            [
                "sh", "-c",
                "echo '{\"name\":\"a\",\"policyDifference\":0,\"criticDifference\":0}'; read -r line; exit 5",
            ],
            "ended with status 5"
        ),
        (["/there/is/no/such/program"], "ended with status 127"),
    ])
    func aPeerThatFailsIsReported(command: [String], message: String) {
        #expect {
            _ = try job(["learner"], learnerPeer: command).run()
        } throws: { error in
            (error as? JobError)?.status == .unavailable && "\(error)".contains(message)
        }
    }

    @Test func messagesAreTimedWithoutAServer() throws {
        let layer = try measure("remote")
        #expect(layer.order == ["encode", "decode", "slices", "copy"])
        #expect(layer.notes.contains { $0.contains("no round trips") })
    }

    /// openpi's own client and this program's ask one server in turn.
    @Test func roundTripsTakeTurnsWithOpenpisClient() throws {
        let peer = ["/usr/bin/python3", packageFolder + "/tools/bench_remote.py"]
        let layer = try #require(try job(["remote"], rounds: 2, remotePeer: peer).run()["remote"])
        let (own, other) = (try #require(layer.figures["p50"]), try #require(layer.figures["p50Peer"]))
        #expect(own.median > 0 && other.median > 0)
        #expect(own.reference == other.median)
        #expect(own.against == "openpi-client 0.1.2's")
    }

    @Test func episodesAreWrittenAndRemoved() throws {
        let before = try temporaryFiles()
        let layer = try measure("episodes")
        #expect(Set(layer.order) == ["cycles", "realTime", "plain", "ratio", "bytes"])
        #expect(try #require(layer.figures["bytes"]).median > 100, "more than a dozen numbers even when packed")
        #expect(try temporaryFiles().subtracting(before).isEmpty)
    }

    @Test func renderingGivesPicturesOrSaysWhyNot() throws {
        let layer = try measure("rendering")
        #expect(
            layer.order == ["edge84", "edge224", "large"] || layer.notes.contains { $0.hasPrefix("not measured: ") })
    }

    @Test func renderingTakesTurnsWithAPeerWhosePicturesAreCompared() throws {
        // It draws black pictures, a quarter of a second each.
        let peer = """
            test -s "$0/model.mjb" && test -s "$0/states.json" || exit 3
            for camera in $(echo "$1" | tr , ' '); do head -c $(($2 * $2 * 3)) /dev/zero >"$0/$camera.rgb"; done
            echo '{"name":"Snail 3"}'
            while read -r pictures; do echo "{\\"seconds\\":$((pictures / 2)).$((pictures % 2 * 5))}"; done
            """
        let layer = try #require(
            try job(["rendering"], rounds: 2, renderingPeer: ["sh", "-c", peer]).run()["rendering"])
        let figure = try #require(layer.figures["edge84"])
        #expect(figure.reference == 2 && figure.against == "Snail 3's")
        #expect(layer.figures["edge224Ratio"] != nil)
        let notes = layer.notes.filter { $0.contains("Snail 3's pictures of ") }
        #expect(notes.count == 2 && !notes.contains { $0.contains("differ from ours by 0 of") })
    }

    @Test func wakeupsAreMeasuredIdleAndBusyAtBothRates() throws {
        let layer = try measure("wakeup")
        for key in ["idle500P99", "idle1000P99", "busy500P99", "busy1000P99"] {
            #expect(layer.figures[key] != nil, "\(key)")
        }
        let hasPeer = layer.figures["idle500CyclictestP99"] != nil
        #expect(hasPeer == (layer.figures["idle500P99"]?.against == "cyclictest's"))
        #expect(hasPeer || layer.notes.contains { $0.contains("cyclictest") })
    }

    @Test func anUnknownLayerIsRefused() {
        #expect {
            _ = try job(["control", "warp"]).run()
        } throws: { error in
            (error as? JobError)?.status == .usage && "\(error)".contains("no layer 'warp'; there are: wakeup, control")
        }
    }

    @Test func noRoundsAreRefused() {
        #expect(throws: JobError(.usage, "0 rounds: at least 1 is needed")) { try job(["exchange"], rounds: 0).run() }
    }
}

@Suite struct BenchFigureTests {
    @Test(arguments: [([3], 3), ([3, 1, 2], 2), ([4, 1, 3, 2], 2.5), ([1, 1, 100], 1)] as [([Double], Double)])
    func medianIsTheMiddleValue(values: [Double], expected: Double) {
        #expect(BenchFigure.median(values) == expected)
    }

    @Test func figureHasTheRangeOfItsRounds() {
        let figure = BenchFigure("a", unit: "µs", rounds: [5, 2, 9]).compared(with: 10, "the limit")
        #expect(figure.low == 2 && figure.median == 5 && figure.high == 9)
        #expect(figure.ratio == 0.5)
        #expect(figure.text.hasSuffix(" 5 µs (2 to 9); 0.5 of the limit, 10 µs"))
    }

    @Test func figureWithoutAReferenceToDivideByHasNoRatio() {
        #expect(BenchFigure("a", unit: "µs", rounds: [5]).compared(with: 0, "the limit").ratio == nil)
    }

    @Test func cyclictestsHistogramIsRead() {
        // Two wake-ups at 3 µs, seven at 4 µs, one at 90 µs, as cyclictest 2.4 prints them.
        let output = """
            # /dev/cpu_dma_latency set to 0us
            # Histogram
            000000 000000
            000003 000002
            000004 000007
            000090 000001
            # Min Latencies: 00003
            # Avg Latencies: 00012
            # Max Latencies: 00090
            # Histogram Overflows: 00000
            # Histogram Overflow at cycle number:
            # Thread 0:
            """
        let histogram = Cyclictest.Histogram(output: output)
        #expect(histogram.counts == [3: 2, 4: 7, 90: 1])
        #expect(histogram.maximum == 90)
        #expect(histogram.percentile(0.2) == 3.5)
        #expect(histogram.percentile(0.5) == 4.5)
        #expect(histogram.percentile(0.9) == 4.5)
        #expect(histogram.percentile(0.99) == 90.5)
    }
}
