import Foundation

/// Another program that takes turns with what is measured here: it says who it is in one line of JSON, and then answers every
/// line on its standard input, a number, with a line of JSON.
final class BenchPeer<Introduction: Decodable, Round: Decodable> {
    /// What it said at its start.
    let introduction: Introduction
    private let what: String
    private let process = Process()
    private let orders = Pipe()
    private let answers = Pipe()
    private var unread = Data()

    /// Starts it and waits until it is ready.
    ///
    /// - Parameters:
    ///   - what: whose peer it is, for messages: `the learner's`.
    ///   - command: the program and its arguments.
    /// - Throws: ``JobError`` if it cannot be started, ends or gives something else than one line of JSON.
    init(_ what: String, command: [String]) throws {
        self.what = what
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = orders
        process.standardOutput = answers
        do {
            try process.run()
        } catch {
            throw JobError(.unavailable, "\(command.joined(separator: " ")): \(error.localizedDescription)")
        }
        var unread = Data()
        introduction = try Self.answer(of: process, what, answers, &unread)
        self.unread = unread
    }

    deinit { finish() }

    /// Gives it a number of whatever it does, and waits until it has done them.
    ///
    /// - Throws: ``JobError`` if it ends instead.
    func run(_ count: Int) throws -> Round {
        guard process.isRunning else { throw Self.ended(process, what) }
        try orders.fileHandleForWriting.write(contentsOf: Data("\(count)\n".utf8))
        return try Self.answer(of: process, what, answers, &unread)
    }

    /// Ends it.
    func finish() {
        guard process.isRunning else { return }
        // A peer that does not end when its input does is not waited for.
        orders.fileHandleForWriting.closeFile()
        process.terminate()
        process.waitUntilExit()
    }

    private static func ended(_ process: Process, _ what: String) -> JobError {
        process.waitUntilExit()
        return JobError(.unavailable, "\(what) peer ended with status \(process.terminationStatus)")
    }

    private static func answer<Answer: Decodable>(
        of process: Process, _ what: String, _ pipe: Pipe, _ unread: inout Data
    ) throws -> Answer {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = unread[unread.startIndex..<end]
                unread = Data(unread[(end + 1)...])
                do {
                    return try JSONDecoder().decode(Answer.self, from: line)
                } catch {
                    throw JobError(
                        .unavailable,
                        "\(what) peer said what is not understood: \(String(decoding: line, as: UTF8.self))")
                }
            }
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else { throw ended(process, what) }
            unread += more
        }
    }
}
