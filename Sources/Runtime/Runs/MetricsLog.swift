import Foundation

/// Appends one JSON object a line to a run's `metrics.jsonl`, each written out at once.
public final class MetricsLog {
    private let handle: FileHandle
    private let path: String
    private let encoder: JSONEncoder
    /// Lines appended, and those that were kept when it was opened to go on with.
    public private(set) var count: Int

    /// - Parameters:
    ///   - path: the file; made where it is not there.
    ///   - lastStep: where a run is gone on with, the step it goes on from: lines of later steps are removed.
    /// - Throws: ``JobError`` if the file cannot be opened for appending.
    public convenience init(path: String, keepingStepsThrough lastStep: Int? = nil) throws(JobError) {
        if let lastStep {
            try self.init(
                path: path,
                keeping: try Self.lines(of: path).filter { line in
                    guard let step = try? JSONDecoder().decode(Step.self, from: Data(line.utf8)) else { return false }
                    return step.step <= lastStep
                })
        } else {
            try self.init(path: path, keeping: nil)
        }
    }

    /// - Parameters:
    ///   - path: the file; made where it is not there.
    ///   - count: how many of its lines are kept, from the first on; the others are removed.
    /// - Throws: ``JobError`` if the file cannot be opened for appending.
    public convenience init(path: String, keepingLines count: Int) throws(JobError) {
        try self.init(path: path, keeping: Array(try Self.lines(of: path).prefix(count)))
    }

    private init(path: String, keeping lines: [Substring]?) throws(JobError) {
        self.path = path
        count = lines?.count ?? 0
        if let lines { try WholeFile.write(Data(lines.map { $0 + "\n" }.joined().utf8), to: path) }
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
            count += 1
        } catch {
            throw JobError(.inputOutput, "\(path): cannot be written: \(SystemReason.of(error))")
        }
    }

    private struct Step: Decodable {
        var step: Int
    }

    /// None if the file is not there; one that cannot be read is not written over.
    private static func lines(of path: String) throws(JobError) -> [Substring] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            // What is no UTF-8 was torn by a crash.
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            return String(decoding: data, as: UTF8.self).split(separator: "\n")
        } catch {
            throw JobError(.inputOutput, "\(path): cannot be read: \(SystemReason.of(error))")
        }
    }
}
