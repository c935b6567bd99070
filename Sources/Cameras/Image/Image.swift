/// A picture: rows from the top, three bytes a pixel (red, green, blue).
public struct Image: Equatable, Sendable {
    /// Pixels across.
    public let width: Int
    /// Pixels down.
    public let height: Int
    /// `3 · width · height` bytes.
    public var pixels: [UInt8]

    /// A picture of one colour.
    public init(width: Int, height: Int, colour: (UInt8, UInt8, UInt8) = (255, 255, 255)) {
        self.width = width
        self.height = height
        pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, count in
            for pixel in 0..<(width * height) {
                buffer[3 * pixel] = colour.0
                buffer[3 * pixel + 1] = colour.1
                buffer[3 * pixel + 2] = colour.2
            }
            count = 3 * width * height
        }
    }

    /// A picture of these bytes, of which there must be `3 · width · height`.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == 3 * width * height, "three bytes a pixel")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Pictures of one size side by side, `columns` to a row, with a gutter of `gap` pixels of the given colour between
    /// and around them. Empty without pictures.
    public static func contactSheet(
        _ images: [Image], columns: Int, gap: Int = 4, colour: (UInt8, UInt8, UInt8) = (255, 255, 255)
    ) -> Image {
        guard let first = images.first, columns > 0 else { return Image(width: 0, height: 0) }
        precondition(images.allSatisfy { $0.width == first.width && $0.height == first.height })
        let used = min(columns, images.count)
        let rows = (images.count + used - 1) / used
        var sheet = Image(
            width: used * (first.width + gap) + gap, height: rows * (first.height + gap) + gap, colour: colour)
        for (index, image) in images.enumerated() {
            let left = gap + (index % used) * (first.width + gap)
            let top = gap + (index / used) * (first.height + gap)
            sheet.place(image, left: left, top: top)
        }
        return sheet
    }

    /// Puts a picture into this one; it must lie inside.
    public mutating func place(_ image: Image, left: Int, top: Int) {
        for row in 0..<image.height {
            let target = 3 * ((top + row) * width + left)
            let source = 3 * row * image.width
            pixels.replaceSubrange(
                target..<(target + 3 * image.width), with: image.pixels[source..<(source + 3 * image.width)])
        }
    }
}
