import Foundation
import Testing

/// A folder of a test's own, with a job and a robot in it that the test may change. It goes away with the value.
final class Workspace: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("steadyhand-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// A path in the folder.
    subscript(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file.
    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: self[name]))
    }

    /// Writes a file that can be run.
    func writeProgram(_ text: String, to name: String) throws {
        try write(text, to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: self[name])
    }

    /// A file's text.
    func text(_ name: String) throws -> String { try String(contentsOfFile: self[name], encoding: .utf8) }

    /// The names in a folder, in order; empty where it is not there.
    func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: self[folder])) ?? []).sorted()
    }

    /// The files below a folder with their content, by path from there. What a symbolic link leads to is left out.
    func files(below folder: String) throws -> [String: Data] {
        let root = self[folder]
        var files: [String: Data] = [:]
        for case let name as String in try #require(FileManager.default.enumerator(atPath: root)) {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/\(name)")
            guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
            files[name] = try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(name)"))
        }
        return files
    }

    /// Writes a job: the package's `configs/square.yaml` with a policy so small that training takes no time.
    ///
    /// - Parameters:
    ///   - replacing: text of the job file, and what to put in its place.
    ///   - robot: the robot file.
    /// - Returns: its path.
    @discardableResult
    func makeJob(
        _ name: String = "job.yaml", from original: String = "square.yaml", replacing: [(String, String)] = [],
        robot: String = "\(Program.package)/robots/panda.yaml"
    ) throws -> String {
        let small = [
            ("hidden", "32"), ("blocks", "1"), ("batch_size", "32"), ("warmup_steps", "10"), ("evaluate_every", "20"),
            ("checkpoint_every", "20"), ("robot", robot),
        ]
        let text = try String(contentsOfFile: "\(Program.package)/configs/\(original)", encoding: .utf8)
        try write(Self.replace(replacing, in: Self.set(small, in: text)), to: name)
        return self[name]
    }

    /// Writes a robot: the package's `robots/panda.yaml`, changed.
    ///
    /// - Returns: its path.
    @discardableResult
    func makeRobot(_ name: String = "robot.yaml", replacing: [(String, String)]) throws -> String {
        let text = try String(contentsOfFile: "\(Program.package)/robots/panda.yaml", encoding: .utf8)
        let absolute = ("model: ../.deps", "model: \(Program.package)/.deps")
        try write(Self.replace([absolute] + replacing, in: text), to: name)
        return self[name]
    }

    /// Where a text stands in a file: `line:column`.
    func place(of part: String, in name: String) throws -> String {
        for (number, line) in try text(name).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let range = line.range(of: part) else { continue }
            return "\(number + 1):\(line.distance(from: line.startIndex, to: range.lowerBound) + 1)"
        }
        return try #require(nil, "\(name) does not hold '\(part)'")
    }

    private static func set(_ values: [(String, String)], in text: String) throws -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (key, value) in values {
            let place = lines.firstIndex { $0.drop { $0 == " " }.hasPrefix("\(key): ") }
            let line = try #require(place, "the file has no key '\(key)'")
            lines[line] = "\(lines[line].prefix { $0 == " " })\(key): \(value)"
        }
        return lines.joined(separator: "\n")
    }

    private static func replace(_ changes: [(String, String)], in text: String) throws -> String {
        var text = text
        for (old, new) in changes {
            let place = try #require(text.range(of: old), "the file does not hold '\(old)'")
            text.replaceSubrange(place, with: new)
        }
        return text
    }
}
