internal import CMuJoCo
internal import Numerics
internal import Robots
internal import Synchronization

/// Draws scenes in which nothing overlaps.
///
/// Published distributions of initial states are ranges for each object and a Gaussian for each joint of the arm. Some draws put the
/// hand into a machine or a drawer's handle, from where contact forces throw the arm: there the safety filter stops
/// it, and a real scene is never like that. Such a draw is thrown away here and made again.
final class OverlapCheck: @unchecked Sendable {
    /// How deep things may be in each other, m: more than what lies on the table sinks into it.
    static let tolerance = 1e-4
    /// After so many draws the last one is taken as it is.
    static let draws = 1000

    private let scene: CompiledScene
    private let data: UnsafeMutablePointer<mjData>
    private let transfer: SceneTransfer
    /// `data` is worked on by one thread at a time.
    private let lock = Mutex(())

    /// Compiles the scene with the robot in it.
    init(
        _ scene: SceneDescription, layout: SceneLayout, robotAt basePose: Pose, robot: RobotDescription
    ) throws(TaskError) {
        do {
            self.scene = try CompiledScene(
                scene, layout: layout, robotAt: basePose, robot: robot, visuals: .collision)
        } catch {
            throw TaskError(error.description)
        }
        guard let data = mj_makeData(self.scene.model) else { throw TaskError("no memory for the state of the scene") }
        self.data = data
        transfer = SceneTransfer(layout)
    }

    deinit {
        mj_deleteData(data)
    }

    /// Whether two things are in each other.
    func overlaps(in snapshot: SceneSnapshot) -> Bool {
        lock.withLock { _ in
            transfer.load(snapshot, into: data)
            mj_fwdPosition(scene.model, data)
            return (0..<Int(data.pointee.ncon)).contains { data.pointee.contact[$0].dist < -Self.tolerance }
        }
    }

    /// The first of the scenes that `draw` makes of a seed's stream in which nothing overlaps.
    func scene(seed: UInt64, _ draw: (inout RandomStream) -> SceneSnapshot) -> SceneSnapshot {
        var random = RandomStream.derived(from: seed, 0)
        var snapshot = draw(&random)
        var draws = 1
        while draws < Self.draws && overlaps(in: snapshot) {
            snapshot = draw(&random)
            draws += 1
        }
        return snapshot
    }
}
