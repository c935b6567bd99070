import Cameras
import Policies
import Realtime
import Robots

/// The columns of a control step: robomimic's own at the top of the episode's group, ours in `steps`.
///
/// What the columns are follows from the header alone, so that the writer and the reader agree.
struct StepColumns {
    let layout: ObservationLayout
    let actionSize: Int
    let sceneSize: Int
    let cameras: [EpisodeCamera]

    init(_ header: EpisodeHeader) {
        layout = header.layout
        actionSize = header.actionSize
        sceneSize = header.sceneSize
        cameras = header.cameras
    }

    /// The columns, in the order in which ``store(_:into:)`` fills them; the pictures are in tables of their own.
    var columns: [Column] {
        var columns = [
            Column(name: "actions", type: .float32, width: actionSize),
            Column(name: "rewards", type: .float32, width: nil),
            Column(name: "dones", type: .int64, width: nil),
        ]
        columns += layout.parts.map { Column(name: "obs/\($0.name)", type: .float32, width: $0.size) }
        columns += layout.parts.map { Column(name: "next_obs/\($0.name)", type: .float32, width: $0.size) }
        columns += [
            Column(name: "steps/times", type: .uint64, width: nil),
            Column(name: "steps/observation_times", type: .uint64, width: nil),
            Column(name: "steps/base_actions", type: .float32, width: actionSize),
            Column(name: "steps/executed_actions", type: .float32, width: actionSize),
            Column(name: "steps/policy_version", type: .uint64, width: nil),
            Column(name: "steps/setpoint_sequence", type: .uint64, width: nil),
            Column(name: "steps/chunk_phase", type: .int32, width: nil),
            Column(name: "steps/takeover", type: .uint8, width: nil),
        ]
        for camera in cameras {
            columns.append(Column(name: "steps/\(camera.name)_times", type: .uint64, width: nil))
            columns.append(Column(name: "steps/\(camera.name)_sequence", type: .uint64, width: nil))
        }
        if sceneSize > 0 { columns.append(Column(name: "states", type: .float64, width: sceneSize)) }
        return columns
    }

    /// What keeps a step from being stored, if anything does.
    func objection(to step: StepRecord) -> String? {
        let sizes = [
            ("observation", step.observation.count, layout.size),
            ("next observation", step.nextObservation.count, layout.size),
            ("action", step.action.count, actionSize), ("base action", step.baseAction.count, actionSize),
            ("executed action", step.executedAction.count, actionSize), ("scene", step.scene.count, sceneSize),
        ]
        for (name, found, expected) in sizes where found != expected {
            return "the step's \(name) has \(found) numbers, expected \(expected)"
        }
        for (kind, frames) in [("frames", step.frames), ("next frames", step.nextFrames)] {
            let sizes = frames.map { [$0.image.width, $0.image.height] }
            // What was seen after a step need not be known.
            let isKnown = sizes == cameras.map { [$0.width, $0.height] } || (kind == "next frames" && sizes.isEmpty)
            if !isKnown {
                return "the step's \(kind) have the sizes \(sizes), expected those of \(cameras.map(\.name))"
            }
        }
        return nil
    }

    func store(_ step: StepRecord, into table: ColumnTable) {
        var row = Row(table: table)
        row.put(step.action[...])
        row.put(step.reward)
        row.put(Int64(step.isDone ? 1 : 0))
        for observation in [step.observation, step.nextObservation] {
            var start = 0
            for part in layout.parts {
                row.put(observation[start..<start + part.size])
                start += part.size
            }
        }
        row.put(step.time.nanoseconds)
        row.put(step.observationTime.nanoseconds)
        row.put(step.baseAction[...])
        row.put(step.executedAction[...])
        row.put(step.policyVersion)
        row.put(step.setpointSequence)
        row.put(step.chunkPhase)
        row.put(UInt8(step.isTakeover ? 1 : 0))
        for frame in step.frames {
            row.put(frame.time.nanoseconds)
            row.put(frame.sequence)
        }
        if sceneSize > 0 { row.put(step.scene.values) }
        table.endRow()
    }

    private struct Row {
        let table: ColumnTable
        var column = 0

        mutating func put(_ numbers: ArraySlice<Float>) {
            numbers.withUnsafeBytes { table.row(column).copyMemory(from: $0) }
            column += 1
        }

        /// As many of the value's bytes as the column takes.
        mutating func put<Value: BitwiseCopyable>(_ value: Value) {
            let target = table.row(column)
            withUnsafeBytes(of: value) { target.copyMemory(from: .init(rebasing: $0.prefix(target.count))) }
            column += 1
        }
    }
}

extension StepColumns {
    /// Reads `rows` control steps, without their pictures.
    func records(from file: HDF5File, rows: Int) throws(EpisodeError) -> [StepRecord] {
        var steps = [StepRecord](repeating: StepRecord(), count: rows)
        for column in columns {
            let name = "\(EpisodeNames.episode)/\(column.name)"
            let bytes = try file.bytes(name, column, rows: rows)
            for row in 0..<rows {
                bytes.withUnsafeBytes {
                    load(
                        column, .init(rebasing: $0[row * column.rowBytes..<(row + 1) * column.rowBytes]),
                        into: &steps[row])
                }
            }
        }
        return steps
    }

    /// The camera whose frames' times or numbers a column holds; those are read together with the pictures.
    private func frameColumn(_ name: String) -> EpisodeCamera? {
        cameras.first { name == "steps/\($0.name)_times" || name == "steps/\($0.name)_sequence" }
    }

    private func load(_ column: Column, _ row: UnsafeRawBufferPointer, into step: inout StepRecord) {
        func floats() -> [Float] {
            (0..<row.count / 4).map { row.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
        func number() -> UInt64 { row.loadUnaligned(as: UInt64.self) }
        switch column.name {
        case "actions": step.action = floats()
        case "rewards": step.reward = row.loadUnaligned(as: Float.self)
        case "dones": step.isDone = number() != 0
        case "steps/times": step.time = MonotonicTime(nanoseconds: number())
        case "steps/observation_times": step.observationTime = MonotonicTime(nanoseconds: number())
        case "steps/base_actions": step.baseAction = floats()
        case "steps/executed_actions": step.executedAction = floats()
        case "steps/policy_version": step.policyVersion = number()
        case "steps/setpoint_sequence": step.setpointSequence = number()
        case "steps/chunk_phase": step.chunkPhase = row.loadUnaligned(as: Int32.self)
        case "steps/takeover": step.isTakeover = row[0] != 0
        case "states":
            step.scene.count = sceneSize
            withUnsafeMutableBytes(of: &step.scene.values) { $0.copyMemory(from: row) }
        case let name where frameColumn(name) != nil: break
        case let name where name.hasPrefix("obs/"): step.observation += floats()
        case let name where name.hasPrefix("next_obs/"): step.nextObservation += floats()
        default: preconditionFailure("\(column.name) is stored but not read")
        }
    }
}
