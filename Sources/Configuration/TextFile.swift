import Glibc

/// Reads whole text files, with an upper bound on their size.
public enum TextFile {
    /// The largest file that is read, bytes.
    public static var largestSize: Int { 1 << 20 }

    /// The bytes of a UTF-8 text file.
    ///
    /// - Throws: ``ConfigurationError`` with one fault, if there is no such file, if it is not a plain file, is empty,
    ///   too large or not UTF-8, or may not be read.
    public static func read(path: String) throws(ConfigurationError) -> [UInt8] {
        let file = SourcePosition(path: path)
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw ConfigurationError(file, "'\(path)' is not the name of a file")
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno != ENOENT else {
                throw ConfigurationError(
                    faults: [ConfigurationFault(position: file, message: "no such file")], isMissingFile: true)
            }
            throw ConfigurationError(file, "cannot be read: \(reason(errno))")
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw ConfigurationError(file, "is a folder; give the name of a file")
        default: throw ConfigurationError(file, "is not a plain file")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ConfigurationError(file, "cannot be read: \(reason(errno))") }
        defer { close(descriptor) }

        // The size is not taken from `stat`: files below /proc say 0, and a file can grow meanwhile.
        var bytes = [UInt8]()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ConfigurationError(file, "cannot be read: \(reason(errno))") }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= largestSize else {
                throw ConfigurationError(file, "is larger than \(largestSize >> 20) MiB, too large for a settings file")
            }
        }
        return bytes
    }

    /// What the system says about an error number.
    private static func reason(_ number: Int32) -> String {
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text)
    }

    /// The line and column, from 1, of the byte at `offset`; columns count characters.
    static func position(of offset: Int, in bytes: [UInt8], path: String) -> SourcePosition {
        var line = 1
        var column = 1
        for byte in bytes.prefix(max(0, offset)) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return SourcePosition(path: path, line: line, column: column)
    }

    /// Where the first byte is that does not belong into a UTF-8 text; nil if all do.
    static func firstInvalidByte(in bytes: [UInt8]) -> Int? {
        var decoder = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch decoder.parseScalar(from: &iterator) {
            case .valid(let scalar): offset += scalar.count
            case .error: return offset
            case .emptyInput: return nil
            }
        }
    }
}
