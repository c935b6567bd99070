import CRealtime
internal import Robots

extension SceneDescription {
    /// Name of the frame that the robot is attached to.
    static var robotFrame: String { "robot_base" }
    /// Name of the frame that the objects are attached to.
    static var objectFrame: String { "objects" }
    /// Half of the table's extent along x, y and z, m.
    static var tableHalf: SIMD3<Double> { SIMD3(0.4, 0.4, 0.025) }

    /// The scene in MuJoCo's model language, without the robot and the objects. These are attached to the frames
    /// ``robotFrame`` and ``objectFrame``, in this order: it is the order of the values in a ``SceneSnapshot``.
    ///
    /// The solver settings are those of the published Square environment (Newton, elliptic cones, impratio 20, air of
    /// density 1.2 kg/m³ and viscosity 2e-5 Pa·s), with the integrator that the robot's model asks for. MuJoCo's own
    /// reset after a diverged step is off, so that a fault is seen and not hidden. Objects that lie still sleep until something
    /// touches them: a nut on the table has dozens of contacts, which would be solved anew in every step.
    func mjcf(robotAt base: Pose, timestep: Double) -> String {
        """
        <mujoco model="scene">
          <compiler angle="radian" autolimits="true"/>
          <option timestep="\(timestep)" integrator="implicitfast" solver="Newton" iterations="100" tolerance="1e-8"
            cone="elliptic" impratio="20" density="1.2" viscosity="2e-5"><flag autoreset="disable" sleep="enable"/></option>
          <statistic center="0 0 0.9" extent="1.5"/>
          <visual>
            <global offwidth="2048" offheight="2048"/>
            <headlight ambient="0.32 0.32 0.34" diffuse="0.22 0.22 0.22" specular="0.05 0.05 0.05"/>
            <map znear="0.01" zfar="40" fogstart="6" fogend="16"/>
            <quality shadowsize="4096" offsamples="8"/>
            <rgba fog="0.86 0.88 0.91 1" haze="0.86 0.88 0.91 1"/>
          </visual>
          <asset>
            <texture name="sky" type="skybox" builtin="gradient" rgb1="0.93 0.95 0.97" rgb2="0.55 0.62 0.71"
              width="256" height="1536"/>
            <texture name="floor" type="2d" builtin="checker" rgb1="0.79 0.79 0.78" rgb2="0.76 0.76 0.75"
              width="512" height="512"/>
            <material name="floor" texture="floor" texuniform="true" texrepeat="1 1" specular="0.1" shininess="0.1"
              reflectance="0.06"/>
            <material name="tabletop" rgba="0.82 0.73 0.61 1" specular="0.15" shininess="0.2"/>
            <material name="frame" rgba="0.27 0.29 0.32 1" specular="0.3" shininess="0.4"/>
          </asset>
          <worldbody>
            <light name="key" type="directional" pos="0.8 -1.2 3" dir="-0.35 0.45 -1" diffuse="0.52 0.51 0.49"
              specular="0.25 0.25 0.25" castshadow="true"/>
            <light name="fill" type="directional" pos="1 1.5 2.5" dir="-0.5 -0.6 -0.7" diffuse="0.20 0.21 0.24"
              specular="0 0 0" castshadow="false"/>
            <geom name="floor" type="plane" size="0 0 0.05" material="floor" group="1"/>
            <frame name="\(Self.robotFrame)" \(base.attributes)/>
            \(pedestal(under: base.position))
        \(lines(furniture))
            <frame name="\(Self.objectFrame)"/>
        \(lines(cameras.map(\.element)))
          </worldbody>
        </mujoco>
        """
    }

    private func pedestal(under base: SIMD3<Double>) -> String {
        let half = base.z / 2
        return """
            <geom name="pedestal" type="box" size="0.11 0.11 \(half - 0.01)" pos="\(base.x - 0.03) \(base.y) \(half - 0.01)"
              contype="0" conaffinity="0" material="frame" group="1"/>
            <geom name="pedestal_top" type="box" size="0.15 0.13 0.01" pos="\(base.x - 0.03) \(base.y) \(base.z - 0.01)"
              contype="0" conaffinity="0" material="frame" group="1"/>
            """
    }

    private var furniture: [String] {
        let half = Self.tableHalf
        let friction = tableFriction.text
        let top = """
                <geom name="table" type="box" size="\(half.text)" pos="\(tableCentre.x) \(tableCentre.y) \(tableHeight - half.z)"
                  friction="\(friction)" material="tabletop" group="1"/>
            """
        let legHeight = (tableHeight - 2 * half.z) / 2
        let legs = [(1.0, 1.0), (1, -1), (-1, 1), (-1, -1)].map { x, y in
            let foot = tableCentre + SIMD2(x * (half.x - 0.05), y * (half.y - 0.05))
            return """
                    <geom type="box" size="0.025 0.025 \(legHeight)" pos="\(foot.x) \(foot.y) \(legHeight)"
                      contype="0" conaffinity="0" material="frame" group="1"/>
                """
        }
        return [top] + legs
    }

    func lines(_ elements: [String]) -> String { elements.joined(separator: "\n") }
}

extension SceneCamera {
    fileprivate var element: String {
        "    <camera name=\"\(name)\" \(pose.attributes) fovy=\"\(fieldOfView)\"/>"
    }
}

extension Pose {
    var attributes: String {
        "pos=\"\(position.text)\" quat=\"\(orientation.w) \(orientation.x) \(orientation.y) \(orientation.z)\""
    }
}

extension SIMD3<Double> {
    var text: String { "\(x) \(y) \(z)" }
}
