/// What each pixel of a resampled line is made of: a triangle over the line's pixels, in fixed point.
///
/// After Pillow's `Resample.c`: the triangle is as wide as a target pixel where that is more than a source pixel, and the
/// weights are rounded to 22 bits, so that the sum of bytes times weights fits 32.
struct ResamplingWeights {
    private static let bits: Int32 = 22

    /// The first source pixel of each target pixel, and how many there are.
    private var spans: [(first: Int, count: Int)] = []
    /// The weights of all target pixels, `stride` for each.
    private var weights: [Int32] = []
    private let stride: Int
    private let isIdentity: Bool

    init(from source: Int, to target: Int) {
        isIdentity = source == target
        let scale = Double(source) / Double(target)
        let widening = max(1, scale)
        stride = 2 * Int(widening.rounded(.up)) + 1
        for pixel in 0..<target {
            let centre = (Double(pixel) + 0.5) * scale
            let first = max(0, Int(centre - widening + 0.5))
            let end = min(source, Int(centre + widening + 0.5))
            var line = (first..<end).map { max(0, 1 - abs((Double($0) - centre + 0.5) / widening)) }
            let sum = line.reduce(0, +)
            if sum != 0 { for index in line.indices { line[index] /= sum } }
            spans.append((first, line.count))
            weights += line.map { Int32(0.5 + $0 * Double(1 << Self.bits)) }
            weights += [Int32](repeating: 0, count: stride - line.count)
        }
    }

    /// Resamples rows of pixels of three bytes along their length.
    func resampleRows(
        _ pixels: UnsafeRawBufferPointer, stride rowStride: Int, rows: Int, into narrowed: UnsafeMutableRawBufferPointer
    ) {
        let width = 3 * spans.count
        for row in 0..<rows {
            let line = UnsafeRawBufferPointer(rebasing: pixels[(row * rowStride)...])
            let target = UnsafeMutableRawBufferPointer(rebasing: narrowed[row * width..<(row + 1) * width])
            if isIdentity {
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: line[..<width]))
                continue
            }
            for pixel in 0..<spans.count {
                let (first, count) = spans[pixel]
                var (red, green, blue) = (Self.half, Self.half, Self.half)
                for index in 0..<count {
                    let weight = weights[pixel &* stride &+ index]
                    let at = 3 &* (first &+ index)
                    red &+= Int32(line[at]) &* weight
                    green &+= Int32(line[at &+ 1]) &* weight
                    blue &+= Int32(line[at &+ 2]) &* weight
                }
                target[3 &* pixel] = Self.byte(red)
                target[3 &* pixel &+ 1] = Self.byte(green)
                target[3 &* pixel &+ 2] = Self.byte(blue)
            }
        }
    }

    /// Resamples rows of bytes across: each row of the target from several of the source.
    func resampleColumns(
        _ pixels: UnsafeRawBufferPointer, rowBytes: Int, into target: UnsafeMutableRawBufferPointer, offset: Int,
        stride targetStride: Int
    ) {
        for row in 0..<spans.count {
            let start = offset + row * targetStride
            let line = UnsafeMutableRawBufferPointer(rebasing: target[start..<start + rowBytes])
            let (first, count) = spans[row]
            if isIdentity {
                line.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: pixels[row * rowBytes..<(row + 1) * rowBytes]))
                continue
            }
            for byte in 0..<rowBytes {
                var sum = Self.half
                for index in 0..<count {
                    sum &+= Int32(pixels[(first &+ index) &* rowBytes &+ byte]) &* weights[row &* stride &+ index]
                }
                line[byte] = Self.byte(sum)
            }
        }
    }

    private static var half: Int32 { 1 &<< (bits &- 1) }

    private static func byte(_ sum: Int32) -> UInt8 { UInt8(clamping: sum &>> bits) }
}
