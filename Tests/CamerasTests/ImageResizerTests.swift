import Cameras
import Testing

/// What `resize_with_pad` of `openpi_client.image_tools` does with Pillow 13.0.0, to the byte.
@Suite struct ImageResizerTests {
    struct Golden: Sendable {
        var source: (Int, Int)
        var target: (Int, Int)
        /// FNV-1a, 64 bits, of the result's bytes.
        var hash: UInt64
    }

    @Test(
        "Pictures of all proportions come out as Pillow makes them",
        arguments: [
            Golden(source: (640, 480), target: (224, 224), hash: 0x9397_8688_c354_cd3a),
            Golden(source: (480, 640), target: (224, 224), hash: 0x7775_5241_6668_e366),
            Golden(source: (84, 84), target: (224, 224), hash: 0xf564_e686_a1d0_b2b9),
            Golden(source: (320, 240), target: (84, 84), hash: 0xd2e0_8bb8_b425_b404),
            Golden(source: (31, 17), target: (10, 12), hash: 0x22ef_80d8_26ca_a236),
            Golden(source: (5, 3), target: (20, 12), hash: 0x7430_fc49_32cd_f393),
            Golden(source: (224, 224), target: (224, 224), hash: 0xd12a_dd6b_6902_5db5),
        ])
    func golden(_ golden: Golden) {
        let fitted = Self.pattern(width: golden.source.0, height: golden.source.1)
            .fitted(width: golden.target.0, height: golden.target.1)
        #expect(fitted.width == golden.target.0 && fitted.height == golden.target.1)
        let hash = fitted.pixels.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        #expect(hash == golden.hash)
    }

    @Test("A small picture, byte for byte")
    func small() {
        #expect(
            Self.pattern(width: 7, height: 5).fitted(width: 4, height: 4).pixels
                == [
                    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 19, 80, 141, 53, 114, 172, 135, 163, 114, 147, 96, 114, 48, 109,
                    170, 93, 154, 163, 154, 159, 77, 96, 123, 134, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                ])
    }

    @Test("A line keeps at least a pixel, and rows may be longer than their pixels")
    func extremes() {
        let line = Image(width: 1, height: 9, colour: (200, 100, 50)).fitted(width: 4, height: 4)
        #expect(line.pixels.count == 48)
        #expect(Array(line.pixels[3..<6]) == [200, 100, 50])
        #expect(line.pixels.reduce(0) { $0 + Int($1) } == 4 * 350)

        let image = Self.pattern(width: 6, height: 4)
        var padded: [UInt8] = []
        for row in 0..<4 { padded += image.pixels[18 * row..<18 * (row + 1)] + [9, 9] }
        let resizer = ImageResizer(from: (6, 4), to: (3, 3))
        var fitted = [UInt8](repeating: 7, count: 27)
        for _ in 0..<2 {
            fitted.withUnsafeMutableBytes { fitted in
                padded.withUnsafeBytes { resizer.fit($0, stride: 20, into: fitted) }
            }
            #expect(fitted == image.fitted(width: 3, height: 3).pixels)
        }
    }

    static func pattern(width: Int, height: Int) -> Image {
        var image = Image(width: width, height: height)
        var index = 0
        for y in 0..<height {
            for x in 0..<width {
                for colour in 0..<3 {
                    image.pixels[index] = UInt8(
                        truncatingIfNeeded: x * x * 7 + y * 13 + x * y * 3 + colour * 61 + (x / 3) * (y / 2) * 5)
                    index += 1
                }
            }
        }
        return image
    }
}
