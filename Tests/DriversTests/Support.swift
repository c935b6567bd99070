@testable import Drivers

/// The bytes of `ff ff 01 02`, with or without spaces.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

extension FrameBuffer {
    /// A buffer with these bytes in it.
    static func of(_ contents: [UInt8], capacity: Int = 1024) -> FrameBuffer {
        var buffer = FrameBuffer(capacity: capacity)
        contents.withUnsafeBufferPointer { buffer.append($0) }
        return buffer
    }

    /// What is in it.
    var contents: [UInt8] { Array(bytes) }

    /// The bytes of a frame's data.
    func data(of frame: StatusFrame) -> [UInt8] {
        (0..<frame.dataCount).map { self[frame.dataStart + $0] }
    }
}

extension FrameScan {
    /// The frame, if there is one.
    var found: StatusFrame? {
        if case .frame(let frame) = self { frame } else { nil }
    }
}
