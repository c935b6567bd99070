import Foundation

/// Appends one JSON object a line to a run's `metrics.jsonl`, each written out at once.
public final class MetricsLog {
    private let handle: FileHandle
    private let path: String
    private let encoder: JSONEncoder

    /// - Parameters:
    ///   - path: the file; made where it is not there.
    ///   - lastStep: where a run is gone on with, the step it goes on from: lines of later steps are removed.
    /// - Throws: ``JobError`` if the file cannot be opened for appending.
    public init(path: String, keepingStepsThrough lastStep: Int? = nil) throws(JobError) {
        self.path = path
        if let lastStep { try Self.removeLines(beyond: lastStep, from: path) }
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        guard let handle = FileHandle(forWritingAtPath: path) else {
            throw JobError(.cannotCreate, "\(path): cannot be opened for writing")
        }
        self.handle = handle
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            try handle.seekToEnd()
        } catch {
            throw JobError(.inputOutput, "\(path): \(SystemReason.of(error))")
        }
    }

    /// Appends a value.
    ///
    /// - Throws: ``JobError`` if it cannot be written, as on a full disk.
    public func append(_ value: some Encodable) throws(JobError) {
        do {
            var line = try encoder.encode(value)
            line.append(UInt8(ascii: "\n"))
            try handle.write(contentsOf: line)
        } catch {
            throw JobError(.inputOutput, "\(path): cannot be written: \(SystemReason.of(error))")
        }
    }

    private struct Step: Decodable {
        var step: Int
    }

    private static func removeLines(beyond lastStep: Int, from path: String) throws(JobError) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return }
        let kept = text.split(separator: "\n").filter { line in
            guard let step = try? JSONDecoder().decode(Step.self, from: Data(line.utf8)) else { return false }
            return step.step <= lastStep
        }
        try WholeFile.write(Data(kept.map { $0 + "\n" }.joined().utf8), to: path)
    }
}
