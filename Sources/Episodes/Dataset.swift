/// A folder of episodes and its `dataset.hdf5`, which links to all of them.
public struct Dataset: Sendable {
    /// The folder.
    public let folder: String
    /// Paths of the complete episodes, in order of their numbers.
    public let episodePaths: [String]

    /// Lists the complete episodes of a folder.
    ///
    /// - Throws: ``EpisodeError`` where the folder cannot be read.
    public init(folder: String) throws(EpisodeError) {
        self.folder = folder
        episodePaths = []
    }
}
