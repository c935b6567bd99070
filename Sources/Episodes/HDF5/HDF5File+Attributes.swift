import CHDF5

/// Attributes of a group, which hold what is known of it as a whole.
extension HDF5File {
    func setAttribute(_ name: String, of object: String, to text: String) throws(EpisodeError) {
        let type = try textType()
        try writeAttribute(name, of: object, stored: type.id, memory: type.id) { attribute in
            text.withCString { characters in
                var pointer: UnsafePointer<CChar>? = characters
                return H5Awrite(attribute, type.id, &pointer)
            }
        }
    }

    func setAttribute(_ name: String, of object: String, to number: Int64) throws(EpisodeError) {
        let type = steadyhand_h5t_int64()
        var value = number
        try writeAttribute(name, of: object, stored: type, memory: type) { H5Awrite($0, type, &value) }
    }

    func setAttribute(_ name: String, of object: String, to number: UInt64) throws(EpisodeError) {
        let type = steadyhand_h5t_uint64()
        var value = number
        try writeAttribute(name, of: object, stored: type, memory: type) { H5Awrite($0, type, &value) }
    }

    func setAttribute(_ name: String, of object: String, to number: Double) throws(EpisodeError) {
        let type = steadyhand_h5t_float64()
        var value = number
        try writeAttribute(name, of: object, stored: type, memory: type) { H5Awrite($0, type, &value) }
    }

    func hasAttribute(_ name: String, of object: String) throws(EpisodeError) -> Bool {
        try HDF5.check(
            H5Aexists_by_name(id, object, name, steadyhand_h5p_default()), "look for attribute \(name)", path: path) > 0
    }

    func textAttribute(_ name: String, of object: String) throws(EpisodeError) -> String {
        let attribute = try openAttribute(name, of: object)
        let type = try textType()
        var pointer: UnsafeMutablePointer<CChar>?
        try HDF5.check(H5Aread(attribute.id, type.id, &pointer), "read attribute \(name)", path: path)
        guard let pointer else { return "" }
        defer { H5free_memory(pointer) }
        return String(cString: pointer)
    }

    func integerAttribute(_ name: String, of object: String) throws(EpisodeError) -> Int64 {
        var value: Int64 = 0
        let attribute = try openAttribute(name, of: object)
        try HDF5.check(H5Aread(attribute.id, steadyhand_h5t_int64(), &value), "read attribute \(name)", path: path)
        return value
    }

    func unsignedAttribute(_ name: String, of object: String) throws(EpisodeError) -> UInt64 {
        var value: UInt64 = 0
        let attribute = try openAttribute(name, of: object)
        try HDF5.check(H5Aread(attribute.id, steadyhand_h5t_uint64(), &value), "read attribute \(name)", path: path)
        return value
    }

    func realAttribute(_ name: String, of object: String) throws(EpisodeError) -> Double {
        var value: Double = 0
        let attribute = try openAttribute(name, of: object)
        try HDF5.check(H5Aread(attribute.id, steadyhand_h5t_float64(), &value), "read attribute \(name)", path: path)
        return value
    }

    /// Variable length, UTF-8: what h5py writes and reads for `str`.
    private func textType() throws(EpisodeError) -> HDF5Handle {
        let type = try HDF5Handle(H5Tcopy(steadyhand_h5t_c_string()), H5Tclose, "make a text type", path: path)
        try HDF5.check(H5Tset_size(type.id, steadyhand_h5t_variable()), "make a text type", path: path)
        try HDF5.check(H5Tset_cset(type.id, H5T_CSET_UTF8), "make a text type", path: path)
        return type
    }

    private func openAttribute(_ name: String, of object: String) throws(EpisodeError) -> HDF5Handle {
        guard try hasAttribute(name, of: object) else {
            throw EpisodeError(.content, path: path, message: "\(object) has no attribute `\(name)`")
        }
        return try HDF5Handle(
            H5Aopen_by_name(id, object, name, steadyhand_h5p_default(), steadyhand_h5p_default()), H5Aclose,
            "open attribute \(name)", path: path)
    }

    private func writeAttribute(
        _ name: String, of object: String, stored: hid_t, memory: hid_t, _ write: (hid_t) -> herr_t
    ) throws(EpisodeError) {
        let space = try HDF5Handle(H5Screate(H5S_SCALAR), H5Sclose, "make attribute \(name)", path: path)
        let attribute = try HDF5Handle(
            H5Acreate_by_name(
                id, object, name, stored, space.id, steadyhand_h5p_default(), steadyhand_h5p_default(),
                steadyhand_h5p_default()), H5Aclose, "make attribute \(name)", path: path)
        try HDF5.check(write(attribute.id), "write attribute \(name)", path: path)
        try attribute.close("write attribute \(name)", path: path)
    }
}
