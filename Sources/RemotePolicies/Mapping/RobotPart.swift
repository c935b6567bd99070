public import Policies

/// What every robot can say about itself, by the names that an ``ObservationMap`` uses.
public enum RobotPart {
    /// rad, one for each joint.
    public static let jointPositions = "joint_positions"
    /// rad/s, one for each joint.
    public static let jointVelocities = "joint_velocities"
    /// m, `tool_in_world`.
    public static let toolPosition = "tool_position"
    /// x-y-z-w, `tool_in_world`.
    public static let toolOrientation = "tool_orientation"
    /// The same as a rotation vector, rad.
    public static let toolRotation = "tool_rotation"
    /// m, of both fingers along the axis between them: half of the opening, and minus that.
    public static let fingers = "fingers"
    /// From 0, closed, to 1, open.
    public static let gripperOpening = "gripper_opening"
    /// From 0, open, to 1, closed.
    public static let gripperClosing = "gripper_closing"

    /// The parts of a robot with so many joints, in the order of ``ChunkRequest/robotState``.
    public static func layout(joints: Int) -> ObservationLayout {
        let ofJoints: [ObservationLayout.Part] =
            joints == 0
            ? []
            : [
                .init(name: jointPositions, fields: [.values(joints)]),
                .init(name: jointVelocities, fields: [.values(joints)]),
            ]
        return ObservationLayout(
            parts: ofJoints + [
                .init(name: toolPosition, fields: [.values(3)]),
                .init(name: toolOrientation, fields: [.quaternion]),
                .init(name: toolRotation, fields: [.values(3)]),
                .init(name: fingers, fields: [.values(2)]),
                .init(name: gripperOpening, fields: [.values(1)]),
                .init(name: gripperClosing, fields: [.values(1)]),
            ])
    }
}
