import Foundation

/// Files by system call, where it matters that they are on the disk and not on their way.
enum Disk {
    /// Brings a file to the disk, gives it another name, and brings the name to the disk.
    static func publish(_ source: String, as target: String) throws(EpisodeError) {
        try synchronise(source)
        guard rename(source, target) == 0 else { throw refusal("rename it to \(target)", source) }
        try synchronise((target as NSString).deletingLastPathComponent)
    }

    /// Waits until a file or folder is on the disk.
    static func synchronise(_ path: String) throws(EpisodeError) {
        let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw refusal("open it", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw refusal("bring it to the disk", path) }
    }

    /// Lengthens an HDF5 file to the end that its superblock promises, as zeros.
    ///
    /// A disk that filled up leaves the file shorter than the superblock, written first, says, and the library refuses it.
    /// What lies beyond the old end is not referred to yet: an append reaches the index only after its data.
    static func extendToPromisedEnd(_ path: String) throws(EpisodeError) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw refusal("open it", path) }
        defer { close(descriptor) }
        // HDF5 file format 3.0, section II.A: version 3 at byte 8, size of offsets at 9, end of file at 28.
        var superblock = [UInt8](repeating: 0, count: 36)
        guard pread(descriptor, &superblock, 36, 0) == 36, superblock[8] == 3, superblock[9] == 8 else { return }
        let promised = superblock[28..<36].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refusal("measure it", path) }
        guard promised > UInt64(status.st_size), promised < 1 << 40 else { return }
        guard ftruncate(descriptor, off_t(promised)) == 0 else { throw refusal("lengthen it", path) }
    }

    /// The names in a folder, sorted.
    static func names(in folder: String) throws(EpisodeError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            let isThere = FileManager.default.fileExists(atPath: folder)
            throw EpisodeError(
                isThere ? .storage : .missing, path: folder,
                message: isThere ? "the folder cannot be read" : "there is no such folder")
        }
    }

    private static func refusal(_ purpose: String, _ path: String) -> EpisodeError {
        let number = errno
        let reason = String(cString: strerror(number))
        if number == ENOSPC || number == EDQUOT || number == EFBIG {
            return HDF5.full(purpose, path: path, reason: reason)
        }
        return EpisodeError(
            number == ENOENT ? .missing : .storage, path: path, message: "could not \(purpose): \(reason)")
    }
}
