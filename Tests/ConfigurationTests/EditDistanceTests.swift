import Configuration
import Testing

@Suite struct EditDistanceTests {
    @Test(arguments: [
        ("", "", 0), ("", "abc", 3), ("velocity", "velocity", 0), ("velocty", "velocity", 1),
        ("velcoity", "velocity", 1), ("kitten", "sitting", 3), ("ca", "abc", 3), ("über", "uber", 1),
    ])
    func knownDistances(first: String, second: String, distance: Int) {
        #expect(editDistance(first, second) == distance)
        #expect(editDistance(second, first) == distance)
    }

    @Test func nearestIsTheOneMeant() {
        let keys = ["position", "velocity", "acceleration", "jerk"]
        #expect(nearestWord(to: "velocty", among: keys) == "velocity")
        #expect(nearestWord(to: "Jerk", among: keys) == "jerk")
        #expect(nearestWord(to: "acelleration", among: keys) == "acceleration")
        #expect(nearestWord(to: "colour", among: keys) == nil)
        #expect(nearestWord(to: "velocity", among: []) == nil)
        #expect(nearestWord(to: String(repeating: "v", count: 100_000), among: keys) == nil)
    }
}
