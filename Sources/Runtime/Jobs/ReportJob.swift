import Configuration
import Foundation

/// Writes the report page of one or several runs.
public struct ReportJob: Sendable {
    /// What `report` prints.
    public struct Result: Codable, Sendable {
        /// The page.
        public var report: String
        /// Why there are no pictures, where there are none.
        public var withoutPictures: String?

        /// The result for people.
        public var text: String {
            withoutPictures.map { "\(report)\nwithout pictures: \($0)" } ?? report
        }
    }

    let runs: [String]
    let out: String?

    /// - Parameters:
    ///   - runs: run folders, in the order in which the page shows them.
    ///   - out: the page to write; nil puts it into the last run.
    public init(runs: [String], out: String?) {
        self.runs = runs
        self.out = out
    }

    /// Reads the runs and writes the page.
    public func run() throws -> Result {
        let folders = try runs.map { try RunFolder(existing: $0) }
        guard let last = folders.last else { throw JobError(.usage, "name at least one run folder") }
        for folder in folders where FileManager.default.fileExists(atPath: folder.episodes) {
            try EpisodeRescue.run(in: folder.episodes)
        }
        let records = try folders.map { try RunRecord(folder: $0) }
        var withoutPictures: String?
        var sections: [ReportSection] = []
        let jobs = records.map(\.job.name).withoutRepetitions
        let successes = try records.compactMap { record in
            try record.success().map { success in
                jobs.count == 1 ? success : ReportSuccess("\(record.job.name): \(success.label)", success.rate)
            }
        }
        if !successes.isEmpty {
            sections.append(
                ReportSection(
                    "Success",
                    note: "Judged by the task itself, or by the person who led; the bars are 95 % intervals (Wilson).",
                    [.successes(successes)]))
        }
        let improvements = try records.filter { $0.command == "improve" }.map { try ImprovementRun(record: $0) }
        if !improvements.isEmpty { sections.append(contentsOf: ImprovementOverview(improvements).sections) }
        for record in records {
            do {
                sections.append(contentsOf: try record.sections())
            } catch let error as PictureError {
                withoutPictures = error.description
                sections.append(contentsOf: try record.sections(withPictures: false))
            }
        }
        var facts = Self.facts(of: records)
        if let withoutPictures { facts.append(ReportFact("without pictures", withoutPictures)) }
        let page = out ?? last.report
        let tasks = records.map { "\($0.job.task.name.capitalized) \($0.job.task.variant.uppercased())" }
            .withoutRepetitions
        let names = jobs.map { "‘\($0)’" }.joined(separator: ", ")
        let input = ReportInput(
            title: tasks.count > 3 ? "\(tasks.count) tasks" : tasks.joined(separator: ", "),
            subtitle:
                "What \(records.count == 1 ? "one run" : "\(records.count) runs") of the \(jobs.count == 1 ? "job" : "jobs") \(names) came to.",
            facts: facts, sections: sections)
        try RunReport.write(input, to: page)
        return Result(report: page, withoutPictures: withoutPictures)
    }

    /// What the runs are of: of each fact all values that there are.
    private static func facts(of records: [RunRecord]) -> [ReportFact] {
        let all = records.flatMap(\.facts)
        return all.map(\.name).withoutRepetitions.map { name in
            let values = all.filter { $0.name == name }.map(\.value)
            return ReportFact(name, values.withoutRepetitions.joined(separator: ", "))
        }
    }
}

/// Why a run has no pictures.
struct PictureError: Error, CustomStringConvertible {
    var description: String
}
