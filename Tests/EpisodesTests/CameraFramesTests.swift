import Cameras
import EpisodeSamples
import Foundation
import Testing

@testable import Episodes

@Suite struct CameraFramesTests {
    let folder: TemporaryFolder
    static let cameras: [EpisodeCamera] = {
        var agent = EpisodeCamera(name: "agentview", width: 20, height: 12)
        agent.focalLength = [24.5, 24.25]
        agent.principalPoint = [9.5, 5.5]
        agent.body = "base"
        agent.position = [0.1, 0.2, 0.3]
        agent.orientation = [1, 0, 0, 0]
        return [agent, EpisodeCamera(name: "robot0_eye_in_hand", width: 8, height: 8)]
    }()

    init() throws { folder = try TemporaryFolder() }

    @Test func framesComeBackWithTheirTimes() throws {
        let sample = EpisodeSample(seed: 3, cameras: Self.cameras)
        let reader = try EpisodeReader(path: try sample.write(21, to: folder.path, index: 0))
        #expect(reader.header.cameras == Self.cameras)
        #expect(reader.stepCount == 21)
        for (number, camera) in Self.cameras.enumerated() {
            for step in [0, 7, 20] {
                #expect(try reader.frame(camera, step: step) == sample.frame(step, number))
            }
            #expect(try reader.pictures(camera) == (0..<21).flatMap { sample.frame($0, number).image.pixels })
            #expect(try reader.lastPicture(camera) == sample.frame(21, number).image)
        }
        #expect(try reader.steps().map(\.action) == (0..<21).map { sample.step($0).action })
        #expect(
            try EpisodeReader(path: EpisodeSample(seed: 3).write(3, to: folder.path, index: 1)).header.cameras == [])
    }

    @Test func sameFramesAreSameBytes() throws {
        let sample = EpisodeSample(seed: 5, cameras: Self.cameras)
        let first = try sample.write(40, to: folder.path, index: 0)
        let second = try sample.write(40, to: folder.path, index: 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: first)) == Data(contentsOf: URL(fileURLWithPath: second)))
    }

    @Test func h5pyReadsThemAsRobomimicDoes() throws {
        let sample = EpisodeSample(seed: 9, cameras: Self.cameras)
        try sample.write(1, to: folder.path, index: 0)
        try sample.write(14, to: folder.path, index: 1)
        try Dataset(path: folder.path).rebuildLinks()
        let checked = try run(
            "/usr/bin/python3", [packageFolder + "/tools/check_dataset.py", folder.path + "/dataset.hdf5"])
        #expect(checked.status == 0, "\(checked.errors)")
        let program = """
            import h5py, hashlib, sys
            file = h5py.File(sys.argv[1], "r", swmr=True, libver="latest")
            for group in ("obs", "next_obs"):
                for name in ("agentview_image", "robot0_eye_in_hand_image"):
                    images = file["data/demo_1"][group][name]
                    print(images.shape, images.dtype, hashlib.sha256(images[()].tobytes()).hexdigest())
            """
        let output = try run("/usr/bin/python3", ["-c", program, folder.path + "/dataset.hdf5"])
        var expected: [String] = []
        for after in [0, 1] {
            for (number, camera) in Self.cameras.enumerated() {
                let pixels = (0..<14).flatMap { sample.frame($0 + after, number).image.pixels }
                expected.append("(14, \(camera.height), \(camera.width), 3) uint8 \(SHA256.hexadecimal(pixels))")
            }
        }
        #expect(output.text.split(separator: "\n").map(String.init) == expected, "\(output.errors)")
    }

    @Test func whatACutOffWriterHadFlushedIsRecovered() throws {
        let sample = EpisodeSample(seed: 8, cameras: Self.cameras)
        let writer = try EpisodeWriter(folder: folder.path, index: 0, header: sample.header)
        for row in 0..<18 { try sample.append(step: row, to: writer) }
        try writer.flush()
        let copy = folder.path + "/000001.hdf5.partial"
        try FileManager.default.copyItem(atPath: writer.path + ".partial", toPath: copy)
        let recovered = try EpisodeReader(path: try EpisodeRecovery.recover(copy))
        #expect(recovered.stepCount == 18 && recovered.outcome?.ending == .recovered)
        for (number, camera) in Self.cameras.enumerated() {
            #expect(try recovered.frame(camera, step: 17) == sample.frame(17, number))
            // What was seen after the last step is not known.
            #expect(try recovered.lastPicture(camera) == sample.frame(17, number).image)
        }
        try writer.finish(EpisodeOutcome(success: false, ending: .horizon))
    }

    @Test func framesOfOtherSizesAreRefused() throws {
        let sample = EpisodeSample(seed: 1, cameras: Self.cameras)
        let writer = try EpisodeWriter(folder: folder.path, index: 0, header: sample.header)
        var step = sample.step(0)
        step.frames[1] = CameraFrame(width: 9, height: 8)
        let error = try #require(throws: EpisodeError.self) { try writer.append(step) }
        #expect(
            error.message
                == "the step's frames have the sizes [[20, 12], [9, 8]], expected those of [\"agentview\", \"robot0_eye_in_hand\"]"
        )
    }
}
