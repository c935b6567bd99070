import Episodes
import Foundation
import Robots
import Simulation

extension JobContext {
    /// The recorded demonstrations that new ones are generated from: the successful episodes of a folder, of any variant of
    /// the task, whoever drove: an expert, a policy, or a person with a leader.
    ///
    /// - Parameter path: a run folder, a folder of episodes, or one episode file.
    /// - Throws: ``JobError`` or `EpisodeError`, naming the file, if one is not there, is broken, belongs to another robot or task,
    ///   or cannot be cut into the task's subtasks.
    func loadSources(_ path: String) throws -> [SourceDemonstration] {
        guard job.action.space == .tool else {
            throw JobError(
                .badFile,
                "\(job.path): new demonstrations are made of motions of the tool, and its action: has space: joints; take that out (recordings of either kind can be sources)"
            )
        }
        var sources: [SourceDemonstration] = []
        for file in try EpisodeFiles.paths(at: path, episode: nil) {
            let reader = try EpisodeReader(path: file)
            let space = try checkedSpace(reader)
            guard reader.outcome?.success == true else { continue }
            var motion = try RecordedMotion(robot: reader.recordedRobot(), task: task, space: space)
            let steps = try reader.steps().map { motion.demonstrated($0) }
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

    /// What the numbers of a recording's actions stand for.
    private func checkedSpace(_ reader: EpisodeReader) throws -> ActionSpace {
        let (header, action) = (reader.header, try reader.recordedJob().action)
        for (name, found, expected) in [
            ("robot", header.robotName, robot.name), ("task", header.task, job.task.name),
            ("actions of", "\(header.actionSize) numbers", "\(action.space.size(of: robot)) numbers"),
            ("scenes of", "\(header.sceneSize) numbers", "\(task.layout.count) numbers"),
        ] where found != expected {
            throw EpisodeError(
                .mismatch, path: reader.path, message: "it was recorded with \(name) \(found), expected \(expected)")
        }
        guard action.space == .joints || action == job.action else {
            throw JobError(
                .badFile,
                "\(reader.path): a full action was \(action.translation) m and \(action.rotation) rad; in \(job.path) it is \(job.action.translation) m and \(job.action.rotation) rad"
            )
        }
        return action.space
    }
}
