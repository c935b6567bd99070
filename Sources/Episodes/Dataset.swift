import Foundation
public import Policies

/// A folder of episodes and its `dataset.hdf5`, which links to all of them.
public struct Dataset: Sendable {
    /// The folder.
    public let folder: String
    /// Paths of the complete episodes, in order of their numbers.
    public let episodePaths: [String]

    /// The file of links that stands for the whole folder.
    public static let linkFileName = "dataset.hdf5"
    /// Where ``linkFileName`` is.
    public var linkPath: String { "\(folder)/\(Self.linkFileName)" }

    /// Lists the complete episodes of a folder.
    ///
    /// - Parameter path: The folder, or the `dataset.hdf5` in it.
    /// - Throws: ``EpisodeError`` where the folder cannot be read.
    public init(path: String) throws(EpisodeError) {
        let isLinkFile = path.hasSuffix("/" + Self.linkFileName) || path == Self.linkFileName
        let folder = isLinkFile ? (path as NSString).deletingLastPathComponent : path
        self.folder = folder.isEmpty ? "." : folder
        let listed = try Disk.names(in: self.folder).compactMap { name in
            EpisodeNames.index(ofFile: name).map { (index: $0, name: name) }
        }
        episodePaths = listed.sorted { $0.index < $1.index }.map { [folder = self.folder] in "\(folder)/\($0.name)" }
    }

    /// Where the episode of this number is, or would be.
    public static func episodePath(folder: String, index: Int) -> String {
        folder + "/" + EpisodeNames.file(index)
    }

    /// Reads what training needs of every episode, refusing what does not belong together.
    ///
    /// - Parameter expectation: What the episodes must have been recorded with; nil takes the first episode as measure.
    /// - Throws: ``EpisodeError`` naming the first file at fault, what was expected and what was found.
    public func load(expecting expectation: DatasetExpectation? = nil) throws(EpisodeError) -> [DatasetEpisode] {
        guard !episodePaths.isEmpty else {
            throw EpisodeError(
                .missing, path: folder, message: "there is no complete episode (NNNNNN.hdf5) in this folder")
        }
        var measure = expectation
        var episodes: [DatasetEpisode] = []
        for path in episodePaths {
            let reader = try EpisodeReader(path: path)
            try (measure ?? DatasetExpectation(reader.header)).check(reader)
            measure = measure ?? DatasetExpectation(reader.header)
            episodes.append(try DatasetEpisode(reader))
        }
        return episodes
    }

    /// Looks through every file to its last number.
    ///
    /// - Returns: What is wrong, at most one fault a file; empty where all is well.
    public func check(expecting expectation: DatasetExpectation? = nil) -> [EpisodeError] {
        var measure = expectation
        var faults: [EpisodeError] = []
        for path in episodePaths {
            do throws(EpisodeError) {
                let reader = try EpisodeReader(path: path)
                try (measure ?? DatasetExpectation(reader.header)).check(reader)
                measure = measure ?? DatasetExpectation(reader.header)
                _ = try DatasetEpisode(reader)
                _ = try reader.steps()
                _ = try reader.cycles()
                _ = try reader.setpoints()
            } catch {
                faults.append(error)
            }
        }
        return faults
    }
}

/// What episodes must have been recorded with to be of use together.
public struct DatasetExpectation: Sendable, Equatable {
    /// The robot's name.
    public var robotName: String
    /// The task's name.
    public var task: String
    /// Nil where any variant of the task will do.
    public var variant: String?
    /// The parts of an observation.
    public var layout: ObservationLayout
    /// Numbers in an action.
    public var actionSize: Int

    /// Takes what is expected.
    public init(robotName: String, task: String, variant: String?, layout: ObservationLayout, actionSize: Int) {
        self.robotName = robotName
        self.task = task
        self.variant = variant
        self.layout = layout
        self.actionSize = actionSize
    }

    /// That others are like this one, but for the variant.
    public init(_ header: EpisodeHeader) {
        self.init(
            robotName: header.robotName, task: header.task, variant: nil, layout: header.layout,
            actionSize: header.actionSize)
    }

    /// - Throws: ``EpisodeError`` of kind ``EpisodeError/Kind/mismatch`` naming what was expected and what was found.
    public func check(_ reader: EpisodeReader) throws(EpisodeError) {
        let header = reader.header
        let differences = [
            ("robot", header.robotName, robotName), ("task", header.task, task),
            ("variant", header.variant, variant ?? header.variant),
            ("actions of", "\(header.actionSize) numbers", "\(actionSize) numbers"),
            ("observations", Self.describe(header.layout), Self.describe(layout)),
        ]
        for (name, found, expected) in differences where found != expected {
            throw EpisodeError(
                .mismatch, path: reader.path, message: "it was recorded with \(name) \(found), expected \(expected)")
        }
    }

    private static func describe(_ layout: ObservationLayout) -> String {
        layout.parts.map { part in
            let fields = part.fields.map { field in
                switch field {
                case .values(let count): "\(count)"
                case .quaternion: "quaternion"
                }
            }
            return "\(part.name)(\(fields.joined(separator: "+")))"
        }.joined(separator: " ")
    }
}

/// One episode as training sees it.
public struct DatasetEpisode: Sendable {
    /// The file.
    public var path: String
    /// What was known before it began.
    public var header: EpisodeHeader
    /// How it ended.
    public var outcome: EpisodeOutcome
    /// Control steps.
    public var stepCount: Int
    /// ``stepCount`` × the layout's size, step by step.
    public var observations: [Float]
    /// ``stepCount`` × the action's size, step by step.
    public var actions: [Float]
    /// ``stepCount`` rewards.
    public var rewards: [Float]

    /// Reads it from a complete episode.
    ///
    /// - Throws: ``EpisodeError`` where a number is not finite, or the episode is empty.
    public init(_ reader: EpisodeReader) throws(EpisodeError) {
        guard let outcome = reader.outcome, reader.stepCount > 0 else {
            throw EpisodeError(.incomplete, path: reader.path, message: "the episode has no complete control step")
        }
        path = reader.path
        header = reader.header
        self.outcome = outcome
        stepCount = reader.stepCount
        observations = try reader.observations()
        actions = try reader.column("actions")
        rewards = try reader.column("rewards")
        for (name, values) in [("observations", observations), ("actions", actions), ("rewards", rewards)] {
            guard let place = values.firstIndex(where: { !$0.isFinite }) else { continue }
            throw EpisodeError(
                .content, path: path,
                message: "\(name) have \(values[place]) in step \(place / (values.count / stepCount)), expected "
                    + "finite numbers")
        }
    }
}
