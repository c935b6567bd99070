import Control
import Episodes
import Foundation
import Realtime
import Testing

@testable import Runtime

/// A recorder whose two sources are played by the test.
private struct RecorderBench {
    let folder: TemporaryFolder
    let cycles: Ring<CycleRecord>
    let events: RecorderQueue
    let recorder: Recorder
    private var cycle: UInt64 = 0

    init(cycleCapacity: Int = 1024, eventCapacity: Int = 1024) throws {
        let folder = try TemporaryFolder()
        let context = try TestJob.context(horizon: 10)
        self.folder = folder
        cycles = Ring(capacity: cycleCapacity)
        events = RecorderQueue(capacity: eventCapacity)
        recorder = Recorder(cycles: cycles, events: events) { request in
            try EpisodeWriter(
                folder: folder.path, index: request.index,
                header: context.header(seed: request.seed, policy: "test", schedule: .realtime))
        }
    }

    func begin(_ index: Int, sequence: UInt64) {
        events.post(.begin(EpisodeRequest(index: index, seed: 0), setpoint(sequence, .beginEpisode)))
    }

    func end(_ index: Int, sequence: UInt64, ending: EpisodeEnding = .horizon) {
        let result = EpisodeResult(
            request: EpisodeRequest(index: index, seed: 0), steps: 0, ending: ending, detail: "", faults: [])
        events.post(.end(result, endSequence: sequence))
    }

    func post(_ sequences: ClosedRange<UInt64>) {
        for sequence in sequences { events.post(.setpoint(setpoint(sequence, .toolDelta))) }
    }

    private func setpoint(_ sequence: UInt64, _ kind: Setpoint.Kind) -> Setpoint {
        var setpoint = Setpoint()
        setpoint.sequence = sequence
        setpoint.kind = kind
        return setpoint
    }

    /// The control loop acts on these setpoints, one cycle each.
    mutating func act(_ sequences: UInt64...) {
        for sequence in sequences {
            cycle += 1
            var record = CycleRecord()
            record.cycle = cycle
            record.setpointSequence = sequence
            _ = cycles.push(record)
        }
    }

    func isComplete(_ index: Int) -> Bool {
        FileManager.default.fileExists(atPath: Dataset.episodePath(folder: folder.path, index: index))
    }

    /// The setpoints that an episode's cycles acted on.
    func cycles(_ index: Int) throws -> [UInt64] {
        try read(index).cycles().map(\.setpointSequence)
    }

    func setpoints(_ index: Int) throws -> [UInt64] {
        try read(index).setpoints().map(\.sequence)
    }

    func read(_ index: Int) throws -> EpisodeReader {
        try EpisodeReader(path: Dataset.episodePath(folder: folder.path, index: index))
    }
}

@Suite struct RecorderTests {
    @Test func cyclesBelongToTheEpisodeWhoseSetpointsTheyActedOn() throws {
        var bench = try RecorderBench()
        bench.act(0, 0)
        bench.begin(0, sequence: 3)
        bench.act(2, 2, 3, 3)
        bench.post(4...5)
        bench.act(4, 5, 5)
        try bench.recorder.step()
        bench.end(0, sequence: 6, ending: .success)
        bench.act(5, 6)
        try bench.recorder.step()
        #expect(bench.isComplete(0), "the cycle that took the end closes the episode")
        bench.act(6, 7)
        try bench.recorder.step()
        try bench.recorder.finish()
        #expect(try bench.cycles(0) == [3, 3, 4, 5, 5, 5])
        #expect(try bench.setpoints(0) == [3, 4, 5])
        #expect(try bench.read(0).outcome == EpisodeOutcome(success: true, ending: .success))
        #expect(bench.recorder.finished.map(\.request.index) == [0])
    }

    @Test func cyclesThatComeAfterTheNextBeginningWasPostedAreStillInTheirEpisode() throws {
        var bench = try RecorderBench()
        bench.begin(0, sequence: 1)
        bench.act(1)
        bench.end(0, sequence: 2)
        bench.begin(1, sequence: 3)
        try bench.recorder.step()
        #expect(!bench.isComplete(0))
        bench.act(1, 1)
        try bench.recorder.step()
        bench.act(2, 2, 3, 3)
        bench.end(1, sequence: 4)
        bench.act(4)
        try bench.recorder.step()
        #expect(try bench.cycles(0) == [1, 1, 1])
        #expect(try bench.cycles(1) == [3, 3])
    }

    @Test func aBeginningThatOvertookTheEndIsUnderstood() throws {
        var bench = try RecorderBench()
        bench.begin(0, sequence: 1)
        bench.end(0, sequence: 2)
        bench.begin(1, sequence: 3)
        // The control loop never saw setpoint 2: setpoint 3 replaced it.
        bench.act(1, 3)
        bench.end(1, sequence: 4)
        try bench.recorder.step()
        try bench.recorder.finish()
        #expect(try bench.cycles(0) == [1])
        #expect(try bench.cycles(1) == [3])
    }

    @Test func finishCompletesWhatEnded() throws {
        var bench = try RecorderBench()
        bench.begin(0, sequence: 1)
        bench.act(1)
        bench.end(0, sequence: 2)
        try bench.recorder.step()
        #expect(!bench.isComplete(0), "no cycle has taken the end yet")
        try bench.recorder.finish()
        #expect(try bench.cycles(0) == [1])
        #expect(try bench.read(0).outcome?.ending == .horizon)
    }

    @Test func finishCompletesAnEpisodeWhoseEndWasNeverTold() throws {
        var bench = try RecorderBench()
        bench.begin(0, sequence: 1)
        bench.act(1, 1)
        try bench.recorder.finish()
        #expect(try bench.cycles(0) == [1, 1])
        #expect(try bench.read(0).outcome == EpisodeOutcome(success: false, ending: .interrupted))
    }

    @Test func aRecorderGoesOnAfterFinish() throws {
        var bench = try RecorderBench()
        for index in 0..<2 {
            bench.begin(index, sequence: 1)
            bench.act(1)
            bench.end(index, sequence: 2)
            bench.act(2)
            try bench.recorder.step()
            try bench.recorder.finish()
        }
        #expect(try bench.cycles(0) == [1] && bench.cycles(1) == [1])
    }

    @Test func withoutAnEpisodeNothingIsWritten() throws {
        var bench = try RecorderBench()
        bench.act(0, 1, 2)
        try bench.recorder.step()
        try bench.recorder.finish()
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).isEmpty)
    }

    @Test func whatDoesNotFitIsCounted() throws {
        var bench = try RecorderBench(cycleCapacity: 4, eventCapacity: 3)
        bench.begin(0, sequence: 1)
        bench.post(2...6)
        #expect(bench.events.dropped == 3)
        let room = (0..<64).prefix { _ in
            bench.act(1)
            return bench.cycles.dropped == 0
        }.count
        #expect(room >= 4 && bench.cycles.dropped == 1)
        try bench.recorder.step()
        bench.act(1)
        #expect(bench.cycles.dropped == 1 && bench.events.dropped == 3, "there is room again")
        try bench.recorder.finish()
        #expect(try bench.cycles(0).count == room + 1)
        #expect(try bench.setpoints(0) == [1, 2, 3])
    }

    @Test func anEpisodeThatIsThereAlreadyIsNotOverwritten() throws {
        let bench = try RecorderBench()
        let path = Dataset.episodePath(folder: bench.folder.path, index: 0)
        try Data("kept".utf8).write(to: URL(fileURLWithPath: path))
        bench.begin(0, sequence: 0)
        #expect(throws: EpisodeError.self) { try bench.recorder.finish() }
        #expect(FileManager.default.contents(atPath: path) == Data("kept".utf8))
    }
}
