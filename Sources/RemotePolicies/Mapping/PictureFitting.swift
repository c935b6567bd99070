internal import Cameras

/// Fits pictures into the sizes and layouts that a server wants, and keeps what that takes from one to the next.
struct PictureFitting: ~Copyable {
    private var resizers: [ImageResizer] = []

    /// Writes a picture's bytes, fitted.
    mutating func write(_ image: Image, _ picture: ObservationMap.Picture, into room: UnsafeMutableRawBufferPointer) {
        let target = (picture.width, picture.height)
        image.pixels.withUnsafeBytes { pixels in
            if (image.width, image.height) == target {
                Self.arrange(pixels, picture.layout, into: room)
                return
            }
            let resizer = resizer(from: (image.width, image.height), to: target)
            switch picture.layout {
            case .hwc: resizer.fit(pixels, into: room)
            case .chw:
                withUnsafeTemporaryAllocation(byteCount: room.count, alignment: 16) { fitted in
                    resizer.fit(pixels, into: fitted)
                    Self.arrange(UnsafeRawBufferPointer(fitted), .chw, into: room)
                }
            }
        }
    }

    private mutating func resizer(from source: (Int, Int), to target: (Int, Int)) -> ImageResizer {
        if let known = resizers.first(where: { $0.source == source && $0.target == target }) { return known }
        let resizer = ImageResizer(from: source, to: target)
        resizers.append(resizer)
        return resizer
    }

    /// From pixel after pixel to the wanted order.
    private static func arrange(
        _ pixels: UnsafeRawBufferPointer, _ layout: ObservationMap.ImageLayout,
        into room: UnsafeMutableRawBufferPointer
    ) {
        guard layout == .chw else {
            room.copyMemory(from: pixels)
            return
        }
        let count = pixels.count / 3
        for index in 0..<count {
            room[index] = pixels[3 * index]
            room[count + index] = pixels[3 * index + 1]
            room[2 * count + index] = pixels[3 * index + 2]
        }
    }
}
