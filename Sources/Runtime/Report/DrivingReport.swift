import Control
import Episodes
import Foundation
import Robots
import Simulation

/// What a report shows of a run on a robot: pictures, timing, tracking, interventions, episodes.
struct DrivingReport {
    let record: RunRecord

    /// All sections of a run on a robot.
    func sections(withPictures: Bool) throws -> [ReportSection] {
        var sections = try pictureSections(withPictures: withPictures)
        let paths = try Dataset(path: record.folder.episodes).episodePaths
        let readers = try paths.map { try EpisodeReader(path: $0) }
        if record.schedule == "realtime" { sections.append(try timing(readers)) }
        if let first = readers.first { sections.append(try motion(first)) }
        sections.append(try episodes(readers))
        return sections
    }

    /// A strip of pictures for some episodes.
    func pictureSections(withPictures: Bool) throws -> [ReportSection] {
        let count = record.job.report.pictures
        guard withPictures, count > 0 else { return [] }
        let paths = try Dataset(path: record.folder.episodes).episodePaths
        let robot = try RobotDescription.load(path: record.job.robotPath)
        let task = try TaskCatalogue.task(named: record.job.task.name, variant: record.job.task.variant, robot: robot)
        let pictures = try EpisodePictures(task: task, robot: robot)
        let shown = try paths.prefix(2).map { try EpisodeReader(path: $0) }
        // What was not simulated has no scene to draw.
        let strips = try shown.filter { $0.header.sceneSize > 0 }.map { reader in
            let path = reader.path
            let name = (path as NSString).lastPathComponent
            let outcome = reader.outcome?.success == true ? "success" : (reader.outcome?.ending.rawValue ?? "")
            let caption = "\(name): \(outcome) after \(reader.stepCount) steps"
            return ReportPicture(png: try pictures.strip(of: reader, count: count), caption: caption)
        }
        guard !strips.isEmpty else { return [] }
        let title = ["record", "generate"].contains(record.command) ? "Demonstrations" : "Episodes in pictures"
        return [
            ReportSection(
                title, note: "From the first to the last step, at equal distances in time.", [.pictures(strips)])
        ]
    }

    private func timing(_ readers: [EpisodeReader]) throws -> ReportSection {
        var (lateness, duration): ([Double], [Double]) = ([], [])
        for reader in readers {
            for cycle in try reader.cycles() {
                lateness.append(Double(cycle.wakeLateness) / 1000)
                duration.append(Double(cycle.stepDuration) / 1000)
            }
        }
        var figures: [ReportFact] = []
        var (buses, leaderBuses): ([BusReport], [BusReport]) = ([], [])
        if let timing = try Results.read(TimingFile.self, from: record.folder.timing) {
            figures.append(ReportFact("control cycles", String(timing.cycles)))
            figures.append(ReportFact("overruns", String(timing.overruns)))
            if let allocations = timing.allocations { figures.append(ReportFact("allocations", String(allocations))) }
            figures.append(ReportFact("wake-up p99", String(format: "%.1f µs", timing.wake.p99)))
            figures.append(ReportFact("control p99, without \(backend)", String(format: "%.1f µs", timing.control.p99)))
            buses = timing.buses ?? []
            leaderBuses = timing.leaderBuses ?? []
        }
        var contents: [ReportContent] = [
            .figures(figures),
            .histogram(ReportHistogram("Wake-up lateness", quantity: "lateness (µs)", values: lateness)),
            .histogram(
                ReportHistogram("Control cycle, \(backend) included", quantity: "duration (µs)", values: duration)),
        ]
        for bus in buses { contents.append(.table(table(bus, of: "The robot's"))) }
        for bus in leaderBuses { contents.append(.table(table(bus, of: "The leader's"))) }
        return ReportSection(
            "Timing", note: "Of every control cycle. Lateness is how long after its deadline the control thread woke.",
            contents)
    }

    /// What reads and commands the robot, in a word.
    private var backend: String { record.hardware == .simulated ? "physics" : "buses" }

    private func table(_ bus: BusReport, of owner: String) -> ReportTable {
        ReportTable(
            header: ["motor", "id", "replies", "lost", "late", "corrupted", "with an error"],
            rows: bus.motors.map { motor in
                [motor.joint, String(motor.id)]
                    + [motor.replies, motor.lost, motor.late, motor.corrupted, motor.complaints].map { String($0) }
            }, caption: "\(owner) bus \(bus.text)")
    }

    private func motion(_ reader: EpisodeReader) throws -> ReportSection {
        let cycles = try reader.cycles()
        guard let first = cycles.first, let last = cycles.last else {
            return ReportSection("Motion", note: "The first episode has no control cycles.", [])
        }
        func seconds(_ cycle: CycleRecord) -> Double { Double(cycle.time.nanoseconds(since: first.time)) * 1e-9 }
        // Every tenth cycle is enough for a curve.
        let thinned = stride(from: 0, to: cycles.count, by: 10).map { cycles[$0] }
        func series(_ value: (CycleRecord, Int) -> Double) -> [ReportLines.Series] {
            (0..<reader.header.jointCount).map { joint in
                .init("joint \(joint + 1)", thinned.map { SIMD2(seconds($0), value($0, joint)) })
            }
        }
        return ReportSection(
            "Motion and safety", note: "Of the first episode.",
            [
                .lines(
                    ReportLines(
                        "Joint positions", horizontal: "time (s)", vertical: "position (rad)",
                        series: series { $0.state.jointPositions[$1] })),
                .lines(
                    ReportLines(
                        "Joint torques, as sent", horizontal: "time (s)", vertical: "torque (N·m)",
                        series: series { $0.executed.jointTorques[$1] })),
                .timeline(interventions(cycles, range: 0...max(0.1, seconds(last)), seconds: seconds)),
            ])
    }

    private func interventions(
        _ cycles: [CycleRecord], range: ClosedRange<Double>, seconds: (CycleRecord) -> Double
    ) -> ReportTimeline {
        var rows: [ReportTimeline.Row] = []
        for (bit, name) in LimiterFlags.names.enumerated() {
            let flag = LimiterFlags(rawValue: 1 << UInt32(bit))
            var spans: [ClosedRange<Double>] = []
            var start: Double?
            for cycle in cycles {
                let time = seconds(cycle)
                if cycle.interventions.contains(flag) {
                    if start == nil { start = time }
                } else if let begun = start {
                    spans.append(begun...time)
                    start = nil
                }
            }
            if let start { spans.append(start...range.upperBound) }
            if !spans.isEmpty { rows.append(.init(name, spans)) }
        }
        return ReportTimeline("The safety filter stepped in", horizontal: "time (s)", range: range, rows: rows)
    }

    private func episodes(_ readers: [EpisodeReader]) throws -> ReportSection {
        let rows = readers.map { reader in
            [
                (reader.path as NSString).lastPathComponent, String(reader.header.seed), String(reader.stepCount),
                reader.outcome?.success == true ? "yes" : "no", reader.outcome?.ending.rawValue ?? "",
            ]
        }
        return ReportSection(
            "Episodes", [.table(ReportTable(header: ["file", "seed", "steps", "success", "ending"], rows: rows))])
    }
}
