import Control
import Realtime
import Robots

/// The columns of a setpoint, as inference sent it. Group `setpoints`.
func setpointFields(jointCount: Int, sceneSize: Int) -> [RecordField<Setpoint>] {
    var fields: [RecordField<Setpoint>] = [
        .init("times", \.time, .uint64),
        .init("sequence", \.sequence, .uint64),
        .init("policy_version", \.policyVersion, .uint64),
        .init("kind", \.kind),
        .init("joint_positions", \.jointPositions, .float64, width: jointCount),
        .init("translation", \.translation, .float64, width: 3),
        .init("rotation", \.rotation, .float64, width: 3),
        .init("gripper_opening", \.gripperOpening, .float64),
        .init("scene_size", \.scene.count, .int64),
    ]
    if sceneSize > 0 { fields.append(.init("scene", \.scene.values, .float64, width: sceneSize)) }
    return fields
}

/// A table of plain records.
final class RecordTable<Record: BitwiseCopyable> {
    let fields: [RecordField<Record>]
    let table: ColumnTable

    init(
        in file: HDF5File, group: String, fields: [RecordField<Record>], chunkRows: Int, compressed: Bool
    ) throws(EpisodeError) {
        self.fields = fields
        table = try ColumnTable(
            in: file, group: group, columns: fields.map(\.column), chunkRows: chunkRows, compressed: compressed)
    }

    /// Gathers a record; the caller writes the table when it is full.
    func gather(_ record: Record) {
        for (index, field) in fields.enumerated() { field.store(record, to: table.row(index)) }
        table.endRow()
    }

    /// Reads all records of a group, as many as all of its columns have.
    static func read(
        from file: HDF5File, group: String, fields: [RecordField<Record>], empty: Record
    ) throws(EpisodeError) -> [Record] {
        var rows = Int.max
        for field in fields { rows = min(rows, try file.rowCount("\(group)/\(field.name)")) }
        var records = [Record](repeating: empty, count: rows)
        for field in fields {
            let name = "\(group)/\(field.name)"
            let bytes = try file.bytes(name, field.column, rows: rows)
            let size = field.column.rowBytes
            for row in 0..<rows {
                let isLegal = bytes.withUnsafeBytes {
                    field.load(.init(rebasing: $0[row * size..<(row + 1) * size]), into: &records[row])
                }
                guard isLegal else {
                    throw EpisodeError(
                        .content, path: file.path, message: "\(name) has a value in row \(row) that stands for nothing")
                }
            }
        }
        return records
    }
}
