import CHDF5

/// Reading datasets.
extension HDF5File {
    /// How many rows a dataset has.
    func rowCount(_ name: String) throws(EpisodeError) -> Int {
        try shape(name).first ?? 0
    }

    /// The size of each of a dataset's dimensions.
    func shape(_ name: String) throws(EpisodeError) -> [Int] {
        let dataset = try openDataset(name)
        return try shape(dataset, name)
    }

    /// All rows of a dataset, or the first `rows` of them, as numbers.
    ///
    /// - Parameter width: What the second dimension must be; nil for a dataset of one dimension.
    func floats(_ name: String, width: Int?, rows: Int? = nil) throws(EpisodeError) -> [Float] {
        let taken = try measure(name, width: width, rows: rows)
        let values = [Float](repeating: 0, count: taken * (width ?? 1))
        return try fill(values, from: name, as: .float32, width: width, rows: taken)
    }

    /// The first `rows` rows of a column as they lie.
    func bytes(_ name: String, _ column: Column, rows: Int) throws(EpisodeError) -> [UInt8] {
        _ = try measure(name, width: column.width, rows: rows)
        let values = [UInt8](repeating: 0, count: rows * column.rowBytes)
        return try fill(values, from: name, as: column.type, width: column.width, rows: rows)
    }

    /// How many rows there are to read; throws where the dataset's shape is not the expected one.
    private func measure(_ name: String, width: Int?, rows: Int?) throws(EpisodeError) -> Int {
        let found = try shape(name)
        guard let first = found.first, Array(found.dropFirst()) == (width.map { [$0] } ?? []) else {
            let expected = width.map { "[rows, \($0)]" } ?? "[rows]"
            throw EpisodeError(.content, path: path, message: "\(name) has the shape \(found), expected \(expected)")
        }
        guard let rows else { return first }
        guard rows <= first else {
            throw EpisodeError(.content, path: path, message: "\(name) has \(first) rows, expected \(rows)")
        }
        return rows
    }

    /// Reads rows over the bytes of `values`.
    private func fill<Element: BitwiseCopyable>(
        _ values: consuming [Element], from name: String, as type: ElementType, width: Int?, rows: Int
    ) throws(EpisodeError) -> [Element] {
        var values = values
        guard !values.isEmpty else { return values }
        let purpose = "read \(name)"
        let dataset = try openDataset(name)
        let source = try HDF5Handle(H5Dget_space(dataset.id), H5Sclose, purpose, path: path)
        let count = [hsize_t(rows)] + (width.map { [hsize_t($0)] } ?? [])
        try HDF5.check(
            H5Sselect_hyperslab(source.id, H5S_SELECT_SET, [0, 0], nil, count, nil), purpose, path: path)
        let target = try HDF5Handle(H5Screate_simple(Int32(count.count), count, nil), H5Sclose, purpose, path: path)
        let status = values.withUnsafeMutableBytes {
            H5Dread(dataset.id, type.identifier, target.id, source.id, steadyhand_h5p_default(), $0.baseAddress)
        }
        try HDF5.check(status, purpose, path: path)
        return values
    }

    private func openDataset(_ name: String) throws(EpisodeError) -> HDF5Handle {
        guard try has(name) else {
            throw EpisodeError(.content, path: path, message: "there is no dataset `\(name)`")
        }
        return try HDF5Handle(
            H5Dopen2(id, name, steadyhand_h5p_default()), H5Dclose, "open \(name)", path: path)
    }

    private func shape(_ dataset: HDF5Handle, _ name: String) throws(EpisodeError) -> [Int] {
        let space = try HDF5Handle(H5Dget_space(dataset.id), H5Sclose, "measure \(name)", path: path)
        let rank = try HDF5.check(H5Sget_simple_extent_ndims(space.id), "measure \(name)", path: path)
        var sizes = [hsize_t](repeating: 0, count: Int(rank))
        try HDF5.check(H5Sget_simple_extent_dims(space.id, &sizes, nil), "measure \(name)", path: path)
        return sizes.map { Int($0) }
    }
}
