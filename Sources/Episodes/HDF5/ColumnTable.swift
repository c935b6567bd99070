import CHDF5

/// How one number of a column is stored: little-endian, and the same in memory.
enum ElementType {
    case float32, float64, int32, int64, uint8, uint16, uint32, uint64

    var size: Int {
        switch self {
        case .uint8: 1
        case .uint16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// The library's name for it.
    var identifier: hid_t {
        switch self {
        case .float32: steadyhand_h5t_float32()
        case .float64: steadyhand_h5t_float64()
        case .int32: steadyhand_h5t_int32()
        case .int64: steadyhand_h5t_int64()
        case .uint8: steadyhand_h5t_uint8()
        case .uint16: steadyhand_h5t_uint16()
        case .uint32: steadyhand_h5t_uint32()
        case .uint64: steadyhand_h5t_uint64()
        }
    }
}

/// One dataset of a table: a row of numbers for each record, or a single number.
struct Column {
    /// Path below the table's group, such as `obs/object`.
    var name: String
    var type: ElementType
    /// Numbers in a row; nil for a dataset of one dimension.
    var width: Int?

    var rowBytes: Int { (width ?? 1) * type.size }
}

/// Datasets that grow together by one row a record.
///
/// Rows are gathered in memory and go to the library with ``write()``, so that a compressed chunk, whose size is
/// ``chunkRows``, is compressed once.
final class ColumnTable {
    let group: String
    let columns: [Column]
    let chunkRows: Int
    /// Rows gathered and not yet written.
    private(set) var pending = 0
    /// Rows written.
    private(set) var written = 0

    private let file: HDF5File
    private let datasets: [HDF5Handle]
    private let buffers: [UnsafeMutableRawBufferPointer]

    /// Makes the datasets in `group` of `file`, with every group that they need.
    init(
        in file: HDF5File, group: String, columns: [Column], chunkRows: Int, compressed: Bool
    ) throws(EpisodeError) {
        self.file = file
        self.group = group
        self.columns = columns
        self.chunkRows = chunkRows
        var datasets: [HDF5Handle] = []
        for column in columns {
            let folders = column.name.split(separator: "/").dropLast()
            var folder = group
            for part in folders {
                folder += "/\(part)"
                if try !file.has(folder) { try file.makeGroup(folder) }
            }
            datasets.append(
                try Self.make(column, in: file, group: group, chunkRows: chunkRows, compressed: compressed))
        }
        self.datasets = datasets
        buffers = columns.map { .allocate(byteCount: max(1, $0.rowBytes * chunkRows), alignment: 16) }
    }

    deinit {
        for buffer in buffers { buffer.deallocate() }
    }

    /// Whether a whole chunk has been gathered: ``write()`` must come before the next row.
    var isFull: Bool { pending == chunkRows }

    /// Where the present row's numbers of a column go; ``endRow()`` completes the row.
    func row(_ column: Int) -> UnsafeMutableRawBufferPointer {
        let size = columns[column].rowBytes
        return .init(rebasing: buffers[column][pending * size..<(pending + 1) * size])
    }

    func endRow() {
        pending += 1
    }

    /// Hands the gathered rows to the library.
    func write() throws(EpisodeError) {
        guard pending > 0 else { return }
        for (index, column) in columns.enumerated() {
            let purpose = "write \(group)/\(column.name)"
            let extent = shape(written + pending, column)
            try HDF5.check(H5Dset_extent(datasets[index].id, extent), purpose, path: file.path)
            let target = try HDF5Handle(H5Dget_space(datasets[index].id), H5Sclose, purpose, path: file.path)
            let start: [hsize_t] = [hsize_t(written), 0]
            let count = shape(pending, column)
            try HDF5.check(
                H5Sselect_hyperslab(target.id, H5S_SELECT_SET, start, nil, count, nil), purpose, path: file.path)
            let source = try HDF5Handle(
                H5Screate_simple(Int32(count.count), count, nil), H5Sclose, purpose, path: file.path)
            try HDF5.check(
                H5Dwrite(
                    datasets[index].id, column.type.identifier, source.id, target.id, steadyhand_h5p_default(),
                    buffers[index].baseAddress), purpose, path: file.path)
        }
        written += pending
        pending = 0
    }

    /// Closes the datasets, so that a refusal to write what the library still held is seen.
    func close() throws(EpisodeError) {
        for (dataset, column) in zip(datasets, columns) {
            try dataset.close("close \(group)/\(column.name)", path: file.path)
        }
    }

    private func shape(_ rows: Int, _ column: Column) -> [hsize_t] {
        [hsize_t(rows)] + (column.width.map { [hsize_t($0)] } ?? [])
    }

    private static func make(
        _ column: Column, in file: HDF5File, group: String, chunkRows: Int, compressed: Bool
    ) throws(EpisodeError) -> HDF5Handle {
        let purpose = "make \(group)/\(column.name)"
        let tail = column.width.map { [hsize_t($0)] } ?? []
        let rank = Int32(1 + tail.count)
        let space = try HDF5Handle(
            H5Screate_simple(rank, [0] + tail, [steadyhand_h5s_unlimited()] + tail), H5Sclose, purpose,
            path: file.path)
        let creation = try HDF5Handle(H5Pcreate(steadyhand_h5p_dataset_create()), H5Pclose, purpose, path: file.path)
        try HDF5.check(H5Pset_obj_track_times(creation.id, false), purpose, path: file.path)
        // A width of zero is a legal shape, but no legal chunk.
        let chunk = [hsize_t(chunkRows)] + tail.map { max(1, $0) }
        try HDF5.check(H5Pset_chunk(creation.id, rank, chunk), purpose, path: file.path)
        if compressed {
            try HDF5.check(H5Pset_shuffle(creation.id), purpose, path: file.path)
            try HDF5.check(H5Pset_deflate(creation.id, 1), purpose, path: file.path)
        }
        return try HDF5Handle(
            H5Dcreate2(
                file.id, "\(group)/\(column.name)", column.type.identifier, space.id, steadyhand_h5p_default(),
                creation.id, steadyhand_h5p_default()), H5Dclose, purpose, path: file.path)
    }
}
