import Foundation
import Testing

/// The promise of the real-time path is kept by the compiler. Here it is put to the test: a file with an allocation in
/// it must not compile, and the same file without must.
@Suite(.serialized) struct PlantedAllocationTests {
    private static let plant = "numbers.append(wake.lateness)"

    private static let source = """
        import Realtime

        @_noLocks
        func cycle(_ pacer: inout CyclePacer, _ numbers: inout [UInt64], _ latest: Latest<UInt64>.Handle) {
            let wake = pacer.wait()
            latest.publish(wake.lateness)
            \(plant)
        }
        """

    @Test func anAllocationInTheRealTimePathDoesNotCompile() throws {
        let result = try compile(Self.source)
        #expect(result.status != 0)
        #expect(result.output.contains("cycle.swift:7:"))
        #expect(
            result.output.contains("error: this code performs reference counting operations which can cause locking"))
        #expect(!result.output.contains("no such module"))
    }

    @Test func theSameFileWithoutItCompiles() throws {
        let result = try compile(Self.source.replacingOccurrences(of: Self.plant, with: "_ = wake.missed"))
        #expect(result.status == 0, "\(result.output)")
    }

    /// Compiles a file against the modules that were built along with this test, without optimisation.
    private func compile(_ text: String) throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "steadyhand-planted-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "cycle.swift")
        try text.write(to: file, atomically: true, encoding: .utf8)

        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let products = URL(filePath: executable).deletingLastPathComponent()
        let headers = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/CRealtime/include").standardizedFileURL
        let moduleMap = products.appending(path: "CRealtime.build/module.modulemap")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swiftc", "-emit-object", "-parse-as-library", "-swift-version", "6",
            "-I", products.appending(path: "Modules").path, "-Xcc", "-fmodule-map-file=\(moduleMap.path)",
            "-I", headers.path, "-o", folder.appending(path: "cycle.o").path, file.path,
        ]
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] = (environment["PATH"] ?? "/usr/bin:/bin") + ":/opt/swift/usr/bin"
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}
