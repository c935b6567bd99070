public import Robots

/// Where things are in the `SceneSnapshot` of a simulated robot.
///
/// The values are: time (s); the joint positions of the arm (rad) and of the fingers (m), then position (m) and w-x-y-z
/// quaternion of each free object; the velocities of the same joints, then the linear velocity (m/s, world frame) and
/// angular velocity (rad/s, object frame) of each free object; then position and quaternion of each placed object.
public struct SceneLayout: Hashable, Sendable {
    /// How many joints the arm has.
    public let armJointCount: Int
    /// How many finger joints the gripper has.
    public let fingerJointCount: Int
    /// Names of the free objects, in order.
    public let freeObjects: [String]
    /// Names of the placed objects, in order.
    public let placedObjects: [String]

    /// The layout of a robot with these joints in a scene of these objects.
    public init(armJointCount: Int, fingerJointCount: Int, objects: [SceneObject]) {
        self.armJointCount = armJointCount
        self.fingerJointCount = fingerJointCount
        var free: [String] = []
        var placed: [String] = []
        for object in objects {
            switch object.mobility {
            case .free: free.append(object.name)
            case .placed: placed.append(object.name)
            }
        }
        freeObjects = free
        placedObjects = placed
    }

    /// Where the positions begin.
    public var positionOffset: Int { 1 }
    /// How many position values there are.
    public var positionCount: Int { armJointCount + fingerJointCount + 7 * freeObjects.count }
    /// Where the velocities begin.
    public var velocityOffset: Int { positionOffset + positionCount }
    /// How many velocity values there are.
    public var velocityCount: Int { armJointCount + fingerJointCount + 6 * freeObjects.count }
    /// Where the poses of the placed objects begin.
    public var placedOffset: Int { velocityOffset + velocityCount }
    /// How many values a snapshot has.
    public var count: Int { placedOffset + 7 * placedObjects.count }

    /// Where the seven numbers of an object's pose begin, or nil if there is no such object.
    public func poseOffset(of object: String) -> Int? {
        if let index = freeObjects.firstIndex(of: object) {
            return positionOffset + armJointCount + fingerJointCount + 7 * index
        }
        if let index = placedObjects.firstIndex(of: object) {
            return placedOffset + 7 * index
        }
        return nil
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
