/// Fits pictures of one size into another without changing their proportions; what is left over is black, in equal parts
/// on both sides.
///
/// It does what `openpi_client.image_tools.resize_with_pad` does to a picture before a policy sees it, to the byte: the
/// bilinear filter of Pillow, which widens when it shrinks a picture so that no pixel is passed over, first along rows and
/// then along columns, each rounded to bytes, with weights in fixed point of 22 bits (Pillow, `Resample.c`).
///
/// It works out its weights once and keeps its intermediate rows, so that ``fit(_:into:)`` allocates nothing. It is not for
/// two threads at once.
public final class ImageResizer {
    /// The size of the pictures that come in.
    public let source: (width: Int, height: Int)
    /// The size of the pictures that go out.
    public let target: (width: Int, height: Int)

    private let fit: ImageFit
    private let columns: ResamplingWeights
    private let rows: ResamplingWeights
    /// `source.height` rows of `fit.width` pixels.
    private var narrowed: [UInt8]

    /// - Parameters:
    ///   - source: pixels across and down, at least 1.
    ///   - target: pixels across and down, at least 1.
    public init(from source: (width: Int, height: Int), to target: (width: Int, height: Int)) {
        precondition(source.width > 0 && source.height > 0 && target.width > 0 && target.height > 0)
        self.source = source
        self.target = target
        fit = ImageFit(of: source, in: target)
        columns = ResamplingWeights(from: source.width, to: fit.width)
        rows = ResamplingWeights(from: source.height, to: fit.height)
        narrowed = [UInt8](repeating: 0, count: 3 * fit.width * source.height)
    }

    /// Fits a picture's bytes into the target's.
    ///
    /// - Parameters:
    ///   - pixels: the source's rows from the top, three bytes a pixel.
    ///   - stride: bytes from one row to the next; nil where rows follow one another.
    ///   - fitted: room for the target's bytes.
    public func fit(
        _ pixels: UnsafeRawBufferPointer, stride: Int? = nil, into fitted: UnsafeMutableRawBufferPointer
    ) {
        let stride = stride ?? 3 * source.width
        precondition(pixels.count >= stride * (source.height - 1) + 3 * source.width)
        precondition(fitted.count == 3 * target.width * target.height)
        narrowed.withUnsafeMutableBytes { narrowed in
            columns.resampleRows(pixels, stride: stride, rows: source.height, into: narrowed)
            if fit.width < target.width || fit.height < target.height {
                fitted.initializeMemory(as: UInt8.self, repeating: 0)
            }
            rows.resampleColumns(
                UnsafeRawBufferPointer(narrowed), rowBytes: 3 * fit.width, into: fitted,
                offset: 3 * (fit.top * target.width + fit.left), stride: 3 * target.width)
        }
    }
}

extension Image {
    /// The picture fitted into another size without changing its proportions; what is left over is black.
    ///
    /// For pictures that keep coming an ``ImageResizer`` of one's own is faster.
    public func fitted(width: Int, height: Int) -> Image {
        if width == self.width && height == self.height { return self }
        var fitted = Image(width: width, height: height, colour: (0, 0, 0))
        let resizer = ImageResizer(from: (self.width, self.height), to: (width, height))
        pixels.withUnsafeBytes { pixels in
            fitted.pixels.withUnsafeMutableBytes { resizer.fit(pixels, into: $0) }
        }
        return fitted
    }
}
