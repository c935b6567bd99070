import Configuration
import Episodes
import Foundation
import Robots
import Simulation

/// A run as its folder tells it, for reports.
struct RunRecord {
    let folder: RunFolder
    let command: String
    let job: JobConfiguration
    let policy: String?
    let schedule: String?
    /// Of an improvement: what it learns from, and how base and small policy become one.
    let method: String?
    let composition: String?
    let hardware: HardwareKind
    let machine: [ReportFact]

    /// Reads a run's `run.yaml`.
    ///
    /// - Throws: ``ConfigurationError`` with what is wrong with it.
    init(folder: RunFolder) throws {
        self.folder = folder
        let document = try Document.load(path: folder.manifest)
        typealias Parts = (String, JobConfiguration, [String: String], HardwareKind, [ReportFact])
        let parts: Parts = try document.decode { file in
            let hardware = file.string("hardware")
            var optional: [String: String] = [:]
            for key in ["policy", "schedule", "method", "composition"] where file.has(key) {
                optional[key] = file.string(key)
            }
            var facts: [ReportFact] = []
            file.mapping("versions") { versions in
                for name in ["steadyhand", "mujoco"] { facts.append(ReportFact(name, versions.string(name))) }
            }
            file.mapping("machine") { machine in
                facts.append(ReportFact("machine", machine.string("host")))
                facts.append(ReportFact("system", machine.string("system")))
                facts.append(ReportFact("cores", String(machine.integer("cores", in: 1...100_000))))
            }
            let job = file.mapping("job") { JobConfiguration(decoding: $0, path: folder.manifest) }
            return (
                file.string("command"), job, optional, HardwareKind(rawValue: hardware) ?? .simulated, facts
            )
        }
        let optional: [String: String]
        (command, job, optional, hardware, machine) = parts
        (policy, schedule) = (optional["policy"], optional["schedule"])
        (method, composition) = (optional["method"], optional["composition"])
    }

    /// Names and values for the head of the page.
    var facts: [ReportFact] {
        var facts = [
            ReportFact("job", job.name), ReportFact("task", "\(job.task.name) \(job.task.variant.uppercased())"),
            ReportFact("robot", (job.robotPath as NSString).lastPathComponent),
            ReportFact("hardware", hardware.rawValue), ReportFact("seed", String(job.seed)),
        ]
        facts.append(contentsOf: machine)
        return facts
    }

    /// How a run that measured success went; nil where it did not, or has not ended.
    ///
    /// - Throws: ``JobError`` if its results cannot be read.
    func success() throws(JobError) -> ReportSuccess? {
        switch command {
        case "evaluate":
            guard let result = try Results.read(EvaluateJob.Result.self, from: folder.results) else { return nil }
            let label = "\(policyLabel), evaluated in lockstep, seed \(result.seed)"
            return ReportSuccess(label, SuccessRate(successes: result.successes, trials: result.episodes))
        case "operate":
            guard let result = try Results.read(OperateResult.self, from: folder.results) else { return nil }
            let label = "\(policyLabel), \(schedule == "realtime" ? "in real time" : "in lockstep")"
            return ReportSuccess(label, SuccessRate(successes: result.successes, trials: result.episodes))
        case "record":
            guard let result = try Results.read(RecordJob.Result.self, from: folder.results) else { return nil }
            return ReportSuccess(
                policy == "leader"
                    ? "led by hand, while recording" : "expert, with noise, while recording, seed \(job.seed)",
                SuccessRate(successes: result.successes, trials: result.attempts)
            )
        case "generate":
            guard let result = try Results.read(GenerateJob.Result.self, from: folder.results) else { return nil }
            return ReportSuccess(
                "segments of \(result.sources) demonstrations, with noise, while generating, seed \(job.seed)",
                SuccessRate(successes: result.episodes, trials: result.attempts))
        default: return nil
        }
    }

    private var policyLabel: String {
        switch policy {
        case nil: command
        case "expert": "expert"
        case "base": "base policy"
        case .some(let path):
            // The whole path would push the numbers off the page; run.yaml has it.
            "policy ‘\((path as NSString).lastPathComponent)’"
        }
    }

    /// The page's sections for this run.
    func sections(withPictures: Bool = true) throws -> [ReportSection] {
        switch command {
        case "train": [try TrainingReport(record: self).section()]
        case "record" where schedule == "realtime":
            try DrivingReport(record: self).sections(withPictures: withPictures)
        case "operate", "replay", "teleoperate": try DrivingReport(record: self).sections(withPictures: withPictures)
        case "record", "generate": try DrivingReport(record: self).pictureSections(withPictures: withPictures)
        default: []
        }
    }
}
