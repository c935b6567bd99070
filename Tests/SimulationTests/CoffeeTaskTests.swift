import Robots
import Testing

@testable import Simulation

@Suite("The Coffee task")
struct CoffeeTaskTests {
    let robot: RobotDescription

    init() throws {
        robot = try TestRobot.panda()
    }

    private func task(_ variant: String) throws -> CoffeeTask {
        try CoffeeTask(variant: variant, robot: robot)
    }

    @Test("The pod has 0.7 mm to spare at the holder's rim, the machine its published extent")
    func dimensions() throws {
        #expect(abs(CoffeeTask.holderRadii.inner - CoffeeTask.podRadius - 0.0007) < 1e-12)
        let solids = CoffeeTask.machine.solids
        func extent(_ axis: SIMD3<Double>) -> Double {
            solids.map { ($0.support(axis) * axis).sum() }.max() ?? 0
        }
        for axis in [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)] {
            let half = (CoffeeTask.machineHalf * axis).sum()
            #expect(abs(extent(axis) - half) < 1e-9 && abs(extent(-axis) - half) < 1e-9)
        }
        // The holder's bottom is 16 mm below its middle, and the pod that stands on it misses the closed lid.
        let bottom = solids[3].support(SIMD3(0, 0, 1)).z - CoffeeTask.holder.z
        #expect(abs(bottom + 0.016) < 1e-12)
        let top = CoffeeTask.holder.z + bottom + 2 * CoffeeTask.podHalfHeight
        #expect(top < CoffeeTask.hinge.z - CoffeeTask.lidHalf.z)
    }

    @Test(
        "Pod, machine and lid weigh what is published",
        arguments: [("pod", 0.0066, 5e-5), ("machine", 6.2, 0.05), ("lid", 0.089, 5e-4)])
    func masses(object: String, wanted: Double, tolerance: Double) throws {
        let mass = try TaskSamples.mass(of: object, in: task("d0"), robot: robot)
        #expect(abs(mass - wanted) < tolerance)
    }

    @Test("Initial states are within the published ranges and reach to their ends", arguments: ["d0", "d1"])
    func distribution(variant: String) throws {
        let task = try task(variant)
        let scenes = (0..<1000).map { task.initialScene(seed: $0) }
        let pods = scenes.map { $0.pose(at: task.podOffset) }
        let machines = scenes.map { $0.pose(at: task.machineOffset) }
        let isWide = variant == "d1"
        TaskSamples.expect(pods.map(\.position.x), fill: isWide ? -0.2...0.05 : -0.13...(-0.07))
        TaskSamples.expect(pods.map(\.position.y), fill: isWide ? 0.17...0.3 : 0.17...0.23)
        TaskSamples.expect(machines.map(\.position.x), fill: isWide ? 0.05...0.15 : 0...0)
        TaskSamples.expect(machines.map(\.position.y), fill: isWide ? -0.2...(-0.1) : -0.1...(-0.1))
        let yaws = machines.map(\.orientation.yaw)
        if isWide {
            TaskSamples.expect(yaws, fill: -Double.pi / 6...Double.pi / 3)
        } else {
            #expect(yaws.allSatisfy { abs($0 + Double.pi / 6) < 1e-12 })
        }
        #expect(pods.allSatisfy { abs($0.position.z - 0.8231) < 1e-12 && $0.orientation == .identity })
        #expect(machines.allSatisfy { abs($0.position.z - 0.9105) < 1e-12 })
        #expect(scenes.allSatisfy { task.lid.position(in: $0) == 2 * Double.pi / 3 })
    }

    @Test(
        "A pod that is dropped into the holder comes to rest in it, and one beside it does not", arguments: [0, 0.002])
    func fits(aside: Double) throws {
        let task = try task("d0")
        #expect(try drop(task, aside: aside).isSuccess)
        #expect(try !drop(task, aside: aside + 0.03).isSuccess)
    }

    /// Lets the pod fall into the holder under a nearly closed lid that the drop passes.
    private func drop(_ task: CoffeeTask, aside: Double) throws -> (isSuccess: Bool, pod: SIMD3<Double>) {
        var driver = try SimulatedRobot(task: task, robot: robot)
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 1)
        let machine = measurement.scene.pose(at: task.machineOffset)
        let place = CoffeeTask.holder + SIMD3(aside, 0, 0.02)
        measurement.scene.setPose(machine * Pose(position: place), at: task.podOffset)
        _ = driver.reset(to: measurement.scene)
        for _ in 0..<300 { driver.write(RobotCommand()) }
        driver.read(into: &measurement, now: .zero)
        measurement.scene[task.lid.jointOffset] = 0
        return (task.isSuccess(measurement, toolPose: Pose()), measurement.scene.pose(at: task.podOffset).position)
    }

    struct Case: Sendable {
        var name: String
        var pod: SIMD3<Double>
        var lid: Double
        var isSuccess: Bool
    }

    /// Where the pod is from the holder's middle, and the lid's angle in degrees.
    static let truthTable = [
        Case(name: "in the holder, shut", pod: SIMD3(0, 0, 0.0071), lid: 0, isSuccess: true),
        Case(name: "lid nearly shut", pod: SIMD3(0, 0, 0.0071), lid: 14.9, isSuccess: true),
        Case(name: "lid ajar", pod: SIMD3(0, 0, 0.0071), lid: 15.1, isSuccess: false),
        Case(name: "lid open", pod: SIMD3(0, 0, 0.0071), lid: 120, isSuccess: false),
        Case(name: "just near enough to the axis", pod: SIMD3(0.0036, 0.0036, 0.0071), lid: 0, isSuccess: true),
        Case(name: "too far from the axis", pod: SIMD3(0.0038, 0.0038, 0.0071), lid: 0, isSuccess: false),
        Case(name: "just not through the bottom", pod: SIMD3(0, 0, -0.0048), lid: 0, isSuccess: true),
        Case(name: "through the bottom", pod: SIMD3(0, 0, -0.0050), lid: 0, isSuccess: false),
        Case(name: "just under the lid", pod: SIMD3(0, 0, 0.0098), lid: 0, isSuccess: true),
        Case(name: "in the lid", pod: SIMD3(0, 0, 0.0100), lid: 0, isSuccess: false),
    ]

    @Test("Success is what is published", arguments: truthTable)
    func success(_ example: Case) throws {
        let task = try task("d1")
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 3)
        let machine = measurement.scene.pose(at: task.machineOffset)
        measurement.scene.setPose(
            machine * Pose(position: CoffeeTask.holder + example.pod), at: task.podOffset)
        measurement.scene[task.lid.jointOffset] = example.lid * Double.pi / 180
        #expect(task.isSuccess(measurement, toolPose: Pose()) == example.isSuccess, "\(example.name)")
    }

    @Test("An observation has the published parts: four bodies and the lid's angle")
    func observation() throws {
        let task = try task("d0")
        #expect(
            task.observationLayout.parts.map(\.name) == [
                "robot0_eef_pos", "robot0_eef_quat", "robot0_gripper_qpos", "object",
            ])
        #expect(task.observationLayout.parts.map(\.size) == [3, 4, 2, 57])
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 0)
        measurement.scene[task.lid.jointOffset] = 0
        measurement.state.gripper.opening = 0.05
        let tool = Pose(position: SIMD3(0, -0.1, 1.1), orientation: Quaternion(yaw: -Double.pi / 6))
        let values = task.observe(measurement, toolPose: task.basePose.inverse * tool)
        #expect(values.count == task.observationLayout.size)
        func expect(_ part: Range<Int>, _ wanted: [Double]) {
            for (value, wanted) in zip(values[part], wanted) { #expect(abs(Double(value) - wanted) < 1e-5) }
        }
        expect(7..<9, [0.025, -0.025])
        // A tool over the machine, turned as it is: machine, holder and closed lid in its frame.
        expect(30..<37, [0, 0, 0.9105 - 1.1, 0, 0, 0, 1])
        expect(44..<51, [0, 0.1061, 0.9105 + 0.0635 - 1.1, 0, 0, 0, 1])
        expect(58..<65, [0, 0.1045, 0.9105 + 0.106 - 1.1, 0, 0, 0, 1])
        #expect(values[65] == 0)
    }
}
