import Foundation
import Policies
import RemotePolicies

/// Where a base policy is: in a file, or behind the server that the job names.
enum BasePlace: Equatable, Sendable {
    /// A checkpoint that was trained here, or an ONNX model.
    case file(String)
    /// Behind `policy.server`.
    case server

    /// The file; nil behind a server.
    var path: String? {
        if case .file(let path) = self { path } else { nil }
    }

    /// Whether it is a checkpoint of a training here.
    var isTrainedHere: Bool { path.map { !$0.hasSuffix(".onnx") } ?? false }
}

/// The base policy that a run improved is kept with the run: a copy of its file, or a note of the server that it was behind.
extension BasePlace {
    private static let checkpointName = "base.safetensors"
    private static let modelName = "base.onnx"
    private static let serverName = "base.server"

    /// Keeps a base policy in a run's checkpoints.
    ///
    /// - Parameters:
    ///   - policy: as it was loaded from here.
    ///   - job: names the server.
    /// - Throws: `PolicyError` or ``JobError`` if the disk does not take it.
    func keep(_ policy: any ChunkPolicy, job: JobConfiguration, in run: RunFolder) throws {
        let folder = run.checkpoints + "/"
        switch (self, policy) {
        case (_, let flow as FlowPolicy): try flow.save(to: folder + Self.checkpointName)
        case (.file(let path), _):
            try Self.copy(path, folder + Self.modelName)
            try Self.copy(OnnxPolicy.descriptionPath(of: path), OnnxPolicy.descriptionPath(of: folder + Self.modelName))
            // Large graphs have their weights beside them, under a name that is written in the graph.
            let weights = path + ".data"
            if FileManager.default.fileExists(atPath: weights) {
                try Self.copy(weights, folder + (weights as NSString).lastPathComponent)
            }
        case (.server, _):
            let address = job.policy.remote?.server.description ?? ""
            try run.write(Data((address + "\n").utf8), to: folder + Self.serverName)
        }
    }

    /// Where the base policy is that a run has kept.
    ///
    /// - Throws: ``JobError`` if there is none, or if it was behind a server and the job names none.
    static func kept(in run: String, job: JobConfiguration) throws(JobError) -> BasePlace {
        let folder = run + "/checkpoints/"
        for name in [checkpointName, modelName] where FileManager.default.fileExists(atPath: folder + name) {
            return .file(folder + name)
        }
        guard let noted = FileManager.default.contents(atPath: folder + serverName) else {
            throw JobError(.missingFile, "\(run): this folder holds no checkpoints/\(checkpointName)")
        }
        guard job.policy.remote != nil else {
            let address = String(decoding: noted, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            throw JobError(
                .badFile,
                "\(job.path): the base policy of \(run) was behind \(address); say in policy.server where it is now")
        }
        return .server
    }

    private static func copy(_ path: String, _ target: String) throws(JobError) {
        // A run that is begun again in its folder has a copy already.
        guard URL(fileURLWithPath: path).standardizedFileURL != URL(fileURLWithPath: target).standardizedFileURL else {
            return
        }
        do {
            if FileManager.default.fileExists(atPath: target) { try FileManager.default.removeItem(atPath: target) }
            try FileManager.default.copyItem(atPath: path, toPath: target)
        } catch {
            throw JobError(.cannotCreate, "\(target): the copy of \(path) cannot be made: \(SystemReason.of(error))")
        }
    }
}
