import Control
import Realtime

/// The open file of a writer: its tables, and when to flush them. All of it runs inside ``HDF5/serially(_:)``.
final class EpisodeContents {
    /// The longest stretch of recorded time that waits in memory, ns.
    static let flushPeriod: UInt64 = 750_000_000
    /// Control cycles that are compressed together: half a second of them at 500 Hz.
    static let cycleChunk = 250
    static let rowChunk = 64

    let stepColumns: StepColumns
    let steps: ColumnTable
    let cycles: RecordTable<CycleRecord>
    let setpoints: RecordTable<Setpoint>
    let frames: [FrameTable]
    private let file: HDF5File
    private var firstUnflushed: MonotonicTime?

    init(path: String, _ header: EpisodeHeader) throws(EpisodeError) {
        file = try HDF5File(path: path, .create)
        try header.write(to: file)
        try file.makeGroup(EpisodeNames.cycles)
        try file.makeGroup(EpisodeNames.setpoints)
        stepColumns = StepColumns(header)
        steps = try ColumnTable(
            in: file, group: EpisodeNames.episode, columns: stepColumns.columns, chunkRows: Self.rowChunk,
            compressed: false)
        cycles = try RecordTable(
            in: file, group: EpisodeNames.cycles, fields: cycleFields(jointCount: header.jointCount),
            chunkRows: Self.cycleChunk, compressed: true)
        setpoints = try RecordTable(
            in: file, group: EpisodeNames.setpoints,
            fields: setpointFields(jointCount: header.jointCount, sceneSize: header.sceneSize),
            chunkRows: Self.rowChunk, compressed: false)
        var frames: [FrameTable] = []
        for camera in header.cameras { frames.append(try FrameTable(in: file, camera: camera)) }
        self.frames = frames
        try file.startAppending()
    }

    /// A record of that time has been gathered: flush if there is no more room, or the oldest has waited long enough.
    func gathered(at time: MonotonicTime, full: Bool) throws(EpisodeError) {
        let first = firstUnflushed ?? time
        firstUnflushed = first
        if full || time.nanoseconds(since: first) >= Self.flushPeriod { try flush() }
    }

    func flush() throws(EpisodeError) {
        firstUnflushed = nil
        try steps.write()
        try cycles.table.write()
        try setpoints.table.write()
        try file.flush()
    }

    func close() throws(EpisodeError) {
        try flush()
        try steps.close()
        try cycles.table.close()
        try setpoints.table.close()
        for table in frames { try table.close() }
        try file.close()
    }
}
