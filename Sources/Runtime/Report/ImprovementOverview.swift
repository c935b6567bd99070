/// What a report shows of improvements: each job by itself, and where there are several, all of them in a table first.
struct ImprovementOverview {
    private let jobs: [String]
    private let reports: [ImprovementReport]

    init(_ runs: [ImprovementRun]) {
        let jobs = runs.map(\.job).withoutRepetitions
        let names = runs.map(ImprovementReport.name).withoutRepetitions
        self.jobs = jobs
        reports = jobs.map { job in
            ImprovementReport(
                runs.filter { $0.job == job }, names: names, heading: jobs.count > 1 ? job : nil)
        }
    }

    var sections: [ReportSection] { (reports.count > 1 ? [overview] : []) + reports.flatMap(\.sections) }

    private var overview: ReportSection {
        let rows = zip(jobs, reports).flatMap { job, report in
            report.groups.map { [job] + ImprovementReport.means($0) }
        }
        return ReportSection(
            "Improvement of \(jobs.count) jobs",
            note:
                "Means over the seeds of each method; intervals are 95 % (Wilson), take all episodes of all seeds as one "
                + "sample, and leave out how seeds differ. Below, each job by itself.",
            [.table(ReportTable(header: ["job"] + ImprovementReport.header("seeds"), rows: rows))])
    }
}
