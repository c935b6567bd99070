import Configuration
import Foundation
import Robots

/// What `run.yaml` says: which command was run, with which job, on which machine.
struct RunManifest {
    var command: String
    var context: JobContext
    var policy: String?
    var schedule: ScheduleKind?
    /// Of an improvement: what it learns from, and how base and small policy become one.
    var method: String?
    var composition: String?

    /// Writes `run.yaml`, and the robot file beside it.
    func write(to run: RunFolder) throws {
        var entries: [(key: String, value: YAMLValue)] = [
            ("command", .text(command)),
            ("hardware", .text(context.hardware.rawValue)),
        ]
        if let policy { entries.append(("policy", .text(policy))) }
        if let schedule { entries.append(("schedule", .text(schedule.rawValue))) }
        if let method { entries.append(("method", .text(method))) }
        if let composition { entries.append(("composition", .text(composition))) }
        let versions = Versions.all.sorted { $0.key < $1.key }.map { (key: $0.key, value: YAMLValue.text($0.value)) }
        entries.append(("versions", .mapping(versions)))
        entries.append(
            (
                "machine",
                .mapping([
                    ("host", .text(ProcessInfo.processInfo.hostName)),
                    ("system", .text(ProcessInfo.processInfo.operatingSystemVersionString)),
                    ("cores", .integer(ProcessInfo.processInfo.activeProcessorCount)),
                ])
            ))
        entries.append(("job", context.job.yaml))
        try run.write(Data(YAMLValue.mapping(entries).document.utf8), to: run.manifest)
        try run.write(Data(context.robot.text.utf8), to: run.path + "/robot.yaml")
    }
}
