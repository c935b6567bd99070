public import Robots

/// One object of a scene: a rigid body of one or more solids.
public struct SceneObject: Sendable {
    /// What can move an object.
    public enum Mobility: Sendable {
        /// Gravity and contact. `damping` is that of its six degrees of freedom, N·s/m and N·m·s/rad.
        case free(damping: Double)
        /// Nothing during an episode; each episode places it anew.
        case placed
        /// Gravity and contact, about an axis of another object: a lid, a door. Its joint's position is an angle, rad.
        case hinged(Attachment)
        /// Gravity and contact, along an axis of another object: a drawer. Its joint's position is a length, m.
        case sliding(Attachment)
    }

    /// How a part is joined to another object, which may itself be free or placed. The two never touch each other.
    public struct Attachment: Sendable {
        /// Name of the object that it belongs to, which stands before it in the scene.
        public var parent: String
        /// Where the part is in that object while its joint's position is zero.
        public var pose: Pose
        /// Unit vector of the axis, in the part's frame.
        public var axis: SIMD3<Double>
        /// A point on the axis, in the part's frame, m. Slides need none.
        public var anchor: SIMD3<Double>
        /// Where the joint ends, rad or m.
        public var range: ClosedRange<Double>
        /// N·m·s/rad or N·s/m.
        public var damping: Double
        /// Dry friction, N·m or N.
        public var friction: Double

        /// A joint between a part and its object.
        public init(
            to parent: String, at pose: Pose, axis: SIMD3<Double>, anchor: SIMD3<Double> = .zero,
            range: ClosedRange<Double>, damping: Double, friction: Double = 0
        ) {
            self.parent = parent
            self.pose = pose
            self.axis = axis
            self.anchor = anchor
            self.range = range
            self.damping = damping
            self.friction = friction
        }
    }

    /// Mass, centre of mass and moments of inertia about it, along the object's axes.
    public struct Inertia: Sendable {
        /// kg.
        public var mass: Double
        /// In the object's frame, m.
        public var centre: SIMD3<Double>
        /// kg·m².
        public var moments: SIMD3<Double>

        /// The inertia of a body whose principal axes are those of its frame.
        public init(mass: Double, centre: SIMD3<Double>, moments: SIMD3<Double>) {
            self.mass = mass
            self.centre = centre
            self.moments = moments
        }
    }

    /// The name, unique in the scene and different from every body of the robot.
    public var name: String
    /// What can move it.
    public var mobility: Mobility
    /// What it is made of, in the object's frame.
    public var solids: [Solid]
    /// Its inertia where that is given; otherwise it follows from the solids and their densities.
    public var inertia: Inertia?

    /// An object of the given solids.
    public init(name: String, mobility: Mobility, solids: [Solid], inertia: Inertia? = nil) {
        self.name = name
        self.mobility = mobility
        self.solids = solids
        self.inertia = inertia
    }

    /// How it is joined to another object, or nil if it stands by itself.
    var attachment: Attachment? {
        switch mobility {
        case .free, .placed: nil
        case .hinged(let attachment), .sliding(let attachment): attachment
        }
    }
}
