internal import FoundationEssentials
internal import Glibc

extension Safetensors {
    /// The bytes of the file: equal contents give equal bytes.
    public func serialised() throws(SafetensorsError) -> [UInt8] {
        let names = tensors.keys.sorted()
        var header = Header(metadata: metadata, tensors: [:])
        var offset = 0
        for name in names {
            guard let entry = tensors[name] else { continue }
            header.tensors[name] = TensorDescription(
                type: entry.type, shape: entry.shape, begin: offset, end: offset + entry.bytes.count)
            offset += entry.bytes.count
        }
        var bytes = try encode(header)
        // Spaces, so that the numbers begin on a multiple of eight bytes.
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - bytes.count % 8) % 8))
        var file: [UInt8] = []
        file.reserveCapacity(8 + bytes.count + offset)
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { file.append(contentsOf: $0) }
        file.append(contentsOf: bytes)
        for name in names { file.append(contentsOf: tensors[name]?.bytes ?? []) }
        return file
    }

    /// Writes the file so that at any moment either the old or the new one is there: to a name ending in `.partial`, forced
    /// to disk, then renamed.
    ///
    /// - Throws: ``SafetensorsError`` with the system's reason.
    public func write(to path: String) throws(SafetensorsError) {
        let temporary = path + ".partial"
        let bytes = try serialised()
        do throws(SafetensorsError) {
            try Self.writeFile(bytes, temporary)
            guard rename(temporary, path) == 0 else {
                throw SafetensorsError(path: path, "cannot be written: \(Self.reason())")
            }
        } catch {
            unlink(temporary)
            throw error
        }
        try Self.synchroniseFolder(of: path)
    }

    private func encode(_ header: Header) throws(SafetensorsError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(header))
        } catch {
            throw SafetensorsError(path: path, "the header cannot be written: \(error)")
        }
    }

    private static func writeFile(_ bytes: [UInt8], _ path: String) throws(SafetensorsError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw SafetensorsError(path: path, "cannot be made: \(reason())") }
        defer { close(file) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, $0.count - done) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SafetensorsError(path: path, "cannot be written: \(reason())") }
            done += count
        }
        guard fsync(file) == 0 else { throw SafetensorsError(path: path, "cannot be written: \(reason())") }
    }

    /// A rename is on disk only when its folder is.
    private static func synchroniseFolder(of path: String) throws(SafetensorsError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw SafetensorsError(path: folder, "cannot be opened: \(reason())") }
        defer { close(handle) }
        guard fsync(handle) == 0 else {
            throw SafetensorsError(path: folder, "cannot be forced to disk: \(reason())")
        }
    }
}
