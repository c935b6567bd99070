import Foundation
import Testing

@testable import Numerics

struct SafetensorsTests {
    private func folder() throws -> String {
        let path = NSTemporaryDirectory() + "steadyhand-safetensors-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func file(_ header: String, data: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
            + [UInt8](repeating: 0, count: data)
    }

    private func message(_ bytes: [UInt8]) -> String {
        do {
            _ = try Safetensors(bytes: bytes, path: "weights.safetensors")
            return "accepted"
        } catch {
            return error.description
        }
    }

    /// Byte for byte what the format's page describes.
    @Test func aSmallFileHasTheExpectedBytes() throws {
        var stored = Safetensors(path: "x")
        stored.set("a", shape: [2], [1, -2])
        let header = #"{"a":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        let expected =
            [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8) + [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]
        #expect(try stored.serialised() == expected)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/a.safetensors"
        var stored = Safetensors(path: path)
        stored.metadata = ["quote \"": "line\nbreak", "é": "ü"]
        stored.set("matrix", shape: [2, 3], [1, 2, 3, 4, 5, .infinity])
        stored.set("empty", shape: [0, 4], [Float]())
        stored.set("number", shape: [], [7])
        try stored.write(to: path)
        try stored.write(to: path)
        let read = try Safetensors(contentsOf: path)
        #expect(read == stored)
        #expect(try read.floats("matrix", shape: [2, 3]) == [1, 2, 3, 4, 5, .infinity])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.safetensors"])
    }

    @Test func otherTypesAreKept() throws {
        let bytes = file(
            #"{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[8,10]}}"#,
            data: 10)
        let read = try Safetensors(bytes: bytes, path: "x")
        #expect(read.tensors["n"]?.type == .int64 && read.tensors["b"]?.bytes.count == 2)
        #expect(throws: SafetensorsError(path: "x", "the tensor 'n' is I64; F32 is expected")) {
            try read.floats("n", shape: [1])
        }
    }

    @Test func everyCutIsFound() throws {
        var stored = Safetensors(path: "x")
        stored.metadata = ["task": "square"]
        stored.set("a", shape: [3], [1, 2, 3])
        stored.set("b", shape: [2, 2], [1, 2, 3, 4])
        let bytes = try stored.serialised()
        for count in 0..<bytes.count { #expect(message(Array(bytes[..<count])) != "accepted", "\(count) bytes") }
        #expect(message(bytes) == "accepted")
        #expect(message(bytes + [0]) == "weights.safetensors: 1 bytes at its end belong to no tensor")
    }

    @Test(arguments: [
        (#"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#, 4, "the tensor 'a' has the unknown type 'F33'"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4,
            "the tensor 'a' has 4 bytes; F32 of the shape [2] needs 8"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4,
            "the tensor 'a' has the impossible shape [-1]"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[4611686018427387904,8],"data_offsets":[0,4]}}"#, 4,
            "the tensor 'a' has the impossible shape [4611686018427387904, 8]"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
            "the tensor 'a' is at bytes 4..<8; it should begin at 0"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#,
            6, "the tensor 'b' is at bytes 2..<6; it should begin at 4"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4,
            "the tensor 'a' has the impossible offsets [-4, 0]"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#, 4,
            "cut short: the tensor 'a' ends at byte 12, 4 are there"
        ),
        (#"[1, 2]"#, 0, "not a safetensors file: its header is not the expected JSON"),
        (#"{"a":"#, 0, "not a safetensors file: its header is not the expected JSON"),
    ])
    func contradictionsAreNamed(header: String, data: Int, expected: String) {
        #expect(message(file(header, data: data)) == "weights.safetensors: " + expected)
    }

    @Test func aHugeHeaderIsRefusedBeforeItIsRead() {
        let bytes = [UInt8](repeating: 0xff, count: 16)
        #expect(
            message(bytes)
                == "weights.safetensors: not a safetensors file: its header would have 18446744073709551615 bytes")
    }

    @Test func missingFilesAndFoldersGiveTheSystemsReason() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(
            throws: SafetensorsError(path: folder + "/no", "cannot be opened: No such file or directory")
        ) { try Safetensors(contentsOf: folder + "/no") }
        #expect(throws: SafetensorsError(path: folder, "is not a file")) { try Safetensors(contentsOf: folder) }
        #expect(throws: SafetensorsError.self) { try Safetensors(path: "x").write(to: folder + "/no/x") }
    }
}
