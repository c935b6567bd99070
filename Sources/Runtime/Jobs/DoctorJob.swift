import Foundation
import Policies
import Realtime
import Robots
import Simulation

/// Looks whether this machine has what the project needs.
public struct DoctorJob: Sendable {
    /// One thing that was looked at.
    public struct Check: Codable, Sendable {
        /// What was looked at, in a word or two.
        public var name: String
        /// Whether it is as it should be.
        public var isWell: Bool
        /// What was found.
        public var found: String
        /// What to do; empty where all is well.
        public var remedy: String
    }

    /// What `doctor` prints.
    public struct Result: Codable, Sendable {
        /// All that were made, in order.
        public var checks: [Check]
        /// Whether every check is well.
        public var isWell: Bool { checks.allSatisfy(\.isWell) }

        /// The result for people.
        public var text: String {
            checks.map { check in
                let line = "\(check.isWell ? "ok     " : "NOT OK ") \(check.name): \(check.found)"
                return check.remedy.isEmpty ? line : "\(line)\n         -> \(check.remedy)"
            }.joined(separator: "\n")
        }
    }

    let robotPath: String?

    /// - Parameter robotPath: a robot file to check as well.
    public init(robotPath: String?) {
        self.robotPath = robotPath
    }

    /// Checks everything.
    public func run() -> Result {
        var checks = [processor(), realtime(), throttling(), physics(), graphics(), disk()]
        if let robotPath { checks.append(robot(robotPath)) }
        return Result(checks: checks)
    }

    private func processor() -> Check {
        check("processor", remedy: "run on an x86-64 machine with AVX2 and FMA") {
            try ProcessorCheck.run()
            return "AVX2 and FMA, \(ProcessInfo.processInfo.activeProcessorCount) cores"
        }
    }

    private func realtime() -> Check {
        check("real time", remedy: "see the refusals above; or set on_refusal: warn in the robot file") {
            let options = RealtimeOptions(
                priority: 80, cpu: nil, lockMemory: true, keepAwake: true, onRefusal: .warn)
            let thread = try RealtimeThread.start(name: "doctor", options: options) { _ in }
            thread.join()
            let rights = thread.rights
            guard rights.refusals.isEmpty else {
                throw JobError(.noPermission, rights.refusals.joined(separator: "; "))
            }
            return "\(rights.policy) at priority \(rights.priority), memory locked, processors kept awake"
        }
    }

    private func throttling() -> Check {
        let path = "/proc/sys/kernel/sched_rt_runtime_us"
        return check("real-time throttling", remedy: "sysctl kernel.sched_rt_runtime_us=950000") {
            let value = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(
                in: .whitespacesAndNewlines)
            guard let microseconds = Int(value), microseconds < 0 || microseconds >= 500_000 else {
                throw JobError(.unavailable, "real-time threads may run for \(value) µs a second only")
            }
            return "real-time threads may run for \(value) µs a second"
        }
    }

    private func physics() -> Check {
        check("physics", remedy: "run tools/setup, and build again") {
            try Physics.checkVersion()
            return "MuJoCo \(Physics.version)"
        }
    }

    private func graphics() -> Check {
        check("pictures", remedy: "apt-get install libegl-mesa0 libgl1-mesa-dri; everything but pictures works without")
        {
            try Renderer.checkGraphics()
        }
    }

    private func disk() -> Check {
        check("disk", remedy: "free some space, or put runs elsewhere with --out") {
            let attributes = try FileManager.default.attributesOfFileSystem(forPath: ".")
            let free = (attributes[.systemFreeSize] as? NSNumber)?.doubleValue ?? 0
            guard free > 2e9 else { throw JobError(.inputOutput, "only \(Int(free / 1e6)) MB are free here") }
            return "\(Int(free / 1e9)) GB are free here"
        }
    }

    private func robot(_ path: String) -> Check {
        check("robot file", remedy: "correct the file") {
            let robot = try RobotDescription.load(path: path)
            _ = try ArmModel(robot: robot)
            return "\(robot.name), \(robot.jointCount) joints, \(robot.control.rate) Hz"
        }
    }

    private func check(_ name: String, remedy: String, _ body: () throws -> String) -> Check {
        do {
            return Check(name: name, isWell: true, found: try body(), remedy: "")
        } catch {
            return Check(name: name, isWell: false, found: Failure(error).message, remedy: remedy)
        }
    }
}
