import Drivers
import Foundation
import NIOCore
import Policies
import Realtime
import RemotePolicies
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
    let connection: RobotConnection
    let server: String?
    /// Where the ports of this machine are listed.
    var list = PortList()

    /// - Parameters:
    ///   - robotPath: a robot file to check as well.
    ///   - connection: where that robot is plugged in, to look at its motors; no ports for one that is not.
    ///   - server: the address of a policy server to look for as well.
    public init(robotPath: String?, connection: RobotConnection = RobotConnection(), server: String? = nil) {
        self.robotPath = robotPath
        self.connection = connection
        self.server = server
    }

    /// Checks everything.
    public func run() -> Result {
        var checks = [processor()] + realtime() + [throttling(), physics(), graphics(), disk()]
        if connection.ports.isEmpty { checks += PortCheck(list: list).all() }
        if let server { checks.append(policyServer(server)) }
        guard let robotPath else { return Result(checks: checks) }
        checks.append(robot(robotPath))
        if !connection.ports.isEmpty, checks.last?.isWell == true {
            checks += ArmCheck(robotPath: robotPath, connection: connection, list: list).run()
        }
        return Result(checks: checks)
    }

    private func processor() -> Check {
        check("processor", remedy: "run on an x86-64 machine with AVX2 and FMA") {
            try ProcessorCheck.run()
            return "AVX2 and FMA, \(ProcessInfo.processInfo.activeProcessorCount) cores"
        }
    }

    private func realtime() -> [Check] {
        let (realtime, memory) = ("real time", "memory lock")
        do {
            let options = RealtimeOptions(
                priority: 80, cpu: nil, lockMemory: true, keepAwake: true, onRefusal: .warn)
            let thread = try RealtimeThread.start(name: "doctor", options: options) { _ in }
            thread.join()
            let rights = thread.rights
            let refused = Dictionary(grouping: rights.refusals) { $0.hasPrefix("locked memory") }
            return [
                Check(
                    realtime, refused[false],
                    found: "\(rights.policy) at priority \(rights.priority), processors kept awake",
                    remedy: "grant what was refused; or set on_refusal: warn in the robot file"),
                Check(
                    memory, refused[true], found: "granted",
                    remedy: "grant it; or set lock_memory: false in the robot file"),
            ]
        } catch {
            return [Check(realtime, [Failure(error).message], found: "", remedy: "run on a machine that gives threads")]
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

    private func policyServer(_ text: String) -> Check {
        check(
            "policy server",
            remedy: "start it, or correct its address; tools/policy_server --help shows one to try with"
        ) {
            let address = try ServerAddress(text)
            let transport = WebSocketTransport(WebSocketTransport.Options(address: address))
            defer { transport.close() }
            var message = ByteBuffer()
            let time = try seconds { message = try transport.connect(timeout: 10_000_000_000) }
            let policy = try ServerIntroduction(message, server: address.description)
            let name = policy.name.isEmpty ? "it says nothing about its policy" : policy.name
            return "\(address): \(name); connected in \(Results.rounded(time * 1000)) ms"
        }
    }

    private func check(_ name: String, remedy: String, _ body: () throws -> String) -> Check {
        Check(name, remedy: remedy, body)
    }
}

extension DoctorJob.Check {
    /// A check that is well unless it throws.
    init(_ name: String, remedy: String, _ body: () throws -> String) {
        do {
            self.init(name: name, isWell: true, found: try body(), remedy: "")
        } catch {
            self.init(name: name, isWell: false, found: Failure(error).message, remedy: remedy)
        }
    }

    /// A check that is well unless there are complaints.
    init(_ name: String, _ complaints: [String]?, found: String, remedy: String) {
        let isWell = complaints?.isEmpty ?? true
        self.init(
            name: name, isWell: isWell, found: isWell ? found : complaints?.joined(separator: "; ") ?? "",
            remedy: isWell ? "" : remedy)
    }
}
