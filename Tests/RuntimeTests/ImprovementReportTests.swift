import Foundation
import Testing

@testable import Runtime

@Suite struct ImprovementReportTests {
    /// A run's folder as `improve` leaves it; `rates` are successes of 50 at every 2000 steps, from step 0.
    @discardableResult
    private func makeRun(
        _ path: String, method: String = "coherent", composition: String = "ensemble", seed: UInt64 = 0,
        successes: [Int], rollback: Int? = nil, final: Int? = 96, kept: Int? = nil, tail: String = "",
        adjust: (inout JobConfiguration) -> Void = { _ in }
    ) throws -> String {
        let context = try TestJob.context(horizon: 4) { job in
            job.seed = seed
            adjust(&job)
        }
        let folder = try RunFolder(creating: path, name: "runtime-tests", command: "improve")
        try RunManifest(command: "improve", context: context, method: method, composition: composition)
            .write(to: folder)
        let log = try MetricsLog(path: folder.metrics)
        for (name, count) in [(ImprovementLine.Reference.Name.base, 57), (.cloned, 50), (.stepZero, 60)] {
            try log.append(
                ImprovementLine.reference(
                    .init(step: 0, name: name, success: SuccessRate(successes: count, trials: 100))))
        }
        for (index, count) in successes.enumerated() {
            var learning = ImprovementLine.Learning(step: 2000 * index, updates: 2000 * index)
            (learning.criticError, learning.divergence, learning.updatesPerSecond) = (0.5, 0.6, 150)
            try log.append(ImprovementLine.learning(learning))
            try log.append(
                ImprovementLine.evaluation(
                    .init(
                        step: 2000 * index, updates: 2000 * index,
                        success: SuccessRate(successes: count, trials: 50), meanSuccessSteps: nil)))
        }
        let last = 2000 * (successes.count - 1)
        if let rollback { try log.append(ImprovementLine.rollback(.init(step: rollback, rate: 0.2, base: 0.57))) }
        if let final {
            try log.append(
                ImprovementLine.final(
                    .init(
                        step: last, policyStep: kept ?? last,
                        success: SuccessRate(successes: final, trials: 100))))
        }
        let text = try String(contentsOfFile: folder.metrics, encoding: .utf8)
        try Data((text + tail).utf8).write(to: URL(fileURLWithPath: folder.metrics))
        return path
    }

    private func page(_ runs: [String]) throws -> String {
        let path = try ReportJob(runs: runs, out: runs[0] + ".html").run().report
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    private func improvement(_ path: String) throws -> ImprovementRun {
        try ImprovementRun(record: RunRecord(folder: RunFolder(existing: path)))
    }

    private func count(_ text: String, in page: String) -> Int { page.components(separatedBy: text).count - 1 }

    /// Those who compare take them for other methods.
    @Test func whatAMethodDoesWithoutIsInItsName() throws {
        let folder = try TemporaryFolder()
        func method(_ name: String, adjust: (inout JobConfiguration) -> Void) throws -> String {
            let run = try makeRun(folder.path + "/" + name, method: "sparse", successes: [20], adjust: adjust)
            return try improvement(run).method
        }
        #expect(try method("a") { _ in } == "sparse")
        #expect(try method("b") { $0.improve.demonstrationShare = 0 } == "sparse without demonstrations")
        #expect(try method("c") { $0.improve.clone(steps: 0) } == "sparse uncloned")
        let neither = try method("d") { job in
            job.improve.clone(steps: 0)
            job.improve.demonstrationShare = 0
        }
        #expect(neither == "sparse uncloned without demonstrations")
    }

    @Test func linesAreWrittenAsTheyAreRead() throws {
        let success = SuccessRate(successes: 5, trials: 10)
        let lines: [(ImprovementLine, String)] = [
            (.reference(.init(step: 0, name: .stepZero, success: success)), "reference"),
            (
                .reward(
                    .init(
                        step: 0, demonstrationMean: -1, demonstrationDeviation: 0.5, randomMean: -6, modeQuantile: 0.7,
                        medianDeviation: nil)), "reward"
            ),
            (
                .episode(
                    .init(
                        step: 151, episode: 1, seed: .max, success: true, ending: "success", steps: 151,
                        saturation: 0.01, policyVersion: 3)), "episode"
            ),
            (.learning(.init(step: 151, updates: 7)), "learning"),
            (.evaluation(.init(step: 4000, updates: 9, success: success, meanSuccessSteps: 140)), "evaluation"),
            (.rollback(.init(step: 9000, rate: 0.3, base: 0.6)), "rollback"),
            (.final(.init(step: 24_000, policyStep: 20_000, success: success)), "final"),
        ]
        for (line, kind) in lines {
            let data = try JSONEncoder().encode(line)
            let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(object["kind"] as? String == kind)
            #expect(object["step"] as? Int == line.step)
            #expect(try JSONDecoder().decode(ImprovementLine.self, from: data) == line)
        }
        let evaluation = String(decoding: try JSONEncoder().encode(lines[4].0), as: UTF8.self)
        #expect(evaluation.contains("\"rate\":0.5") && evaluation.contains("\"low\":0.23"), "\(evaluation)")
    }

    @Test func aRunThatRisesShowsNoDrop() throws {
        let folder = try TemporaryFolder()
        // The interval of 40 % reaches to 54 %: step 0 lies within it.
        let run = try makeRun(folder.path + "/a", successes: [26, 20, 40, 48])
        #expect(SuccessRate(successes: 20, trials: 50).interval.upperBound > 0.52)
        let page = try page([run])
        #expect(page.contains("The run shows none."))
        #expect(
            page.contains(
                "coherent, ensemble, seed 0: no drop; step 0 had 52 % (39–65), the lowest of 3 later evaluations"))
        #expect(page.contains("later evaluations 40 % (28–54) at step 2,000."))
        #expect(!page.contains("class=\"drop\""))
        // One curve, its four points, its end, and the lines across with their names.
        #expect(count("<polyline class=\"series s0\"", in: page) == 1)
        #expect(count("<circle class=\"f0\"", in: page) == 4)
        #expect(count("<polygon class=\"sign f0\"", in: page) == 1)
        for text in [
            "base 57 %", "cloned 50 %", "step 0 60 %", "<td class=\"number\">96 % (90–98)</td>",
            "<td class=\"number\">6,000</td>", "<td class=\"number\">150</td>", "Critic error",
        ] {
            #expect(page.contains(text), "\(text)")
        }
    }

    @Test func aDropIsSaidWithItsSteps() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(folder.path + "/a", method: "sparse", successes: [30, 18, 5, 40], kept: 0)
        #expect(try improvement(run).drops.map(\.step) == [2000, 4000])
        let page = try page([run])
        #expect(page.contains("The run shows a drop."))
        #expect(
            page.contains(
                "a drop; step 0 had 60 % (46–72), and 2 of 3 later evaluations lie below it by more than the interval, "
                    + "the first at step 2,000, the lowest with 10 % (4–21) at step 4,000. "
                    + "Its result is the policy of step 0, that of the best evaluation."))
        // Two marks, and one in the legend.
        #expect(count("<circle class=\"drop\"", in: page) == 3)
    }

    @Test func theWholeIntervalMustLieBelow() throws {
        let folder = try TemporaryFolder()
        // Around the bound: the highest count out of 50 whose interval ends below 60 %, and the next one.
        let highest = try #require((0...50).last { SuccessRate(successes: $0, trials: 50).interval.upperBound < 0.6 })
        let run = try makeRun(folder.path + "/a", successes: [30, highest, highest + 1])
        #expect(try improvement(run).drops.map(\.step) == [2000])
    }

    @Test func seedsShareAColourAndHaveAMean() throws {
        let folder = try TemporaryFolder()
        let runs = try [
            makeRun(folder.path + "/a", successes: [30, 40, 50]),
            makeRun(folder.path + "/b", seed: 1, successes: [20, 20, 40], final: 90),
            makeRun(folder.path + "/c", method: "sparse", successes: [30, 5, 30], rollback: 3000, final: 61),
        ]
        let page = try page(runs)
        #expect(count("<polyline class=\"series seed s0\"", in: page) == 2)
        #expect(count("<polyline class=\"series mean s0\"", in: page) == 1)
        #expect(page.contains("coherent, ensemble: mean over 2 seeds"))
        #expect(page.contains("Means over seeds"))
        // The mean of 96 % and 90 %, with the interval of 186 of 200.
        #expect(page.contains("<td class=\"number\">93 % (89–96)</td>"))
        // A rollback is marked on the chart of all runs, on that of its own, and in the legend.
        #expect(count("put back to an earlier policy at step 3,000", in: page) >= 3)
        #expect(count("<polygon class=\"open s1\"", in: page) == 2)
        #expect(page.contains("1 of 3 runs shows one."))
    }

    /// Success on one task says nothing about another, so they do not share a chart.
    @Test func eachJobHasAChartOfItsOwn() throws {
        let folder = try TemporaryFolder()
        func run(_ name: String, job: String, task: String, method: String, seed: UInt64, _ final: Int) throws -> String
        {
            try makeRun(
                folder.path + "/" + name, method: method, seed: seed, successes: [30, 40, 50], final: final
            ) { configuration in
                (configuration.name, configuration.task.name) = (job, task)
            }
        }
        let page = try page([
            run("a", job: "one", task: "square", method: "sparse", seed: 0, 61),
            run("b", job: "two", task: "coffee", method: "coherent", seed: 0, 96),
            run("c", job: "two", task: "coffee", method: "coherent", seed: 1, 90),
            run("d", job: "two", task: "coffee", method: "sparse", seed: 0, 70),
        ])
        #expect(page.contains("<h1>Square D0, Coffee D0</h1>"))
        #expect(page.contains("What 4 runs of the jobs ‘one’, ‘two’ came to."))
        #expect(page.contains("<dt>seed</dt><dd>0, 1</dd>"))
        for title in ["Improvement of 2 jobs", "Improvement: one", "Improvement: two", "Learning: two"] {
            #expect(count("<h2>\(title)</h2>", in: page) == 1, "\(title)")
        }
        // Both seeds together, with the interval of 186 of 200: once among all jobs, once with its own.
        #expect(count("<td class=\"number\">93 % (89–96)</td>", in: page) == 2)
        let parts = page.components(separatedBy: "<h2>Improvement: ")
        // A method has one colour on the whole page.
        #expect(parts[1].contains("series s0") && !parts[1].contains("series s1") && !parts[1].contains("coherent"))
        #expect(parts[2].contains("series s0") && parts[2].contains("series mean s1"))
        #expect(parts[2].contains("coherent, ensemble: mean over 2 seeds"))
    }

    /// What begins without a clone does not pull down the lines of those that have one.
    @Test func whatIsNotClonedHasNoLineAcross() throws {
        let folder = try TemporaryFolder()
        let uncloned = try makeRun(folder.path + "/a", method: "sparse", successes: [20, 22]) {
            $0.improve.clone(steps: 0)
        }
        let alone = try page([uncloned])
        #expect(alone.contains("base 57 %") && !alone.contains("cloned 50 %") && !alone.contains("step 0 60 %"))
        let both = try page([uncloned, makeRun(folder.path + "/b", seed: 1, successes: [30, 40])])
        #expect(both.contains("cloned 50 %") && both.contains("step 0 60 %"))
    }

    @Test func theMeanIsOfEvaluationsThatBelongTogether() {
        func run(_ steps: [Double], _ successes: [Int]) -> ReportImprovement.Run {
            .init(
                name: "",
                points: zip(steps, successes).map { .init(step: $0, SuccessRate(successes: $1, trials: 10)) })
        }
        let group = ReportImprovement.Group(
            name: "", colour: 0,
            runs: [run([0, 2010, 4150, 6300], [5, 6, 7, 8]), run([0, 2190, 4020], [7, 8, 9])])
        #expect(group.mean.map(\.step) == [0, 2100, 4085])
        #expect(zip(group.mean, [0.6, 0.7, 0.8]).allSatisfy { abs($0.rate - $1) < 1e-12 })
        #expect(group.mean.map(\.success) == [12, 14, 16].map { SuccessRate(successes: $0, trials: 20) })
    }

    @Test func aRunThatWasCutOffStillHasItsPage() throws {
        let folder = try TemporaryFolder()
        let torn = "{\"kind\":\"evaluation\",\"step\":8000,\"upda"
        let run = try makeRun(folder.path + "/a", successes: [30, 40, 44], final: nil, tail: torn)
        let page = try page([run])
        #expect(page.contains("It has not come to its end: it is at step 4,000."))
        #expect(page.contains("The last line of its metrics is cut off, and was left out."))
        #expect(!page.contains("could not be read"))
        #expect(count("<circle class=\"f0\"", in: page) == 3)
    }

    @Test func linesThatMakeNoSenseAreCountedAndUnknownOnesPassedOver() throws {
        let folder = try TemporaryFolder()
        let tail = """
            {"kind":"weather","step":1}
            {"kind":"rollback","step":3000,"rate":0.2,"base":0.5,"moon":"full"}
            {"kind":"evaluation","step":5000,"updates":1,"rate":3,"low":0,"high":1,"episodes":50,"successes":150}
            nonsense

            """
        let run = try improvement(makeRun(folder.path + "/a", successes: [30, 40], tail: tail))
        #expect(run.unreadableLines == 2)
        #expect(!run.isTorn)
        #expect(run.rollbacks.map(\.step) == [3000])
        #expect(run.evaluations.map(\.step) == [0, 2000])
    }

    @Test func aRunWithoutMetricsAndRunsOfOtherCommandsShareAPage() throws {
        let folder = try TemporaryFolder()
        let empty = try makeRun(folder.path + "/a", successes: [], final: nil)
        try FileManager.default.removeItem(atPath: empty + "/metrics.jsonl")
        let full = try makeRun(folder.path + "/b", seed: 1, successes: [30, 45])
        let trained = folder.path + "/train"
        let context = try TestJob.context(horizon: 4)
        let training = try RunFolder(creating: trained, name: "runtime-tests", command: "train")
        try RunManifest(command: "train", context: context).write(to: training)
        try MetricsLog(path: training.metrics).append(TrainJob.Line(step: 100, loss: 0.5, heldOutLoss: 0.6))
        let result = TrainJob.Result(steps: 100, heldOutLoss: .nan, demonstrations: 7, run: trained)
        try training.write(Results.data(result, isPretty: true), to: training.results)
        let page = try page([empty, full, trained])
        #expect(page.contains("seed 0: no evaluation yet. It has no metrics yet."))
        #expect(page.contains("Flow-matching loss") && page.contains("Success against environment steps"))
        // Where none were held out there is no loss of theirs.
        #expect(page.contains("updates") && page.contains("held-out loss") && page.contains(Figures.missing))
        #expect(!page.contains("nan") && !page.contains("inf\""))
        #expect(try self.page([empty]).contains("No run has been evaluated after step 0 yet."))

        try training.write(Data("{}".utf8), to: training.results)
        let complaint = "\(training.results): this is not what the run has written; take the file away to do without it"
        #expect(throws: JobError(.badFile, complaint)) { try self.page([trained]) }
    }
}
