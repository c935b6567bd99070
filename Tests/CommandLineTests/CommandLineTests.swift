import Foundation
import Synchronization
import Testing

/// End-to-end tests. One after the other: runs in real time should have the machine's cores, and the others use all of them.
@Suite(.serialized) enum CommandLineTests {}

/// A small recording and a policy trained on it, made once and only read by tests.
struct Sample: Sendable {
    static let made = Task { try await Sample() }

    let workspace: Workspace
    let job: String
    /// The recording's run folder; three demonstrations.
    let recording: String
    /// What `record --json` printed.
    let recorded: String
    /// What `train --json` printed.
    let trained: String
    let checkpoint: String
    /// Standard error of the two commands.
    let recordingProgress: [String]
    let trainingProgress: [String]

    /// Where the sample is, to be removed when the process ends: a static value never goes away.
    private static let folder = Mutex("")

    private init() async throws {
        workspace = try Workspace()
        Self.folder.withLock { [path = workspace.path] in $0 = path }
        atexit { Sample.folder.withLock { _ = try? FileManager.default.removeItem(atPath: $0) } }
        job = try workspace.makeJob()
        recording = workspace["demonstrations"]
        let record = try await Program.run(
            ["record", job, "--episodes", "3", "--seed", "5", "--json", "--out", recording], in: workspace)
        try #require(record.status == 0, "\(record.standardError)")
        let train = try await Program.run(["train", job, "--steps", "40", "--json"], in: workspace)
        try #require(train.status == 0, "\(train.standardError)")
        recorded = record.standardOutput
        trained = train.standardOutput
        checkpoint = try #require(try train.json["checkpoint"] as? String)
        recordingProgress = record.errorLines
        trainingProgress = train.errorLines
    }
}

/// An object from a line of JSON.
func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "not an object: \(line)")
}
