import Cameras
import NIOCore
import Policies
import Testing

@testable import RemotePolicies

@Suite struct ObservationEncoderTests {
    static let task = ObservationLayout(parts: [
        .init(name: "robot0_eef_pos", fields: [.values(3)]), .init(name: "object", fields: [.values(3), .quaternion]),
    ])
    static let robot = RobotPart.layout(joints: 7)

    /// Every number is its own place, so that it can be seen where it went.
    static let request: ChunkRequest = {
        var request = ChunkRequest(observation: (0..<task.size).map { Float(100 + $0) }, step: 4)
        request.robotState = (0..<robot.size).map(Float.init)
        return request
    }()

    static func encode(
        _ map: ObservationMap, _ request: ChunkRequest = request, cameras: [String] = []
    ) throws -> MessagePackValue {
        let encoder = try ObservationEncoder(
            map, layout: task, robotLayout: robot, cameras: cameras, server: "ws://test")
        var message = ByteBuffer()
        var fitting = PictureFitting()
        message.writeMessagePackMapHeader(count: encoder.entryCount)
        try encoder.encode(request, &fitting, into: &message)
        #expect(message.readableBytes <= encoder.capacity, "the memory is enough from the start")
        return try MessagePackDecoder.decode(message)
    }

    /// A frame whose pixels tell their row, column and colour.
    static func frame(width: Int, height: Int, camera: UInt8) -> CameraFrame {
        var frame = CameraFrame(width: width, height: height)
        for row in 0..<height {
            for column in 0..<width {
                for colour in 0..<3 {
                    frame.image.pixels[3 * (row * width + column) + colour] =
                        camera &+ UInt8(truncatingIfNeeded: row * 16 + column * 4 + colour)
                }
            }
        }
        return frame
    }

    private func array(_ value: MessagePackValue?) throws -> NumpyArray {
        try #require(try value.flatMap { try NumpyArray($0) })
    }

    @Test func droidSendsJointsAndHowFarTheGripperIsClosed() throws {
        var request = Self.request
        request.frames = [
            Self.frame(width: 224, height: 224, camera: 0), Self.frame(width: 224, height: 224, camera: 9),
        ]
        let map = ObservationMap.droid(exterior: .init(camera: "front"), wrist: .init(camera: "wrist"))
        let message = try Self.encode(map, request, cameras: ["wrist", "front"])
        #expect(try array(message["observation/joint_position"]).floats == [0, 1, 2, 3, 4, 5, 6])
        let closing = try array(message["observation/gripper_position"])
        #expect(closing.floats == [Float(Self.robot.size - 1)])
        #expect(closing.type == .float64)
        let exterior = try array(message["observation/exterior_image_1_left"])
        #expect(exterior.shape == [224, 224, 3])
        #expect(exterior.type == .byte)
        #expect(Array(exterior.data.readableBytesView) == request.frames[1].image.pixels, "frames go by camera")
        #expect(
            Array(try array(message["observation/wrist_image_left"]).data.readableBytesView)
                == request.frames[0].image.pixels)
    }

    @Test func liberoSendsTheToolAndTheFingers() throws {
        let map = ObservationMap.libero(front: .init(camera: "front"), wrist: .init(camera: "wrist"))
        let message = try Self.encode(map, cameras: ["front", "wrist"])
        // After 14 numbers of joints: position 3, orientation 4, rotation 3, fingers 2.
        #expect(try array(message["observation/state"]).floats == [14, 15, 16, 21, 22, 23, 24, 25])
        // Without frames pictures are black, as before the cameras have given one.
        #expect(try array(message["observation/image"]).data.readableBytesView.allSatisfy { $0 == 0 })
    }

    @Test func alohaSendsOneColourAfterTheOther() throws {
        var request = Self.request
        request.frames = [Self.frame(width: 3, height: 2, camera: 0)]
        var picture = ObservationMap.Picture(camera: "cam_high")
        (picture.width, picture.height) = (3, 2)
        let map = ObservationMap.aloha(pictures: [("cam_high", picture)])
        let message = try Self.encode(map, request, cameras: ["cam_high"])
        let image = try array(message["images"]?["cam_high"])
        #expect(image.shape == [3, 2, 3])
        let rows: [UInt8] = [0, 4, 8, 16, 20, 24]
        #expect(Array(image.data.readableBytesView) == rows + rows.map { $0 + 1 } + rows.map { $0 + 2 })
        #expect(try array(message["state"]).floats == [0, 1, 2, 3, 4, 5, 6, 26])
    }

    @Test func picturesAreFittedWithTheirProportions() throws {
        var request = Self.request
        request.frames = [CameraFrame(width: 64, height: 32)]
        request.frames[0].image = Image(width: 64, height: 32, colour: (200, 100, 50))
        let map = ObservationMap(entries: [
            .init(["image"], .picture(.init(camera: "front", width: 16, height: 16)))
        ])
        let image = try array(try Self.encode(map, request, cameras: ["front"])["image"])
        let pixels = Array(image.data.readableBytesView)
        #expect(image.shape == [16, 16, 3])
        #expect(Array(pixels[0..<3]) == [0, 0, 0], "black above")
        #expect(Array(pixels[(8 * 16 * 3)..<(8 * 16 * 3 + 3)]) == [200, 100, 50])
    }

    @Test func aTaskSendsItsPartsUnderTheirNames() throws {
        let message = try Self.encode(.task(parts: ["robot0_eef_pos", "object"]))
        #expect(try array(message["robot0_eef_pos"]).floats == [100, 101, 102])
        #expect(try array(message["object"]).floats == [103, 104, 105, 106, 107, 108, 109])
    }

    @Test func keysOfSeveralNamesAreMapsInMaps() throws {
        let map = ObservationMap(entries: [
            .init(["a", "b", "c"], .text("x")), .init(["a", "d"], .text("y")), .init(["e"], .text("z")),
        ])
        let message = try Self.encode(map)
        #expect(message["a"]?["b"]?["c"]?.string == "x")
        #expect(message["a"]?["d"]?.string == "y")
        #expect(message["e"]?.string == "z")
    }

    @Test(arguments: [
        ObservationMap(entries: [.init(["x"], .numbers(parts: ["nothing"], type: .float32))]),
        ObservationMap(entries: [.init(["x"], .picture(.init(camera: "nowhere")))]),
        ObservationMap(entries: [.init(["x"], .text("1")), .init(["x"], .text("2"))]),
        ObservationMap(entries: [.init(["x"], .text("1")), .init(["x", "y"], .text("2"))]),
    ])
    func whatIsNotThereIsRefusedBeforeAnythingIsSent(map: ObservationMap) {
        let error = #expect(throws: RemotePolicyError.self) { try Self.encode(map, cameras: ["front"]) }
        #expect(error?.kind == .observation)
    }

    @Test func whatIsNotFiniteIsNotSent() {
        var request = Self.request
        request.observation[4] = .nan
        #expect(throws: PolicyError.observationNotFinite(part: "object", index: 1)) {
            try Self.encode(.task(parts: ["object"]), request)
        }
        request = Self.request
        request.robotState.removeLast()
        #expect(throws: PolicyError.observationSize(expected: Self.robot.size, actual: Self.robot.size - 1)) {
            try Self.encode(.task(parts: ["object"]), request)
        }
    }
}
