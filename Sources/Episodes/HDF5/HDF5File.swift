import CHDF5

/// An open HDF5 file. All of it runs inside ``HDF5/serially(_:)``.
///
/// Files are in the 1.10 format: it is the one in which an unclosed file can be read (single writer, many readers), and
/// in which robomimic's loader opens files.
final class HDF5File {
    enum Opening {
        /// A new file; none of that name may be there.
        case create
        /// A new file in place of any that is there.
        case replace
        case read
        /// To read a file whose writer has not closed it, or never will.
        case readUnclosed
        case change
    }

    let path: String
    let handle: HDF5Handle
    var id: hid_t { handle.id }

    init(path: String, _ opening: Opening) throws(EpisodeError) {
        self.path = path
        let access = try HDF5Handle(
            H5Pcreate(steadyhand_h5p_file_access()), H5Pclose, "prepare to open the file", path: path)
        try HDF5.check(
            H5Pset_libver_bounds(access.id, H5F_LIBVER_V110, H5F_LIBVER_V110), "choose the format", path: path)
        // Every object must be closed before the file is: an object left open would keep a finished file half open.
        try HDF5.check(H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG), "prepare to open the file", path: path)
        let opened: hid_t
        switch opening {
        case .create, .replace:
            let creation = try HDF5Handle(
                H5Pcreate(steadyhand_h5p_file_create()), H5Pclose, "prepare to create the file", path: path)
            try HDF5.check(H5Pset_obj_track_times(creation.id, false), "leave times out", path: path)
            let flags = opening == .create ? steadyhand_h5f_create_new() : steadyhand_h5f_replace()
            opened = H5Fcreate(path, flags, creation.id, access.id)
        case .read: opened = H5Fopen(path, steadyhand_h5f_read(), access.id)
        case .readUnclosed: opened = H5Fopen(path, steadyhand_h5f_read_unclosed(), access.id)
        case .change: opened = H5Fopen(path, steadyhand_h5f_write(), access.id)
        }
        handle = try HDF5Handle(opened, H5Fclose, "open the file", path: path)
    }

    /// From here on, what is flushed can be read even if this process dies; no object or attribute may be added.
    func startAppending() throws(EpisodeError) {
        try HDF5.check(H5Fstart_swmr_write(id), "start appending", path: path)
    }

    /// Hands everything written so far to the operating system.
    func flush() throws(EpisodeError) {
        try HDF5.check(H5Fflush(id, H5F_SCOPE_GLOBAL), "flush the file", path: path)
    }

    func close() throws(EpisodeError) {
        try handle.close("close the file", path: path)
    }

    /// Makes a group; those above it must exist.
    func makeGroup(_ name: String) throws(EpisodeError) {
        let creation = try HDF5Handle(
            H5Pcreate(steadyhand_h5p_group_create()), H5Pclose, "prepare group \(name)", path: path)
        try HDF5.check(H5Pset_obj_track_times(creation.id, false), "leave times out", path: path)
        let group = try HDF5Handle(
            H5Gcreate2(id, name, steadyhand_h5p_default(), creation.id, steadyhand_h5p_default()), H5Gclose,
            "make group \(name)", path: path)
        try group.close("close group \(name)", path: path)
    }

    /// Makes `name` stand for `target` in another file, whose name is relative to this file's folder.
    func link(_ name: String, to target: String, in file: String) throws(EpisodeError) {
        try HDF5.check(
            H5Lcreate_external(file, target, id, name, steadyhand_h5p_default(), steadyhand_h5p_default()),
            "link \(name) to \(file)", path: path)
    }

    /// Whether there is an object of that name; every group above it is looked for as well.
    func has(_ name: String) throws(EpisodeError) -> Bool {
        var prefix = ""
        for part in name.split(separator: "/") {
            prefix += prefix.isEmpty ? String(part) : "/\(part)"
            let found = try HDF5.check(
                H5Lexists(id, prefix, steadyhand_h5p_default()), "look for \(prefix)", path: path)
            if found == 0 { return false }
        }
        return true
    }
}
