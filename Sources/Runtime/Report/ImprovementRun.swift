import Foundation

/// An improvement as its folder tells it, finished or not.
struct ImprovementRun {
    let folder: String
    let job: String
    let method: String
    let composition: String
    let seed: UInt64
    /// Whether the small policy was cloned before it learnt.
    let isCloned: Bool
    private(set) var references: [ImprovementLine.Reference.Name: SuccessRate] = [:]
    private(set) var rewards: [ImprovementLine.Reward] = []
    private(set) var episodes: [ImprovementLine.Episode] = []
    private(set) var learning: [ImprovementLine.Learning] = []
    /// In rising steps, one for each step.
    private(set) var evaluations: [ImprovementLine.Evaluation] = []
    private(set) var rollbacks: [ImprovementLine.Rollback] = []
    private(set) var final: ImprovementLine.Final?
    /// Environment steps so far.
    private(set) var steps = 0
    /// Over the whole run where it has ended, otherwise as it was last measured.
    private(set) var updatesPerSecond: Double?
    /// Whether there are metrics at all.
    private(set) var hasMetrics = false
    /// Whether the last line was being written when the run was ended, or when it was read.
    private(set) var isTorn = false
    /// Lines of a known kind that make no sense, and lines that are no JSON.
    private(set) var unreadableLines = 0

    /// Reads `metrics.jsonl` and `results.json`, as far as they are there.
    init(record: RunRecord) throws {
        let result = try Results.read(ImprovementResult.self, from: record.folder.results)
        // Nothing but experience is another method, to those who compare, and so is a start from nothing.
        let settings = record.job.improve
        let suffix =
            (settings.cloningSteps == 0 ? " uncloned" : "")
            + (settings.demonstrationShare == 0 ? " without demonstrations" : "")
        self.init(
            folder: (record.folder.path as NSString).lastPathComponent, job: record.job.name,
            method: (record.method ?? result?.method ?? Figures.missing) + suffix,
            composition: record.composition ?? result?.composition ?? Figures.missing,
            seed: result?.seed ?? record.job.seed, isCloned: settings.cloningSteps > 0)
        if FileManager.default.fileExists(atPath: record.folder.metrics) {
            hasMetrics = true
            read(try Data(contentsOf: URL(fileURLWithPath: record.folder.metrics)))
        }
        if let result, final != nil { updatesPerSecond = result.updatesPerSecond }
    }

    private init(folder: String, job: String, method: String, composition: String, seed: UInt64, isCloned: Bool) {
        self.folder = folder
        self.job = job
        self.method = method
        self.composition = composition
        self.seed = seed
        self.isCloned = isCloned
    }

    /// A line, unless its kind is unknown.
    private struct Known: Decodable {
        let line: ImprovementLine?

        private struct Head: Decodable {
            var kind: String
        }

        init(from decoder: any Decoder) throws {
            let kind = try Head(from: decoder).kind
            line = ImprovementLine.Kind(rawValue: kind) == nil ? nil : try ImprovementLine(from: decoder)
        }
    }

    private mutating func read(_ text: Data) {
        let decoder = Results.decoder()
        let newline = UInt8(ascii: "\n")
        let lines = text.split(separator: newline)
        for (index, line) in lines.enumerated() {
            do {
                if let known = try decoder.decode(Known.self, from: Data(line)).line, !take(known) {
                    unreadableLines += 1
                }
            } catch {
                let isLast = index == lines.count - 1
                if isLast && text.last != newline { isTorn = true } else { unreadableLines += 1 }
            }
        }
        evaluations.sort { $0.step < $1.step }
    }

    /// False where the numbers of the line contradict one another.
    private mutating func take(_ line: ImprovementLine) -> Bool {
        guard line.step >= 0 else { return false }
        switch line {
        case .reference(let line):
            guard let success = SuccessRate(line.successes, of: line.episodes) else { return false }
            references[line.name] = success
        case .evaluation(let line):
            guard SuccessRate(line.successes, of: line.episodes) != nil else { return false }
            evaluations.removeAll { $0.step == line.step }
            evaluations.append(line)
        case .final(let line):
            guard SuccessRate(line.successes, of: line.episodes) != nil else { return false }
            final = line
        case .reward(let line): rewards.append(line)
        case .episode(let line): episodes.append(line)
        case .learning(let line):
            learning.append(line)
            if let speed = line.updatesPerSecond { updatesPerSecond = speed }
        case .rollback(let line): rollbacks.append(line)
        }
        steps = max(steps, line.step)
        return true
    }
}

extension ImprovementRun {
    /// The evaluation before learning.
    var stepZero: ImprovementLine.Evaluation? { evaluations.first { $0.step == 0 } }
    var lowest: ImprovementLine.Evaluation? { evaluations.min { $0.success.rate < $1.success.rate } }
    /// The first of the best ones.
    var best: ImprovementLine.Evaluation? { evaluations.max { $0.success.rate < $1.success.rate } }

    /// The evaluations whose whole 95 % interval lies below the success at step 0 on the same states.
    var drops: [ImprovementLine.Evaluation] {
        guard let stepZero else { return [] }
        return evaluations.filter { $0.step > 0 && $0.success.interval.upperBound < stepZero.success.rate }
    }
}

extension ImprovementLine.Evaluation {
    /// Successes out of episodes.
    var success: SuccessRate { SuccessRate(successes: successes, trials: episodes) }
}

extension ImprovementLine.Final {
    /// Successes out of episodes.
    var success: SuccessRate { SuccessRate(successes: successes, trials: episodes) }
}

extension SuccessRate {
    /// Nil where the successes are not among the trials.
    fileprivate init?(_ successes: Int, of trials: Int) {
        guard trials > 0, (0...trials).contains(successes) else { return nil }
        self.init(successes: successes, trials: trials)
    }
}
