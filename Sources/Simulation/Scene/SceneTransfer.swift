internal import CMuJoCo
internal import Robots

/// Copies a scene between a snapshot and MuJoCo's data.
struct SceneTransfer: BitwiseCopyable {
    private let count: Int
    private let positions: Int
    private let velocities: Int
    private let placed: Int

    init(_ layout: SceneLayout) {
        count = layout.count
        positions = layout.positionCount
        velocities = layout.velocityCount
        placed = layout.placedObjects.count
    }

    /// Writes time, positions, velocities and the placed objects' poses; everything else stays.
    @_noLocks
    func load(_ scene: borrowing SceneSnapshot, into data: UnsafeMutablePointer<mjData>) {
        data.pointee.time = scene[0]
        var next = 1
        for index in 0..<positions { data.pointee.qpos[index] = scene[next + index] }
        next += positions
        for index in 0..<velocities { data.pointee.qvel[index] = scene[next + index] }
        next += velocities
        for object in 0..<placed {
            for index in 0..<3 { data.pointee.mocap_pos[3 * object + index] = scene[next + index] }
            for index in 0..<4 { data.pointee.mocap_quat[4 * object + index] = scene[next + 3 + index] }
            next += 7
        }
    }

    /// Reads what ``load(_:into:)`` writes.
    @_noLocks
    func save(_ data: UnsafeMutablePointer<mjData>, into scene: inout SceneSnapshot) {
        scene.count = count
        scene[0] = data.pointee.time
        var next = 1
        for index in 0..<positions { scene[next + index] = data.pointee.qpos[index] }
        next += positions
        for index in 0..<velocities { scene[next + index] = data.pointee.qvel[index] }
        next += velocities
        for object in 0..<placed {
            for index in 0..<3 { scene[next + index] = data.pointee.mocap_pos[3 * object + index] }
            for index in 0..<4 { scene[next + 3 + index] = data.pointee.mocap_quat[4 * object + index] }
            next += 7
        }
    }
}
