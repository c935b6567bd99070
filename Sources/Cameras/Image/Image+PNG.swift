internal import CPNG

public import struct Foundation.Data

extension Image {
    /// The picture as a PNG file's bytes.
    ///
    /// - Throws: ``ImageError`` if the picture is empty or libpng refuses it.
    public func png() throws(ImageError) -> Data {
        guard width > 0, height > 0 else { throw ImageError("an empty picture has no PNG") }
        var header = png_image()
        header.version = UInt32(PNG_IMAGE_VERSION)
        header.width = UInt32(width)
        header.height = UInt32(height)
        header.format = UInt32(PNG_FORMAT_FLAG_COLOR)
        defer { png_image_free(&header) }
        var size = png_alloc_size_t(0)
        guard png_image_write_to_memory(&header, nil, &size, 0, pixels, 0, nil) != 0 else {
            throw ImageError("libpng cannot encode the picture: \(Self.message(of: header))")
        }
        var bytes = Data(count: size)
        let written = bytes.withUnsafeMutableBytes {
            png_image_write_to_memory(&header, $0.baseAddress, &size, 0, pixels, 0, nil)
        }
        guard written != 0 else {
            throw ImageError("libpng cannot encode the picture: \(Self.message(of: header))")
        }
        return bytes.prefix(size)
    }

    private static func message(of header: png_image) -> String {
        withUnsafeBytes(of: header.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Turns the picture upside down: OpenGL's rows come from the bottom.
    public mutating func flipRows() {
        let stride = 3 * width
        guard stride > 0, height > 1 else { return }
        pixels.withUnsafeMutableBytes { pixels in
            withUnsafeTemporaryAllocation(byteCount: stride, alignment: 16) { kept in
                for row in 0..<(height / 2) {
                    let top = UnsafeMutableRawBufferPointer(rebasing: pixels[row * stride..<(row + 1) * stride])
                    let from = (height - 1 - row) * stride
                    let bottom = UnsafeMutableRawBufferPointer(rebasing: pixels[from..<from + stride])
                    kept.copyMemory(from: UnsafeRawBufferPointer(top))
                    top.copyMemory(from: UnsafeRawBufferPointer(bottom))
                    bottom.copyMemory(from: UnsafeRawBufferPointer(kept))
                }
            }
        }
    }
}
