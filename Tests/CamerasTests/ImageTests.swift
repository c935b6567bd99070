import Cameras
import Foundation
import Testing

@Suite struct ImageTests {
    @Test("A PNG has the right signature, size and end")
    func png() throws {
        let image = Image(width: 300, height: 2, colour: (1, 2, 3))
        let bytes = [UInt8](try image.png())
        #expect(Array(bytes.prefix(8)) == [137, 80, 78, 71, 13, 10, 26, 10])
        #expect(Array(bytes[16..<24]) == [0, 0, 1, 44, 0, 0, 0, 2])
        #expect(Array(bytes[24..<26]) == [8, 2])
        #expect(Array(bytes.suffix(8).prefix(4)) == Array("IEND".utf8))
        #expect(throws: ImageError.self) { try Image(width: 0, height: 0).png() }
    }

    @Test("A contact sheet has its pictures in reading order, with gutters")
    func contactSheet() {
        let colours: [(UInt8, UInt8, UInt8)] = [(9, 0, 0), (0, 9, 0), (0, 0, 9)]
        let sheet = Image.contactSheet(
            colours.map { Image(width: 5, height: 3, colour: $0) }, columns: 2, gap: 2, colour: (1, 1, 1))
        #expect(sheet.width == 2 * 5 + 3 * 2 && sheet.height == 2 * 3 + 3 * 2)
        func pixel(_ x: Int, _ y: Int) -> [UInt8] { Array(sheet.pixels[(3 * (y * sheet.width + x))...].prefix(3)) }
        #expect(pixel(0, 0) == [1, 1, 1] && pixel(8, 3) == [1, 1, 1])
        #expect(pixel(2, 2) == [9, 0, 0] && pixel(9, 2) == [0, 9, 0] && pixel(6, 9) == [0, 0, 9])
        #expect(pixel(9, 9) == [1, 1, 1])
    }

    @Test("Turned upside down, rows come in the other order")
    func flipped() {
        var image = Image(width: 2, height: 3)
        image.pixels = (0..<18).map { UInt8($0) }
        image.flipRows()
        #expect(image.pixels == [12, 13, 14, 15, 16, 17, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5])
    }
}
