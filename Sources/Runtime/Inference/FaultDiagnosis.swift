import Control
import Drivers
import Foundation
import Realtime
import Robots

/// What a person is told about devices that stopped a robot: which joints, which motors, and what it likely is.
struct FaultDiagnosis {
    /// A joint or the gripper, and the motor that moves it.
    private struct Motor {
        var name: String
        /// Nil where the robot file does not say.
        var id: Int?
        var fault: DeviceFault
        /// Since it was last heard, s.
        var age: Double
    }

    /// One sentence for each device that something is wrong with, and for each joint that something hinders; empty where it is
    /// neither.
    ///
    /// - Parameter hindered: a bit for each joint that stalled, or fell too far behind its command.
    static func text(
        _ state: RobotState, faults: SafetyFaults, hindered: UInt32 = 0, robot: RobotDescription, now: MonotonicTime
    ) -> String {
        let held = hindrance(hindered, faults: faults, robot: robot)
        guard faults.contains(.stateAge) || faults.contains(.device) else { return held }
        // A reply that was missed just now, of another motor, is not what stopped the robot.
        let longest = robot.safety.stateAge / 2
        var sentences: [String] = []
        for (device, motors) in devices(of: robot, state, now: now) {
            let place = device.map { " of '\($0)'" } ?? ""
            let silent = motors.indices.filter { motors[$0].age > longest }
            if !silent.isEmpty {
                let names = silent.map { name(motors[$0]) }.joined(separator: ", ")
                let age = String(format: "%.2f", silent.map { motors[$0].age }.max() ?? 0)
                let verb = silent.count == 1 ? "has" : "have"
                sentences.append(
                    "\(names)\(place) \(verb) not replied for \(age) s: \(cause(of: silent, among: motors))")
            }
            for motor in motors where motor.fault.rawValue & ~Self.transient != 0 {
                sentences.append("\(name(motor))\(place) reports \(motor.fault.words): \(cause(of: motor.fault))")
            }
        }
        if !held.isEmpty { sentences.append(held) }
        if sentences.isEmpty, faults.contains(.stateAge) {
            return "replies came too late, and come again; is the machine busy, or the adapter slow?"
        }
        return sentences.joined(separator: "; ")
    }

    /// What is known of joints that something hinders.
    private static func hindrance(_ joints: UInt32, faults: SafetyFaults, robot: RobotDescription) -> String {
        let names = robot.joints.indices.filter { joints & 1 << UInt32($0) != 0 }.map { joint in
            let motor = robot.motor(of: .joint(joint))
            let device = motor.map { " of '\($0.device.name)'" } ?? ""
            return (motor.map { "\(robot.joints[joint].name) (motor \($0.motor.id))" } ?? robot.joints[joint].name)
                + device
        }
        guard !names.isEmpty else { return "" }
        let what =
            faults.contains(.stall)
            ? "pushed for \(robot.safety.stall.duration) s without moving" : "did not follow what it was commanded"
        return "\(names.joined(separator: ", ")) \(what): something holds the arm, or it carries too much"
    }

    private static var transient: UInt16 { DeviceFault.noReply.rawValue | DeviceFault.garbledReply.rawValue }

    private static func name(_ motor: Motor) -> String {
        motor.id.map { "\(motor.name) (motor \($0))" } ?? motor.name
    }

    /// Each device with its leading motors, in the order in which they are chained.
    private static func devices(
        of robot: RobotDescription, _ state: RobotState, now: MonotonicTime
    ) -> [(device: String?, motors: [Motor])] {
        func motor(_ part: MotorDescription.Part, id: Int?) -> Motor {
            let (fault, time) =
                switch part {
                case .joint(let joint): (state.jointFaults[joint], state.jointTimes[joint])
                case .gripper: (state.gripper.fault, state.gripper.time)
                }
            let age = time == .zero ? 0 : Double(now.nanoseconds(since: time)) * 1e-9
            return Motor(name: robot.name(of: part), id: id, fault: fault, age: age)
        }
        guard !robot.devices.isEmpty else {
            return [(nil, robot.joints.indices.map { motor(.joint($0), id: nil) })]
        }
        return robot.devices.map { device in
            (device.name, device.motors.filter { $0.leader == nil }.map { motor($0.part, id: $0.id) })
        }
    }

    /// Motors on a bus are chained: what is silent from one on shares a cable.
    private static func cause(of silent: [Int], among motors: [Motor]) -> String {
        if silent.allSatisfy({ motors[$0].fault.contains(.garbledReply) }) {
            return "its replies are garbled; a bad cable, or two motors with one id"
        }
        if silent.count == motors.count {
            return "nothing is heard from the bus; is the adapter plugged in, and the power supply on?"
        }
        let isTail = silent.count > 1 && silent == Array((motors.count - silent.count)..<motors.count)
        if isTail, let before = motors[silent[0] - 1].id, let first = motors[silent[0]].id {
            return "likely the cable between motors \(before) and \(first)"
        }
        return silent.count == 1
            ? "likely its cable is loose, or it has failed" : "likely their cables are loose, or their supply"
    }

    private static func cause(of fault: DeviceFault) -> String {
        if fault.contains(.overheated) { return "let it cool down" }
        if fault.contains(.voltage) { return "check the power supply" }
        if fault.contains(.overload) { return "something holds the arm, or it carries too much" }
        if fault.contains(.stopped) {
            return "it restarted or switched its torque off; check its power supply and its cable"
        }
        return "switch its power off and on"
    }
}
