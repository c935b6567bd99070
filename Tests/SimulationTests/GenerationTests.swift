import Policies
import Robots
import Testing

@testable import Simulation

@Suite("Demonstrations made of segments of others")
struct GenerationTests {
    private typealias Step = SourceDemonstration.Step

    let robot: RobotDescription
    let task: SquareTask

    init() throws {
        robot = try TestRobot.panda()
        task = try SquareTask(variant: "d0", robot: robot)
    }

    private static let down = Quaternion(w: 0, x: 1, y: 0, z: 0)

    /// A tool that stands still where the nut is `height` above its place on the table.
    private func step(
        nutHeight height: Double, tool: Pose? = nil, opening: Double, action: [Float] = [0, 0, 0, 0, 0, 0, -1]
    ) -> Step {
        var scene = task.initialScene(seed: 0)
        let nut = SIMD3(-0.11, 0.15, SquareTask.restHeight + height)
        scene.setPose(Pose(position: nut), at: task.nutOffset)
        return Step(
            scene: scene, tool: tool ?? Pose(position: nut + SIMD3(0.06, 0, 0), orientation: Self.down),
            opening: opening, action: action)
    }

    /// Two steps with the nut on the table, three with it lifted.
    private func demonstration() throws -> SourceDemonstration {
        try SourceDemonstration(
            steps: [
                step(nutHeight: 0, opening: 0.08, action: [1, 0, 0, 0, 0, 0, -1]),
                step(nutHeight: 0, opening: 0.032, action: [0, 0, 0, 0, 0, 1, 1]),
                step(nutHeight: 0.011, opening: 0.032, action: [0, 0, 1, 0, 0, 0, 1]),
                step(nutHeight: 0.05, opening: 0.032), step(nutHeight: 0.1, opening: 0.032),
            ], task: task)
    }

    @Test("A demonstration is cut where the signal is first given")
    func cuts() throws {
        let segments = try demonstration().segments
        #expect(segments.map(\.goals.count) == [2, 3])
        #expect(segments.map(\.grips) == [[-1, 1], [1, -1, -1]])
        #expect(segments[0].object.position == SIMD3(-0.11, 0.15, SquareTask.restHeight))
        #expect(segments[1].object == task.initialScene(seed: 0).pose(at: task.pegOffset))
        #expect(segments[0].hold == nil && segments[1].hold != nil)
    }

    @Test("A goal is the measured pose and a full action's five centimetres and half radian")
    func goals() throws {
        let goals = try demonstration().segments[0].goals
        let tool = SIMD3(-0.05, 0.15, SquareTask.restHeight)
        #expect((goals[0].position - (tool + SIMD3(0.05, 0, 0))).length < 1e-12)
        let turned = Quaternion(yaw: 0.5) * Self.down
        #expect((goals[1].orientation * turned.conjugate).rotationVector.length < 1e-12)
    }

    @Test("Segments go with their object: a shift, a quarter turn")
    func moves() throws {
        let segment = try demonstration().segments[0]
        let here = segment.object
        #expect(
            zip(segment.goals(object: here, hold: nil), segment.goals).allSatisfy {
                ($0.position - $1.position).length < 1e-12
            })
        let shifted = Pose(position: here.position + SIMD3(0.1, -0.2, 0), orientation: here.orientation)
        let shift = segment.goals(object: shifted, hold: nil)[0]
        #expect((shift.position - segment.goals[0].position - SIMD3(0.1, -0.2, 0)).length < 1e-12)
        // The first goal is 11 cm from the nut along x; with the nut turned, along y, and so is the tool.
        let turned = Pose(position: here.position, orientation: Quaternion(yaw: .pi / 2))
        let turn = segment.goals(object: turned, hold: nil)[0]
        #expect((turn.position - here.position - SIMD3(0, 0.11, 0)).length < 1e-12)
        let expected = Quaternion(yaw: .pi / 2) * segment.goals[0].orientation
        #expect((turn.orientation * expected.conjugate).rotationVector.length < 1e-9)
    }

    @Test("What is held is moved as it was, however it sits in the hand")
    func holds() throws {
        let segment = try demonstration().segments[1]
        let before = try #require(segment.hold)
        let now = Pose(
            position: before.position + SIMD3(0.004, -0.003, 0.002),
            orientation: Quaternion(yaw: 0.2) * before.orientation)
        for (moved, goal) in zip(segment.goals(object: segment.object, hold: now), segment.goals) {
            let (nut, wanted) = (moved * now, goal * before)
            #expect((nut.position - wanted.position).length < 1e-12)
            #expect((nut.orientation * wanted.orientation.conjugate).rotationVector.length < 1e-9)
        }
        #expect(segment.difference(object: segment.object, hold: before) < 1e-12)
        #expect(abs(segment.difference(object: segment.object, hold: now) - (0.2 + 29.0.squareRoot() / 1000)) < 1e-6)
    }

    @Test("The way to a segment is straight, in equal steps that the arm can follow")
    func way() {
        let start = Pose(position: SIMD3(0, 0, 1), orientation: Self.down)
        let near = SegmentFollower.way(from: start, to: start)
        #expect(near.count == SegmentFollower.fewestSteps - 1)
        let end = Pose(position: SIMD3(0.3, 0, 1), orientation: Quaternion(yaw: 1) * Self.down)
        let far = SegmentFollower.way(from: start, to: end)
        #expect(far.count == 9)
        for (step, pose) in far.enumerated() {
            #expect((pose.position - SIMD3(0.03 * Double(step + 1), 0, 1)).length < 1e-12)
            let turned = Quaternion(yaw: 0.1 * Double(step + 1)) * Self.down
            #expect((pose.orientation * turned.conjugate).rotationVector.length < 1e-9)
        }
    }

    @Test("What cannot be cut says why")
    func refusals() throws {
        let still = (0..<5).map { _ in step(nutHeight: 0, opening: 0.08) }
        #expect(throws: TaskError("the subtask 'grasp' is never done in this demonstration")) {
            try SourceDemonstration(steps: still, task: task)
        }
        var broken = still
        broken[2].action = [0, 0, .nan, 0, 0, 0, 1]
        #expect(throws: TaskError("the action of step 2 is not seven finite numbers")) {
            try SourceDemonstration(steps: broken, task: task)
        }
    }

    @Test("A follower draws its segments and its noise from its seed")
    func seeds() throws {
        let sources = try [demonstration(), demonstration(), demonstration()]
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 4)
        let tool = task.basePose.inverse * Pose(position: SIMD3(-0.1, 0, 1), orientation: Self.down)
        func actions(_ seed: UInt64, noise: Double) -> [[Float]] {
            var follower = SegmentFollower(task: task, sources: sources, seed: seed, noise: noise)
            return (0..<20).map { _ in follower.action(for: measurement, toolPose: tool) }
        }
        #expect(actions(1, noise: 0.05) == actions(1, noise: 0.05))
        #expect(actions(1, noise: 0.05) != actions(2, noise: 0.05))
        #expect(actions(1, noise: 0) == actions(2, noise: 0))
        #expect(actions(3, noise: 0.5).allSatisfy { $0.count == 7 && $0.allSatisfy { abs($0) <= 1 } })
    }

    @Test(
        "Published tasks have their published subtasks, and closing is one of its own",
        arguments: [
            ("square", ["grasp", "insert"]), ("threading", ["grasp", "thread"]),
            ("coffee", ["grasp", "insert", "close"]), ("mug-cleanup", ["open", "grasp", "place", "close"]),
            ("hammer-cleanup", ["open", "grasp", "place", "close"]),
            ("nut_assembly", ["grasp square", "insert square", "grasp round", "insert round"]),
        ])
    func subtasks(name: String, parts: [String]) throws {
        let task = try TaskCatalogue.task(named: name, variant: "d0", robot: robot)
        #expect(task.subtasks.map(\.name) == parts)
    }

    @Test("The subtasks of every task that declares some end in order", arguments: TaskCatalogue.names)
    func everyTask(name: String) throws {
        let variants = try #require(TaskCatalogue.tasks.first { $0.name == name }).variants
        let task = try TaskCatalogue.task(named: name, variant: try #require(variants.first), robot: robot)
        // Without an expert there is nothing to cut.
        guard !task.subtasks.isEmpty, task.hasExpert else { return }
        #expect(task.subtasks.dropLast().allSatisfy { $0.isDone != nil })
        var cell = try LockstepCell(task: task, robot: robot)
        try cell.begin(task.initialScene(seed: 20_010))
        var expert = task.makeExpert(seed: 20_010, noise: 0.05)
        var steps: [Step] = []
        for _ in 0..<task.horizon {
            let measurement = cell.snapshot.measurement
            if task.isSuccess(measurement, toolPose: cell.snapshot.toolPose) { break }
            let action = expert.action(for: measurement, toolPose: cell.snapshot.toolPose)
            steps.append(
                Step(
                    scene: cell.scene, tool: task.basePose * cell.snapshot.toolPose,
                    opening: measurement.state.gripper.opening, action: action))
            cell.apply(action)
        }
        let source = try SourceDemonstration(steps: steps, task: task)
        #expect(source.segments.count == task.subtasks.count)
        #expect(source.segments.reduce(0) { $0 + $1.goals.count } == steps.count)
        #expect(source.segments.allSatisfy { $0.goals.count > 10 })
    }
}
