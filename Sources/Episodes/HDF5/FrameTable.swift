import CHDF5

/// The pictures of one camera: a dataset of bytes [steps, height, width, 3], as robomimic reads it.
///
/// Each picture is a chunk of its own, compressed, and goes to the library at once: nothing is compressed twice, and a
/// reader of single steps reads nothing else.
final class FrameTable {
    let camera: EpisodeCamera
    private let file: HDF5File
    private let dataset: HDF5Handle
    private let name: String
    private var written = 0

    init(in file: HDF5File, camera: EpisodeCamera) throws(EpisodeError) {
        self.file = file
        self.camera = camera
        name = Self.path("obs", camera)
        let group = "\(EpisodeNames.episode)/obs"
        if try !file.has(group) { try file.makeGroup(group) }
        let purpose = "make \(name)"
        let picture = Self.shape(camera)
        let space = try HDF5Handle(
            H5Screate_simple(4, [0] + picture, [steadyhand_h5s_unlimited()] + picture), H5Sclose, purpose,
            path: file.path)
        let creation = try Self.creation(chunk: [1] + picture, purpose, path: file.path)
        dataset = try HDF5Handle(
            H5Dcreate2(
                file.id, name, ElementType.uint8.identifier, space.id, steadyhand_h5p_default(), creation.id,
                steadyhand_h5p_default()), H5Dclose, purpose, path: file.path)
    }

    /// Appends a picture's bytes.
    func append(_ pixels: [UInt8]) throws(EpisodeError) {
        let purpose = "write \(name)"
        let picture = Self.shape(camera)
        try HDF5.check(H5Dset_extent(dataset.id, [hsize_t(written + 1)] + picture), purpose, path: file.path)
        let target = try HDF5Handle(H5Dget_space(dataset.id), H5Sclose, purpose, path: file.path)
        try HDF5.check(
            H5Sselect_hyperslab(target.id, H5S_SELECT_SET, [hsize_t(written), 0, 0, 0], nil, [1] + picture, nil),
            purpose, path: file.path)
        let source = try HDF5Handle(H5Screate_simple(4, [1] + picture, nil), H5Sclose, purpose, path: file.path)
        try HDF5.check(
            H5Dwrite(
                dataset.id, ElementType.uint8.identifier, source.id, target.id, steadyhand_h5p_default(), pixels),
            purpose, path: file.path)
        written += 1
    }

    func close() throws(EpisodeError) {
        try dataset.close("close \(name)", path: file.path)
    }

    /// Makes `next_obs/NAME_image` of a complete episode: it shows the pictures of `obs` one step later, without
    /// storing them again, and after the last step the given one.
    static func makeNext(
        in file: HDF5File, camera: EpisodeCamera, steps: Int, last: [UInt8]
    ) throws(EpisodeError) {
        let name = path("next_obs", camera)
        let purpose = "make \(name)"
        let picture = shape(camera)
        let group = "\(EpisodeNames.episode)/next_obs"
        if try !file.has(group) { try file.makeGroup(group) }
        let lastName = "\(EpisodeNames.episode)/\(EpisodeNames.lastFrames)/\(camera.observationKey)"
        try writeLast(last, lastName, in: file, camera: camera)

        func space(_ rows: Int) throws(EpisodeError) -> HDF5Handle {
            try HDF5Handle(
                H5Screate_simple(4, [hsize_t(rows)] + picture, nil), H5Sclose, purpose, path: file.path)
        }
        func select(_ space: HDF5Handle, from row: Int, count: Int) throws(EpisodeError) {
            try HDF5.check(
                H5Sselect_hyperslab(
                    space.id, H5S_SELECT_SET, [hsize_t(row), 0, 0, 0], nil, [hsize_t(count)] + picture, nil), purpose,
                path: file.path)
        }
        let creation = try HDF5Handle(H5Pcreate(steadyhand_h5p_dataset_create()), H5Pclose, purpose, path: file.path)
        try HDF5.check(H5Pset_obj_track_times(creation.id, false), purpose, path: file.path)
        let whole = try space(steps)
        if steps > 1 {
            let (target, source) = (try space(steps), try space(steps))
            try select(target, from: 0, count: steps - 1)
            try select(source, from: 1, count: steps - 1)
            try HDF5.check(
                H5Pset_virtual(creation.id, target.id, ".", "/" + path("obs", camera), source.id), purpose,
                path: file.path)
        }
        let (target, source) = (try space(steps), try space(1))
        try select(target, from: steps - 1, count: 1)
        try HDF5.check(
            H5Pset_virtual(creation.id, target.id, ".", "/" + lastName, source.id), purpose, path: file.path)
        let dataset = try HDF5Handle(
            H5Dcreate2(
                file.id, name, ElementType.uint8.identifier, whole.id, steadyhand_h5p_default(), creation.id,
                steadyhand_h5p_default()), H5Dclose, purpose, path: file.path)
        try dataset.close(purpose, path: file.path)
    }

    private static func writeLast(
        _ pixels: [UInt8], _ name: String, in file: HDF5File, camera: EpisodeCamera
    ) throws(EpisodeError) {
        let purpose = "write \(name)"
        let group = "\(EpisodeNames.episode)/\(EpisodeNames.lastFrames)"
        if try !file.has(group) { try file.makeGroup(group) }
        let shape = [1] + shape(camera)
        let space = try HDF5Handle(H5Screate_simple(4, shape, nil), H5Sclose, purpose, path: file.path)
        let creation = try creation(chunk: shape, purpose, path: file.path)
        let dataset = try HDF5Handle(
            H5Dcreate2(
                file.id, name, ElementType.uint8.identifier, space.id, steadyhand_h5p_default(), creation.id,
                steadyhand_h5p_default()), H5Dclose, purpose, path: file.path)
        try HDF5.check(
            H5Dwrite(
                dataset.id, ElementType.uint8.identifier, steadyhand_h5s_all(), steadyhand_h5s_all(),
                steadyhand_h5p_default(), pixels), purpose, path: file.path)
        try dataset.close(purpose, path: file.path)
    }

    /// The fastest level: pictures of scenes come out a tenth larger than with the usual one, in a third of the time.
    private static func creation(chunk: [hsize_t], _ purpose: String, path: String) throws(EpisodeError) -> HDF5Handle {
        let creation = try HDF5Handle(H5Pcreate(steadyhand_h5p_dataset_create()), H5Pclose, purpose, path: path)
        try HDF5.check(H5Pset_obj_track_times(creation.id, false), purpose, path: path)
        try HDF5.check(H5Pset_chunk(creation.id, 4, chunk), purpose, path: path)
        try HDF5.check(H5Pset_deflate(creation.id, 1), purpose, path: path)
        return creation
    }

    private static func shape(_ camera: EpisodeCamera) -> [hsize_t] {
        [hsize_t(camera.height), hsize_t(camera.width), 3]
    }

    static func path(_ group: String, _ camera: EpisodeCamera) -> String {
        "\(EpisodeNames.episode)/\(group)/\(camera.observationKey)"
    }
}

extension HDF5File {
    /// Consecutive pictures of a dataset, as they lie.
    func pictures(_ name: String, _ camera: EpisodeCamera, from row: Int, count: Int) throws(EpisodeError) -> [UInt8] {
        let found = try shape(name)
        guard found.count == 4, Array(found.dropFirst()) == [camera.height, camera.width, 3], row + count <= found[0]
        else {
            throw EpisodeError(
                .content, path: path,
                message:
                    "\(name) has the shape \(found), expected [\(row + count) or more, \(camera.height), \(camera.width), 3]"
            )
        }
        let purpose = "read \(name)"
        let dataset = try HDF5Handle(H5Dopen2(id, name, steadyhand_h5p_default()), H5Dclose, purpose, path: path)
        let extent = [hsize_t(count), hsize_t(camera.height), hsize_t(camera.width), 3]
        let source = try HDF5Handle(H5Dget_space(dataset.id), H5Sclose, purpose, path: path)
        try HDF5.check(
            H5Sselect_hyperslab(source.id, H5S_SELECT_SET, [hsize_t(row), 0, 0, 0], nil, extent, nil), purpose,
            path: path)
        let target = try HDF5Handle(H5Screate_simple(4, extent, nil), H5Sclose, purpose, path: path)
        var status: herr_t = -1
        let pixels = [UInt8](unsafeUninitializedCapacity: count * camera.frameBytes) { buffer, filled in
            status = H5Dread(
                dataset.id, ElementType.uint8.identifier, target.id, source.id, steadyhand_h5p_default(),
                buffer.baseAddress)
            filled = status >= 0 ? buffer.count : 0
        }
        try HDF5.check(status, purpose, path: path)
        return pixels
    }
}
