import Foundation
import Testing

/// The command line, run as a user runs it.
enum Program {
    /// The package's folder.
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The program under test: the one that `STEADYHAND_EXECUTABLE` names, otherwise the release build, otherwise the debug build.
    static let path: String? = {
        let chosen = ProcessInfo.processInfo.environment["STEADYHAND_EXECUTABLE"]
        let candidates = [chosen, build("release"), build("debug")].compactMap { $0 }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// What hides the graphics drivers from the program, which then finds no OpenGL.
    static let withoutGraphics = ["__EGL_VENDOR_LIBRARY_FILENAMES": "/dev/null"]

    /// The program that a build configuration makes.
    static func build(_ configuration: String) -> String { "\(package)/.build/\(configuration)/steadyhand" }

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - arguments: of the command line.
    ///   - folder: the working directory.
    ///   - environment: added to this process's.
    ///   - launcher: a command that runs the program, such as one that takes rights away.
    ///   - executable: another build of the program.
    ///   - input: its standard input.
    ///   - timeLimit: after which the run counts as hung, s.
    static func run(
        _ arguments: [String], in folder: Workspace, environment: [String: String] = [:], launcher: [String] = [],
        executable: String? = nil, input: FileHandle = .nullDevice, timeLimit: Double = 120
    ) async throws -> ProgramResult {
        try await start(
            arguments, in: folder, environment: environment, launcher: launcher, executable: executable, input: input
        ).wait(timeLimit: timeLimit)
    }

    /// Starts the program.
    static func start(
        _ arguments: [String], in folder: Workspace, environment: [String: String] = [:], launcher: [String] = [],
        executable: String? = nil, input: FileHandle = .nullDevice
    ) throws -> RunningProgram {
        guard let program = executable ?? path else {
            Issue.record(
                "no steadyhand program: build it with 'tools/swift build -c release --product steadyhand', or name it in STEADYHAND_EXECUTABLE"
            )
            throw ProgramError.missing
        }
        return try RunningProgram(
            command: launcher + [program] + arguments, folder: folder.path, environment: environment, input: input)
    }
}

enum ProgramError: Error {
    case missing
    case hung(String)
}

/// What a run of the program left.
struct ProgramResult {
    /// The exit status, or the negative number of the signal that ended the process.
    var status: Int32
    var standardOutput: String
    var standardError: String

    var outputLines: [String] { standardOutput.split(separator: "\n").map(String.init) }
    var errorLines: [String] { standardError.split(separator: "\n").map(String.init) }

    /// The object on the last line of standard output.
    var json: [String: Any] {
        get throws {
            let line = try #require(outputLines.last, "nothing on standard output; standard error: \(standardError)")
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require(value as? [String: Any], "not an object: \(line)")
        }
    }

    /// Whether a line of standard error holds all of these words.
    func complains(_ words: String...) -> Bool {
        errorLines.contains { line in words.allSatisfy(line.contains) }
    }
}

/// The program while it runs. Its output goes to files, so that it is never held up by a reader.
final class RunningProgram {
    private let process = Process()
    private let outputPath: String
    private let errorPath: String
    private let command: [String]

    init(
        command: [String], folder: String, environment: [String: String], input: FileHandle = .nullDevice
    ) throws {
        self.command = command
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("steadyhand-\(UUID().uuidString)").path
        (outputPath, errorPath) = (base + ".out", base + ".err")
        for path in [outputPath, errorPath] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = input
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputPath))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorPath))
        try process.run()
    }

    /// What it has written to standard error so far.
    var standardError: String { text(errorPath) }

    /// Sends a signal.
    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits until something is true, while the program runs.
    ///
    /// - Throws: ``ProgramError/hung(_:)`` after the time limit, or if the program ends before.
    func wait(timeLimit: Double = 60, until condition: () throws -> Bool) async throws {
        let limit = Date(timeIntervalSinceNow: timeLimit)
        while try !condition() {
            guard Date() < limit, process.isRunning else {
                process.terminate()
                throw ProgramError.hung("\(command.joined(separator: " ")): \(text(errorPath))")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits for the end.
    ///
    /// - Throws: ``ProgramError/hung(_:)`` after the time limit; the program is then killed.
    func wait(timeLimit: Double = 60) async throws -> ProgramResult {
        let limit = Date(timeIntervalSinceNow: timeLimit)
        while process.isRunning {
            guard Date() < limit else {
                signal(SIGKILL)
                throw ProgramError.hung("\(command.joined(separator: " ")): \(text(errorPath))")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        defer { for path in [outputPath, errorPath] { unlink(path) } }
        let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return ProgramResult(status: status, standardOutput: text(outputPath), standardError: text(errorPath))
    }

    private func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
