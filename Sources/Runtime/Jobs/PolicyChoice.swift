import Foundation
import Learning

/// What drives the robot, as `--policy` says.
public enum PolicyChoice: Equatable, Sendable {
    /// The task's scripted expert.
    case expert
    /// The job's base policy: the one behind its server, the ONNX model that it names, or the one that the last `steadyhand train`
    /// of this job left.
    case base
    /// What the last `steadyhand improve` of this job left: the base policy with a small policy beside it.
    case improved
    /// A checkpoint file, or a run folder that holds one.
    case checkpoint(String)

    /// Takes what was written on the command line.
    public init(_ text: String) {
        switch text {
        case "expert": self = .expert
        case "base": self = .base
        case "improved": self = .improved
        default: self = .checkpoint(text)
        }
    }

    /// As it was written.
    public var description: String {
        switch self {
        case .expert: "expert"
        case .base: "base"
        case .improved: "improved"
        case .checkpoint(let path): path
        }
    }

    /// Where the policies are that this names: the one that proposes chunks, and the checkpoint of a small policy beside it, if there
    /// is one; nil for the expert.
    ///
    /// - Throws: ``JobError`` if they are not there.
    func places(job: JobConfiguration) throws(JobError) -> (base: BasePlace, small: String?)? {
        switch self {
        case .expert: return nil
        case .base:
            if job.policy.remote != nil { return (.server, nil) }
            if let model = job.policy.onnx { return try Self.places(at: model, job) }
            guard let run = LatestRun.folder(of: "train", job: job.name) else {
                throw JobError(
                    .missingFile,
                    "no base policy of the job '\(job.name)' in runs/: train one with 'steadyhand train \(job.path)', or name a checkpoint with --policy"
                )
            }
            return try Self.places(at: run, job)
        case .improved:
            guard let run = LatestRun.folder(of: "improve", job: job.name) else {
                throw JobError(
                    .missingFile,
                    "no improved policy of the job '\(job.name)' in runs/: make one with 'steadyhand improve \(job.path)', or name its run folder with --policy"
                )
            }
            return try Self.places(at: run, job)
        case .checkpoint(let path): return try Self.places(at: path, job)
        }
    }

    private static func places(
        at path: String, _ job: JobConfiguration
    ) throws(JobError) -> (base: BasePlace, small: String?) {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw JobError(
                .missingFile,
                "\(path): no such checkpoint; --policy takes expert, base, improved, or a checkpoint file or run folder"
            )
        }
        guard isFolder.boolValue else { return (.file(path), nil) }
        let small = path + "/checkpoints/" + SmallPolicy.fileName
        if manager.fileExists(atPath: small) { return (try .kept(in: path, job: job), small) }
        let inside = path + "/checkpoints/policy.safetensors"
        guard manager.fileExists(atPath: inside) else {
            throw JobError(.missingFile, "\(path): this folder holds no checkpoints/policy.safetensors")
        }
        return (.file(inside), nil)
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
            // Put in place of the old link in one step: runs that begin together must not find it half made.
            let fresh = link + "-" + UUID().uuidString
            try manager.createSymbolicLink(atPath: fresh, withDestinationPath: run.path)
            guard rename(fresh, link) == 0 else {
                let reason = POSIXError.Code(rawValue: errno) ?? .EIO
                unlink(fresh)
                throw POSIXError(reason)
            }
        } catch {
            throw JobError(
                .cannotCreate, "\(link): the link to the last run cannot be made: \(SystemReason.of(error))")
        }
    }

    private static func link(of command: String, job: String) -> String { "runs/\(job)-\(command)-latest" }
}
