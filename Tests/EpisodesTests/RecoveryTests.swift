import EpisodeSamples
import Foundation
import Testing

@testable import Episodes

@Suite(.serialized) struct RecoveryTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Starts the probe, kills it once it has acknowledged so many steps, and counts what it acknowledged in all.
    private func killAfter(steps: Int, index: Int, seed: UInt64) throws -> Int {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try probePath())
        process.arguments = ["endless", folder.path, String(index), String(seed)]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        var received = 0
        while received < steps * 4 {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { break }
            received += data.count
        }
        kill(process.processIdentifier, SIGKILL)
        received += pipe.fileHandleForReading.readDataToEndOfFile().count
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
        return received / 4
    }

    @Test func aKilledWriterLosesLessThanASecond() throws {
        let complete = try EpisodeSample(seed: 99).write(30, to: folder.path, index: 0)
        let before = try Data(contentsOf: URL(fileURLWithPath: complete))
        // Where in the rhythm of flushes the kill falls differs from run to run; what must hold does not.
        for (round, steps) in [16, 23, 40, 57, 81, 133].enumerated() {
            let sample = EpisodeSample(seed: UInt64(round), cameras: EpisodeSample.probeCameras)
            let acknowledged = try killAfter(steps: steps, index: round + 1, seed: UInt64(round))
            let partial = "\(folder.path)/00000\(round + 1).hdf5.partial"
            #expect(try EpisodeRecovery.partialPaths(in: folder.path) == [partial])
            let path = try EpisodeRecovery.recover(partial)
            let reader = try EpisodeReader(path: path)
            #expect(reader.outcome?.ending == .recovered)
            #expect(acknowledged >= steps)
            #expect(reader.stepCount > acknowledged - 20)
            let actions = (0..<reader.stepCount).flatMap { sample.step($0).action }
            #expect(try reader.column("actions") == actions)
            for (number, camera) in EpisodeSample.probeCameras.enumerated() {
                #expect(
                    try reader.pictures(camera)
                        == (0..<reader.stepCount).flatMap { sample.frame($0, number).image.pixels })
            }
            let cycles = try reader.cycles()
            #expect(cycles.count > (acknowledged - 20) * EpisodeSample.cyclesPerStep)
            for (row, cycle) in cycles.enumerated() {
                #expect(cycle.executed.jointTorques == sample.cycle(row).executed.jointTorques)
            }
            #expect(try reader.setpoints().count > acknowledged - 20)
            #expect(try EpisodeRecovery.partialPaths(in: folder.path).isEmpty)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: complete)) == before)
        #expect(try Dataset(path: folder.path).check().isEmpty)
    }

    @Test func recoveryEqualsTheEpisodeThatEndedThere() throws {
        let sample = EpisodeSample(seed: 8)
        let writer = try EpisodeWriter(folder: folder.path, index: 0, header: sample.header)
        for row in 0..<33 { try sample.append(step: row, to: writer) }
        try writer.flush()
        // The file as a process that dies now would leave it.
        let copy = folder.path + "/000001.hdf5.partial"
        try FileManager.default.copyItem(atPath: writer.path + ".partial", toPath: copy)
        let partial = try EpisodeReader(partial: copy)
        #expect(partial.stepCount == 33 && partial.outcome == nil)
        let recovered = try EpisodeReader(path: try EpisodeRecovery.recover(copy))
        #expect(recovered.stepCount == 33)
        #expect(try recovered.cycles().count == 33 * EpisodeSample.cyclesPerStep)
        #expect(try recovered.observations() == (0..<33).flatMap { sample.step($0).observation })
        // The writer is not disturbed by any of this.
        try writer.finish(EpisodeOutcome(success: false, ending: .horizon))
        #expect(try EpisodeReader(path: writer.path).stepCount == 33)
    }

    @Test func nothingFlushedIsSaidPlainly() throws {
        let empty = folder.path + "/000003.hdf5.partial"
        try Data().write(to: URL(fileURLWithPath: empty))
        let error = try #require(throws: EpisodeError.self) { try EpisodeRecovery.recover(empty) }
        #expect(error.kind == .incomplete && error.path == empty)
        #expect(FileManager.default.fileExists(atPath: empty))
    }

    @Test func aFullDiskIsATypedErrorAndHarmsNothingElse() throws {
        let output = try run(try probePath(), ["limited", folder.path, "1500000"])
        #expect(output.status == 0, "\(output.errors)")
        #expect(output.text.hasPrefix("\(folder.path)/000001.hdf5.partial: could not"))
        #expect(output.text.contains("MiB are free there"))
        #expect(try folder.names() == ["000000.hdf5", "000001.hdf5.partial", "000002.hdf5"])
        let sample = EpisodeSample(seed: 1)
        for index in [0, 2] {
            let reader = try EpisodeReader(path: "\(folder.path)/00000\(index).hdf5")
            #expect(try reader.column("actions") == (0..<20).flatMap { sample.step($0).action })
        }
        let recovered = try EpisodeReader(path: try EpisodeRecovery.recover(folder.path + "/000001.hdf5.partial"))
        #expect(recovered.stepCount > 20)
        #expect(try recovered.column("actions") == (0..<recovered.stepCount).flatMap { sample.step($0).action })
    }
}
