import RemotePolicies
import Testing

@Suite struct UntrustedTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("\u{1B}[31mred\u{1B}[0m", "[31mred [0m"), ("a\r\nb\tc", "a b c"), ("  a  ", "a"),
        ("a\u{202E}b\u{200B}c", "a b c"), ("\u{7}\u{9B}31m", "31m"), ("größer – 4 µs", "größer – 4 µs"), ("", ""),
    ])
    func nothingIsLeftThatATerminalActsOn(text: String, line: String) {
        #expect(UntrustedText.line(text) == line)
    }

    @Test func longTextsAreCut() {
        #expect(UntrustedText.line(String(repeating: "x", count: 1000), limit: 5) == "xxxxx…")
    }

    @Test func ofATracebackTheLastLineIsTold() {
        let traceback =
            "Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: \u{1B}]0;no\u{7} state\n\n"
        #expect(UntrustedText.lastLine(traceback) == "ValueError: ]0;no state")
        #expect(UntrustedText.lastLine("") == "nothing")
    }
}
