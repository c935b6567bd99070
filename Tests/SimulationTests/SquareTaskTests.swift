import Policies
import Robots
import Testing

@testable import Simulation

@Suite("The Square task")
struct SquareTaskTests {
    let robot: RobotDescription

    init() throws {
        robot = try TestRobot.panda()
    }

    private func task(_ variant: String) throws -> SquareTask {
        try SquareTask(variant: variant, robot: robot)
    }

    @Test("The nut's boxes leave a hole of 45.5 mm; the peg has 6.75 mm on each side; the nut weighs 15.8 g")
    func dimensions() throws {
        var hole = SIMD2(Double.infinity, .infinity)
        for solid in SquareTask.nut.solids.dropLast() {
            guard case .box(let half) = solid.shape else {
                Issue.record("the nut has a solid that is no box: \(solid.shape)")
                return
            }
            for axis in 0..<2 where solid.pose.position[axis] != 0 {
                hole[axis] = min(hole[axis], 2 * (abs(solid.pose.position[axis]) - half[axis]))
            }
        }
        #expect(abs(hole.x - SquareTask.holeEdge) < 1e-12 && abs(hole.y - 0.0455) < 1e-12)
        #expect(abs((hole.x - SquareTask.pegEdge) / 2 - 0.00675) < 1e-12)
        let mass = try TaskSamples.mass(of: "nut", in: task("d0"), robot: robot)
        #expect(abs(mass - 0.0158) < 5e-5)
    }

    @Test("Initial states are within the published ranges and reach to their ends", arguments: ["d0", "d1"])
    func distribution(variant: String) throws {
        let task = try task(variant)
        let scenes = (0..<1000).map { task.initialScene(seed: $0) }
        let nuts = scenes.map { $0.pose(at: task.nutOffset) }
        let pegs = scenes.map { $0.pose(at: task.pegOffset).position }
        let wide = variant == "d1"
        TaskSamples.expect(nuts.map(\.position.x), fill: wide ? -0.115...0.115 : -0.115...(-0.11))
        TaskSamples.expect(nuts.map(\.position.y), fill: wide ? -0.255...0.255 : 0.11...0.225)
        TaskSamples.expect(nuts.map(\.orientation.yaw), fill: -Double.pi...Double.pi)
        #expect(nuts.allSatisfy { $0.position.z == 0.89 })
        #expect(pegs.allSatisfy { $0.z == SquareTask.pegHeight })
        if wide {
            TaskSamples.expect(pegs.map(\.x), fill: -0.1...0.3)
            TaskSamples.expect(pegs.map(\.y), fill: -0.2...0.2)
        } else {
            #expect(pegs.allSatisfy { $0.x == 0.23 && $0.y == 0.10 })
        }
        let reach = SquareTask.nutRadius + SquareTask.pegRadius
        #expect(zip(nuts, pegs).allSatisfy { ($0.position - SIMD3($1.x, $1.y, 0.89)).length > reach })
    }

    @Test("The arm begins at home with a deviation of 0.02 rad")
    func initialJoints() throws {
        let task = try task("d0")
        var deviations: [Double] = []
        for seed in 0..<1000 as Range<UInt64> {
            let scene = task.initialScene(seed: seed)
            for joint in 0..<7 { deviations.append(scene[1 + joint] - robot.joints[joint].home) }
        }
        let count = Double(deviations.count)
        let mean = deviations.reduce(0, +) / count
        let squares = deviations.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / count).squareRoot()
        #expect(abs(mean) < 0.001)
        #expect(abs(deviation - 0.02) < 0.0007)
    }

    @Test("The same seed gives the same bytes, another seed others")
    func seeds() throws {
        let task = try task("d1")
        #expect(task.initialScene(seed: 9).isIdentical(to: task.initialScene(seed: 9)))
        #expect(!task.initialScene(seed: 9).isIdentical(to: task.initialScene(seed: 10)))
    }

    struct Case: Sendable {
        var name: String
        var nut: SIMD3<Double>
        var tool: SIMD3<Double>
        var isSuccess: Bool
    }

    /// Where the nut is from the peg's axis and the table, and the tool from the nut.
    static let truthTable = [
        Case(name: "on the peg, let go", nut: SIMD3(0, 0, 0.01), tool: SIMD3(0, 0, 0.05), isSuccess: true),
        Case(name: "on the peg, just let go", nut: SIMD3(0, 0, 0.01), tool: SIMD3(0.0425, 0, 0), isSuccess: true),
        Case(name: "on the peg, not let go", nut: SIMD3(0, 0, 0.01), tool: SIMD3(0.0422, 0, 0), isSuccess: false),
        Case(name: "still too high", nut: SIMD3(0, 0, 0.0501), tool: SIMD3(0, 0, 0.1), isSuccess: false),
        Case(name: "just low enough", nut: SIMD3(0, 0, 0.0499), tool: SIMD3(0, 0, 0.1), isSuccess: true),
        Case(name: "beside the peg in x", nut: SIMD3(0.0301, 0, 0.01), tool: SIMD3(0, 0, 0.1), isSuccess: false),
        Case(name: "just inside in x", nut: SIMD3(-0.0299, 0, 0.01), tool: SIMD3(0, 0, 0.1), isSuccess: true),
        Case(name: "beside the peg in y", nut: SIMD3(0, -0.0301, 0.01), tool: SIMD3(0, 0, 0.1), isSuccess: false),
        Case(name: "just inside in y", nut: SIMD3(0, 0.0299, 0.01), tool: SIMD3(0, 0, 0.1), isSuccess: true),
    ]

    @Test("Success is what is published", arguments: truthTable)
    func success(_ example: Case) throws {
        let task = try task("d1")
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 3)
        let peg = measurement.scene.pose(at: task.pegOffset).position
        let nut = SIMD3(peg.x + example.nut.x, peg.y + example.nut.y, SquareTask.tableHeight + example.nut.z)
        measurement.scene.setPose(Pose(position: nut), at: task.nutOffset)
        let tool = task.basePose.inverse * Pose(position: nut + example.tool)
        #expect(task.isSuccess(measurement, toolPose: tool) == example.isSuccess, "\(example.name)")
    }

    @Test("An observation has the published parts, in the world's frame", arguments: [("d0", 14, 23), ("d1", 17, 26)])
    func observation(variant: String, object: Int, size: Int) throws {
        let task = try task(variant)
        #expect(
            task.observationLayout.parts.map(\.name) == [
                "robot0_eef_pos", "robot0_eef_quat", "robot0_gripper_qpos", "object",
            ])
        #expect(task.observationLayout.parts.map(\.size) == [3, 4, 2, object])
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 0)
        measurement.state.gripper.opening = 0.06
        let nut = Pose(position: SIMD3(0.1, 0.2, 0.9), orientation: Quaternion(yaw: 0.5))
        measurement.scene.setPose(nut, at: task.nutOffset)
        // A tool at the nut, 10 cm above it and turned as it is.
        let tool = Pose(position: SIMD3(0.1, 0.2, 1.0), orientation: Quaternion(yaw: 0.5))
        let values = task.observe(measurement, toolPose: task.basePose.inverse * tool)
        #expect(values.count == size && task.observationLayout.size == size)
        let (sine, cosine) = (Float(0.24740396), Float(0.96891242))
        var expected: [Float] = [0.1, 0.2, 1.0, 0, 0, sine, cosine, 0.03, -0.03]
        expected += [0.1, 0.2, 0.9, 0, 0, sine, cosine, 0, 0, -0.1, 0, 0, 0, 1]
        for (value, wanted) in zip(values, expected) { #expect(abs(value - wanted) < 1e-5) }
    }

    @Test("The catalogue knows its tasks and says what it has")
    func catalogue() throws {
        #expect(TaskCatalogue.names.first == "square" && Set(TaskCatalogue.names).count == TaskCatalogue.names.count)
        #expect(try TaskCatalogue.task(named: "square", variant: "d1", robot: robot).variant == "d1")
        let name = #expect(throws: TaskError.self) {
            try TaskCatalogue.task(named: "sqare", variant: "d0", robot: robot)
        }
        #expect(
            name?.description == "there is no task 'sqare'; there is: \(TaskCatalogue.names.joined(separator: ", "))")
        let variant = #expect(throws: TaskError.self) {
            try TaskCatalogue.task(named: "square", variant: "d7", robot: robot)
        }
        #expect(variant?.description == "task 'square' has no variant 'd7'; it has: d0, d1")
    }
}
