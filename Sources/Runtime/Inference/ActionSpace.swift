import RemotePolicies
public import Robots

/// What the numbers of an action stand for. All of them are −1…1.
public enum ActionSpace: String, CaseIterable, Equatable, Sendable {
    /// Translation (3) and rotation (3) of the tool from where it is, and the gripper: −1 open, 1 closed.
    case tool
    /// Where each joint goes, from one end of its range to the other, and the gripper's opening: −1 open, 1 closed.
    case joints

    /// How many numbers an action has.
    public func size(of robot: RobotDescription) -> Int {
        switch self {
        case .tool: 7
        case .joints: robot.jointCount + 1
        }
    }
}

/// Turns joint positions into actions and back. The range of a joint is what the safety filter keeps it to.
struct JointActions: Sendable {
    private let lower: [Double]
    private let half: [Double]
    private let gripper: GripperDescription

    init(robot: RobotDescription) {
        let margin = robot.safety.positionMargin
        lower = robot.joints.map { $0.lower + margin }
        half = robot.joints.map { ($0.upper - $0.lower) / 2 - margin }
        gripper = robot.gripper
    }

    /// What ±1 of an action stands for.
    var ranges: ActionMap.JointRanges { ActionMap.JointRanges(lower: lower, half: half) }

    /// The action that asks for these positions (rad) and this opening (m); what is out of range becomes its end.
    func action(positions: borrowing JointVector, opening: Double) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(lower.count + 1)
        for joint in lower.indices {
            values.append(Self.clamped((positions[joint] - lower[joint]) / half[joint] - 1))
        }
        let range = gripper.maximumOpening - gripper.minimumOpening
        values.append(Self.clamped(1 - 2 * (opening - gripper.minimumOpening) / range))
        return values
    }

    /// The positions (rad) and the opening (m) that an action asks for.
    func goal(of action: [Float]) -> (positions: JointVector, opening: Double) {
        var positions = JointVector.zero
        for joint in lower.indices { positions[joint] = lower[joint] + half[joint] * (Double(action[joint]) + 1) }
        let range = gripper.maximumOpening - gripper.minimumOpening
        return (positions, gripper.minimumOpening + range * (1 - Double(action[lower.count])) / 2)
    }

    private static func clamped(_ value: Double) -> Float { Float(min(1, max(-1, value))) }
}
