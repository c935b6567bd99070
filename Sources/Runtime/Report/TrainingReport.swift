import Foundation

/// What a report shows of a training: the loss curves.
struct TrainingReport {
    let record: RunRecord

    func section() throws -> ReportSection {
        let text = try String(contentsOfFile: record.folder.metrics, encoding: .utf8)
        let decoder = Results.decoder()
        let lines = try text.split(separator: "\n").map { try decoder.decode(TrainJob.Line.self, from: Data($0.utf8)) }
        var contents: [ReportContent] = []
        if let result = try Results.read(TrainJob.Result.self, from: record.folder.results) {
            contents.append(
                .figures([
                    ReportFact("updates", String(result.steps)),
                    ReportFact("demonstrations", String(result.demonstrations)),
                    ReportFact(
                        "held-out loss", result.heldOut.map { Results.rounded($0, digits: 3) } ?? Figures.missing),
                ]))
        }
        contents.append(
            .lines(
                ReportLines(
                    "Flow-matching loss", horizontal: "updates", vertical: "loss", isLogarithmic: true,
                    series: [
                        .init("training", lines.map { SIMD2(Double($0.step), $0.loss) }),
                        .init(
                            "held out",
                            lines.compactMap { line in line.heldOutLoss.map { SIMD2(Double(line.step), $0) } }),
                    ])))
        return ReportSection(
            "Training", note: "The held-out curve uses the averaged parameters, and the same draws at every point.",
            contents)
    }
}
