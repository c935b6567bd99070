import Configuration
import Testing

@Suite struct YAMLValueTests {
    @Test func blockStyleWithQuotesWhereNeeded() {
        let value: YAMLValue = .mapping([
            ("name", .text("square")),
            ("path", .text("/a b/c.yaml")),
            ("odd", .text("true")),
            ("number", .text("12")),
            ("none", .text("")),
            ("rate", .quantity(20, .hertz)),
            ("step", .number(1e-6)),
            ("list", .sequence([.integer(1), .mapping([("a", .boolean(true))]), .sequence([])])),
            ("nothing", .mapping([])),
            ("text", .text("one\ntwo: \"3\"\\\u{7}")),
        ])
        #expect(
            value.document == """
                name: square
                path: "/a b/c.yaml"
                odd: "true"
                number: "12"
                none: ""
                rate: 20 Hz
                step: 1e-06
                list:
                  - 1
                  -
                    a: true
                  - []
                nothing: {}
                text: "one\\ntwo: \\"3\\"\\\\\\U00000007"

                """)
    }

    @Test func anyTextReadsBackTheSame() throws {
        var generator = SeededGenerator(state: 3)
        let pieces = [
            "a", "B", " ", "\n", "\t", "\r", "'", "\"", "\\", ":", "#", "- ", "? ", "&", "*", "!", "|", ">", "%", "@",
            "`",
            "{", "}", "[", "]", ",", "~", "null", "true", "0", ".5", "é", "日", "😀", "\u{85}", "\u{A0}", "\u{2028}",
            "\u{FEFF}", "\u{1}", "\u{7F}", "\u{FFFE}", "---", "...",
        ]
        for _ in 0..<1000 {
            let text = (0..<Int.random(in: 1...12, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let written = YAMLValue.mapping([("x", .text(text)), (text, .sequence([.text(text)]))]).document
            let document = try Document(text: written, path: "t.yaml")
            guard case .mapping(let entries) = document.root.content, entries.count == 2 else {
                Issue.record("not two entries: \(written)")
                continue
            }
            guard case .scalar(let first, _) = entries[0].value.content,
                case .sequence(let list) = entries[1].value.content,
                case .scalar(let third, _)? = list.first?.content
            else {
                Issue.record("another shape: \(written)")
                continue
            }
            #expect(first.unicodeScalars.elementsEqual(text.unicodeScalars))
            #expect(entries[1].key.unicodeScalars.elementsEqual(text.unicodeScalars))
            #expect(third.unicodeScalars.elementsEqual(text.unicodeScalars))
        }
    }
}
