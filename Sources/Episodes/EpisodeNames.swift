/// Names inside and outside an episode file.
enum EpisodeNames {
    /// The one episode of a file; robomimic calls an episode a demo.
    static let episode = "data/demo_0"
    /// The cycles of the control loop.
    static let cycles = "data/demo_0/control"
    static let setpoints = "data/demo_0/setpoints"
    /// Holds what two runs with the same seed do not share.
    static let wallClock = "data/demo_0/wall_clock"
    /// What the cameras saw after the last step.
    static let lastFrames = "last_frames"
    static let partialSuffix = ".partial"

    static func file(_ index: Int) -> String {
        let digits = String(index)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".hdf5"
    }

    /// The number of a complete episode's file; nil where the name is another's.
    static func index(ofFile name: String) -> Int? {
        guard name.hasSuffix(".hdf5") else { return nil }
        let digits = name.dropLast(5)
        guard digits.count >= 6, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(digits)
    }
}
