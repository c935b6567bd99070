import CMuJoCo
import Realtime
import Robots
import Testing

@testable import Simulation

@Suite("The Hammer Cleanup and Mug Cleanup tasks")
struct CleanupTaskTests {
    let robot: RobotDescription

    init() throws {
        robot = try TestRobot.panda()
    }

    private func hammer(_ variant: String) throws -> HammerCleanupTask {
        try HammerCleanupTask(variant: variant, robot: robot)
    }

    private func mug(_ variant: String) throws -> MugCleanupTask {
        try MugCleanupTask(variant: variant, robot: robot)
    }

    // MARK: Dimensions

    @Test("The drawer is 128 mm wide and 142 mm deep inside, and the roof leaves 69 mm over its bottom")
    func drawerDimensions() {
        let (cabinet, drawer) = (DrawerCabinet.objects[0].solids, DrawerCabinet.objects[1].solids)
        let width = drawer[3].support(SIMD3(-1, 0, 0)).x - drawer[2].support(SIMD3(1, 0, 0)).x
        let depth = drawer[1].support(SIMD3(0, -1, 0)).y - drawer[0].support(SIMD3(0, 1, 0)).y
        let bottom = DrawerCabinet.drawerInCabinet.z + drawer[4].support(SIMD3(0, 0, 1)).z
        let headroom = cabinet[4].support(SIMD3(0, 0, -1)).z - bottom
        #expect(abs(width - 0.128) < 1e-12 && abs(depth - 0.142) < 1e-12 && abs(headroom - 0.069) < 1e-12)
        // Behind the handle's bar there are 46 mm for a finger.
        let bar = drawer[6].support(SIMD3(0, 1, 0)).y
        #expect(abs(drawer[0].support(SIMD3(0, -1, 0)).y - bar - 0.046) < 1e-12)
    }

    @Test("The mug has its published extent and mass; its walls do not reach down to what its disc stands on")
    func mugDimensions() throws {
        let mass = try TaskSamples.mass(of: "mug", in: mug("d0"), robot: robot)
        #expect(abs(mass - 0.0067) < 0.0004)
        let solids = MugCleanupTask.mug.solids
        let half = MugCleanupTask.mugExtent / 2
        func reach(_ axis: SIMD3<Double>) -> Double { solids.map { ($0.support(axis) * axis).sum() }.max() ?? 0 }
        // A ring of twelve boxes stands out by a millimetre at its edges.
        for (axis, wanted) in [
            (SIMD3(1.0, 0, 0), half.x), (SIMD3(-1, 0, 0), half.x), (SIMD3(0, 1, 0), half.y), (SIMD3(0, 0, 1), half.z),
            (SIMD3(0, 0, -1), half.z),
        ] {
            #expect(abs(reach(axis) - wanted) < 0.0011)
        }
        #expect(abs(solids[0].support(SIMD3(0, 0, -1)).z + half.z) < 1e-12)
        #expect(solids.dropFirst().allSatisfy { $0.support(SIMD3(0, 0, -1)).z > -half.z + 0.0009 })
    }

    @Test("The hammer weighs some 15 g and has its head at the handle's end")
    func hammerDimensions() throws {
        let mass = try TaskSamples.mass(of: "hammer", in: hammer("d0"), robot: robot)
        #expect(abs(mass - 0.015) < 0.005)
        let solids = HammerCleanupTask.hammer.solids
        #expect(abs(solids[1].support(SIMD3(0, 0, -1)).z - HammerCleanupTask.handleHalf.z) < 1e-12)
    }

    // MARK: Initial states

    @Test("Hammers and cabinets begin within the published ranges and reach to their ends", arguments: ["d0", "d1"])
    func hammerDistribution(variant: String) throws {
        let task = try hammer(variant)
        let scenes = (0..<1000).map { task.initialScene(seed: $0) }
        let hammers = scenes.map { $0.pose(at: task.objectOffset) }
        let cabinets = scenes.map { $0.pose(at: task.cabinet.cabinetOffset) }
        let isWide = variant == "d1"
        TaskSamples.expect(hammers.map(\.position.x), fill: isWide ? -0.4...0 : -0.10...(-0.02))
        TaskSamples.expect(hammers.map(\.position.y), fill: isWide ? -0.25...(-0.13) : -0.20...(-0.13))
        #expect(hammers.allSatisfy { abs($0.position.z - 0.932) < 1e-12 })
        expectCabinets(cabinets, x: isWide ? -0.2...0 : 0...0, y: isWide ? 0.2...0.3 : 0.3...0.3, isWide, height: 0.905)
        // It lies on a side with its face one way or the other; the handle points away from the robot in d0.
        let handles = hammers.map { $0.orientation.rotate(SIMD3(0, 0, 1)) }
        #expect(handles.allSatisfy { abs($0.z) < 1e-12 })
        if isWide {
            TaskSamples.expect(handles.map { Quaternion(yaw: 0).yaw + heading(of: $0) }, fill: -Double.pi...Double.pi)
        } else {
            #expect(handles.allSatisfy { abs($0.x - 1) < 1e-12 })
            let rolls = hammers.map { roll(of: $0.orientation) }
            #expect(rolls.allSatisfy { abs($0.x) < 1e-9 && abs($0.y) < 1e-9 })
            TaskSamples.expect(rolls.map(\.z), fill: -0.1...0.1)
        }
        let faces = hammers.map { $0.orientation.rotate(SIMD3(0, 1, 0)).z > 0 }
        #expect((400...600).contains(faces.filter(\.self).count))
        #expect(scenes.allSatisfy { task.cabinet.drawer.position(in: $0) == 0 })
    }

    @Test("Mugs and cabinets begin within the published ranges and reach to their ends", arguments: ["d0", "d1"])
    func mugDistribution(variant: String) throws {
        let task = try mug(variant)
        let scenes = (0..<1000).map { task.initialScene(seed: $0) }
        let mugs = scenes.map { $0.pose(at: task.objectOffset) }
        let cabinets = scenes.map { $0.pose(at: task.cabinet.cabinetOffset) }
        let isWide = variant == "d1"
        TaskSamples.expect(mugs.map(\.position.x), fill: isWide ? -0.25...0.15 : -0.15...0.15)
        TaskSamples.expect(mugs.map(\.position.y), fill: isWide ? -0.3...(-0.15) : -0.25...(-0.1))
        TaskSamples.expect(mugs.map(\.orientation.yaw), fill: -Double.pi...Double.pi)
        #expect(mugs.allSatisfy { abs($0.position.z - 0.8322) < 1e-12 })
        expectCabinets(
            cabinets, x: isWide ? -0.15...0.05 : 0...0, y: isWide ? 0.25...0.35 : 0.3...0.3, isWide, height: 0.805)
        #expect(scenes.allSatisfy { task.cabinet.drawer.position(in: $0) == 0 })
    }

    /// How a hammer is turned from lying flat on the side that it lies on, in its own frame, rad.
    private func roll(of hammer: Quaternion) -> SIMD3<Double> {
        let isOnOneSide = hammer.rotate(SIMD3(0, 1, 0)).z > 0
        let flat = isOnOneSide ? HammerCleanupTask.onOneSide : HammerCleanupTask.onTheOther
        return (flat.conjugate * hammer).rotationVector
    }

    private func heading(of direction: SIMD3<Double>) -> Double {
        let turn = Quaternion(
            columns: (direction, SIMD3(-direction.y, direction.x, 0), SIMD3(0, 0, 1)))
        return turn.yaw
    }

    private func expectCabinets(
        _ cabinets: [Pose], x: ClosedRange<Double>, y: ClosedRange<Double>, _ isWide: Bool, height: Double
    ) {
        TaskSamples.expect(cabinets.map(\.position.x), fill: x)
        TaskSamples.expect(cabinets.map(\.position.y), fill: y)
        TaskSamples.expect(cabinets.map(\.orientation.yaw), fill: isWide ? -Double.pi / 6...Double.pi / 6 : 0...0)
        #expect(cabinets.allSatisfy { abs($0.position.z - height) < 1e-12 })
    }

    // MARK: Success

    /// A scene with the object's middle there in the drawer's frame, and the drawer at a position.
    private func scene(
        _ task: any ManipulationTask, _ cabinet: DrawerCabinet, object offset: Int, at pose: Pose, drawer: Double
    ) -> Measurement {
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 3)
        measurement.scene[cabinet.drawer.jointOffset] = drawer
        measurement.scene.setPose(cabinet.drawer.pose(in: measurement.scene) * pose, at: offset)
        return measurement
    }

    @Test(
        "A mug is cleared away when the drawer is closed and the mug stands upright on its bottom",
        arguments: [
            ("in a closed drawer", 0.0, 0.0, 0.0, true),
            ("the drawer just closed", -0.0099, 0, 0, true),
            ("the drawer just open", -0.0101, 0, 0, false),
            ("within the contact's margin", 0, 0.0009, 0, true),
            ("above the bottom", 0, 0.0011, 0, false),
            ("just upright", 0, 0, 0.044, true),
            ("leaning", 0, 0, 0.046, false),
        ] as [(String, Double, Double, Double, Bool)])
    func mugSuccess(name: String, drawer: Double, gap: Double, tilt: Double, isSuccess: Bool) throws {
        let task = try mug("d1")
        let turn = Quaternion(angle: tilt, axis: SIMD3(0, 1, 0))
        let lowest = MugCleanupTask.mug.solids.map { turn.rotate($0.support(turn.conjugate.rotate(SIMD3(0, 0, -1)))).z }
        let height = -0.032 + gap - (lowest.min() ?? 0)
        let measurement = scene(
            task, task.cabinet, object: task.objectOffset,
            at: Pose(position: SIMD3(0, -0.01, height), orientation: turn), drawer: drawer)
        #expect(task.isSuccess(measurement, toolPose: Pose()) == isSuccess, "\(name)")
    }

    @Test("D0 of Hammer Cleanup asks for height and y, D1 for contact with the drawer's bottom")
    func hammerSuccess() throws {
        let (easy, wide) = (try hammer("d0"), try hammer("d1"))
        var measurement = Measurement()
        measurement.scene = easy.initialScene(seed: 1)
        func isSuccess(_ y: Double, _ z: Double, drawer: Double = 0) -> Bool {
            measurement.scene[easy.cabinet.drawer.jointOffset] = drawer
            measurement.scene.setPose(
                Pose(position: SIMD3(0.3, y, z), orientation: HammerCleanupTask.onOneSide), at: easy.objectOffset)
            return easy.isSuccess(measurement, toolPose: Pose())
        }
        #expect(isSuccess(0.3, 0.96))
        #expect(isSuccess(0.2201, 0.96) && !isSuccess(0.2199, 0.96))
        #expect(isSuccess(0.3, 0.9401) && !isSuccess(0.3, 0.9399))
        #expect(isSuccess(0.3, 0.9999) && !isSuccess(0.3, 1.0001))
        #expect(isSuccess(0.3, 0.96, drawer: -0.0099) && !isSuccess(0.3, 0.96, drawer: -0.0101))

        // On its side it rests on its head, which is thicker than the handle.
        let rest = -0.032 + HammerCleanupTask.headHalf
        for (height, drawer, wanted) in [
            (rest - 1e-6, 0, true), (rest + 1e-4, 0, false), (rest - 1e-6, -0.0101, false),
        ] as [(Double, Double, Bool)] {
            let pose = Pose(position: SIMD3(0, 0, height), orientation: HammerCleanupTask.onTheOther)
            let measurement = scene(wide, wide.cabinet, object: wide.objectOffset, at: pose, drawer: drawer)
            #expect(wide.isSuccess(measurement, toolPose: Pose()) == wanted)
        }
    }

    @Test("Contact with the drawer's bottom is what MuJoCo finds, while things fall and settle", arguments: 0..<6)
    func contact(index: Int) throws {
        let tasks: [(any ManipulationTask, DrawerCabinet, Int, SceneObject)] = [
            try {
                let task = try hammer("d1"); return (task, task.cabinet, task.objectOffset, HammerCleanupTask.hammer)
            }(),
            try {
                let task = try mug("d1"); return (task, task.cabinet, task.objectOffset, MugCleanupTask.mug)
            }(),
        ]
        for (task, cabinet, offset, object) in tasks {
            var driver = try SimulatedRobot(task: task, robot: robot)
            // The contacts of what sleeps are not listed.
            driver.model.pointee.opt.enableflags &= ~Int32(mjENBL_SLEEP.rawValue)
            let turn = Quaternion(
                rotationVector: SIMD3(Double(index) * 0.4, Double(index % 3) * 0.5, Double(index) * 0.9))
            let pose = Pose(position: SIMD3(0.01, -0.01, 0.03), orientation: turn)
            var measurement = scene(task, cabinet, object: offset, at: pose, drawer: -0.12)
            _ = driver.reset(to: measurement.scene)
            var agreed = (contacts: 0, steps: 0)
            for _ in 0..<200 {
                driver.write(RobotCommand())
                driver.read(into: &measurement, now: .zero)
                mj_forward(driver.model, driver.data)
                let touches = cabinet.bottomTouches(
                    object, at: measurement.scene.pose(at: offset), in: measurement.scene)
                #expect(touches == hasContact(driver, object.name))
                agreed.steps += 1
                if touches { agreed.contacts += 1 }
            }
            #expect(agreed.contacts > 50 && agreed.contacts < agreed.steps)
        }
    }

    private func hasContact(_ driver: borrowing SimulatedRobot, _ object: String) -> Bool {
        let bottom = mj_name2id(driver.model, Int32(mjOBJ_GEOM.rawValue), "drawer_4")
        let body = mj_name2id(driver.model, Int32(mjOBJ_BODY.rawValue), object)
        return (0..<Int(driver.data.pointee.ncon)).contains { index in
            let pair = driver.data.pointee.contact[index].geom
            let other = pair.0 == bottom ? pair.1 : pair.1 == bottom ? pair.0 : -1
            return other >= 0 && driver.model.pointee.geom_bodyid[Int(other)] == body
        }
    }

    // MARK: Observation

    @Test("An observation has object, cabinet and the drawer's position")
    func observation() throws {
        for task in [try hammer("d0") as any ManipulationTask, try mug("d1")] {
            #expect(
                task.observationLayout.parts.map(\.name) == [
                    "robot0_eef_pos", "robot0_eef_quat", "robot0_gripper_qpos", "object",
                ])
            #expect(task.observationLayout.parts.map(\.size) == [3, 4, 2, 29])
        }
        let task = try mug("d0")
        var measurement = Measurement()
        measurement.scene = task.initialScene(seed: 0)
        measurement.scene[task.cabinet.drawer.jointOffset] = -0.07
        let tool = Pose(position: SIMD3(0, 0.3, 1.0))
        let values = task.observe(measurement, toolPose: task.basePose.inverse * tool)
        #expect(values.count == task.observationLayout.size)
        for (value, wanted) in zip(values[23..<38], [0, 0.3, 0.805, 0, 0, 0, 1, 0, 0, -0.195, 0, 0, 0, 1, -0.07]) {
            #expect(abs(Double(value) - wanted) < 1e-5)
        }
    }
}
