public import Cameras
public import Control
import Realtime
import Robots

/// Reads one episode file.
public final class EpisodeReader {
    /// The file.
    public let path: String
    /// What was known before the episode began.
    public let header: EpisodeHeader
    /// How the episode ended; nil for a partial file.
    public let outcome: EpisodeOutcome?
    /// Control steps in the file, as many as every column has.
    public let stepCount: Int

    private var file: HDF5File?
    private let stepColumns: StepColumns

    /// Opens a complete episode.
    ///
    /// - Throws: ``EpisodeError`` where it is missing, unreadable, not complete or contradicts itself.
    public convenience init(path: String) throws(EpisodeError) {
        try self.init(path: path, isPartial: false)
    }

    /// Opens the file of an episode that is being written, or was cut off.
    ///
    /// - Throws: ``EpisodeError``.
    public convenience init(partial path: String) throws(EpisodeError) {
        try self.init(path: path, isPartial: true)
    }

    private init(path: String, isPartial: Bool) throws(EpisodeError) {
        self.path = path
        typealias Parts = (HDF5File, EpisodeHeader, EpisodeOutcome?, Int)
        let parts = try Self.naming(isPartial ? .storage : .content) { () throws(EpisodeError) -> Parts in
            let file = try HDF5File(path: path, isPartial ? .readUnclosed : .read)
            let header = try EpisodeHeader(from: file)
            let columns = StepColumns(header).columns
            var counts: [Int] = []
            for column in columns { counts.append(try file.rowCount("\(EpisodeNames.episode)/\(column.name)")) }
            var pictures: [(name: String, count: Int)] = []
            for camera in header.cameras {
                let name = camera.observationKey
                pictures.append((name, try file.rowCount(FrameTable.path("obs", camera))))
            }
            let rows = min(counts.min() ?? 0, pictures.map(\.count).min() ?? .max)
            guard !isPartial else { return (file, header, nil, rows) }
            guard try file.hasAttribute("num_samples", of: EpisodeNames.episode) else {
                throw EpisodeError(
                    .incomplete, path: path, message: "the episode was never completed: recover it first")
            }
            let promised = try file.integerAttribute("num_samples", of: EpisodeNames.episode)
            for (column, count) in zip(columns, counts) where count != promised {
                throw EpisodeError(
                    .content, path: path, message: "\(column.name) has \(count) rows, expected \(promised)")
            }
            for (name, count) in pictures where count != promised {
                throw EpisodeError(
                    .content, path: path, message: "obs/\(name) has \(count) rows, expected \(promised)")
            }
            return (file, header, try EpisodeOutcome(from: file), rows)
        }
        (file, header, outcome, stepCount) = parts
        stepColumns = StepColumns(parts.1)
    }

    deinit {
        HDF5.serially { file = nil }
    }

    /// The numbers of one column of steps, such as `actions` or `obs/object`, row by row.
    public func column(_ name: String) throws(EpisodeError) -> [Float] {
        guard let column = stepColumns.columns.first(where: { $0.name == name }) else {
            throw EpisodeError(.content, path: path, message: "a control step has no column `\(name)`")
        }
        return try reading { file throws(EpisodeError) in
            try file.floats("\(EpisodeNames.episode)/\(name)", width: column.width, rows: stepCount)
        }
    }

    /// The observations, all parts in the layout's order, step by step: ``stepCount`` × the layout's size.
    public func observations() throws(EpisodeError) -> [Float] {
        try gather("obs")
    }

    /// The observations after each step, as ``observations()``.
    public func nextObservations() throws(EpisodeError) -> [Float] {
        try gather("next_obs")
    }

    /// What a camera saw at the observation of a step.
    ///
    /// - Parameters:
    ///   - camera: one of the header's.
    ///   - step: from 0 to below ``stepCount``.
    public func frame(_ camera: EpisodeCamera, step: Int) throws(EpisodeError) -> CameraFrame {
        precondition((0..<stepCount).contains(step), "the episode has no such step")
        return try reading { file throws(EpisodeError) in
            let group = EpisodeNames.episode
            func number(_ name: String) throws(EpisodeError) -> UInt64 {
                let bytes = try file.bytes(
                    "\(group)/steps/\(camera.name)_\(name)", Column(name: name, type: .uint64, width: nil),
                    rows: step + 1)
                return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8 * step, as: UInt64.self) }
            }
            return CameraFrame(
                image: Image(
                    width: camera.width, height: camera.height,
                    pixels: try file.pictures(FrameTable.path("obs", camera), camera, from: step, count: 1)),
                time: MonotonicTime(nanoseconds: try number("times")), sequence: try number("sequence"))
        }
    }

    /// The pictures of a camera, of all steps: ``stepCount`` × height × width × 3 bytes.
    ///
    /// - Parameter camera: one of the header's.
    public func pictures(_ camera: EpisodeCamera) throws(EpisodeError) -> [UInt8] {
        try reading { file throws(EpisodeError) in
            try file.pictures(FrameTable.path("obs", camera), camera, from: 0, count: stepCount)
        }
    }

    /// What a camera saw after the last step; of a complete episode with at least one step.
    ///
    /// - Parameter camera: one of the header's.
    public func lastPicture(_ camera: EpisodeCamera) throws(EpisodeError) -> Image {
        try reading { file throws(EpisodeError) in
            Image(
                width: camera.width, height: camera.height,
                pixels: try file.pictures(
                    "\(EpisodeNames.episode)/\(EpisodeNames.lastFrames)/\(camera.observationKey)", camera, from: 0,
                    count: 1))
        }
    }

    /// All control steps, without their pictures.
    public func steps() throws(EpisodeError) -> [StepRecord] {
        try reading { file throws(EpisodeError) in
            try stepColumns.records(from: file, rows: stepCount)
        }
    }

    /// All control cycles, to the bit as they were appended.
    public func cycles() throws(EpisodeError) -> [CycleRecord] {
        try reading { file throws(EpisodeError) in
            try RecordTable.read(
                from: file, group: EpisodeNames.cycles, fields: cycleFields(jointCount: header.jointCount),
                empty: CycleRecord())
        }
    }

    /// All setpoints, to the bit as they were appended.
    public func setpoints() throws(EpisodeError) -> [Setpoint] {
        try reading { file throws(EpisodeError) in
            try RecordTable.read(
                from: file, group: EpisodeNames.setpoints,
                fields: setpointFields(jointCount: header.jointCount, sceneSize: header.sceneSize), empty: Setpoint())
        }
    }

    private func gather(_ group: String) throws(EpisodeError) -> [Float] {
        let width = header.layout.size
        var rows = [Float](repeating: 0, count: stepCount * width)
        var start = 0
        for part in header.layout.parts {
            let values = try column("\(group)/\(part.name)")
            for step in 0..<stepCount {
                let target = step * width + start
                rows.replaceSubrange(
                    target..<target + part.size, with: values[step * part.size..<(step + 1) * part.size])
            }
            start += part.size
        }
        return rows
    }

    private func reading<Result>(
        _ body: (HDF5File) throws(EpisodeError) -> Result
    ) throws(EpisodeError) -> Result {
        try Self.naming(.content) { () throws(EpisodeError) in
            guard let file else { preconditionFailure("a reader has its file open until it is gone") }
            return try body(file)
        }
    }

    /// Runs `body`; what the library cannot read is an error of this kind: where a file is only read, it is the file's.
    private static func naming<Result>(
        _ kind: EpisodeError.Kind, _ body: () throws(EpisodeError) -> Result
    ) throws(EpisodeError) -> Result {
        do throws(EpisodeError) {
            return try HDF5.serially(body)
        } catch  where error.kind == .storage {
            throw EpisodeError(kind, path: error.path, message: error.message)
        }
    }
}
