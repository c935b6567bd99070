public import Robots

/// The world beside the robot: a table, the objects on it, and the cameras that look at it.
///
/// Lengths are in metres, in the world frame: x away from the robot, y to its left, z up, the table's centre at
/// x = y = 0.
public struct SceneDescription: Sendable {
    /// Height of the table's top above the floor, m.
    public var tableHeight: Double
    /// Sliding, torsional and rolling friction of the table's top.
    public var tableFriction: SIMD3<Double>
    /// The things that a task is about, in the order in which a `SceneSnapshot` holds them.
    public var objects: [SceneObject]
    /// The cameras that a ``Renderer`` can be asked for by name.
    public var cameras: [SceneCamera]

    /// A scene with a table and nothing on it.
    public init(
        tableHeight: Double, tableFriction: SIMD3<Double> = SIMD3(1, 0.005, 0.0001), objects: [SceneObject],
        cameras: [SceneCamera]
    ) {
        self.tableHeight = tableHeight
        self.tableFriction = tableFriction
        self.objects = objects
        self.cameras = cameras
    }
}

/// One object of a scene: a rigid body of one or more solids.
public struct SceneObject: Sendable {
    /// What can move an object.
    public enum Mobility: Sendable {
        /// Gravity and contact. `damping` is that of its six degrees of freedom, N·s/m and N·m·s/rad.
        case free(damping: Double)
        /// Nothing during an episode; each episode places it anew.
        case placed
    }

    /// The name, unique in the scene and different from every body of the robot.
    public var name: String
    /// What can move it.
    public var mobility: Mobility
    /// What it is made of, in the object's frame.
    public var solids: [Solid]

    /// An object of the given solids.
    public init(name: String, mobility: Mobility, solids: [Solid]) {
        self.name = name
        self.mobility = mobility
        self.solids = solids
    }
}

/// A primitive shape with its contact properties and its look.
public struct Solid: Sendable {
    /// A convex primitive. Its axis, where it has one, is z.
    public enum Shape: Sendable {
        /// Half of its extent along x, y and z, m.
        case box(half: SIMD3<Double>)
        /// Radius and half of the height, m.
        case cylinder(radius: Double, halfHeight: Double)
        /// Radius and half of the straight part's length, m.
        case capsule(radius: Double, halfLength: Double)
    }

    /// Red, green, blue from 0 to 1, and how much the surface shines from 0 to 1.
    public struct Look: Sendable {
        /// Red, green and blue, 0…1.
        public var colour: SIMD3<Double>
        /// Strength of the highlight, 0…1.
        public var shine: Double

        /// A coloured surface.
        public init(colour: SIMD3<Double>, shine: Double = 0.3) {
            self.colour = colour
            self.shine = shine
        }
    }

    /// The shape and its size.
    public var shape: Shape
    /// Where it is in its object.
    public var pose: Pose
    /// kg/m³.
    public var density: Double
    /// Sliding, torsional and rolling friction.
    public var friction: SIMD3<Double>
    /// Dimensions of the contact's force: 3 with sliding friction, 4 also torsional, 6 also rolling.
    public var contactDimensions: Int
    /// MuJoCo's constraint impedance (first, last, width).
    public var impedance: SIMD3<Double>
    /// MuJoCo's constraint reference (time constant in s, damping ratio).
    public var reference: SIMD2<Double>
    /// How it is drawn.
    public var look: Look

    /// A solid; the contact properties default to MuJoCo's.
    public init(
        _ shape: Shape, at pose: Pose = Pose(), density: Double = 1000,
        friction: SIMD3<Double> = SIMD3(1, 0.005, 0.0001), contactDimensions: Int = 3,
        impedance: SIMD3<Double> = SIMD3(0.9, 0.95, 0.001), reference: SIMD2<Double> = SIMD2(0.02, 1), look: Look
    ) {
        self.shape = shape
        self.pose = pose
        self.density = density
        self.friction = friction
        self.contactDimensions = contactDimensions
        self.impedance = impedance
        self.reference = reference
        self.look = look
    }
}

/// A camera that stands in the world.
public struct SceneCamera: Sendable {
    /// The name to ask a ``Renderer`` for.
    public var name: String
    /// Where it is in the world: it looks along its −z, with +y up in the picture.
    public var pose: Pose
    /// Vertical field of view, degrees.
    public var fieldOfView: Double

    /// A camera at a pose.
    public init(name: String, pose: Pose, fieldOfView: Double = 45) {
        self.name = name
        self.pose = pose
        self.fieldOfView = fieldOfView
    }

    /// A camera at `position` that looks at `target` with the world's z up in the picture. They must not stand above
    /// one another.
    public init(name: String, position: SIMD3<Double>, lookingAt target: SIMD3<Double>, fieldOfView: Double = 45) {
        let backward = (position - target) / (position - target).length
        let right = SIMD3(-backward.y, backward.x, 0) / SIMD3(-backward.y, backward.x, 0).length
        let up = backward.cross(right)
        self.init(
            name: name, pose: Pose(position: position, orientation: Quaternion(columns: (right, up, backward))),
            fieldOfView: fieldOfView)
    }
}
