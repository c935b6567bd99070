import Foundation
import Glibc

/// A person who does bench work: what they are told, and the Enter by which they say that something is done.
///
/// At a terminal it is a person; lines from a pipe do as well.
public struct Dialogue {
    /// Tells something: one line.
    public var tell: (String) -> Void
    /// Tells what to do and waits until it is done.
    ///
    /// Throws ``JobError`` where nobody is there any more.
    public var ask: (String) throws -> Void
    /// Whether Enter was pressed since the last question; does not wait.
    ///
    /// Throws ``JobError`` where nobody is there any more.
    public var isAnswered: () throws -> Bool
    /// Shows lines in place of those shown last; does nothing where that cannot be done.
    public var show: ([String]) -> Void
    /// Whether somebody is there to try again with.
    public var isPerson: Bool

    /// See the properties.
    public init(
        tell: @escaping (String) -> Void, ask: @escaping (String) throws -> Void,
        isAnswered: @escaping () throws -> Bool, show: @escaping ([String]) -> Void = { _ in }, isPerson: Bool = false
    ) {
        self.tell = tell
        self.ask = ask
        self.isAnswered = isAnswered
        self.show = show
        self.isPerson = isPerson
    }

    /// Whoever is at standard input and standard error.
    public static func standard() -> Dialogue {
        let input = StandardInput()
        let canShow = isatty(STDERR_FILENO) == 1
        var shown = 0
        return Dialogue(
            tell: { line in
                shown = 0
                StandardError.write(line + "\n")
            },
            ask: { line in
                shown = 0
                StandardError.write(line + ", then press Enter\n")
                try input.waitForLine()
            },
            isAnswered: { try input.hasLine() },
            show: { lines in
                guard canShow else { return }
                // Back to the first of the lines before, and each cleared.
                let back = shown > 0 ? "\u{1B}[\(shown)A" : ""
                shown = lines.count
                StandardError.write(back + lines.map { "\r\u{1B}[2K\($0)\n" }.joined())
            },
            isPerson: isatty(STDIN_FILENO) == 1)
    }
}

/// Standard input as lines, which can be looked for without waiting.
private final class StandardInput {
    private var bytes: [UInt8] = []

    func waitForLine() throws(JobError) {
        while try !hasLine(wait: 1000) {}
    }

    func hasLine() throws(JobError) -> Bool { try hasLine(wait: 0) }

    private func hasLine(wait milliseconds: Int32) throws(JobError) -> Bool {
        if takeLine() { return true }
        var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&input, 1, milliseconds) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return false }
        guard count > 0 else {
            throw JobError(
                .failure, "standard input ended before everything was done; nobody is there to press Enter")
        }
        bytes += buffer[..<count]
        return takeLine()
    }

    private func takeLine() -> Bool {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return false }
        bytes.removeFirst(end + 1)
        return true
    }
}
