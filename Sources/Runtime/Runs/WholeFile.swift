public import Foundation

/// Writes a file whole or not at all: beside its place first, and then under its name.
public enum WholeFile {
    /// Writes `data` to `path`, in place of any file that is there.
    ///
    /// - Throws: ``JobError`` with the operating system's reason, as on a full disk.
    public static func write(_ data: Data, to path: String) throws(JobError) {
        let temporary = path + ".partial"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw refusal(path) }
        var isWritten = true
        var rest = data[...]
        while !rest.isEmpty && isWritten {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            isWritten = count > 0
            rest = rest.dropFirst(max(0, count))
        }
        isWritten = isWritten && fsync(descriptor) == 0
        let failure = isWritten ? nil : refusal(path)
        close(descriptor)
        if let failure {
            unlink(temporary)
            throw failure
        }
        guard rename(temporary, path) == 0 else { throw refusal(path) }
    }

    private static func refusal(_ path: String) -> JobError {
        JobError(.inputOutput, "\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
}
