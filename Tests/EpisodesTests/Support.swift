import Foundation

/// A folder that is gone after the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("episodes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }
}

/// What a program printed and how it ended.
struct Output {
    var status: Int32
    var text: String
    var errors: String
}

func run(_ program: String, _ arguments: [String]) throws -> Output {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Output(
        status: process.terminationStatus, text: String(decoding: text, as: UTF8.self),
        errors: String(decoding: complaint, as: UTF8.self))
}

/// The package's folder.
let packageFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// The program to kill; it is built beside the tests.
func probePath() throws -> String {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("episode-writer-probe")
    if FileManager.default.isExecutableFile(atPath: beside.path) { return beside.path }
    // swift-testing's helper runs from the toolchain; the bundle of tests is its argument.
    for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
        let folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
        return folder.appendingPathComponent("episode-writer-probe").path
    }
    return beside.path
}
