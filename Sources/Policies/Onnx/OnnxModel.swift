internal import COnnxRuntime
internal import Glibc
internal import Numerics

/// A graph that ONNX Runtime evaluates, on the caller's thread.
///
/// Unchecked, because whoever has one asks it from one thread at a time.
final class OnnxModel: @unchecked Sendable {
    /// What a graph takes or gives.
    struct TensorDescription: Equatable {
        var name: String
        var isFloat: Bool
        /// nil where the graph leaves a size open.
        var sizes: [Int?]

        /// Whether numbers of this shape fit.
        func accepts(_ shape: [Int]) -> Bool {
            isFloat && sizes.count == shape.count && zip(sizes, shape).allSatisfy { $0 == nil || $0 == $1 }
        }

        /// As messages put it, such as `32-bit floats [1, ?, 7]`.
        var text: String {
            let numbers = sizes.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
            return "\(isFloat ? "32-bit floats" : "no 32-bit floats") [\(numbers)]"
        }
    }

    let path: String
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    private let handle: OpaquePointer

    /// Reads a graph.
    ///
    /// - Throws: ``PolicyError/checkpoint(path:message:)`` with what ONNX Runtime says against it.
    init(path: String, library: OnnxLibrary) throws(PolicyError) {
        self.path = path
        var handle: OpaquePointer?
        let failure = OnnxMessage.of { onnx_model_open(library.handle, path, &handle, $0, $1) }
        guard let handle, failure == nil else {
            throw .checkpoint(path: path, message: "is no model that can be evaluated: \(failure ?? "")")
        }
        do throws(PolicyError) {
            inputs = try Self.describe(handle, isOutput: false, path: path)
            outputs = try Self.describe(handle, isOutput: true, path: path)
        } catch {
            onnx_model_close(handle)
            throw error
        }
        self.handle = handle
    }

    deinit { onnx_model_close(handle) }

    private static func describe(
        _ handle: OpaquePointer, isOutput: Bool, path: String
    ) throws(PolicyError) -> [TensorDescription] {
        var result: [TensorDescription] = []
        for index in 0..<(isOutput ? onnx_model_output_count(handle) : onnx_model_input_count(handle)) {
            var found = onnx_tensor_description()
            let failure = OnnxMessage.of { onnx_model_describe(handle, isOutput ? 1 : 0, index, &found, $0, $1) }
            if let failure { throw .checkpoint(path: path, message: failure) }
            let name = withUnsafeBytes(of: found.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            let sizes = withUnsafeBytes(of: found.sizes) { bytes in
                bytes.bindMemory(to: Int64.self).prefix(found.rank).map { $0 < 0 ? nil : Int($0) }
            }
            result.append(TensorDescription(name: name, isFloat: found.is_float != 0, sizes: sizes))
        }
        return result
    }

    /// Evaluates the graph.
    ///
    /// - Throws: ``PolicyError/model(path:message:)`` with what ONNX Runtime says.
    func run(_ inputs: [OnnxValues], into outputs: [OnnxValues]) throws(PolicyError) {
        let (given, taken) = (inputs.map(\.lent), outputs.map(\.lent))
        let failure = OnnxMessage.of {
            onnx_model_run(handle, given, given.count, taken, taken.count, $0, $1)
        }
        withExtendedLifetime((inputs, outputs)) {}
        if let failure { throw .model(path: path, message: failure) }
    }
}

/// Numbers on their way into a graph or out of it, in memory that stays where it is.
final class OnnxValues: Sendable {
    /// One row of all of them.
    let numbers: Tensor
    nonisolated(unsafe) fileprivate let lent: onnx_tensor

    /// - Precondition: the shape has no more than 8 sizes.
    init(name: String, shape: [Int]) {
        precondition(shape.count <= Int(ONNX_MAXIMUM_RANK), "\(shape.count) dimensions")
        numbers = Tensor(rows: 1, columns: shape.reduce(1, *))
        var lent = onnx_tensor()
        lent.name = UnsafePointer(strdup(name))
        lent.numbers = numbers.base
        lent.count = numbers.count
        lent.rank = shape.count
        withUnsafeMutableBytes(of: &lent.sizes) { bytes in
            let sizes = bytes.bindMemory(to: Int64.self)
            for (index, size) in shape.enumerated() { sizes[index] = Int64(size) }
        }
        self.lent = lent
    }

    deinit { free(UnsafeMutablePointer(mutating: lent.name)) }
}
