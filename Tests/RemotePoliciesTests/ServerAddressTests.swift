import RemotePolicies
import Testing

@Suite struct ServerAddressTests {
    @Test(arguments: [
        ("ws://gpu-box:8000", "gpu-box", 8000, false, "/"), ("wss://pi.example", "pi.example", 443, true, "/"),
        ("gpu-box", "gpu-box", 80, false, "/"), ("10.0.0.2:9000", "10.0.0.2", 9000, false, "/"),
        ("ws1:8000", "ws1", 8000, false, "/"), ("ws://[::1]:8000/pi?x=1", "::1", 8000, false, "/pi?x=1"),
        ("WS://HOST", "HOST", 80, false, "/"),
    ])
    func isUnderstood(text: String, host: String, port: Int, isSecure: Bool, path: String) throws {
        let address = try ServerAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isSecure == isSecure)
        #expect(address.path == path)
        #expect(try ServerAddress(address.description) == address, "what a run folder says reads back as the same")
    }

    @Test(arguments: [
        "", "ws://", "http://gpu-box:8000", "ftp://x", "ws://gpu-box:0", "ws://gpu-box:65536", "ws://gpu-box:80a",
        "ws://gpu-box:", "ws://::1:8000", "ws://user:secret@gpu-box", "ws://gpu box", "ws://gpu-box/#top",
        "ws://gpu-box/\r\nX: y", "ws://gpu-box/größer", "ws://a\u{1B}b",
    ])
    func isRefused(text: String) {
        let error = #expect(throws: RemotePolicyError.self) { try ServerAddress(text) }
        #expect(error?.kind == .address)
        #expect(error?.description.contains("\u{1B}") == false)
    }
}
