import Control
import Realtime
import Robots

/// The columns of a control cycle. Group `control`.
func cycleFields(jointCount: Int) -> [RecordField<CycleRecord>] {
    stateFields(jointCount)
        + commandFields("requested", \.requested, jointCount)
        + commandFields("executed", \.executed, jointCount)
        + [
            .init("requests", \.requests, .uint8),
            .init("limiter_flags", \.interventions, .uint32),
            .init("faults", \.faults, .uint32),
            .init("stop_phase", \.phase),
            .init("setpoint_sequence", \.setpointSequence, .uint64),
            .init("episode_sequence", \.episodeSequence, .uint64),
            .init("wake_lateness", \.wakeLateness, .uint64),
            .init("step_duration", \.stepDuration, .uint64),
        ]
}

private func stateFields(_ jointCount: Int) -> [RecordField<CycleRecord>] {
    [
        .init("times", \.time, .uint64),
        .init("cycle", \.cycle, .uint64),
        .init("measured/times", \.state.time, .uint64),
        .init("measured/cycle", \.state.cycle, .uint64),
        .init("measured/joint_positions", \.state.jointPositions, .float64, width: jointCount),
        .init("measured/joint_velocities", \.state.jointVelocities, .float64, width: jointCount),
        .init("measured/joint_torques", \.state.jointTorques, .float64, width: jointCount),
        .init("measured/joint_times", \.state.jointTimes, .uint64, width: jointCount),
        .init("measured/joint_faults", \.state.jointFaults, .uint16, width: jointCount),
        .init("measured/gripper_opening", \.state.gripper.opening, .float64),
        .init("measured/gripper_velocity", \.state.gripper.velocity, .float64),
        .init("measured/gripper_force", \.state.gripper.force, .float64),
        .init("measured/gripper_time", \.state.gripper.time, .uint64),
        .init("measured/gripper_fault", \.state.gripper.fault, .uint16),
    ]
}

private func commandFields(
    _ group: String, _ command: WritableKeyPath<CycleRecord, RobotCommand>, _ jointCount: Int
) -> [RecordField<CycleRecord>] {
    [
        .init("\(group)/times", command.appending(path: \.time), .uint64),
        .init("\(group)/cycle", command.appending(path: \.cycle), .uint64),
        .init("\(group)/mode", command.appending(path: \.mode)),
        .init("\(group)/joint_positions", command.appending(path: \.jointPositions), .float64, width: jointCount),
        .init("\(group)/joint_torques", command.appending(path: \.jointTorques), .float64, width: jointCount),
        .init("\(group)/gripper_opening", command.appending(path: \.gripperOpening), .float64),
    ]
}
