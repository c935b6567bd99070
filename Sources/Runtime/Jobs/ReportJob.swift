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
        let successes = try records.compactMap { try $0.success() }
        if !successes.isEmpty {
            sections.append(
                ReportSection(
                    "Success",
                    note: "Judged by the task itself, or by the person who led; the bars are 95 % intervals (Wilson).",
                    [.successes(successes)]))
        }
        let improvements = try records.filter { $0.command == "improve" }.map { try ImprovementRun(record: $0) }
        if !improvements.isEmpty { sections.append(contentsOf: ImprovementReport(improvements).sections) }
        for record in records {
            do {
                sections.append(contentsOf: try record.sections())
            } catch let error as PictureError {
                withoutPictures = error.description
                sections.append(contentsOf: try record.sections(withPictures: false))
            }
        }
        var facts = records[records.count - 1].facts
        if let withoutPictures { facts.append(ReportFact("without pictures", withoutPictures)) }
        let page = out ?? last.report
        let job = records[records.count - 1].job
        let input = ReportInput(
            title: "\(job.task.name.capitalized) \(job.task.variant.uppercased())",
            subtitle:
                "What \(records.count == 1 ? "one run" : "\(records.count) runs") of the job ‘\(job.name)’ came to.",
            facts: facts, sections: sections)
        try RunReport.write(input, to: page)
        return Result(report: page, withoutPictures: withoutPictures)
    }
}

/// Why a run has no pictures.
struct PictureError: Error, CustomStringConvertible {
    var description: String
}
