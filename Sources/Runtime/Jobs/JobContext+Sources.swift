import Configuration
import Episodes
import Foundation
import Robots
import Simulation

extension JobContext {
    /// The recorded demonstrations that new ones are generated from: the successful episodes of a folder, of any variant of
    /// the task, whoever drove.
    ///
    /// - Parameter path: a run folder, a folder of episodes, or one episode file.
    /// - Throws: ``JobError`` or `EpisodeError`, naming the file, if one is not there, is broken, belongs to another robot or task,
    ///   or cannot be cut into the task's subtasks.
    func loadSources(_ path: String) throws -> [SourceDemonstration] {
        var arm = try ArmModel(robot: robot)
        var sources: [SourceDemonstration] = []
        for file in try EpisodeFiles.paths(at: path, episode: nil) {
            let reader = try EpisodeReader(path: file)
            try check(reader)
            guard reader.outcome?.success == true else { continue }
            let steps = try reader.steps().map { step in
                SourceDemonstration.Step(
                    scene: step.scene, tool: toolPose(in: step.scene, &arm), opening: opening(in: step.scene),
                    action: step.executedAction)
            }
            do {
                sources.append(try SourceDemonstration(steps: steps, task: task))
            } catch {
                throw JobError(.badFile, "\(file): \(error)")
            }
        }
        guard !sources.isEmpty else {
            throw JobError(
                .badFile, "\(path): none of these episodes did the task; new ones are made of successful ones")
        }
        return sources
    }

    private func check(_ reader: EpisodeReader) throws {
        let header = reader.header
        for (name, found, expected) in [
            ("robot", header.robotName, robot.name), ("task", header.task, job.task.name),
            ("actions of", "\(header.actionSize) numbers", "\(setting.actionSize) numbers"),
            ("scenes of", "\(header.sceneSize) numbers", "\(task.layout.count) numbers"),
        ] where found != expected {
            throw EpisodeError(
                .mismatch, path: reader.path, message: "it was recorded with \(name) \(found), expected \(expected)")
        }
        let document = try Document(text: header.configurationText, path: reader.path)
        let action = try JobConfiguration.decode(document).action
        guard action == job.action else {
            throw JobError(
                .badFile,
                "\(reader.path): a full action was \(action.translation) m and \(action.rotation) rad; in \(job.path) it is \(job.action.translation) m and \(job.action.rotation) rad"
            )
        }
    }

    /// `tool_in_world` of a recorded scene, from the arm's joints in it.
    private func toolPose(in scene: SceneSnapshot, _ arm: inout ArmModel) -> Pose {
        var positions = JointVector.zero
        for joint in 0..<robot.jointCount { positions[joint] = scene[task.layout.positionOffset + joint] }
        arm.update(positions: positions, velocities: .zero, gripperOpening: opening(in: scene))
        return task.basePose * arm.toolPose
    }

    private func opening(in scene: SceneSnapshot) -> Double {
        let first = task.layout.positionOffset + task.layout.armJointCount
        return (first..<(first + task.layout.fingerJointCount)).reduce(0) { $0 + scene[$1] }
    }
}
