import CMuJoCo
import Realtime
import Robots
import Testing

@testable import Simulation

@Suite("Hinged and sliding parts")
struct ArticulatedSceneTests {
    let robot: RobotDescription
    let coffee: CoffeeTask
    let mug: MugCleanupTask

    init() throws {
        robot = try TestRobot.panda()
        coffee = try CoffeeTask(variant: "d1", robot: robot)
        mug = try MugCleanupTask(variant: "d1", robot: robot)
    }

    private func measure(_ driver: inout SimulatedRobot) -> SceneSnapshot {
        var measurement = Measurement()
        driver.read(into: &measurement, now: MonotonicTime(nanoseconds: 0))
        return measurement.scene
    }

    @Test("A part's joint stands behind its object's pose, placed objects' poses at the end")
    func layout() {
        #expect(coffee.layout.freeObjects == ["pod", "machine"] && coffee.layout.placedObjects == [])
        #expect(coffee.layout.parts.map(\.name) == ["lid"])
        #expect(coffee.podOffset == 10 && coffee.machineOffset == 17 && coffee.lid.jointOffset == 24)
        #expect(coffee.lid.parentOffset == coffee.machineOffset)
        #expect(coffee.layout.positionCount == 24 && coffee.layout.velocityCount == 22 && coffee.layout.count == 47)
        #expect(coffee.layout.part("door") == nil && coffee.layout.poseOffset(of: "lid") == nil)

        #expect(mug.layout.freeObjects == ["mug"] && mug.layout.placedObjects == ["cabinet"])
        #expect(mug.cabinet.drawer.jointOffset == 10 && mug.objectOffset == 11)
        #expect(mug.cabinet.cabinetOffset == 1 + 17 + 16 && mug.layout.count == 41)
        #expect(mug.cabinet.drawer.parentOffset == mug.cabinet.cabinetOffset)
    }

    @Test("A part is where MuJoCo has it, whatever its joint and its object's pose", arguments: [0.0, 0.3, 1.7])
    func poses(angle: Double) throws {
        var scene = coffee.initialScene(seed: 4)
        scene[coffee.lid.jointOffset] = angle
        scene.setPose(
            Pose(
                position: SIMD3(0.1, -0.2, 1.3),
                orientation: Quaternion(angle: 0.7, axis: SIMD3(0.6, 0, 0.8))), at: coffee.machineOffset)
        try expectSamePose(of: "lid", coffee.lid.pose(in: scene), task: coffee, scene)

        scene = mug.initialScene(seed: 4)
        scene[mug.cabinet.drawer.jointOffset] = -angle / 2
        try expectSamePose(of: "drawer", mug.cabinet.drawer.pose(in: scene), task: mug, scene)
    }

    private func expectSamePose(
        of body: String, _ pose: Pose, task: any ManipulationTask, _ scene: SceneSnapshot
    ) throws {
        var driver = try SimulatedRobot(task: task, robot: robot)
        let wasReset = driver.reset(to: scene)
        #expect(wasReset)
        mj_kinematics(driver.model, driver.data)
        let id = Int(mj_name2id(driver.model, Int32(mjOBJ_BODY.rawValue), body))
        let (position, turn) = (driver.data.pointee.xpos + 3 * id, driver.data.pointee.xquat + 4 * id)
        #expect((SIMD3(position[0], position[1], position[2]) - pose.position).length < 1e-12)
        let other = Quaternion(w: turn[0], x: turn[1], y: turn[2], z: turn[3])
        #expect((other.conjugate * pose.orientation).rotationVector.length < 1e-12)
    }

    @Test("A lid that is let go past the vertical falls shut, and an open one stays open")
    func lidFalls() throws {
        var driver = try SimulatedRobot(task: coffee, robot: robot)
        var scene = coffee.initialScene(seed: 2)
        #expect(scene[coffee.lid.jointOffset] == 2 * Double.pi / 3)
        _ = driver.reset(to: scene)
        for _ in 0..<250 { driver.write(RobotCommand()) }
        let open = measure(&driver)
        #expect(abs(coffee.lid.position(in: open) - 2 * Double.pi / 3) < 0.01)
        let rest = open.pose(at: coffee.machineOffset).position
        #expect((rest - scene.pose(at: coffee.machineOffset).position).length < 0.001)

        scene[coffee.lid.jointOffset] = 1.4
        _ = driver.reset(to: scene)
        for _ in 0..<500 { driver.write(RobotCommand()) }
        let shut = measure(&driver)
        #expect(abs(coffee.lid.position(in: shut)) < 0.01)
    }

    @Test("The drawer's damping stops it as published: speed · mass / damping")
    func drawerSlides() throws {
        var driver = try SimulatedRobot(task: mug, robot: robot)
        var scene = mug.initialScene(seed: 3)
        let joint = mug.cabinet.drawer.jointOffset
        let velocity = joint - mug.layout.positionOffset + mug.layout.velocityOffset
        scene[joint] = -0.1
        scene[velocity] = -0.5
        _ = driver.reset(to: scene)
        for _ in 0..<500 { driver.write(RobotCommand()) }
        let after = measure(&driver)
        // 7.85398 kg against 100 N·s/m: 0.5 m/s carries it 39.27 mm. The cabinet is turned, and stays where it was.
        #expect(abs(mug.cabinet.drawer.position(in: after) + 0.1 + 0.03927) < 0.0005)
        #expect(after.pose(at: mug.cabinet.cabinetOffset) == scene.pose(at: mug.cabinet.cabinetOffset))
    }

    @Test("A scene in the middle of a motion is restored with its parts, and its future repeats to the last bit")
    func restores() throws {
        for task in [coffee as any ManipulationTask, mug] {
            var cell = try LockstepCell(task: task, robot: robot)
            var endings: [SceneSnapshot] = []
            for _ in 0..<2 {
                try cell.begin(task.initialScene(seed: 6))
                var expert = task.makeExpert(seed: 6, noise: 0.05)
                for _ in 0..<30 {
                    cell.apply(expert.action(for: cell.snapshot.measurement, toolPose: cell.snapshot.toolPose))
                }
                endings.append(cell.scene)
            }
            #expect(endings[0].isIdentical(to: endings[1]))
            let wasReset = cell.loop.driver.reset(to: endings[0])
            #expect(wasReset)
            let restored = cell.scene
            #expect(restored.isIdentical(to: endings[0]))
            #expect(endings[0].count == task.layout.count)
        }
    }

    @Test("What does not touch: a part and its object")
    func exclusion() throws {
        var driver = try SimulatedRobot(task: coffee, robot: robot)
        // The open lid leans into the corner of the machine's box.
        _ = driver.reset(to: coffee.initialScene(seed: 0))
        mj_forward(driver.model, driver.data)
        let lid = mj_name2id(driver.model, Int32(mjOBJ_GEOM.rawValue), "lid_0")
        for index in 0..<Int(driver.data.pointee.ncon) {
            let pair = driver.data.pointee.contact[index].geom
            #expect(pair.0 != lid && pair.1 != lid)
        }
    }

    @Test("A frustum has its volume, and its lowest points")
    func frustum() throws {
        // A prism of 32 sides in a cone of 63.96 cm³ has 0.64 % less, and weighs 104 kg/m³.
        let mass = try TaskSamples.mass(of: "pod", in: coffee, robot: robot)
        #expect(abs(mass - 104 * 63.55e-6) < 1e-6)
        let pod = CoffeeTask.pod.solids[0]
        #expect((pod.support(SIMD3(0.01, 0, -1)) - SIMD3(0.0175, 0, -0.0231)).length < 1e-12)
        #expect((pod.support(SIMD3(-1, 0, 0.1)) - SIMD3(-0.0243, 0, 0.0231)).length < 1e-12)
    }

    @Test("A support point is the farthest of the solid")
    func support() {
        let look = Solid.Look(colour: SIMD3(1, 1, 1))
        let pose = Pose(position: SIMD3(1, 2, 3), orientation: Quaternion(angle: Double.pi / 2, axis: SIMD3(1, 0, 0)))
        // The solid's z axis lies along −y.
        let box = Solid(.box(half: SIMD3(0.1, 0.2, 0.3)), at: pose, look: look)
        #expect((box.support(SIMD3(0.1, -1, -0.1)) - SIMD3(1.1, 1.7, 2.8)).length < 1e-12)
        let cylinder = Solid(.cylinder(radius: 0.1, halfHeight: 0.4), at: pose, look: look)
        #expect((cylinder.support(SIMD3(0, -1e-3, -1)) - SIMD3(1, 1.6, 2.9)).length < 1e-12)
        let capsule = Solid(.capsule(radius: 0.1, halfLength: 0.4), at: pose, look: look)
        #expect((capsule.support(SIMD3(0, -1, 0)) - SIMD3(1, 1.5, 3)).length < 1e-12)
    }

    @Test("What moved in a scene shows in its picture: the lid, the drawer")
    func renders() throws {
        for (task, joint, position) in [
            (coffee as any ManipulationTask, coffee.lid.jointOffset, 0.0),
            (mug, mug.cabinet.drawer.jointOffset, -0.15),
        ] {
            let renderer = try Renderer(task: task, robot: robot, width: 96, height: 72, visuals: .collision)
            for camera in ["agentview", "overview", "closeup"] {
                var scene = task.initialScene(seed: 1)
                let before = try renderer.render(scene: scene, camera: camera)
                scene[joint] = position
                #expect(try renderer.render(scene: scene, camera: camera) != before, "\(camera)")
            }
        }
    }
}
