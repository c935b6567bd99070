import Glibc

/// Paths that files name relative to themselves.
public enum FilePaths {
    /// The absolute form of `path`, which stands in `file`; a relative one counts from that file's folder.
    ///
    /// The folder's symbolic links are followed if it exists; the last part of the path stays as it is.
    public static func resolve(_ path: String, relativeTo file: String) -> String {
        path.hasPrefix("/") ? absolute(path) : absolute(folder(of: file) + "/" + path)
    }

    /// The absolute form of a path; a relative one counts from the working folder.
    public static func absolute(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        if !name.isEmpty, name != ".", name != "..", let folder = realPath(folder(of: path)) {
            return folder == "/" ? "/" + name : folder + "/" + name
        }
        if let whole = realPath(path) { return whole }
        return simplified(path.hasPrefix("/") ? path : workingFolder + "/" + path)
    }

    /// Whether there is something at a path.
    public static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// The folder that a path's last part is in.
    public static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Where the process is.
    public static var workingFolder: String {
        realPath(".") ?? "/"
    }

    private static func realPath(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    /// An absolute path without `.` and `..`, for one that does not exist.
    private static func simplified(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
