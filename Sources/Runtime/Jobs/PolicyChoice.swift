import Foundation
import Policies

/// What drives the robot, as `--policy` says.
public enum PolicyChoice: Equatable, Sendable {
    /// The task's scripted expert.
    case expert
    /// The base policy that the last `steadyhand train` of this job left.
    case base
    /// A checkpoint file, or a run folder that holds one.
    case checkpoint(String)

    /// Takes what was written on the command line.
    public init(_ text: String) {
        switch text {
        case "expert": self = .expert
        case "base": self = .base
        default: self = .checkpoint(text)
        }
    }

    /// As it was written.
    public var description: String {
        switch self {
        case .expert: "expert"
        case .base: "base"
        case .checkpoint(let path): path
        }
    }

    /// The checkpoint file that this names; nil for the expert.
    ///
    /// - Throws: ``JobError`` if it is not there.
    public func checkpointPath(job: JobConfiguration) throws(JobError) -> String? {
        switch self {
        case .expert: return nil
        case .base:
            guard let run = LatestRun.folder(of: "train", job: job.name) else {
                throw JobError(
                    .missingFile,
                    "no base policy of the job '\(job.name)' in runs/: train one with 'steadyhand train \(job.path)', or name a checkpoint with --policy"
                )
            }
            return try Self.checkpoint(at: run)
        case .checkpoint(let path): return try Self.checkpoint(at: path)
        }
    }

    private static func checkpoint(at path: String) throws(JobError) -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw JobError(
                .missingFile, "\(path): no such checkpoint; --policy takes expert, base, or a checkpoint file")
        }
        guard isFolder.boolValue else { return path }
        let inside = path + "/checkpoints/policy.safetensors"
        guard FileManager.default.fileExists(atPath: inside) else {
            throw JobError(.missingFile, "\(path): this folder holds no checkpoints/policy.safetensors")
        }
        return inside
    }
}

/// Finds the folder that the last run of a command left in `runs/`.
public enum LatestRun {
    /// The folder, or nil where there is none. Folders that a run was given by name are linked to under this name.
    public static func folder(of command: String, job: String) -> String? {
        let link = Self.link(of: command, job: job)
        return FileManager.default.fileExists(atPath: link + "/run.yaml") ? link : nil
    }

    /// Makes `run` the last one of a command.
    ///
    /// - Throws: ``JobError`` if `runs/` cannot be written.
    public static func note(_ run: RunFolder, command: String, job: String) throws(JobError) {
        let link = Self.link(of: command, job: job)
        let manager = FileManager.default
        do {
            try manager.createDirectory(atPath: "runs", withIntermediateDirectories: true)
            if (try? manager.destinationOfSymbolicLink(atPath: link)) != nil { try manager.removeItem(atPath: link) }
            try manager.createSymbolicLink(atPath: link, withDestinationPath: run.path)
        } catch {
            throw JobError(
                .cannotCreate, "\(link): the link to the last run cannot be made: \(SystemReason.of(error))")
        }
    }

    private static func link(of command: String, job: String) -> String { "runs/\(job)-\(command)-latest" }
}
