import Cameras
import Episodes
import Policies
import Robots

/// What a base policy would have been asked with at the steps of a recorded episode, had it driven there.
///
/// Most policies look at the observation alone, which a ``DemonstrationSet`` holds. One behind a server may see pictures and what
/// the robot says about itself; both are in the episode's file.
struct DemonstratedRequests {
    private let reader: EpisodeReader
    private let cameras: [EpisodeCamera]
    private let states: [[Float]]

    /// Opens the file of an episode.
    ///
    /// - Throws: `EpisodeError` if the episode lacks one of the job's cameras or has its pictures in another size, or does not know
    ///   where the robot was.
    init(path: String, context: JobContext) throws {
        let reader = try EpisodeReader(path: path)
        self.reader = reader
        cameras = try context.job.cameras.map { wanted in
            guard let camera = reader.header.cameras.first(where: { $0.name == wanted.name }) else {
                throw EpisodeError(
                    .mismatch, path: path,
                    message: "it has no pictures of the camera '\(wanted.name)', which \(context.job.path) lists")
            }
            guard (camera.width, camera.height) == (wanted.width, wanted.height) else {
                throw EpisodeError(
                    .mismatch, path: path,
                    message:
                        "its pictures of '\(wanted.name)' are \(camera.width)×\(camera.height), expected \(wanted.width)×\(wanted.height)"
                )
            }
            return camera
        }
        states = try Self.states(reader, context)
    }

    /// The request at a step.
    ///
    /// - Throws: `EpisodeError` if the file cannot be read.
    func request(_ observation: [Float], step: Int, continuation: ChunkContinuation?) throws -> ChunkRequest {
        let frames = try cameras.map { try reader.frame($0, step: step) }
        return ChunkRequest(
            observation: observation, frames: frames, robotState: states[step], step: step, continuation: continuation)
    }

    /// What the robot said about itself when each step's observation was made.
    private static func states(_ reader: EpisodeReader, _ context: JobContext) throws -> [[Float]] {
        var arm = try ArmModel(robot: context.robot)
        let measured = Dictionary(
            try reader.cycles().map { ($0.state.time, $0.state) }, uniquingKeysWith: { first, _ in first })
        return try reader.steps().enumerated().map { index, step in
            guard let state = measured[step.observationTime] else {
                throw EpisodeError(
                    .content, path: reader.path,
                    message: "no control cycle measured what was observed in step \(index)")
            }
            arm.update(
                positions: state.jointPositions, velocities: state.jointVelocities,
                gripperOpening: state.gripper.opening)
            return context.setting.robotState(state, toolPose: arm.toolPose)
        }
    }
}
