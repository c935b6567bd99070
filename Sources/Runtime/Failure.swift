import Cameras
import Configuration
import Drivers
import Emulation
import Episodes
import Foundation
import Learning
import Policies
import Realtime
import RemotePolicies
import Robots
import Simulation

/// An error as a command shows it: lines for standard error, and an exit status.
public struct Failure: Sendable {
    /// What the process exits with.
    public var status: ExitStatus
    /// What is wrong, and what would be right; a line for each thing that is wrong.
    public var message: String
    /// The message as it is shown: it begins with `error: `, or each line with a place in a file.
    public var lines: String { namesPlaces ? message : "error: \(message)" }

    private var namesPlaces = false

    /// Takes any error that this package throws.
    public init(_ error: any Error) {
        switch error {
        case let error as JobError: self.init(error.status, error.message)
        case let error as ConfigurationError:
            self.init(error.isMissingFile ? .missingFile : .badFile, "\(error)")
            namesPlaces = true
        case let error as EpisodeError: self.init(Self.status(of: error), "\(error)")
        case let error as PolicyError: self.init(Self.status(of: error), "\(error)")
        case let error as RemotePolicyError: self.init(Self.status(of: error), "\(error)")
        case let error as LearningError: self.init(Self.status(of: error), "\(error)")
        case let error as RealtimeError: self.init(Self.status(of: error), "\(error)")
        case let error as DriverError: self.init(error.lacksPermission ? .noPermission : .unavailable, "\(error)")
        case let error as TransportError:
            self.init(error.kind == .notPermitted ? .noPermission : .unavailable, "\(error)")
        case let error as EmulatorError: self.init(.unavailable, "\(error)")
        case let error as ArmModelError: self.init(.badFile, "\(error)")
        case let error as SceneError: self.init(.badFile, "\(error)")
        case let error as TaskError: self.init(.badFile, "\(error)")
        case let error as RenderError: self.init(.unavailable, "\(error)")
        case let error as CameraError: self.init(.unavailable, "\(error)")
        case let error as ImageError: self.init(.softwareFault, "\(error)")
        case let error as CocoaError: self.init(Self.status(of: error), Self.line(of: error))
        default: self.init(.failure, "\(error)")
        }
    }

    private init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    private static func status(of error: PolicyError) -> ExitStatus {
        switch error {
        case .checkpoint, .demonstrations, .configuration: .badFile
        case .storage: .inputOutput
        case .processor, .library: .unavailable
        case .observationSize, .observationNotFinite, .observationRotation, .actionNotFinite, .model, .pictures:
            .policyFailed
        case .diverged: .failure
        }
    }

    private static func status(of error: RemotePolicyError) -> ExitStatus {
        switch error.kind {
        case .address, .unsuitable, .observation: .badFile
        case .unreachable, .notServed, .lost: .unavailable
        case .late: .policyLate
        case .failed, .malformed, .notFinite: .policyFailed
        }
    }

    private static func status(of error: LearningError) -> ExitStatus {
        switch error {
        case .configuration, .demonstrations, .checkpoint: .badFile
        case .notFinite, .skipped: .failure
        }
    }

    private static func status(of error: EpisodeError) -> ExitStatus {
        switch error.kind {
        case .missing: .missingFile
        case .exists: .cannotCreate
        case .full, .storage: .inputOutput
        case .incomplete, .content, .mismatch: .badFile
        }
    }

    private static func status(of error: RealtimeError) -> ExitStatus {
        switch error {
        case .refused: .noPermission
        case .invalidOption: .badFile
        case .noThread, .noSignalHandler: .unavailable
        }
    }

    private static func status(of error: CocoaError) -> ExitStatus {
        switch error.code {
        case .fileNoSuchFile, .fileReadNoSuchFile, .fileReadNoPermission: .missingFile
        case .fileWriteFileExists, .fileWriteNoPermission, .fileWriteVolumeReadOnly: .cannotCreate
        default: .inputOutput
        }
    }

    /// What Foundation says, with the file first.
    private static func line(of error: CocoaError) -> String {
        let reason = (error.underlying as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
        let text = reason ?? error.localizedDescription
        return error.filePath.map { "\($0): \(text)" } ?? text
    }
}
