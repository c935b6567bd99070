import CRealtime
internal import Robots

extension SceneDescription {
    /// The objects in MuJoCo's model language, each with its parts inside.
    var objectsMJCF: String {
        """
        <mujoco model="objects">
          <compiler angle="radian" autolimits="true"/>
          <asset>
        \(lines(objects.flatMap(\.assets)))
          </asset>
          <worldbody>
        \(lines(objects.filter { $0.attachment == nil }.map { element($0) }))
          </worldbody>
          <contact>
        \(lines(objects.compactMap(\.exclusion)))
          </contact>
        </mujoco>
        """
    }

    private func element(_ object: SceneObject) -> String {
        let parts = objects.filter { $0.attachment?.parent == object.name }.map { element($0) }
        return """
                <body name="\(object.name)" \(object.placement)>
            \(lines(object.contents + parts))
                </body>
            """
    }
}

extension SceneObject {
    fileprivate var assets: [String] {
        solids.indices.flatMap { index in
            let look = solids[index].look
            let material = """
                    <material name="\(name)_\(index)" rgba="\(look.colour.text) 1" specular="\(look.shine)" shininess="\(look.shine)"/>
                """
            guard case .frustum = solids[index].shape else { return [material] }
            let vertices = solids[index].shape.corners.map(\.text).joined(separator: " ")
            return [material, "        <mesh name=\"\(name)_\(index)\" vertex=\"\(vertices)\"/>"]
        }
    }

    /// Where the body stands: free and placed ones where the snapshot puts them.
    fileprivate var placement: String {
        switch mobility {
        case .free: ""
        case .placed: "mocap=\"true\""
        case .hinged(let attachment), .sliding(let attachment): attachment.pose.attributes
        }
    }

    fileprivate var contents: [String] {
        var elements: [String] = []
        switch mobility {
        case .free(let damping):
            elements.append("          <joint name=\"\(name)\" type=\"free\" damping=\"\(damping)\"/>")
        case .placed:
            break
        case .hinged(let attachment):
            elements.append(attachment.joint(name: name, type: "hinge"))
        case .sliding(let attachment):
            elements.append(attachment.joint(name: name, type: "slide"))
        }
        if let inertia {
            elements.append(
                """
                          <inertial mass="\(inertia.mass)" pos="\(inertia.centre.text)" diaginertia="\(inertia.moments.text)"/>
                """)
        }
        return elements + solids.indices.map { solids[$0].element(name: "\(name)_\($0)") }
    }

    fileprivate var exclusion: String? {
        attachment.map { "    <exclude body1=\"\($0.parent)\" body2=\"\(name)\"/>" }
    }
}

extension SceneObject.Attachment {
    fileprivate func joint(name: String, type: String) -> String {
        """
                  <joint name="\(name)" type="\(type)" axis="\(axis.text)" pos="\(anchor.text)" limited="true"
                    range="\(range.lowerBound) \(range.upperBound)" damping="\(damping)" frictionloss="\(friction)"/>
        """
    }
}

extension Solid {
    fileprivate func element(name: String) -> String {
        let form =
            switch shape {
            case .box(let half): "type=\"box\" size=\"\(half.text)\""
            case .cylinder(let radius, let halfHeight): "type=\"cylinder\" size=\"\(radius) \(halfHeight)\""
            case .capsule(let radius, let halfLength): "type=\"capsule\" size=\"\(radius) \(halfLength)\""
            case .frustum: "type=\"mesh\" mesh=\"\(name)\""
            }
        return """
                  <geom name="\(name)" \(form) \(pose.attributes) density="\(density)"
                    friction="\(friction.text)" condim="\(contactDimensions)" solimp="\(impedance.text)"
                    solref="\(reference.x) \(reference.y)" margin="\(margin)" material="\(name)" group="1"/>
            """
    }
}
