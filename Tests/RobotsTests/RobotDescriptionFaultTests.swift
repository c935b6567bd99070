import Configuration
import Robots
import Testing

@Suite struct RobotDescriptionFaultTests {
    let lines: [String]

    init() throws {
        lines = try Document.load(path: pandaPath).text.split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    /// The faults of the Panda's file with other lines, without the file's name.
    private func faults(_ lines: [String]) -> [String] {
        do throws(ConfigurationError) {
            _ = try RobotDescription.decode(Document(text: lines.joined(separator: "\n"), path: pandaPath))
            return []
        } catch {
            return error.faults.map { "\($0.position.line):\($0.position.column): \($0.message)" }
        }
    }

    /// The faults with the first line that begins with `start` (spaces aside) in other words; `LINE` is its number.
    private func faults(replacing start: String, by other: String) throws -> [String] {
        let index = try #require(lines.firstIndex { $0.drop { $0 == " " }.hasPrefix(start) })
        let margin = lines[index].prefix { $0 == " " }
        var changed = lines
        changed[index] = margin + other
        return faults(changed).map { fault in
            let prefix = "\(index + 1):"
            return fault.hasPrefix(prefix) ? "LINE:" + fault.dropFirst(prefix.count) : fault
        }
    }

    @Test(arguments: [
        ("velocity: 2.175", "velocity: 2.175", "LINE:15: velocity has no unit; write 2.175 rad/s"),
        ("velocity: 2.175", "velocty: 2.175 rad/s", "LINE:5: unknown key 'velocty'; did you mean 'velocity'?"),
        (
            "velocity: 2.175", "velocity: 500 rad/s",
            "LINE:15: velocity is 500 rad/s; it must be above 0 rad/s and at most 100 rad/s"
        ),
        (
            "upper: 2.8973", "upper: -3 rad",
            "LINE:12: upper is not above lower; a joint's range goes from lower to upper"
        ),
        ("home: 0 rad", "home: 3 rad", "LINE:11: home is outside of the joint's range from lower to upper"),
        (
            "hardware:", "hardware: [simulted]",
            "LINE:12: hardware[0] cannot be 'simulted'; did you mean 'simulated'? It is one of real, emulated, simulated"
        ),
        ("hardware:", "hardware: []", "LINE:11: hardware has 0 entries; it needs 1 to 3"),
        (
            "maximum_opening", "maximum_opening: 8 kg",
            "LINE:20: maximum_opening is in 'kg', but a length is written in m, cm or mm; write 8 m if that is meant"
        ),
        ("cpu:", "cpu: first", "LINE:8: cpu is 'first'; write a whole number from 0 to 1023"),
        ("lock_memory:", "lock_memory: yes", "LINE:16: lock_memory is 'yes'; write true or false"),
        ("rest_pose:", "rest_pose: [0 rad]", "LINE:14: rest_pose has 1 entry; it needs 7"),
        (
            "rest_pose:", "rest_pose: [0 rad, 0 rad, 0 rad, 0 rad, 0 rad, 0 rad, 0 rad]",
            "LINE:36: rest_pose[3] is outside of the range of joint 'joint4'"
        ),
        (
            "torque_policy:", "torque_policy: drop",
            "LINE:18: torque_policy cannot be 'drop'; write one of hold, release"
        ),
        (
            "deceleration_duration:", "deceleration_duration: 200 ms",
            "LINE:26: deceleration_duration is shorter than joint 'joint2' takes to stop from full speed: write at least 0.292 s"
        ),
        (
            "position_margin:", "position_margin: 0.9 rad",
            "LINE:20: position_margin is larger than the distance of joint 'joint4' at home from its limit"
        ),
        ("upper: [0.9 m", "upper: [0.9 m, 0.8 m, -0.5 m]", "LINE:12: upper is not above lower along every axis"),
        ("stiffness:", "stiffness: [600 N*m/rad]", "LINE:16: stiffness has 1 entry; it needs 7"),
        ("- name: joint2", "- name: joint1", "23:3: joints has two joints with the name 'joint1'; each needs its own"),
    ])
    func oneFault(start: String, other: String, fault: String) throws {
        let found = try faults(replacing: start, by: other)
        #expect(found.contains(fault), "\(found)")
    }

    @Test func aModelThatIsNotThereSaysWhatToRun() throws {
        let found = try faults(replacing: "model:", by: "model: none/panda.xml")
        #expect(
            found == [
                "LINE:8: model names \(packageFolder)/robots/none/panda.xml, which does not exist; run tools/setup, or "
                    + "correct the path"
            ])
    }

    @Test func nothingInARobotFileHasADefault() {
        for (index, line) in lines.enumerated() {
            let words = line.drop { $0 == " " || $0 == "-" }
            guard let colon = words.firstIndex(of: ":"), !words.hasPrefix("#"), colon != words.startIndex else {
                continue
            }
            let key = String(words[..<colon])
            // Not every robot carries cameras; one that is listed has to be whole.
            if key == "cameras" { continue }
            // With its first key, a joint of the list goes on from the line before: it loses that key as well.
            var changed = lines
            if line.hasSuffix(":") {
                let margin = line.prefix { $0 == " " }.count
                let next = lines[(index + 1)...].firstIndex { !$0.isEmpty && $0.prefix { $0 == " " }.count <= margin }
                changed.removeSubrange(index..<(next ?? lines.count))
            } else if line.drop(while: { $0 == " " }).hasPrefix("- ") {
                changed[index] = String(line.prefix { $0 == " " }) + "-"
            } else {
                changed.remove(at: index)
            }
            let found = faults(changed)
            #expect(found.contains { $0.contains("missing key '\(key)'; write \(key): ") }, "\(key): \(found)")
        }
    }

    @Test func anyDamageGivesFaultsInsideTheFileOrARobot() {
        let original = Array(lines.joined(separator: "\n").utf8)
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var refused = 0
        let rounds = 600
        for _ in 0..<rounds {
            var bytes = original
            for _ in 0...random(3) {
                let place = random(bytes.count)
                switch random(4) {
                case 0: bytes[place] = UInt8(random(256))
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8(random(128)), at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + random(200)))
                }
            }
            let lineCount = bytes.count { $0 == UInt8(ascii: "\n") } + 1
            do throws(ConfigurationError) {
                let robot = try RobotDescription.decode(Document(bytes: bytes, path: pandaPath))
                #expect(robot.joints.allSatisfy { $0.velocity > 0 && $0.lower < $0.upper })
            } catch {
                refused += 1
                #expect(!error.faults.isEmpty)
                for fault in error.faults {
                    #expect(fault.position.path == pandaPath)
                    #expect((1...lineCount).contains(fault.position.line) && fault.position.column >= 1, "\(fault)")
                    #expect(!fault.message.isEmpty)
                }
            }
        }
        #expect(refused > rounds / 2)
        #expect(refused < rounds)
    }
}
