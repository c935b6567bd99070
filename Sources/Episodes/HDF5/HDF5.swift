import CHDF5
import Foundation

/// The HDF5 library, which one thread at a time may call.
enum HDF5 {
    /// Not every build of the library has locks of its own.
    private static let gate = NSRecursiveLock()

    /// Once: the library would otherwise at exit go through what a full disk kept it from closing, which crashes it.
    private static let opened: Bool = H5dont_atexit() >= 0 && H5open() >= 0

    /// The library would otherwise print every error to standard error by itself; each thread has its own switch.
    private static func prepare() {
        precondition(opened, "the HDF5 library does not start")
        H5Eset_auto2(steadyhand_h5e_default(), nil, nil)
    }

    /// Runs `body` while no other thread is inside the library.
    static func serially<Result>(_ body: () throws(EpisodeError) -> Result) throws(EpisodeError) -> Result {
        gate.lock()
        defer { gate.unlock() }
        prepare()
        return try body()
    }

    /// As ``serially(_:)``, for what cannot fail.
    static func serially<Result>(_ body: () -> Result) -> Result {
        gate.lock()
        defer { gate.unlock() }
        prepare()
        return body()
    }

    /// Passes a result on, or turns the library's error stack into an error.
    @discardableResult
    static func check<Result: SignedInteger>(
        _ result: Result, _ purpose: String, path: String
    ) throws(EpisodeError) -> Result {
        guard result >= 0 else { throw failure(purpose, path: path) }
        return result
    }

    /// The error that the library's stack describes: its innermost entry says what happened, and carries `errno` where
    /// the operating system refused.
    static func failure(_ purpose: String, path: String) -> EpisodeError {
        var stack = ErrorStack()
        withUnsafeMutablePointer(to: &stack) { stack in
            _ = H5Ewalk2(
                steadyhand_h5e_default(), H5E_WALK_UPWARD,
                { _, entry, collected in
                    guard let entry, let collected, let text = entry.pointee.desc else { return 0 }
                    collected.assumingMemoryBound(to: ErrorStack.self).pointee.lines.append(String(cString: text))
                    return 0
                }, stack)
        }
        H5Eclear2(steadyhand_h5e_default())
        let innermost = stack.lines.first ?? "the HDF5 library gave no reason"
        switch stack.errorNumber {
        case ENOSPC, EFBIG, EDQUOT:
            return full(purpose, path: path, reason: String(cString: strerror(stack.errorNumber!)))
        case ENOENT:
            return EpisodeError(.missing, path: path, message: "there is no such file or folder: could not \(purpose)")
        default:
            return EpisodeError(.storage, path: path, message: "could not \(purpose): \(innermost)")
        }
    }

    /// The error for a disk that takes no more.
    static func full(_ purpose: String, path: String, reason: String) -> EpisodeError {
        let free = freeBytes(near: path)
        return EpisodeError(
            .full(freeBytes: free), path: path,
            message: "could not \(purpose): \(reason); \(free / 1_048_576) MiB are free there: free some space, record "
                + "to another disk, or raise the limit of file sizes (ulimit -f)")
    }

    /// How much room is left on the disk that holds `path`.
    private static func freeBytes(near path: String) -> UInt64 {
        var status = statvfs()
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard statvfs(folder, &status) == 0 else { return 0 }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    private struct ErrorStack {
        var lines: [String] = []

        /// The library writes `errno = 28` into the text of its entry for a refused system call.
        var errorNumber: Int32? {
            for line in lines {
                guard let mark = line.range(of: "errno = ") else { continue }
                return Int32(line[mark.upperBound...].prefix { $0.isNumber })
            }
            return nil
        }
    }
}

/// A handle of the HDF5 library, closed when it goes out of use.
///
/// Make, use and drop it inside ``HDF5/serially(_:)-5v1cy``.
final class HDF5Handle {
    let id: hid_t
    private let closer: @convention(c) (hid_t) -> herr_t
    private var isOpen = true

    /// Takes a handle over, or throws what the library says if it is none.
    init(
        _ id: hid_t, _ closer: @escaping @convention(c) (hid_t) -> herr_t, _ purpose: String, path: String
    ) throws(EpisodeError) {
        self.closer = closer
        self.id = try HDF5.check(id, purpose, path: path)
    }

    /// Closes it now, so that a refusal can be seen.
    func close(_ purpose: String, path: String) throws(EpisodeError) {
        guard isOpen else { return }
        isOpen = false
        try HDF5.check(closer(id), purpose, path: path)
    }

    deinit {
        guard isOpen else { return }
        // What went wrong before is still to be reported; a call into the library forgets it.
        let trouble = H5Eget_current_stack()
        _ = closer(id)
        H5Eset_current_stack(trouble)
    }
}
