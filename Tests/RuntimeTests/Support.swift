import Control
import Episodes
import Foundation
import Numerics
import Policies
import Realtime
import Robots
import Simulation
import Synchronization
import Testing

@testable import Runtime

/// The folder of the package.
let packagePath = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

/// Not `Testing.ExitStatus`.
typealias ExitStatus = Runtime.ExitStatus

/// A folder that is gone after the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("runtime-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// Jobs leave links to their runs in `runs/` of the working folder; tests of jobs work in a folder of their own, so that
/// nobody's last run is hidden.
enum WorkingFolder {
    private static let folder: Result<String, any Error> = Result {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("runtime-tests-working-folder")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        guard FileManager.default.changeCurrentDirectoryPath(url.path) else {
            throw JobError(.cannotCreate, "\(url.path): cannot work here")
        }
        return url.path
    }

    static func use() throws { _ = try folder.get() }
}

/// The Square task with a shorter horizon.
struct ShortTask: ManipulationTask {
    static let name = SquareTask.name
    static let variants = SquareTask.variants

    let square: SquareTask
    var horizon: Int

    init(variant: String, robot: RobotDescription) throws(TaskError) {
        try self.init(variant: variant, robot: robot, horizon: 10)
    }

    init(variant: String, robot: RobotDescription, horizon: Int) throws(TaskError) {
        square = try SquareTask(variant: variant, robot: robot)
        self.horizon = horizon
    }

    var variant: String { square.variant }
    var controlRate: Double { square.controlRate }
    var basePose: Pose { square.basePose }
    var scene: SceneDescription { square.scene }
    var layout: SceneLayout { square.layout }
    var observationLayout: ObservationLayout { square.observationLayout }
    var subtasks: [Subtask] { square.subtasks }

    func initialScene(seed: UInt64) -> SceneSnapshot { square.initialScene(seed: seed) }

    func observe(_ measurement: borrowing Robots.Measurement, toolPose: Pose) -> [Float] {
        square.observe(measurement, toolPose: toolPose)
    }

    func isSuccess(_ measurement: borrowing Robots.Measurement, toolPose: Pose) -> Bool {
        square.isSuccess(measurement, toolPose: toolPose)
    }

    func makeExpert(seed: UInt64, noise: Double) -> any ScriptedExpert {
        square.makeExpert(seed: seed, noise: noise)
    }
}

/// Jobs as the tests run them.
enum TestJob {
    static func configuration(_ name: String = "square") throws -> JobConfiguration {
        try JobConfiguration.load(path: packagePath + "/configs/\(name).yaml")
    }

    /// The Square job under another name, with episodes of at most `horizon` steps that are all kept.
    static func context(
        horizon: Int, _ file: String = "square", adjust: (inout JobConfiguration) -> Void = { _ in }
    ) throws -> JobContext {
        try WorkingFolder.use()
        var context = try JobContext(path: packagePath + "/configs/\(file).yaml") { job in
            job.name = "runtime-tests"
            job.record.keep = .all
            job.report.pictures = 2
            adjust(&job)
        }
        context.task = try ShortTask(variant: context.job.task.variant, robot: context.robot, horizon: horizon)
        // A test asks for no rights, and a busy machine is no fault.
        context.robot.realtime.priority = 0
        context.robot.realtime.lockMemory = false
        context.robot.realtime.overrunBudget = 1_000_000
        context.robot.realtime.supervisorTimeout = 60
        return context
    }

    /// Copies of the Square job and the Panda's file in which a busy machine is no fault; the job's path.
    static func patientFiles(in folder: String) throws -> String {
        var robot = try String(contentsOfFile: packagePath + "/robots/panda.yaml", encoding: .utf8)
        for (text, other) in [
            ("../.deps", packagePath + "/.deps"), ("priority: 80", "priority: 0"),
            ("lock_memory: true", "lock_memory: false"), ("overrun_budget: 20", "overrun_budget: 1000000"),
            ("supervisor_timeout: 100 ms", "supervisor_timeout: 10 s"),
        ] {
            robot.replace(text, with: other)
        }
        var job = try String(contentsOfFile: packagePath + "/configs/square.yaml", encoding: .utf8)
        job.replace("../robots/panda.yaml", with: "panda.yaml")
        try Data(robot.utf8).write(to: URL(fileURLWithPath: folder + "/panda.yaml"))
        try Data(job.utf8).write(to: URL(fileURLWithPath: folder + "/square.yaml"))
        return folder + "/square.yaml"
    }

    /// The command line, which is built beside the tests.
    static func commandLine() throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let places = [own] + CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
        let candidates = places.map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("steadyhand").path
        }
        return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0) })
    }
}

/// A policy whose answers a test decides on; it notes what it was asked.
final class ScriptedPolicy: ChunkPolicy {
    let horizon: Int
    let actionSize = 7
    let version: UInt64 = 5
    private let asked = Mutex<[Int]>([])
    private let answer: @Sendable (Int) throws -> [[Float]]

    init(horizon: Int = 16, answer: @escaping @Sendable (Int) throws -> [[Float]]) {
        self.horizon = horizon
        self.answer = answer
    }

    /// The steps that chunks were asked for, in order.
    var steps: [Int] { asked.withLock { $0 } }

    func propose(_ request: ChunkRequest, random: inout RandomStream) throws -> ActionChunk {
        asked.withLock { $0.append(request.step) }
        return ActionChunk(step: request.step, policyVersion: version, actions: try answer(request.step))
    }

    /// A chunk that asks for no motion.
    static func still(_ count: Int = 16) -> [[Float]] {
        Array(repeating: [0, 0, 0, 0, 0, 0, -1], count: count)
    }
}

/// A policy that answers once and then hangs until the test lets it go.
final class HangingPolicy: ChunkPolicy {
    let horizon = 16
    let actionSize = 7
    let version: UInt64 = 1
    private let answersBefore: Int
    private let asked = Mutex(0)
    private let released = DispatchSemaphore(value: 0)

    /// - Parameter answers: how many requests are answered before it hangs.
    init(answers: Int) {
        answersBefore = answers
    }

    func letGo() { released.signal() }

    func propose(_ request: ChunkRequest, random: inout RandomStream) throws -> ActionChunk {
        let number = asked.withLock { asked in
            asked += 1
            return asked
        }
        if number > answersBefore { released.wait() }
        return ActionChunk(step: request.step, policyVersion: version, actions: ScriptedPolicy.still())
    }
}

/// What a program printed and how it ended.
struct Output {
    var status: Int32
    var text: String
    var errors: String
}

func runProgram(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
) throws -> Output {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Output(
        status: process.terminationStatus, text: String(decoding: text, as: UTF8.self),
        errors: String(decoding: complaint, as: UTF8.self))
}
