import Configuration
import Glibc
import Testing

/// The faults of a text, one line each.
func faults(_ text: String, _ body: (MappingReader) -> Void = { $0.acceptOtherKeys() }) -> [String] {
    do throws(ConfigurationError) {
        try Document(text: text, path: "t.yaml").decode(body)
        return []
    } catch {
        return error.faults.map(\.description)
    }
}

/// Whether a text decodes without a fault, and `body` finds in it what it should.
func decoded(_ text: String, _ body: (MappingReader) -> Bool) -> Bool {
    (try? Document(text: text, path: "t.yaml").decode(body)) ?? false
}

@Suite struct DocumentTests {
    @Test func nodesKnowTheirPlaces() throws {
        let document = try Document(text: "a: 1\nb:\n  - äöü: [x, 'y']\n", path: "t.yaml")
        guard case .mapping(let entries) = document.root.content, entries.count == 2,
            case .sequence(let list) = entries[1].value.content,
            case .mapping(let inner) = list[0].content,
            case .sequence(let words) = inner[0].value.content
        else {
            Issue.record("the tree has another shape")
            return
        }
        #expect(entries[0].keyPosition.description == "t.yaml:1:1")
        #expect(entries[0].value.position.description == "t.yaml:1:4")
        #expect(entries[1].keyPosition.description == "t.yaml:2:1")
        #expect(inner[0].key == "äöü")
        #expect(inner[0].keyPosition.description == "t.yaml:3:5")
        #expect(inner[0].value.position.description == "t.yaml:3:10")
        #expect(words.map(\.position.column) == [11, 14])
        guard case .scalar("y", isPlain: false) = words[1].content else {
            Issue.record("quotes were lost")
            return
        }
    }

    @Test(arguments: [
        ("", "t.yaml: is empty"),
        ("# nothing\n", "t.yaml: is empty"),
        (
            "a: 1\nb: [1, 2\nc: 3\n",
            "t.yaml:3:2: not YAML: did not find expected ',' or ']', while parsing a flow sequence that begins on line 2"
        ),
        (
            "a: 1\n\tb: 2\n",
            "t.yaml:2:1: not YAML: found a tab character that violates indentation, while scanning a plain scalar that begins on line 1"
        ),
        (
            "a: 'x\n",
            "t.yaml:2:1: not YAML: found unexpected end of stream, while scanning a quoted scalar that begins on line 1"
        ),
        // The text ends without a new line: the fault is at its end, not on a line after it.
        (
            "a: 1\nb",
            "t.yaml:2:2: not YAML: could not find expected ':', while scanning a simple key that begins on line 2"
        ),
        ("a: 1\nb: \u{1}\n", "t.yaml:2:4: not YAML: control characters are not allowed"),
        ("a: 1\n---\nb: 1\n", "t.yaml:2:1: a second document begins here; a file holds one"),
        ("a: 1\na: 2\n", "t.yaml:2:1: key 'a' is here a second time; the first is on line 1"),
        ("a: &x 1\n", "t.yaml:1:4: anchors are not supported; write the value out and remove '&x'"),
        ("a: !!float 1\n", "t.yaml:1:4: tags are not supported; remove 'tag:yaml.org,2002:float'"),
        ("? [a]\n: 1\n", "t.yaml:1:3: a key must be a word"),
        ("- 1\n", "t.yaml:1:1: the file is a list; write a mapping with keys"),
        ("word\n", "t.yaml:1:1: the file is 'word'; write a mapping with keys"),
    ])
    func brokenTexts(text: String, fault: String) {
        #expect(faults(text) == [fault])
    }

    @Test func aliasesAreRefusedOnceEach() {
        #expect(
            faults("a: &x 1 s\nb: *x\n") { _ = ($0.quantity("a", .seconds), $0.quantity("b", .seconds)) } == [
                "t.yaml:1:4: anchors are not supported; write the value out and remove '&x'",
                "t.yaml:2:4: aliases are not supported; write the value out in place of '*x'",
            ])
    }

    @Test func nestingIsBounded() {
        let deep = "a: " + String(repeating: "[", count: 33) + String(repeating: "]", count: 33)
        #expect(faults(deep) == ["t.yaml:1:36: nested deeper than 32 levels"])
        let bomb = "a: " + String(repeating: "[", count: 200_000)
        #expect(faults(bomb) == ["t.yaml:1:36: nested deeper than 32 levels"])
        let allowed = "a: " + String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(faults(allowed) == [])
    }

    @Test func otherEncodingsAreRefused() {
        for (bytes, place) in [([0x61, 0x3A, 0x0A, 0xFF], "2:1"), ([0x61, 0x3A, 0x20, 0xC3, 0xA4, 0xC3], "1:5")]
            as [([UInt8], String)]
        {
            let error = #expect(throws: ConfigurationError.self) { try Document(bytes: bytes, path: "t.yaml") }
            #expect(error?.description == "t.yaml:\(place): not UTF-8 text; save the file as UTF-8")
        }
    }

    @Test func unreadableFilesGiveOneLine() throws {
        let folder = try #require(makeTemporaryFolder())
        defer { removeFolder(folder) }
        func message(_ path: String) -> String? {
            do throws(ConfigurationError) {
                _ = try Document.load(path: path)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(message("\(folder)/none.yaml") == "\(folder)/none.yaml: no such file")
        #expect(message(folder) == "\(folder): is a folder; give the name of a file")
        #expect(message("/dev/zero") == "/dev/zero: is not a plain file")
        #expect(message("") == ": '' is not the name of a file")
        write([], to: "\(folder)/empty.yaml")
        #expect(message("\(folder)/empty.yaml") == "\(folder)/empty.yaml: is empty")
        write([UInt8](repeating: 0x20, count: (1 << 20) + 1), to: "\(folder)/large.yaml")
        #expect(
            message("\(folder)/large.yaml")
                == "\(folder)/large.yaml: is larger than 1 MiB, too large for a settings file")
        write(Array("a: 1\n".utf8), to: "\(folder)/good.yaml")
        #expect(message("\(folder)/good.yaml") == nil)
        chmod("\(folder)/good.yaml", 0)
        if geteuid() != 0 {
            #expect(message("\(folder)/good.yaml") == "\(folder)/good.yaml: cannot be read: Permission denied")
        }
        #expect(message("\(folder)/good.yaml/x") == "\(folder)/good.yaml/x: cannot be read: Not a directory")
    }
}

private func makeTemporaryFolder() -> String? {
    var template = Array("/tmp/steadyhand-configuration-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { return nil }
    return String(cString: made)
}

private func removeFolder(_ folder: String) {
    for name in ["empty.yaml", "large.yaml", "good.yaml"] { unlink("\(folder)/\(name)") }
    rmdir(folder)
}

private func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "w") else {
        Issue.record("cannot write \(path)")
        return
    }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}
