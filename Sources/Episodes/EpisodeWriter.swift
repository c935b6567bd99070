public import Control

/// Writes one episode while it runs.
///
/// The file is called `NNNNNN.hdf5.partial` until ``finish(_:)`` renames it to `NNNNNN.hdf5`. What has been appended is
/// on its way to disk at most half a second of recorded time later. One thread at a time may use a writer; it belongs on
/// the recorder's thread, never on the control loop's.
public final class EpisodeWriter {
    /// Where the complete episode will be.
    public let path: String

    /// Creates `folder/NNNNNN.hdf5.partial`.
    ///
    /// - Throws: ``EpisodeError`` where a file of either name exists or the disk refuses.
    public init(folder: String, index: Int, header: EpisodeHeader) throws(EpisodeError) {
        path = folder
    }

    /// Appends a control step.
    public func append(_ step: StepRecord) throws(EpisodeError) {}

    /// Appends a setpoint, as inference sent it, in the order of their numbers.
    public func append(_ setpoint: Setpoint) throws(EpisodeError) {}

    /// Completes the file, brings it to disk and gives it its final name.
    public func finish(_ outcome: EpisodeOutcome) throws(EpisodeError) {}
}
