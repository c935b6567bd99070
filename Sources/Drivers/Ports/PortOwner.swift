internal import Foundation
internal import Glibc

/// Which process has a port.
public enum PortOwner {
    /// `name (process number)`: who holds the lock on it, or else who has it open; nil where the kernel does not say.
    ///
    /// - Parameters:
    ///   - path: Of the port, or of a link to it.
    ///   - processes: Where the kernel lists them.
    public static func find(_ path: String, processes: String = "/proc") -> String? {
        // An emulator keeps its own pseudo-terminal open, and is not in the way.
        let isTerminal = URL(filePath: path).resolvingSymlinksInPath().path.hasPrefix("/dev/pts/")
        let user = isTerminal ? nil : users(path, processes: processes).first
        guard let number = lockHolder(path, processes) ?? user else { return nil }
        return describe(number, processes)
    }

    /// `name (process number)` of another process than this one that has a port open.
    static func findOther(_ path: String, processes: String = "/proc") -> String? {
        users(path, processes: processes).first { $0 != getpid() }.map { describe($0, processes) }
    }

    private static func describe(_ number: Int32, _ processes: String) -> String {
        let name = try? String(contentsOfFile: "\(processes)/\(number)/comm", encoding: .utf8)
        return "\(name?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "a process") (process \(number))"
    }

    private static func lockHolder(_ path: String, _ processes: String) -> Int32? {
        var status = stat()
        guard stat(path, &status) == 0,
            let locks = try? String(contentsOfFile: "\(processes)/locks", encoding: .utf8)
        else { return nil }
        for line in locks.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let place = words.first(where: { $0.filter { $0 == ":" }.count == 2 }),
                place.split(separator: ":").last.flatMap({ UInt64($0) }) == UInt64(status.st_ino),
                let index = words.firstIndex(of: place), index > 0, let number = Int32(words[index - 1])
            else { continue }
            return number
        }
        return nil
    }

    /// The processes that have it open, as far as this user may see.
    private static func users(_ path: String, processes: String) -> [Int32] {
        let device = URL(filePath: path).resolvingSymlinksInPath().path
        let numbers = ((try? FileManager.default.contentsOfDirectory(atPath: processes)) ?? []).compactMap { Int32($0) }
        return numbers.sorted().filter { number in
            let folder = "\(processes)/\(number)/fd"
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return files.contains {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == device
            }
        }
    }
}
