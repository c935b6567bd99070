import CMuJoCo
import Foundation
import Testing

@testable import Robots

@Suite struct ArmModelTests {
    static func panda() throws -> RobotDescription {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try RobotDescription.load(path: root.appending(path: "robots/panda.yaml").path())
    }

    /// Positions drawn evenly from the joints' ranges.
    static func positions(_ robot: RobotDescription, _ generator: inout some RandomNumberGenerator) -> JointVector {
        JointVector(robot.joints.map { Double.random(in: $0.lower...$0.upper, using: &generator) })
    }

    struct Generator: RandomNumberGenerator {
        var state: UInt64 = 42
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    /// The Panda's published Denavit-Hartenberg parameters (Craig's convention), written out apart from any model.
    static func forwardKinematics(_ q: JointVector) -> (position: SIMD3<Double>, rotation: Matrix3) {
        let quarter = Double.pi / 2
        let a: [Double] = [0, 0, 0, 0.0825, -0.0825, 0, 0.088]
        let d: [Double] = [0.333, 0, 0.316, 0, 0.384, 0, 0]
        let alpha: [Double] = [0, -quarter, quarter, quarter, -quarter, quarter, quarter]
        var pose: [[Double]] = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
        func append(a: Double, d: Double, alpha: Double, theta: Double) {
            let c = cos(theta)
            let s = sin(theta)
            let ca = cos(alpha)
            let sa = sin(alpha)
            let row0: [Double] = [c, -s, 0, a]
            let row1: [Double] = [s * ca, c * ca, -sa, -d * sa]
            let row2: [Double] = [s * sa, c * sa, ca, d * ca]
            let link: [[Double]] = [row0, row1, row2, [0, 0, 0, 1]]
            var product = pose
            for row in 0..<4 {
                for column in 0..<4 {
                    var sum = 0.0
                    for k in 0..<4 { sum += pose[row][k] * link[k][column] }
                    product[row][column] = sum
                }
            }
            pose = product
        }
        for i in 0..<7 { append(a: a[i], d: d[i], alpha: alpha[i], theta: q[i]) }
        append(a: 0, d: 0.107 + 0.1034, alpha: 0, theta: -quarter / 2)
        return (
            SIMD3(pose[0][3], pose[1][3], pose[2][3]),
            Matrix3(
                rows: SIMD3(pose[0][0], pose[0][1], pose[0][2]), SIMD3(pose[1][0], pose[1][1], pose[1][2]),
                SIMD3(pose[2][0], pose[2][1], pose[2][2]))
        )
    }

    @Test func toolPoseIsThatOfTheDenavitHartenbergTable() throws {
        let robot = try Self.panda()
        var model = try ArmModel(robot: robot)
        var generator = Generator()
        for _ in 0..<200 {
            let q = Self.positions(robot, &generator)
            model.update(positions: q, velocities: .zero, gripperOpening: 0.04)
            let expected = Self.forwardKinematics(q)
            let miss = model.toolPose.position - expected.position
            #expect((miss * miss).sum() < 1e-10)
            let turn = model.toolPose.orientation.conjugate * expected.rotation.quaternion
            // The model writes its half angle of the hand with seven digits.
            #expect((turn.rotationVector * turn.rotationVector).sum() < 1e-10)
        }
    }

    @Test func jacobianIsTheDerivativeOfThePose() throws {
        let robot = try Self.panda()
        var model = try ArmModel(robot: robot)
        var generator = Generator()
        let step = 1e-6
        for _ in 0..<30 {
            let q = Self.positions(robot, &generator)
            model.update(positions: q, velocities: .zero, gripperOpening: 0)
            let jacobian = model.jacobian
            for joint in 0..<7 {
                var moved = q
                moved[joint] += step
                model.update(positions: moved, velocities: .zero, gripperOpening: 0)
                let after = model.toolPose
                moved[joint] = q[joint] - step
                model.update(positions: moved, velocities: .zero, gripperOpening: 0)
                let before = model.toolPose
                let linear = (after.position - before.position) / (2 * step)
                let angular = (after.orientation * before.orientation.conjugate).rotationVector / (2 * step)
                for axis in 0..<3 {
                    #expect(abs(jacobian[axis, joint] - linear[axis]) < 1e-7)
                    #expect(abs(jacobian[axis + 3, joint] - angular[axis]) < 1e-7)
                }
            }
        }
    }

    @Test func torquesDoTheWorkOfTheToolsForces() throws {
        let robot = try Self.panda()
        var model = try ArmModel(robot: robot)
        var generator = Generator()
        for _ in 0..<30 {
            model.update(positions: Self.positions(robot, &generator), velocities: .zero, gripperOpening: 0)
            let velocities = Self.positions(robot, &generator)
            let force = SIMD3<Double>.random(in: -20...20, using: &generator)
            let torque = SIMD3<Double>.random(in: -5...5, using: &generator)
            let torques = model.jacobian.transposeTimes(force: force, torque: torque, count: 7)
            let tool = model.toolVelocity(velocities)
            let power = (force * tool.linear).sum() + (torque * tool.angular).sum()
            let atJoints = (0..<7).reduce(0) { $0 + torques[$1] * velocities[$1] }
            #expect(abs(power - atJoints) < 1e-10)
            #expect(torques[7] == 0)
        }
    }

    @Test func sizesOfAMatrixForgetItsSigns() {
        let rows: [[Double]] = [[1, -2, 0], [-3, 4, 5], [0, 6, -7]]
        var matrix = JointMatrix.zero
        for (row, entries) in rows.enumerated() {
            for (column, entry) in entries.enumerated() { matrix[row, column] = entry }
        }
        let sums = matrix.sizesTimes(JointVector([1, 10, 100, 1000]), count: 3)
        #expect(sums.array(count: 4) == [21, 543, 760, 0])
    }

    @Test func massMatrixIsSymmetricAndPositiveDefinite() throws {
        let robot = try Self.panda()
        var model = try ArmModel(robot: robot)
        var generator = Generator()
        for _ in 0..<100 {
            let q = Self.positions(robot, &generator)
            model.update(positions: q, velocities: .zero, gripperOpening: 0.08)
            let mass = model.massMatrix
            for row in 0..<7 {
                for column in 0..<7 { #expect(abs(mass[row, column] - mass[column, row]) < 1e-12) }
            }
            let factor = try #require(mass.cholesky(count: 7))
            let x = Self.positions(robot, &generator)
            let back = factor.solve(mass.times(x, count: 7))
            for joint in 0..<7 { #expect(abs(back[joint] - x[joint]) < 1e-9) }
        }
    }

    @Test func gravityIsTheGradientOfPotentialEnergy() throws {
        let robot = try Self.panda()
        var model = try ArmModel(robot: robot)
        var generator = Generator()
        let step = 1e-6
        func energy(_ q: JointVector) -> Double {
            model.update(positions: q, velocities: .zero, gripperOpening: 0.04)
            mj_energyPos(model.model, model.data)
            return model.data.pointee.energy.0
        }
        for _ in 0..<20 {
            let q = Self.positions(robot, &generator)
            for joint in 0..<7 {
                var high = q
                high[joint] += step
                var low = q
                low[joint] -= step
                let slope = (energy(high) - energy(low)) / (2 * step)
                model.update(positions: q, velocities: .zero, gripperOpening: 0.04)
                #expect(abs(model.bias[joint] - slope) < 1e-5)
            }
        }
    }

    @Test func biasTorquesKeepAnArmAtRest() throws {
        let robot = try Self.panda()
        var model = try ArmModel(robot: robot)
        model.update(positions: robot.home, velocities: .zero, gripperOpening: 0.08)
        #expect(abs(model.bias[1]) > 5, "gravity pulls at the shoulder")
        // MuJoCo's own forward dynamics, given these torques: nothing moves.
        for index in 0..<model.velocityCount {
            model.data.pointee.qfrc_applied[index] = model.data.pointee.qfrc_bias[index]
        }
        mj_forward(model.model, model.data)
        for joint in 0..<7 { #expect(abs(model.data.pointee.qacc[model.velocityAddresses[joint]]) < 1e-3) }
    }

    @Test func aModelWithoutTheNamedPartsIsRefused() throws {
        var robot = try Self.panda()
        robot.toolBody = "paw"
        expectRefusal(robot, "has no body 'paw'")
        robot = try Self.panda()
        robot.joints[3].name = "joint_4"
        expectRefusal(robot, "has no joint 'joint_4'")
        robot = try Self.panda()
        robot.modelPath = "/nowhere/panda.xml"
        expectRefusal(robot, "cannot be read as a MuJoCo model")
        robot = try Self.panda()
        robot.gripper.joints = ["joint1"]
        expectRefusal(robot, "joint 'joint1' is not a slide joint")
    }

    private func expectRefusal(_ robot: RobotDescription, _ part: String) {
        do throws(ArmModelError) {
            _ = try ArmModel(robot: robot)
            Issue.record("was accepted")
        } catch {
            #expect(error.description.contains(part), "\(error)")
        }
    }
}
