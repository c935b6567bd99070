import Foundation

/// Another program that does the learner's update: it starts from the learner's own checkpoint, says how far its result of a
/// few updates is from the learner's, and then times itself whenever it is its turn.
///
/// It is called with two checkpoints, some updates apart, and says who it is in one line of JSON (``Introduction``). For
/// every line on its standard input, a number of updates, it answers with a line of JSON (``Round``).
final class LearnerPeer {
    /// What the peer says at its start.
    struct Introduction: Codable, Hashable {
        /// Who it is, with its version.
        var name: String
        /// For the policy, and for the critics: the length of the difference between what its updates and the learner's
        /// changed, over the length of what the learner's changed.
        var policyDifference: Double
        var criticDifference: Double
    }

    /// What it took the peer to do its updates.
    struct Round: Codable, Hashable {
        var seconds: Double
        /// Of the processor, on all threads.
        var processorSeconds: Double
    }

    let introduction: Introduction
    private let process = Process()
    private let orders = Pipe()
    private let answers = Pipe()
    private var unread = Data()

    /// Starts it and waits until it is ready.
    ///
    /// - Throws: ``JobError`` if it cannot be started, ends or gives something else than one line of JSON.
    init(command: [String], before: String, after: String) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command + [before, after]
        process.standardInput = orders
        process.standardOutput = answers
        do {
            try process.run()
        } catch {
            throw JobError(.unavailable, "\(command.joined(separator: " ")): \(error.localizedDescription)")
        }
        var unread = Data()
        introduction = try Self.answer(of: process, answers, &unread)
        self.unread = unread
    }

    deinit { finish() }

    /// Has it do `updates` updates.
    ///
    /// - Throws: ``JobError`` if it ends instead.
    func run(updates: Int) throws -> Round {
        guard process.isRunning else { throw Self.ended(process) }
        try orders.fileHandleForWriting.write(contentsOf: Data("\(updates)\n".utf8))
        return try Self.answer(of: process, answers, &unread)
    }

    /// Ends it.
    func finish() {
        guard process.isRunning else { return }
        // A peer that does not end when its input does is not waited for.
        orders.fileHandleForWriting.closeFile()
        process.terminate()
        process.waitUntilExit()
    }

    private static func ended(_ process: Process) -> JobError {
        process.waitUntilExit()
        return JobError(.unavailable, "the learner's peer ended with status \(process.terminationStatus)")
    }

    private static func answer<Answer: Decodable>(
        of process: Process, _ pipe: Pipe, _ unread: inout Data
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
                        "the learner's peer said what is not understood: \(String(decoding: line, as: UTF8.self))")
                }
            }
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else { throw ended(process) }
            unread += more
        }
    }
}
