// Pictures and feature maps: rows from the top, pixels from the left, channels of a pixel side by side.

/// How the patches that a convolution looks at lie in its input.
struct PatchGeometry: Hashable, Sendable {
    /// Pixels across the input.
    var inputWidth: Int
    /// Numbers in a pixel of the input.
    var channels: Int
    /// Pixels along an edge of a patch.
    var kernel: Int
    /// Pixels from one patch to the next.
    var stride: Int
    /// Patches across.
    var outputWidth: Int

    /// Numbers in a patch.
    var patchSize: Int { kernel * kernel * channels }
}

extension Kernels {
    /// Copies the patches of some rows of the output, a patch after the other.
    @inline(never)
    @_noLocks
    static func gatherPatches(_ input: Constants, _ geometry: PatchGeometry, rows: Range<Int>, into patches: Values) {
        let run = geometry.kernel * geometry.channels
        let line = geometry.inputWidth * geometry.channels
        var target = patches
        for row in rows {
            for column in 0..<geometry.outputWidth {
                var source = input + geometry.stride * (row * line + column * geometry.channels)
                for _ in 0..<geometry.kernel {
                    // A loop, because what the library copies with is not proven to be without locks.
                    var index = 0
                    while index + 8 <= run {
                        let eight = UnsafeRawPointer(source + index).loadUnaligned(as: Lanes.self)
                        UnsafeMutableRawPointer(target + index).storeBytes(of: eight, as: Lanes.self)
                        index += 8
                    }
                    while index < run {
                        target[index] = source[index]
                        index += 1
                    }
                    target += run
                    source += line
                }
            }
        }
    }

    /// Adds patches to where ``gatherPatches(_:_:rows:into:)`` takes them from.
    @inline(never)
    @_noLocks
    static func scatterPatches(_ patches: Constants, _ geometry: PatchGeometry, rows: Range<Int>, to input: Values) {
        let run = geometry.kernel * geometry.channels
        let line = geometry.inputWidth * geometry.channels
        var source = patches
        for row in rows {
            for column in 0..<geometry.outputWidth {
                var target = input + geometry.stride * (row * line + column * geometry.channels)
                for _ in 0..<geometry.kernel {
                    var index = 0
                    while index + 8 <= run {
                        let sum =
                            UnsafeRawPointer(target + index).loadUnaligned(as: Lanes.self)
                            + UnsafeRawPointer(source + index).loadUnaligned(as: Lanes.self)
                        UnsafeMutableRawPointer(target + index).storeBytes(of: sum, as: Lanes.self)
                        index += 8
                    }
                    while index < run {
                        target[index] += source[index]
                        index += 1
                    }
                    source += run
                    target += line
                }
            }
        }
    }

    /// Bytes 0…255 as numbers −1…1. The picture is moved by so many pixels to the left and up; where nothing comes in, the
    /// pixels of its edge are repeated.
    @inline(never)
    @_noLocks
    static func movePicture(
        _ bytes: UnsafePointer<UInt8>, height: Int, width: Int, left: Int, up: Int, into output: Values
    ) {
        // Columns that come from within the picture.
        let (first, end) = (max(0, -left), min(width, width - left))
        for row in 0..<height {
            let line = bytes + 3 * width * min(max(row + up, 0), height - 1)
            let target = output + 3 * width * row
            for column in 0..<first { copyPixel(line, target + 3 * column) }
            for column in end..<width { copyPixel(line + 3 * (width - 1), target + 3 * column) }
            let (source, inner) = (line + 3 * (first + left), target + 3 * first)
            let count = 3 * (end - first)
            var index = 0
            while index + 8 <= count {
                let eight = UnsafeRawPointer(source + index).loadUnaligned(as: SIMD8<UInt8>.self)
                let numbers = Lanes(SIMD8<Int32>(truncatingIfNeeded: eight))
                UnsafeMutableRawPointer(inner + index).storeBytes(of: numbers * pixelScale - 1, as: Lanes.self)
                index += 8
            }
            while index < count {
                inner[index] = Float(source[index]) * pixelScale - 1
                index += 1
            }
        }
    }

    @inline(__always)
    private static var pixelScale: Float { 2 / 255 }

    @inline(__always)
    private static func copyPixel(_ from: UnsafePointer<UInt8>, _ to: Values) {
        for channel in 0..<3 { to[channel] = Float(from[channel]) * pixelScale - 1 }
    }
}
