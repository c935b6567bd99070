import Foundation

/// Appends one JSON object a line to a run's `metrics.jsonl`, each written out at once.
public final class MetricsLog {
    private let handle: FileHandle
    private let path: String
    private let encoder: JSONEncoder

    /// - Throws: ``JobError`` if the file cannot be opened for appending.
    public init(path: String) throws(JobError) {
        self.path = path
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
            throw JobError(.inputOutput, "\(path): \(error.localizedDescription)")
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
            throw JobError(.inputOutput, "\(path): cannot be written: \(error.localizedDescription)")
        }
    }
}
