import Control
import Episodes
import Foundation

/// How fast episodes are written, beside a plain file of as many bytes.
struct EpisodesBench {
    let rounds: Int
    let context: JobContext
    let episode: BenchEpisode

    init(_ job: BenchJob, _ context: JobContext, _ episode: BenchEpisode) {
        rounds = job.rounds
        self.context = context
        self.episode = episode
    }

    func run() throws -> BenchLayer {
        let folder = FileManager.default.temporaryDirectory.path + "/steadyhand-bench-episodes-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { removeFolder(folder) }
        var rates: [Double] = []
        var plain: [Double] = []
        var sizes: [Double] = []
        let cycles = Double(episode.cycles.count)
        for round in 0..<rounds {
            let writer = try EpisodeWriter(
                folder: folder, index: round,
                header: context.header(seed: episode.request.seed, policy: "expert", schedule: .lockstep))
            rates.append(cycles / (try seconds { try write(to: writer) }))
            let size = try FileManager.default.attributesOfItem(atPath: writer.path)[.size] as? Int ?? 0
            sizes.append(Double(size) / cycles)
            plain.append(cycles / (try seconds { try writePlain(size, to: folder + "/plain-\(round)") }))
        }
        let needed = context.robot.control.rate
        var layer = BenchLayer()
        layer.add("cycles", BenchFigure("control cycles written", unit: "/s", rounds: rates))
        layer.add(
            "realTime",
            BenchFigure("faster than real time", unit: "times", rounds: rates.map { $0 / needed }))
        layer.add("plain", BenchFigure("as many bytes into a plain file, synced", unit: "cycles/s", rounds: plain))
        layer.add(
            "ratio", BenchFigure("episode over plain file", unit: "", rounds: zip(rates, plain).map { $0 / $1 }))
        layer.add("bytes", BenchFigure("size of the file for each cycle", unit: "bytes", rounds: sizes))
        layer.notes.append(
            "\(episode.cycles.count) cycles, \(episode.steps.count) steps and \(episode.setpoints.count) setpoints, "
                + "brought to disk and renamed")
        return layer
    }

    private func write(to writer: EpisodeWriter) throws {
        for setpoint in episode.setpoints { try writer.append(setpoint) }
        for cycle in episode.cycles { try writer.append(cycle) }
        for step in episode.steps { try writer.append(step) }
        try writer.finish(EpisodeOutcome(success: true, ending: .success))
    }

    private func writePlain(_ size: Int, to path: String) throws {
        let data = Data(repeating: 0x55, count: size)
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { throw JobError(.cannotCreate, "\(path): cannot be created") }
        try file.write(contentsOf: data)
        try file.synchronize()
        try file.close()
    }

    private func removeFolder(_ folder: String) {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            StandardError.write("warning: \(folder) could not be removed: \(error)\n")
        }
    }
}
