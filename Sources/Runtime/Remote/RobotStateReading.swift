import RemotePolicies
import Robots

extension InferenceSetting {
    /// What the robot says about itself, in the order of `RobotPart.layout`.
    ///
    /// - Parameters:
    ///   - state: of this moment.
    ///   - toolPose: `tool_in_base`.
    func robotState(_ state: RobotState, toolPose: Pose) -> [Float] {
        let tool = task.basePose * toolPose
        let opening = state.gripper.opening
        let gripper = robot.gripper
        let range = gripper.maximumOpening - gripper.minimumOpening
        let open = range > 0 ? min(1, max(0, (opening - gripper.minimumOpening) / range)) : 0
        var values: [Float] = []
        values.reserveCapacity(2 * robot.jointCount + 14)
        for joint in 0..<robot.jointCount { values.append(Float(state.jointPositions[joint])) }
        for joint in 0..<robot.jointCount { values.append(Float(state.jointVelocities[joint])) }
        let (position, turn, rotation) = (tool.position, tool.orientation, tool.orientation.rotationVector)
        for number in [
            position.x, position.y, position.z, turn.x, turn.y, turn.z, turn.w, rotation.x, rotation.y, rotation.z,
            opening / 2, -opening / 2, open, 1 - open,
        ] { values.append(Float(number)) }
        return values
    }
}
