import Foundation
@testable import Robots

/// A Panda with the limits that its maker publishes, made without reading a robot file.
enum TestRobot {
    static let modelPath = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".deps/robots/franka_emika_panda/panda.xml").path

    static func panda(rate: Double = 500) -> RobotDescription {
        let home = [0, Double.pi / 16, 0, -Double.pi / 2 - Double.pi / 3, 0, Double.pi - 0.2, Double.pi / 4]
        let lower = [-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973]
        let upper = [2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973]
        let velocity = [2.175, 2.175, 2.175, 2.175, 2.61, 2.61, 2.61]
        let acceleration = [15, 7.5, 10, 12.5, 15, 20, 20]
        let jerk: [Double] = [7500, 3750, 5000, 6250, 7500, 10000, 10000]
        return RobotDescription(
            name: "panda", path: "", text: "", modelPath: modelPath, toolBody: "hand",
            toolOffset: Pose(position: SIMD3(0, 0, 0.1034)), supportedHardware: [.simulated],
            joints: (0..<7).map { joint in
                JointDescription(
                    name: "joint\(joint + 1)", lower: lower[joint], upper: upper[joint], velocity: velocity[joint],
                    acceleration: acceleration[joint], jerk: jerk[joint], torque: joint < 4 ? 87 : 12, torqueRate: 1000,
                    home: home[joint])
            },
            gripper: GripperDescription(
                joints: ["finger_joint1", "finger_joint2"], minimumOpening: 0, maximumOpening: 0.08, speed: 0.2, force: 20),
            control: ControlDescription(
                rate: rate,
                operationalSpace: OperationalSpaceGains(
                    positionStiffness: 150, orientationStiffness: 150, dampingRatio: 1, nullspaceStiffness: 10,
                    nullspaceDampingRatio: 1, jointLimitMargin: 0.3, jointLimitStiffness: 60, jointLimitDamping: 4),
                jointImpedance: JointImpedanceGains(
                    stiffness: [600, 600, 600, 600, 250, 150, 50], damping: [50, 50, 50, 50, 30, 25, 15])),
            safety: SafetyDescription(
                commandAge: 0.25, stateAge: 0.01, startupMismatch: 0.1, trackingError: 0.5, positionMargin: 0.02,
                workspace: WorkspaceBox(lower: SIMD3(0.1, -0.6, -0.2), upper: SIMD3(0.9, 0.6, 0.8)),
                stall: StallDescription(torqueFraction: 0.95, velocity: 0.01, duration: 1), holdDuration: 0.5,
                decelerationDuration: 1, restSpeedFraction: 0.2, restPose: nil, torquePolicy: .hold),
            realtime: RealtimeDescription(
                priority: 0, cpu: nil, lockMemory: false, stackBytes: 1 << 20, spin: 0, overrunBudget: 10,
                supervisorTimeout: 1, onRefusal: .warn))
    }
}
