public import CRealtime

/// A unit quaternion, w-x-y-z.
public struct Quaternion: BitwiseCopyable, Hashable, Sendable {
    /// The real part: the cosine of half the angle.
    public var w: Double
    /// The part along x: the axis's x times the sine of half the angle.
    public var x: Double
    /// The part along y.
    public var y: Double
    /// The part along z.
    public var z: Double

    /// A quaternion of these four numbers, which are taken as they are: their squares must add up to one.
    @inlinable
    @_noLocks
    public init(w: Double, x: Double, y: Double, z: Double) {
        self.w = w
        self.x = x
        self.y = y
        self.z = z
    }

    /// No rotation.
    @inlinable
    public static var identity: Quaternion { @_noLocks get { Quaternion(w: 1, x: 0, y: 0, z: 0) } }

    /// The rotation by `angle` (rad) about a unit axis.
    @inlinable
    @_noLocks
    public init(angle: Double, axis: SIMD3<Double>) {
        let half = steadyhand_sin(angle / 2)
        self.init(w: steadyhand_cos(angle / 2), x: axis.x * half, y: axis.y * half, z: axis.z * half)
    }

    /// The rotation about `rotation`'s direction by its length (rad).
    @inlinable
    @_noLocks
    public init(rotationVector rotation: SIMD3<Double>) {
        let angle = steadyhand_sqrt(rotation.x * rotation.x + rotation.y * rotation.y + rotation.z * rotation.z)
        if angle < 1e-12 {
            self = .identity
        } else {
            self.init(angle: angle, axis: rotation / angle)
        }
    }

    /// The reverse rotation.
    @inlinable
    public var conjugate: Quaternion { @_noLocks get { Quaternion(w: w, x: -x, y: -y, z: -z) } }

    /// `left` after `right`.
    @inlinable
    @_noLocks
    public static func * (left: Quaternion, right: Quaternion) -> Quaternion {
        Quaternion(
            w: left.w * right.w - left.x * right.x - left.y * right.y - left.z * right.z,
            x: left.w * right.x + left.x * right.w + left.y * right.z - left.z * right.y,
            y: left.w * right.y - left.x * right.z + left.y * right.w + left.z * right.x,
            z: left.w * right.z + left.x * right.y - left.y * right.x + left.z * right.w)
    }

    /// The vector turned by this rotation.
    @inlinable
    @_noLocks
    public func rotate(_ vector: SIMD3<Double>) -> SIMD3<Double> {
        let axis = SIMD3(x, y, z)
        let twice = 2 * Self.cross(axis, vector)
        return vector + w * twice + Self.cross(axis, twice)
    }

    /// The rotation vector (rad) of the shortest turn that this quaternion describes.
    @inlinable
    public var rotationVector: SIMD3<Double> {
        @_noLocks get {
            let sign: Double = w < 0 ? -1 : 1
            let length = steadyhand_sqrt(x * x + y * y + z * z)
            let scale = length < 1e-12 ? 2 : 2 * steadyhand_atan2(length, sign * w) / length
            return SIMD3(x, y, z) * (sign * scale)
        }
    }

    /// The quaternion scaled to length one.
    @inlinable
    public var normalised: Quaternion {
        @_noLocks get {
            let length = steadyhand_sqrt(w * w + x * x + y * y + z * z)
            return Quaternion(w: w / length, x: x / length, y: y / length, z: z / length)
        }
    }

    @inlinable
    @_noLocks
    static func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
    }
}

/// Where a frame is in a reference frame; the reference is named where the pose is, as in `hand_in_base`.
public struct Pose: BitwiseCopyable, Hashable, Sendable {
    /// m.
    public var position: SIMD3<Double>
    /// How the frame is turned in its reference frame.
    public var orientation: Quaternion

    /// A pose; without arguments, that of the reference frame itself.
    @inlinable
    @_noLocks
    public init(position: SIMD3<Double> = .zero, orientation: Quaternion = .identity) {
        self.position = position
        self.orientation = orientation
    }

    /// The pose of a frame that `inner` places in this one.
    @inlinable
    @_noLocks
    public static func * (outer: Pose, inner: Pose) -> Pose {
        Pose(
            position: outer.position + outer.orientation.rotate(inner.position),
            orientation: outer.orientation * inner.orientation)
    }

    /// The pose of the reference frame in this frame.
    @inlinable
    public var inverse: Pose {
        @_noLocks get {
            let turn = orientation.conjugate
            return Pose(position: turn.rotate(-position), orientation: turn)
        }
    }
}
