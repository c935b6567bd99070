import Glibc

/// What the command line asks for.
struct StressOptions {
    /// How long all tests together take.
    var seconds = 3.0
    /// Whether to run into a data race on purpose.
    var plantRace = false

    init(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let argument = rest.popFirst() {
            switch argument {
            case "--plant-race":
                plantRace = true
            case "--seconds":
                guard let text = rest.popFirst(), let value = Double(text), value > 0, value <= 3600 else {
                    Self.refuse("--seconds wants a number above 0 and up to 3600")
                }
                seconds = value
            default:
                Self.refuse("unknown argument '\(argument)'; known are --seconds NUMBER and --plant-race")
            }
        }
    }

    private static func refuse(_ text: String) -> Never {
        complain(text)
        exit(64)
    }
}

/// Writes one line to standard error.
func complain(_ text: String) {
    let line = Array("exchange-stress: error: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
}
