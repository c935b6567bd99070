import Foundation
import Policies
import RemotePolicies

extension JobContext {
    /// The base policy behind the server that the job names, connected and asked once.
    ///
    /// - Throws: `RemotePolicyError`, or ``JobError`` where its key is not there or its actions do not fit the job.
    func makeRemotePolicy(_ remote: JobConfiguration.RemoteSettings) throws -> RemotePolicy {
        let server = remote.server.description
        let encoder = try ObservationEncoder(
            remote.observationMap(taskParts: plainLayout.parts.map(\.name)), layout: policyLayout,
            robotLayout: RobotPart.layout(joints: robot.jointCount), cameras: cameraNames, server: server)
        let policy = try RemotePolicy(
            WebSocketTransport(try remote.options()), server: server, encoder: encoder,
            actions: try actionMap(remote), patience: remote.patience.nanoseconds, seed: job.seed)
        guard policy.horizon >= job.policy.execute + job.policy.lead else {
            throw JobError(
                .badFile,
                "\(job.path): policy.execute and policy.lead ask for \(job.policy.execute + job.policy.lead) actions of a chunk; \(server) gives \(policy.horizon)"
            )
        }
        return policy
    }

    private func actionMap(_ remote: JobConfiguration.RemoteSettings) throws(JobError) -> ActionMap {
        guard remote.actions == .job || job.action.space == .joints else {
            throw JobError(
                .badFile,
                "\(job.path): policy.actions are \(remote.actions.rawValue), and action.space is \(job.action.space.rawValue); write action.space: joints"
            )
        }
        return ActionMap(
            remote.actions, size: setting.actionSize, ranges: setting.jointActions.ranges, jointStep: remote.jointStep)
    }

    /// The cameras whose frames come with a request, in order.
    private var cameraNames: [String] { job.cameras.map(\.name) }
}

extension JobConfiguration.RemoteSettings {
    /// For training, which makes a base policy of this machine.
    func notHere(_ job: JobConfiguration) -> JobError {
        JobError(
            .badFile,
            "\(job.path): its base policy is behind \(server) and is trained there; take policy.server out to train one here"
        )
    }

    /// How to connect.
    ///
    /// - Throws: ``JobError`` if the key is not where the job file says.
    func options() throws(JobError) -> WebSocketTransport.Options {
        WebSocketTransport.Options(address: server, apiKey: try readKey(), certificatePath: certificatePath)
    }

    private func readKey() throws(JobError) -> String? {
        let text: String
        let place: String
        switch key {
        case nil: return nil
        case .environment(let name):
            guard let value = ProcessInfo.processInfo.environment[name] else {
                throw JobError(.usage, "the variable \(name), which policy.api_key_env names, is not set")
            }
            (text, place) = (value, "the variable \(name)")
        case .file(let path):
            do {
                (text, place) = (try String(contentsOfFile: path, encoding: .utf8), path)
            } catch {
                throw JobError(.missingFile, "\(path): the key cannot be read: \(SystemReason.of(error))")
            }
        }
        let line = text.prefix { !$0.isNewline }.trimmingCharacters(in: .whitespaces)
        // It becomes a line of an HTTP request.
        guard !line.isEmpty, line.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw JobError(.badFile, "\(place): there is no key in it: write it as one word on the first line")
        }
        return line
    }
}
