/// Pictures as numbers for a network: each byte 0…255 becomes −1…1.
public enum PictureInput {
    /// Writes a picture of three bytes a pixel to `output`, moved by a few pixels.
    ///
    /// - Parameters:
    ///   - pixels: rows from the top, red, green and blue of each pixel.
    ///   - shape: of the picture; three channels.
    ///   - left: pixels by which it is moved to the left; negative: to the right. Where nothing comes in, the edge is repeated.
    ///   - up: pixels by which it is moved up; negative: down.
    ///   - output: as many numbers as the shape has.
    public static func write(
        _ pixels: UnsafeBufferPointer<UInt8>, shape: MapShape, left: Int = 0, up: Int = 0,
        into output: UnsafeMutablePointer<Float>
    ) {
        precondition(
            shape.channels == 3 && pixels.count == shape.count && abs(left) < shape.width && abs(up) < shape.height,
            "a picture of another size, or moved out of sight")
        guard let bytes = pixels.baseAddress else { return }
        Kernels.movePicture(
            bytes, height: shape.height, width: shape.width, left: left, up: up, into: output)
    }

    /// Writes one of several pictures that follow each other, as ``write(_:shape:left:up:into:)``.
    public static func write(
        _ pictures: [UInt8], number: Int, shape: MapShape, left: Int = 0, up: Int = 0,
        into output: UnsafeMutablePointer<Float>
    ) {
        pictures.withUnsafeBufferPointer {
            write(
                UnsafeBufferPointer(rebasing: $0[number * shape.count..<(number + 1) * shape.count]), shape: shape,
                left: left, up: up, into: output)
        }
    }
}
