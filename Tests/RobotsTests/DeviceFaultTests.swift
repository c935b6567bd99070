import Configuration
import Robots
import Testing

/// What is wrong with the devices of a robot file.
@Suite struct DeviceFaultTests {
    let path = packageFolder + "/robots/so101.yaml"
    let text: String

    init() throws {
        text = try Document.load(path: path).text
    }

    private func faults(replacing old: String, by new: String) throws -> [String] {
        let range = try #require(text.firstRange(of: old))
        let line = text[..<range.lowerBound].count { $0 == "\n" } + 1
        do throws(ConfigurationError) {
            _ = try RobotDescription.decode(
                Document(text: text.replacing(old, with: new, maxReplacements: 1), path: path))
            return []
        } catch {
            return error.faults.map { fault in
                let place = fault.position.line == line ? "LINE" : "\(fault.position.line - line)"
                return "\(place):\(fault.position.column): \(fault.message)"
            }
        }
    }

    @Test(arguments: [
        (
            "id: 2,", "id: 1,",
            "LINE:9: motors[1] has id 1, as the motor of 'shoulder_pan' has; each on a bus needs its own"
        ),
        (
            "joint: shoulder_lift, id", "joint: shoulder_left, id",
            "LINE:17: joint names 'shoulder_left', which is no joint of this robot; there are shoulder_pan, "
                + "shoulder_lift, elbow_flex, wrist_flex, wrist_roll, gripper"
        ),
        (
            "id: 2, model: sts3215", "id: 2, model: xl430-w250",
            "LINE:46: model is xl430-w250, which is not made for a feetech bus"
        ),
        (
            "id: 2, model: sts3215", "id: 2, model: sts3216",
            "LINE:46: model cannot be 'sts3216'; did you mean 'sts3215'? It is one of "
                + MotorModel.allCases.map(\.rawValue).joined(separator: ", ")
        ),
        (
            "id: 2, model: sts3215, direction: 1", "id: 2, model: sts3215, direction: 0",
            "LINE:66: direction is 0; write 1 where the motor's counts grow with the joint, -1 where they fall"
        ),
        (
            "id: 2, model: sts3215, direction: 1", "id: 2, model: sts3215",
            "LINE:9: missing key 'direction'; write direction: a whole number from -1 to 1"
        ),
        (
            "      - {joint: shoulder_lift, id: 2, model: sts3215, direction: 1}\n", "",
            "-5:3: devices has no motor for joint 'shoulder_lift'; every joint needs one"
        ),
        (
            "joint: shoulder_lift, id", "joint: shoulder_pan, id",
            "LINE:9: motors[1] is a second motor for 'shoulder_pan'; write follows: with the id of the first if they share it"
        ),
        (
            "id: 2, model: sts3215, direction: 1", "id: 2, model: sts3215, direction: 1, follows: 7",
            "LINE:9: motors[1] follows motor 7, which does not move 'shoulder_lift' further up in the list"
        ),
        (
            "torque_limit: 50 %", "torque_limit: 150 %",
            "LINE:77: torque_limit is 150 %; it must be above 0 and at most 1"
        ),
        (
            "bus: feetech", "bus: feetec",
            "LINE:10: bus cannot be 'feetec'; did you mean 'feetech'? It is one of feetech, dynamixel, robotiq"
        ),
        ("closed: -0.1745 rad", "closed: 1.7453 rad", "1:9: open is the same angle as closed"),
        (
            "  mode: position", "  mode: velocity",
            "LINE:9: mode cannot be 'velocity'; write one of torque, position"
        ),
    ])
    func oneFault(old: String, new: String, fault: String) throws {
        let found = try faults(replacing: old, by: new)
        #expect(found.contains(fault), "\(found)")
    }

    @Test func realHardwareNeedsDevices() throws {
        let panda = try Document.load(path: pandaPath).text.replacing("[simulated]", with: "[simulated, real]")
        #expect {
            _ = try RobotDescription.decode(Document(text: panda, path: pandaPath))
        } throws: { error in
            "\(error)".contains(":13:23: hardware[1] is real, but the file has no devices; list them under devices")
        }
    }
}
