import Foundation
import Testing

@testable import Runtime

@Suite struct ReportJobTests {
    /// Runs of three commands.
    private func makeRuns(in folder: TemporaryFolder) throws -> [String] {
        let context = try TestJob.context(horizon: 4) { job in
            job.record.episodes = 2
            job.record.workers = 1
            job.evaluation.episodes = 3
            job.evaluation.workers = 1
        }
        let runs = ["record", "evaluate", "operate"].map { "\(folder.path)/\($0)" }
        _ = try RecordJob(context: context, schedule: .lockstep, out: runs[0]).run()
        _ = try EvaluateJob(context: context, policy: .expert, out: runs[1]).run()
        let operated = try OperateJob(
            context: context, policy: .expert, episodes: 1, schedule: .realtime, out: runs[2]
        ).run()
        #expect(operated.episodes == 1 && operated.endedEarly == nil, "\(operated.text)")
        return runs
    }

    private func expectSelfContained(_ page: String) {
        for outside in ["http://", "https://", "url(", "<link", "@import", "<script", "src=\"/", "src=\"."] {
            #expect(!page.contains(outside), "\(outside)")
        }
        #expect(
            page.components(separatedBy: "src=").count == page.components(separatedBy: "src=\"data:image/png").count)
    }

    @Test func severalRunsMakeOnePage() throws {
        let folder = try TemporaryFolder()
        let runs = try makeRuns(in: folder)
        let result = try ReportJob(runs: runs, out: nil).run()
        #expect(result.report == runs[2] + "/report.html")
        let page = try String(contentsOfFile: result.report, encoding: .utf8)
        expectSelfContained(page)
        // Short episodes do not get as far as a success.
        #expect(page.contains("0 of 2") && page.contains("0 of 3") && page.contains("0 of 1"))
        #expect(page.contains("56.1 %"), "the upper end of the interval of 0 of 3")
        for title in ["Success", "Timing", "Motion and safety", "Wake-up lateness"] {
            #expect(page.contains(title), "\(title)")
        }
        let hasPictures = page.contains("data:image/png;base64,")
        #expect(hasPictures == (result.withoutPictures == nil))
    }

    @Test func thePageGoesWhereItIsToldTo() throws {
        let folder = try TemporaryFolder()
        let runs = try makeRuns(in: folder)
        let page = folder.path + "/page.html"
        #expect(try ReportJob(runs: [runs[1]], out: page).run().report == page)
        #expect(FileManager.default.fileExists(atPath: page))
        do {
            _ = try ReportJob(runs: [runs[1]], out: folder.path + "/none/page.html").run()
            Issue.record("there is no such folder")
        } catch {
            let failure = Failure(error)
            #expect([.missingFile, .cannotCreate, .inputOutput].contains(failure.status))
            #expect(!failure.lines.contains("\n") && failure.lines.contains("page.html"), "\(failure.lines)")
        }
    }

    @Test func withoutGraphicsThePageIsWrittenAndSaysWhyThereAreNoPictures() throws {
        let folder = try TemporaryFolder()
        let runs = try makeRuns(in: folder)
        let output = try runProgram(
            TestJob.commandLine(), ["report", runs[0]], environment: ["__EGL_VENDOR_LIBRARY_FILENAMES": "/dev/null"])
        #expect(output.status == 0, "\(output.errors)")
        #expect(output.text.contains("without pictures: "), "\(output.text)")
        let page = try String(contentsOfFile: runs[0] + "/report.html", encoding: .utf8)
        expectSelfContained(page)
        #expect(!page.contains("<img") && page.contains("without pictures"))
        #expect(page.contains("0 of 2"))
    }

    @Test func whatIsNoRunIsRefused() throws {
        let folder = try TemporaryFolder()
        #expect(throws: JobError(.usage, "name at least one run folder")) { try ReportJob(runs: [], out: nil).run() }
        #expect(throws: JobError(.badFile, "\(folder.path): this folder is not a run: it has no run.yaml")) {
            try ReportJob(runs: [folder.path], out: nil).run()
        }
    }
}
