import Foundation
import Policies
import Robots
import Testing

@testable import Simulation

@Suite("The Nut Assembly task")
struct NutAssemblyTests {
    let robot: RobotDescription
    let task: NutAssemblyTask

    init() throws {
        robot = try TestRobot.panda()
        task = try NutAssemblyTask(variant: "d0", robot: robot)
    }

    @Test("The round nut's boxes leave a circle of 31.2 mm; the peg has 11 mm all round; it weighs 19.4 g")
    func dimensions() throws {
        var inner = Double.infinity
        var mass = 0.0
        for solid in NutAssemblyTask.roundNut.solids {
            guard case .box(let half) = solid.shape else {
                Issue.record("the round nut has a solid that is no box: \(solid.shape)")
                return
            }
            mass += solid.density * 8 * half.x * half.y * half.z
            inner = min(inner, solid.pose.position.length - half.x)
        }
        #expect(abs(inner - NutAssemblyTask.holeRadius) < 1e-12)
        #expect(abs(inner - NutAssemblyTask.pegRadius - 0.0112) < 1e-12)
        #expect(abs(mass - 0.0194) < 5e-5)
        #expect(task.horizon == 500 && NutAssemblyTask.variants == ["d0"])
    }

    @Test("Initial states are within the published ranges and reach to their ends")
    func distribution() {
        let scenes = (0..<1000).map { task.initialScene(seed: $0) }
        for (offset, y) in [(task.nutOffsets.square, 0.11...0.225), (task.nutOffsets.round, -0.225...(-0.11))] {
            let nuts = scenes.map { $0.pose(at: offset) }
            TaskSamples.expect(nuts.map(\.position.x), fill: -0.115...(-0.11))
            TaskSamples.expect(nuts.map(\.position.y), fill: y)
            TaskSamples.expect(nuts.map(\.orientation.yaw), fill: -Double.pi...Double.pi)
            #expect(nuts.allSatisfy { $0.position.z == 0.89 })
        }
        for scene in scenes.prefix(10) {
            #expect(scene.pose(at: task.pegOffsets.square).position == SIMD3(0.23, 0.10, 0.85))
            #expect(scene.pose(at: task.pegOffsets.round).position == SIMD3(0.23, -0.10, 0.85))
        }
        #expect(task.initialScene(seed: 9).isIdentical(to: task.initialScene(seed: 9)))
        #expect(!task.initialScene(seed: 9).isIdentical(to: task.initialScene(seed: 10)))
    }

    struct Case: Sendable {
        var name: String
        /// Where the nuts are from their pegs' axes and the table.
        var square: SIMD3<Double>
        var round: SIMD3<Double>
        /// Where the tool is in the world.
        var tool: SIMD3<Double>
        var isSuccess: Bool
    }

    private static let placed = SIMD3(0, 0, 0.01)
    private static let away = SIMD3(0.1, 0, 1.0)
    static let truthTable = [
        Case(name: "both on their pegs", square: placed, round: placed, tool: away, isSuccess: true),
        Case(
            name: "just inside", square: SIMD3(0.0299, -0.0299, 0.0499), round: SIMD3(-0.0299, 0.0299, 0.0499),
            tool: away, isSuccess: true),
        Case(
            name: "the square nut beside", square: SIMD3(0.0301, 0, 0.01), round: placed, tool: away, isSuccess: false),
        Case(name: "the round nut beside", square: placed, round: SIMD3(0, 0.0301, 0.01), tool: away, isSuccess: false),
        Case(name: "the square nut high", square: SIMD3(0, 0, 0.0501), round: placed, tool: away, isSuccess: false),
        Case(name: "the round nut high", square: placed, round: SIMD3(0, 0, 0.0501), tool: away, isSuccess: false),
        Case(
            name: "the square nut in the hand", square: placed, round: placed, tool: SIMD3(0.23, 0.1422, 0.83),
            isSuccess: false),
        Case(
            name: "the round nut in the hand", square: placed, round: placed, tool: SIMD3(0.23, -0.1422, 0.83),
            isSuccess: false),
        Case(
            name: "both just let go", square: placed, round: placed, tool: SIMD3(0.23, -0.1425, 0.83), isSuccess: true),
        Case(
            name: "on each other's pegs", square: SIMD3(0, -0.2, 0.01), round: SIMD3(0, 0.2, 0.01), tool: away,
            isSuccess: false),
    ]

    @Test("Success is what is published: both nuts at the same time", arguments: truthTable)
    func success(_ example: Case) {
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 3)
        for (nut, peg, place) in [
            (task.nutOffsets.square, task.pegOffsets.square, example.square),
            (task.nutOffsets.round, task.pegOffsets.round, example.round),
        ] {
            let axis = measurement.scene.pose(at: peg).position
            measurement.scene.setPose(
                Pose(position: SIMD3(axis.x + place.x, axis.y + place.y, 0.82 + place.z)), at: nut)
        }
        let tool = task.basePose.inverse * Pose(position: example.tool)
        #expect(task.isSuccess(measurement, toolPose: tool) == example.isSuccess, "\(example.name)")
    }

    @Test("An observation has both nuts, as published")
    func observation() {
        #expect(task.observationLayout.parts.map(\.size) == [3, 4, 2, 28])
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 0)
        let values = task.observe(measurement, toolPose: Pose())
        #expect(values.count == 37)
        for (start, offset) in [(9, task.nutOffsets.square), (23, task.nutOffsets.round)] {
            let nut = measurement.scene.pose(at: offset)
            #expect(values[start] == Float(nut.position.x) && values[start + 1] == Float(nut.position.y))
            #expect(values[start + 6] == Float(nut.orientation.w))
            #expect(abs(values[start + 7] - Float(nut.position.x + 0.56)) < 1e-6)
        }
    }

    @Test("The expert puts both nuts onto their pegs", arguments: [20_000, 20_001])
    func expert(seed: UInt64) throws {
        let episode = try ExpertEpisode(task, robot: robot, seed: seed)
        let isSuccess = episode.isSuccess
        #expect(isSuccess)
        #expect(episode.actions.allSatisfy { $0.count == 7 && $0.allSatisfy { abs($0) <= 1 } && abs($0[6]) == 1 })
        #expect(episode.phases.filter { $0 == "insert" }.count >= 2)
    }

    @Test("The same seed gives the same episode, byte for byte")
    func reproducible() throws {
        let first = try ExpertEpisode(task, robot: robot, seed: 20_002)
        let second = try ExpertEpisode(task, robot: robot, seed: 20_002)
        #expect(first.actions == second.actions)
        #expect(first.ending.isIdentical(to: second.ending))
    }

    @Test("A square nut that comes off its peg while the round nut is set down is put back")
    func putsBack() throws {
        var isLost = false
        let episode = try ExpertEpisode(task, robot: robot, seed: 20_003) { step, scene in
            guard !isLost, scene.pose(at: task.nutOffsets.round).position.z > 0.95, step > 120 else { return false }
            isLost = true
            scene.setPose(
                Pose(position: SIMD3(-0.1, 0.15, 0.85), orientation: Quaternion(yaw: 2)), at: task.nutOffsets.square)
            return true
        }
        #expect(isLost)
        let isSuccess = episode.isSuccess
        #expect(isSuccess)
        #expect(episode.phases.filter { $0 == "insert" }.count >= 3)
    }
}
