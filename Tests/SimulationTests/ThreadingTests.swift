import Foundation
import Policies
import Robots
import Testing

@testable import Simulation

@Suite("The Threading task")
struct ThreadingTests {
    let robot: RobotDescription

    init() throws {
        robot = try TestRobot.panda()
    }

    private func task(_ variant: String) throws -> ThreadingTask {
        try ThreadingTask(variant: variant, robot: robot)
    }

    @Test("The ring leaves a square hole of 16 mm for a needle of 10 mm; needle and tripod weigh what is published")
    func dimensions() throws {
        var hole = SIMD2(Double.infinity, .infinity)
        var outline = SIMD2(0.0, 0.0)
        for solid in ThreadingTask.tripod.solids.prefix(4) {
            guard case .box(let half) = solid.shape else {
                Issue.record("the ring has a solid that is no box: \(solid.shape)")
                return
            }
            let position = solid.pose.position - ThreadingTask.ringCentre
            for (plane, axis) in [(0, 1), (1, 2)] {
                outline[plane] = max(outline[plane], 2 * (abs(position[axis]) + half[axis]))
                if position[axis] != 0 { hole[plane] = min(hole[plane], 2 * (abs(position[axis]) - half[axis])) }
            }
        }
        for plane in 0..<2 {
            #expect(abs(hole[plane] - ThreadingTask.holeEdge) < 1e-12)
            #expect(abs(outline[plane] - 0.024) < 1e-12)
            #expect(abs((hole[plane] - 2 * ThreadingTask.needleHalf[2 * plane]) / 2 - 0.003) < 1e-12)
        }
        #expect(abs(mass(of: ThreadingTask.needle) - 0.0076) < 1e-6)
        #expect(abs(mass(of: ThreadingTask.tripod) - 0.0181) < 5e-5)
    }

    private func mass(of object: SceneObject) -> Double {
        object.solids.reduce(0) { sum, solid in
            switch solid.shape {
            case .box(let half): sum + solid.density * 8 * half.x * half.y * half.z
            case .cylinder(let radius, let half): sum + solid.density * .pi * radius * radius * 2 * half
            case .capsule(let radius, let half):
                sum + solid.density * .pi * radius * radius * (2 * half + 4 * radius / 3)
            case .frustum(let bottom, let top, let half):
                sum + solid.density * .pi * (bottom * bottom + bottom * top + top * top) * 2 * half / 3
            }
        }
    }

    @Test("The tripod stands on its feet, the ring 184 mm above the table")
    func stands() throws {
        let task = try task("d0")
        var cell = try LockstepCell(task: task, robot: robot)
        try cell.begin(task.initialScene(seed: 1))
        for _ in 0..<40 { cell.apply([0, 0, 0, 0, 0, 0, -1]) }
        let tripod = cell.scene.pose(at: task.tripodOffset)
        let ring = tripod * Pose(position: ThreadingTask.ringCentre)
        // The feet are 95.98 mm below the tripod's root.
        #expect(abs(ring.position.z - (0.8 + 0.09598 + 0.088)) < 0.001)
        #expect(tripod.orientation.rotate(SIMD3(0, 0, 1)).z > 0.9999)
        #expect((tripod.position - SIMD3(0, -0.15, tripod.position.z)).length < 0.002)
    }

    @Test("Initial states are within the published ranges and reach to their ends", arguments: ["d0", "d1"])
    func distribution(variant: String) throws {
        let task = try task(variant)
        let scenes = (0..<1000).map { task.initialScene(seed: $0) }
        let needles = scenes.map { $0.pose(at: task.needleOffset) }
        let tripods = scenes.map { $0.pose(at: task.tripodOffset) }
        let wide = variant == "d1"
        /// Within a turn from `start` on.
        func degrees(_ poses: [Pose], from start: Double) -> [Double] {
            poses.map { pose in
                let angle = pose.orientation.yaw * 180 / .pi
                return angle - 360 * ((angle - start + 1e-9) / 360).rounded(.down)
            }
        }
        TaskSamples.expect(needles.map(\.position.x), fill: wide ? -0.2...0.05 : -0.2...(-0.05))
        TaskSamples.expect(needles.map(\.position.y), fill: 0.15...0.25)
        TaskSamples.expect(degrees(needles, from: wide ? -210 : -180), fill: wide ? -210...30 : -120...(-60))
        #expect(needles.allSatisfy { abs($0.position.z - 0.82) < 1e-12 })
        #expect(tripods.allSatisfy { abs($0.position.z - 0.901) < 1e-12 })
        if wide {
            TaskSamples.expect(tripods.map(\.position.x), fill: -0.1...0.15)
            TaskSamples.expect(tripods.map(\.position.y), fill: -0.2...(-0.1))
            TaskSamples.expect(degrees(tripods, from: 0), fill: 30...150)
        } else {
            #expect(tripods.allSatisfy { $0.position.x == 0 && $0.position.y == -0.15 })
            #expect(degrees(tripods, from: 0).allSatisfy { abs($0 - 90) < 1e-9 })
        }
        #expect(task.initialScene(seed: 9).isIdentical(to: task.initialScene(seed: 9)))
        #expect(!task.initialScene(seed: 9).isIdentical(to: task.initialScene(seed: 10)))
    }

    struct Case: Sendable {
        var name: String
        /// Centre of the needle proper from the ring's centre, in the tripod's frame, m.
        var needle: SIMD3<Double>
        var isSuccess: Bool
    }

    static let truthTable = [
        Case(name: "in the ring", needle: .zero, isSuccess: true),
        Case(name: "nearly half through", needle: SIMD3(0.0121, 0, 0), isSuccess: false),
        Case(name: "half through", needle: SIMD3(0.0119, 0, 0), isSuccess: true),
        Case(name: "half through from the other side", needle: SIMD3(-0.0119, 0, 0), isSuccess: true),
        Case(name: "through", needle: SIMD3(-0.0121, 0, 0), isSuccess: false),
        Case(name: "above", needle: SIMD3(0, 0, 0.0121), isSuccess: false),
        Case(name: "beside", needle: SIMD3(0.007, 0.007, 0.007), isSuccess: false),
    ]

    @Test("Success is what is published", arguments: truthTable)
    func success(_ example: Case) throws {
        let task = try task("d1")
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 3)
        let tripod = measurement.scene.pose(at: task.tripodOffset)
        let turn = tripod.orientation * Quaternion(yaw: -.pi / 2)
        let centre = tripod * Pose(position: ThreadingTask.ringCentre + example.needle)
        let needle = Pose(position: centre.position - turn.rotate(ThreadingTask.needleCentre), orientation: turn)
        measurement.scene.setPose(needle, at: task.needleOffset)
        // The hand plays no part.
        for tool in [Pose(), Pose(position: SIMD3(0.4, 0.1, 0.2))] {
            #expect(task.isSuccess(measurement, toolPose: tool) == example.isSuccess, "\(example.name)")
        }
    }

    @Test("An observation has the published parts, in the world's frame")
    func observation() throws {
        let task = try task("d0")
        #expect(task.observationLayout.parts.map(\.size) == [3, 4, 2, 28])
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 0)
        measurement.state.gripper.opening = 0.06
        let needle = Pose(position: SIMD3(0.1, 0.2, 0.9), orientation: Quaternion(yaw: 0.5))
        measurement.scene.setPose(needle, at: task.needleOffset)
        let tool = Pose(position: SIMD3(0.1, 0.2, 1.0), orientation: Quaternion(yaw: 0.5))
        let tripod = Pose(position: tool.position + tool.orientation.rotate(SIMD3(0.3, 0, 0)))
        measurement.scene.setPose(tripod, at: task.tripodOffset)
        let values = task.observe(measurement, toolPose: task.basePose.inverse * tool)
        let (sine, cosine) = (Float(0.24740396), Float(0.96891242))
        var expected: [Float] = [0.1, 0.2, 1.0, 0, 0, sine, cosine, 0.03, -0.03]
        expected += [0.1, 0.2, 0.9, 0, 0, sine, cosine, 0, 0, -0.1, 0, 0, 0, 1]
        expected += [
            Float(tripod.position.x), Float(tripod.position.y), 1.0, 0, 0, 0, 1, 0.3, 0, 0, 0, 0, -sine, cosine,
        ]
        #expect(values.count == 37)
        for (value, wanted) in zip(values, expected) { #expect(abs(value - wanted) < 1e-5) }
    }

    @Test(
        "The expert puts the needle through the ring",
        arguments: [("d0", 20_000), ("d0", 20_001), ("d1", 20_002), ("d1", 20_003)])
    func expert(variant: String, seed: UInt64) throws {
        let episode = try ExpertEpisode(task(variant), robot: robot, seed: seed)
        let isSuccess = episode.isSuccess
        #expect(isSuccess)
        #expect(episode.actions.allSatisfy { $0.count == 7 && $0.allSatisfy { abs($0) <= 1 } && abs($0[6]) == 1 })
        #expect(Set(["approach", "descend", "grasp", "lift", "carry", "align", "push"]).isSubset(of: episode.phases))
    }

    @Test("The same seed gives the same episode, byte for byte; other seeds have other styles")
    func reproducible() throws {
        let task = try task("d0")
        let first = try ExpertEpisode(task, robot: robot, seed: 20_004)
        let second = try ExpertEpisode(task, robot: robot, seed: 20_004)
        #expect(first.actions == second.actions)
        #expect(first.ending.isIdentical(to: second.ending))
        let styles = (1...2).compactMap { (task.makeExpert(seed: $0, noise: 0) as? ThreadingExpert)?.style }
        #expect(styles.count == 2 && styles[0].gap != styles[1].gap)
    }

    @Test("A needle that is lost on the way is taken again")
    func regrasps() throws {
        let task = try task("d0")
        var isLost = false
        let episode = try ExpertEpisode(task, robot: robot, seed: 20_005) { step, scene in
            guard !isLost, scene.pose(at: task.needleOffset).position.z > 0.95 else { return false }
            isLost = true
            scene.setPose(
                Pose(position: SIMD3(-0.1, 0.18, 0.82), orientation: Quaternion(yaw: -1.2)), at: task.needleOffset)
            return true
        }
        #expect(isLost)
        #expect(episode.phases.filter { $0 == "grasp" }.count > 1)
        let isSuccess = episode.isSuccess
        #expect(isSuccess)
    }
}
