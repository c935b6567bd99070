internal import COnnxRuntime
internal import Synchronization

/// ONNX Runtime, loaded when the first model is.
///
/// Unchecked, because the library's environment may be used by several threads at once.
final class OnnxLibrary: @unchecked Sendable {
    /// What the dynamic linker is asked for: `tools/setup` puts it into `.deps/onnxruntime/lib`, where this program looks first.
    static let names = ["libonnxruntime.so.1", "libonnxruntime.so"]

    private static let loaded = Mutex<OnnxLibrary?>(nil)

    let handle: OpaquePointer

    private init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    /// The library; the first call loads it.
    ///
    /// - Parameter names: files, or names for the dynamic linker; the first that can be loaded is taken.
    /// - Throws: ``PolicyError/library(_:)`` if there is none.
    static func load(_ names: [String] = names) throws(PolicyError) -> OnnxLibrary {
        let result = loaded.withLock { loaded in
            Result { () throws(PolicyError) in
                if let loaded { return loaded }
                let library = try open(names)
                loaded = library
                return library
            }
        }
        return try result.get()
    }

    /// Loads a library for nobody else.
    static func open(_ names: [String]) throws(PolicyError) -> OnnxLibrary {
        var reason = ""
        for name in names {
            var handle: OpaquePointer?
            let failure = OnnxMessage.of { onnx_library_load(name, &handle, $0, $1) }
            if let handle, failure == nil { return OnnxLibrary(handle) }
            reason = failure ?? reason
        }
        throw .library("ONNX Runtime cannot be loaded: \(reason); 'tools/setup' installs it")
    }
}

/// Texts that C functions leave in a buffer.
enum OnnxMessage {
    /// What went wrong, on one line and without control characters; nil if `call` gave 0.
    static func of(_ call: (UnsafeMutablePointer<CChar>, Int) -> CInt) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
            buffer.initialize(repeating: 0)
            guard let start = buffer.baseAddress, call(start, buffer.count) != 0 else { return nil }
            let text = String(cString: start)
            let line = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
            return String(line[..<((line.lastIndex { $0 != " " } ?? -1) + 1)])
        }
    }
}
