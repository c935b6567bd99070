package import CMuJoCo

/// What is done to a robot's model before it is compiled, wherever it is.
package enum ModelSpec {
    /// Reads a model file.
    ///
    /// - Throws: ``ArmModelError`` if MuJoCo cannot read it. The caller deletes what comes back.
    package static func parse(_ path: String) throws(ArmModelError) -> UnsafeMutablePointer<mjSpec> {
        var reason = [CChar](repeating: 0, count: 1024)
        guard let spec = mj_parseXML(path, nil, &reason, Int32(reason.count)) else {
            throw ArmModelError(path: path, message: "cannot be read as a MuJoCo model: \(text(reason))")
        }
        return spec
    }

    /// Compiles a model that was read from `path`.
    ///
    /// - Throws: ``ArmModelError`` with MuJoCo's reason. The caller deletes what comes back.
    package static func compile(
        _ spec: UnsafeMutablePointer<mjSpec>, path: String
    ) throws(ArmModelError) -> UnsafeMutablePointer<mjModel> {
        guard let model = mj_compile(spec, nil) else {
            let message = mjs_getError(spec).map { String(cString: $0) } ?? "for a reason MuJoCo does not give"
            throw ArmModelError(path: path, message: "does not compile: \(message)")
        }
        return model
    }

    /// All elements of a kind, in the model's order.
    package static func elements(
        of spec: UnsafeMutablePointer<mjSpec>, _ kind: mjtObj
    ) -> [UnsafeMutablePointer<mjsElement>] {
        var found: [UnsafeMutablePointer<mjsElement>] = []
        var next = mjs_firstElement(spec, kind)
        while let element = next {
            found.append(element)
            next = mjs_nextElement(spec, element)
        }
        return found
    }

    /// Visual geoms touch nothing; without them their meshes need not be read.
    package static func deleteVisuals(of spec: UnsafeMutablePointer<mjSpec>) {
        var used: Set<String> = []
        for element in elements(of: spec, mjOBJ_GEOM) {
            guard let geom = mjs_asGeom(element) else { continue }
            if geom.pointee.contype == 0 && geom.pointee.conaffinity == 0 {
                _ = mjs_delete(spec, element)
            } else if let mesh = mjs_getString(geom.pointee.meshname) {
                used.insert(String(cString: mesh))
            }
        }
        for element in elements(of: spec, mjOBJ_MESH) {
            guard let name = mjs_getString(mjs_getName(element)) else { continue }
            if !used.contains(String(cString: name)) { _ = mjs_delete(spec, element) }
        }
    }

    /// What MuJoCo wrote into a buffer.
    package static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
