import CSerialPort
import Foundation

/// A terminal with a person at it who presses Enter, for a program whose standard input it is.
final class PersonsTerminal {
    /// The program's end.
    let input: FileHandle
    private let host: Int32

    init() throws {
        var number: Int32 = 0
        host = steadyhand_terminal_make(&number)
        guard host >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: -host) ?? .EIO) }
        let program = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard program >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        input = FileHandle(fileDescriptor: program, closeOnDealloc: true)
    }

    deinit { close(host) }

    /// Presses Enter.
    func pressEnter() { _ = write(host, "\n", 1) }
}
