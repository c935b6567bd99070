public import Robots

/// Where things are in the `SceneSnapshot` of a simulated robot.
///
/// The values are: time (s); the positions of the arm's joints (rad), of the fingers (m) and of the objects; the
/// velocities of the same; then position (m) and w-x-y-z quaternion of each placed object.
///
/// The position of a free object is a point (m) and a w-x-y-z quaternion, its velocity a linear one (m/s, world frame) and an
/// angular one (rad/s, object frame). That of a hinged or sliding part is its joint's, rad or m. Objects come in the
/// scene's order, except that each is followed by its parts.
public struct SceneLayout: Hashable, Sendable {
    /// How many joints the arm has.
    public let armJointCount: Int
    /// How many finger joints the gripper has.
    public let fingerJointCount: Int
    /// Names of the free objects, in order.
    public let freeObjects: [String]
    /// Names of the placed objects, in order.
    public let placedObjects: [String]
    /// The hinged and sliding parts, in order.
    public let parts: [ScenePart]
    /// How many position values there are.
    public let positionCount: Int
    /// How many velocity values there are.
    public let velocityCount: Int
    private let poseOffsets: [String: Int]

    /// The layout of a robot with these joints in a scene of these objects. A part whose object is not among them is
    /// left out; the scene does not compile then.
    public init(armJointCount: Int, fingerJointCount: Int, objects: [SceneObject]) {
        self.armJointCount = armJointCount
        self.fingerJointCount = fingerJointCount
        var free: [String] = []
        var placed: [String] = []
        var jointed: [(object: SceneObject, attachment: SceneObject.Attachment, offset: Int)] = []
        var offsets: [String: Int] = [:]
        var position = 1 + armJointCount + fingerJointCount
        var velocities = armJointCount + fingerJointCount
        for object in objects where object.attachment == nil {
            if case .free = object.mobility {
                free.append(object.name)
                offsets[object.name] = position
                position += 7
                velocities += 6
            } else {
                placed.append(object.name)
            }
            for part in objects {
                guard let attachment = part.attachment, attachment.parent == object.name else { continue }
                jointed.append((part, attachment, position))
                position += 1
                velocities += 1
            }
        }
        freeObjects = free
        placedObjects = placed
        positionCount = position - 1
        velocityCount = velocities
        for (index, name) in placed.enumerated() { offsets[name] = position + velocities + 7 * index }
        poseOffsets = offsets
        parts = jointed.compactMap { object, attachment, offset in
            offsets[attachment.parent].map { ScenePart(object, attachment, jointOffset: offset, parentOffset: $0) }
        }
    }

    /// Where the positions begin.
    public var positionOffset: Int { 1 }
    /// Where the velocities begin.
    public var velocityOffset: Int { positionOffset + positionCount }
    /// Where the poses of the placed objects begin.
    public var placedOffset: Int { velocityOffset + velocityCount }
    /// How many values a snapshot has.
    public var count: Int { placedOffset + 7 * placedObjects.count }

    /// Where the seven numbers of a free or placed object's pose begin, or nil if there is no such object.
    public func poseOffset(of object: String) -> Int? { poseOffsets[object] }

    /// The hinged or sliding part of that name, or nil if there is none.
    public func part(_ name: String) -> ScenePart? { parts.first { $0.name == name } }
}

/// A hinged or sliding part of an object: where its joint is in a `SceneSnapshot`, and the part with it.
public struct ScenePart: Hashable, Sendable {
    /// The part's name.
    public let name: String
    /// Where the joint's position is, rad or m.
    public let jointOffset: Int
    /// Where the seven numbers of its object's pose begin.
    public let parentOffset: Int
    private let isHinge: Bool
    private let pose: Pose
    private let axis: SIMD3<Double>
    private let anchor: SIMD3<Double>

    fileprivate init(
        _ object: SceneObject, _ attachment: SceneObject.Attachment, jointOffset: Int, parentOffset: Int
    ) {
        name = object.name
        self.jointOffset = jointOffset
        self.parentOffset = parentOffset
        if case .hinged = object.mobility { isHinge = true } else { isHinge = false }
        (pose, axis, anchor) = (attachment.pose, attachment.axis, attachment.anchor)
    }

    /// The joint's position in a scene, rad or m.
    public func position(in scene: SceneSnapshot) -> Double { scene[jointOffset] }

    /// The part's pose in the world.
    public func pose(in scene: SceneSnapshot) -> Pose {
        let position = scene[jointOffset]
        let motion: Pose
        if isHinge {
            let turn = Quaternion(angle: position, axis: axis)
            motion = Pose(position: anchor - turn.rotate(anchor), orientation: turn)
        } else {
            motion = Pose(position: position * axis)
        }
        return scene.pose(at: parentOffset) * pose * motion
    }
}

extension SceneSnapshot {
    /// The pose in the world whose seven numbers begin at `offset`.
    public func pose(at offset: Int) -> Pose {
        Pose(
            position: SIMD3(self[offset], self[offset + 1], self[offset + 2]),
            orientation: Quaternion(
                w: self[offset + 3], x: self[offset + 4], y: self[offset + 5], z: self[offset + 6]))
    }

    /// Writes the seven numbers of a pose in the world from `offset` on.
    public mutating func setPose(_ pose: Pose, at offset: Int) {
        for axis in 0..<3 { self[offset + axis] = pose.position[axis] }
        self[offset + 3] = pose.orientation.w
        self[offset + 4] = pose.orientation.x
        self[offset + 5] = pose.orientation.y
        self[offset + 6] = pose.orientation.z
    }
}

extension SceneSnapshot {
    /// Whether two scenes have the same bytes.
    func isIdentical(to other: SceneSnapshot) -> Bool {
        guard count == other.count else { return false }
        return (0..<count).allSatisfy { self[$0].bitPattern == other[$0].bitPattern }
    }
}
