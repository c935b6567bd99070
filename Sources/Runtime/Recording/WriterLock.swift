import Foundation

/// A folder as long as a process writes into it: another process must neither write there nor take episodes that are being
/// written for ones that were cut off. The kernel lifts the lock when the process ends, however it ends.
final class WriterLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Parameters:
    ///   - folder: that is written into.
    ///   - what: is written there, for the error.
    /// - Throws: ``JobError`` if another process has it.
    init(folder: String, writing what: String = "episodes") throws(JobError) {
        guard let descriptor = Self.take(folder) else {
            throw JobError(.cannotCreate, "\(folder): another process is writing \(what) into this folder")
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Whether no process writes into the folder.
    static func isFree(_ folder: String) -> Bool {
        guard let descriptor = take(folder) else { return false }
        close(descriptor)
        return true
    }

    private static func take(_ folder: String) -> Int32? {
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
