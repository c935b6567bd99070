public import Robots

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
        /// A cone without its tip, as a prism of ``Solid/frustumSides`` sides whose edges lie on it: radius at the
        /// bottom, radius at the top, half of the height, m.
        case frustum(bottomRadius: Double, topRadius: Double, halfHeight: Double)
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

    /// How many sides a frustum has.
    public static let frustumSides = 32

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
    /// Distance at which contacts begin, m.
    public var margin: Double
    /// How it is drawn.
    public var look: Look

    /// A solid; the contact properties default to MuJoCo's.
    public init(
        _ shape: Shape, at pose: Pose = Pose(), density: Double = 1000,
        friction: SIMD3<Double> = SIMD3(1, 0.005, 0.0001), contactDimensions: Int = 3,
        impedance: SIMD3<Double> = SIMD3(0.9, 0.95, 0.001), reference: SIMD2<Double> = SIMD2(0.02, 1),
        margin: Double = 0, look: Look
    ) {
        self.shape = shape
        self.pose = pose
        self.density = density
        self.friction = friction
        self.contactDimensions = contactDimensions
        self.impedance = impedance
        self.reference = reference
        self.margin = margin
        self.look = look
    }
}
