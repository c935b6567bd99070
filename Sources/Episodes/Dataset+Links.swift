import CHDF5
import Foundation

/// The file that makes one dataset of the folder's episodes.
extension Dataset {
    /// Writes `dataset.hdf5` anew: `data/demo_N` links to the episode of number N, by relative name, so that the folder
    /// can be moved. The old file stays until the new one is complete.
    ///
    /// - Parameter masks: Lists of episode numbers by name, such as `train` and `valid`: robomimic's filter keys.
    /// - Throws: ``EpisodeError`` where an episode cannot be opened, a mask names one that is not there, or the disk
    ///   refuses.
    public func rebuildLinks(masks: [String: [Int]] = [:]) throws(EpisodeError) {
        let scratch = linkPath + ".rebuilding"
        var total: Int64 = 0
        var environment = "{}"
        var names: [(index: Int, file: String)] = []
        for path in episodePaths {
            let name = (path as NSString).lastPathComponent
            guard let index = EpisodeNames.index(ofFile: name) else { continue }
            let reader = try EpisodeReader(path: path)
            if names.isEmpty { environment = reader.header.environmentJSON }
            total += Int64(reader.stepCount)
            names.append((index, name))
        }
        let known = Set(names.map(\.index))
        for (mask, members) in masks {
            if let stranger = members.first(where: { !known.contains($0) }) {
                throw EpisodeError(
                    .missing, path: folder, message: "mask `\(mask)` names episode \(stranger), which is not there")
            }
        }
        try HDF5.serially { () throws(EpisodeError) in
            let file = try HDF5File(path: scratch, .replace)
            try file.makeGroup("data")
            try file.setAttribute("env_args", of: "data", to: environment)
            try file.setAttribute("total", of: "data", to: total)
            for (index, name) in names {
                try file.link("data/demo_\(index)", to: "/" + EpisodeNames.episode, in: name)
            }
            if !masks.isEmpty { try file.makeGroup("mask") }
            for (name, members) in masks.sorted(by: { $0.key < $1.key }) {
                try file.writeNames(members.sorted().map { "demo_\($0)" }, to: "mask/\(name)")
            }
            try file.close()
        }
        try Disk.publish(scratch, as: linkPath)
    }
}

extension HDF5File {
    /// Writes texts of ASCII characters as a dataset of fixed-length strings, as robomimic's masks are.
    func writeNames(_ names: [String], to dataset: String) throws(EpisodeError) {
        let purpose = "write \(dataset)"
        let width = max(1, names.map(\.utf8.count).max() ?? 1)
        let type = try HDF5Handle(H5Tcopy(steadyhand_h5t_c_string()), H5Tclose, purpose, path: path)
        try HDF5.check(H5Tset_size(type.id, width), purpose, path: path)
        try HDF5.check(H5Tset_strpad(type.id, H5T_STR_NULLPAD), purpose, path: path)
        let bytes = names.flatMap { Array($0.utf8) + Array(repeating: 0, count: width - $0.utf8.count) }
        let space = try HDF5Handle(
            H5Screate_simple(1, [hsize_t(names.count)], nil), H5Sclose, purpose, path: path)
        let creation = try HDF5Handle(H5Pcreate(steadyhand_h5p_dataset_create()), H5Pclose, purpose, path: path)
        try HDF5.check(H5Pset_obj_track_times(creation.id, false), purpose, path: path)
        let made = try HDF5Handle(
            H5Dcreate2(
                id, dataset, type.id, space.id, steadyhand_h5p_default(), creation.id, steadyhand_h5p_default()),
            H5Dclose, purpose, path: path)
        if !names.isEmpty {
            try HDF5.check(
                H5Dwrite(
                    made.id, type.id, steadyhand_h5s_all(), steadyhand_h5s_all(), steadyhand_h5p_default(), bytes),
                purpose, path: path)
        }
        try made.close(purpose, path: path)
    }
}
