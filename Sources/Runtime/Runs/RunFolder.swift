public import Foundation

/// The folder that a run leaves behind: `run.yaml`, `episodes/`, `checkpoints/`, `metrics.jsonl`, `timing.json`,
/// `report.html`.
public struct RunFolder: Sendable {
    /// Absolute path of the folder.
    public let path: String

    /// Episode files, `NNNNNN.hdf5`.
    public var episodes: String { path + "/episodes" }
    /// Checkpoints of policies.
    public var checkpoints: String { path + "/checkpoints" }
    /// The resolved job, the seed, the versions and the machine.
    public var manifest: String { path + "/run.yaml" }
    /// One JSON object a line.
    public var metrics: String { path + "/metrics.jsonl" }
    /// Latency summaries.
    public var timing: String { path + "/timing.json" }
    /// The results that `--json` prints.
    public var results: String { path + "/results.json" }
    /// The report page.
    public var report: String { path + "/report.html" }
    /// Pictures for the report.
    public var pictures: String { path + "/pictures" }

    /// An existing run folder.
    ///
    /// - Throws: ``JobError`` if it is not there or no run.
    public init(existing path: String) throws(JobError) {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: self.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw JobError(.missingFile, "\(path): no such run folder")
        }
        guard FileManager.default.fileExists(atPath: manifest) else {
            throw JobError(.badFile, "\(path): this folder is not a run: it has no run.yaml")
        }
    }

    /// This name, or with a number behind it where another run began in the same second. The folder is made, so that nobody
    /// else gets it; where it cannot be, whoever fills it says why.
    private static func freeName(_ name: String) -> String {
        try? FileManager.default.createDirectory(
            atPath: (name as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        var (candidate, number) = (name, 1)
        while mkdir(candidate, 0o777) != 0, errno == EEXIST {
            number += 1
            candidate = "\(name)-\(number)"
        }
        return candidate
    }

    /// Makes a new run folder.
    ///
    /// - Parameters:
    ///   - path: where; nil chooses `runs/NAME-COMMAND-DATE-TIME` in the working directory, with a number behind it if that is
    ///     taken.
    ///   - name: the job's name.
    ///   - command: the command's name.
    ///   - isResuming: whether a folder that is there already is gone on with.
    /// - Throws: ``JobError`` if it cannot be made, or is there already with something in it.
    public init(creating path: String?, name: String, command: String, isResuming: Bool = false) throws(JobError) {
        let chosen = path ?? Self.freeName("runs/\(name)-\(command)-\(Self.stamp())")
        self.path = URL(fileURLWithPath: chosen).standardizedFileURL.path
        let manager = FileManager.default
        if !isResuming, let content = try? manager.contentsOfDirectory(atPath: self.path), !content.isEmpty {
            throw JobError(
                .cannotCreate,
                "\(chosen): this folder is not empty; name another with --out\(["record", "generate"].contains(command) ? ", or go on with it: --resume" : "")"
            )
        }
        do {
            try manager.createDirectory(atPath: self.path, withIntermediateDirectories: true)
        } catch {
            throw JobError(.cannotCreate, "\(chosen): the folder cannot be made: \(SystemReason.of(error))")
        }
    }

    /// Writes a file of the folder, whole or not at all.
    ///
    /// - Throws: ``JobError`` if it cannot be written.
    public func write(_ data: Data, to path: String) throws(JobError) {
        let folder = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw JobError(.cannotCreate, "\(folder): the folder cannot be made: \(SystemReason.of(error))")
        }
        try WholeFile.write(data, to: path)
    }

    private static func stamp() -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        return formatter.string(from: Date())
    }
}
