internal import Foundation

/// A program that serves on a port of its own, and ends with the test.
public final class PolicyServer {
    /// As its first line says: `ws://127.0.0.1:PORT`.
    public let address: String
    private let process = Process()
    private let input = Pipe()

    /// `tools/policy_server` with these arguments.
    public convenience init(_ arguments: String..., environment: [String: String] = [:]) throws {
        try self.init(arguments: arguments, environment: environment)
    }

    /// As ``init(_:environment:)``.
    public convenience init(arguments: [String], environment: [String: String] = [:]) throws {
        let package = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let program = package + "/tools/policy_server"
        try self.init(
            program: [program] + arguments + ["--port", "0", "--until-stdin-ends"], environment: environment)
    }

    /// A Python program that listens where it says, and then does something else than a policy server does. It finds its
    /// socket in `listener`.
    public convenience init(python body: String) throws {
        let program = """
            import http.server, os, socket, sys, threading, time
            threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
            listener = socket.create_server(("127.0.0.1", 0))
            print(f"ws://127.0.0.1:{listener.getsockname()[1]}", flush=True)
            \(body)
            """
        try self.init(program: ["/usr/bin/python3", "-c", program], environment: [:])
    }

    private init(program: [String], environment: [String: String]) throws {
        process.executableURL = URL(fileURLWithPath: program[0])
        process.arguments = Array(program.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(description: "\(program): it did not start") }
            line += more
        }
        address =
            String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
    }

    deinit {
        input.fileHandleForWriting.closeFile()
        process.terminate()
        process.waitUntilExit()
    }

    struct Failure: Error, CustomStringConvertible { var description: String }
}
