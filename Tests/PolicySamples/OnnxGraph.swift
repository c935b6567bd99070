internal import Foundation

/// Writes the bytes of a small ONNX graph (protocol buffers by hand; numbers of the fields from onnx.proto3):
///
///     actions = reshape(observation · weights + offset, [1, horizon, size]) + noiseShare · noise
public struct OnnxGraph {
    /// Numbers that it takes.
    public var inputs: Int
    /// Actions that it gives.
    public var horizon: Int
    /// Numbers in an action.
    public var size: Int
    /// inputs × (horizon · size).
    public var weights: [Float]
    /// horizon · size.
    public var offset: [Float]
    /// nil: the graph takes no noise.
    public var noiseShare: Float?
    /// Whether the first size of the observation is left open.
    public var leavesRowsOpen = false

    /// Takes all of it.
    public init(
        inputs: Int, horizon: Int, size: Int, weights: [Float], offset: [Float], noiseShare: Float? = nil,
        leavesRowsOpen: Bool = false
    ) {
        (self.inputs, self.horizon, self.size) = (inputs, horizon, size)
        (self.weights, self.offset, self.noiseShare) = (weights, offset, noiseShare)
        self.leavesRowsOpen = leavesRowsOpen
    }

    /// The file.
    public var bytes: [UInt8] {
        var graph: [UInt8] = []
        graph += node("MatMul", ["observation", "weights"], "product")
        graph += node("Add", ["product", "offset"], "row")
        graph += node("Reshape", ["row", "shape"], noiseShare == nil ? "actions" : "chunk")
        if noiseShare != nil {
            graph += node("Mul", ["noise", "share"], "disturbance")
            graph += node("Add", ["chunk", "disturbance"], "actions")
        }
        graph += field(2, Array("g".utf8))
        graph += tensor("weights", 1, [inputs, horizon * size], data(weights))
        graph += tensor("offset", 1, [horizon * size], data(offset))
        graph += tensor("shape", 7, [3], [1, horizon, size].flatMap { word(UInt64($0)) })
        if let noiseShare { graph += tensor("share", 1, [1], data([noiseShare])) }
        graph += field(11, value("observation", [leavesRowsOpen ? nil : 1, inputs]))
        if noiseShare != nil { graph += field(11, value("noise", [1, horizon, size])) }
        graph += field(12, value("actions", [1, horizon, size]))
        return number(1, 8) + field(8, field(1, []) + number(2, 13)) + field(7, graph)
    }

    private func node(_ kind: String, _ inputs: [String], _ output: String) -> [UInt8] {
        field(
            1, inputs.flatMap { field(1, Array($0.utf8)) } + field(2, Array(output.utf8)) + field(4, Array(kind.utf8)))
    }

    private func tensor(_ name: String, _ type: UInt64, _ sizes: [Int], _ raw: [UInt8]) -> [UInt8] {
        field(5, sizes.flatMap { number(1, UInt64($0)) } + number(2, type) + field(8, Array(name.utf8)) + field(9, raw))
    }

    private func value(_ name: String, _ sizes: [Int?]) -> [UInt8] {
        let shape = sizes.flatMap { field(1, $0.map { number(1, UInt64($0)) } ?? field(2, Array("rows".utf8))) }
        return field(1, Array(name.utf8)) + field(2, field(1, number(1, 1) + field(2, shape)))
    }

    private func data(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    }

    private func word(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

    private func variable(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        repeat {
            bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return bytes
    }

    private func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        variable(number << 3 | 2) + variable(UInt64(bytes.count)) + bytes
    }

    private func number(_ field: UInt64, _ value: UInt64) -> [UInt8] { variable(field << 3) + variable(value) }
}
