internal import CMuJoCo
internal import Cameras
internal import Foundation
public import Robots

/// What another program needs to draw the same pictures: the compiled model and states of it, in MuJoCo's own forms.
public enum RenderingPeerFiles {
    /// Writes `model.mjb`, and `states.json` with the positions and the placed objects' poses of each scene.
    ///
    /// - Parameters:
    ///   - task: the task.
    ///   - robot: the robot.
    ///   - scenes: what is drawn, in turn.
    ///   - folder: is there already.
    /// - Throws: ``SceneError`` if the scene does not compile or a file cannot be written.
    public static func write(
        task: any ManipulationTask, robot: RobotDescription, scenes: [SceneSnapshot], to folder: String
    ) throws(SceneError) {
        let scene = try CompiledScene(task: task, robot: robot, visuals: .collision)
        guard let data = mj_makeData(scene.model) else { throw SceneError("no memory for the state of the scene") }
        defer { mj_deleteData(data) }
        Renderer.simplify(scene.model)
        mj_saveModel(scene.model, folder + "/model.mjb", nil, 0)
        let transfer = SceneTransfer(scene.layout)
        var states: [[String: [Double]]] = []
        for snapshot in scenes {
            transfer.load(snapshot, into: data)
            let (positions, placed) = (Int(scene.model.pointee.nq), Int(scene.model.pointee.nmocap))
            states.append([
                "qpos": Array(UnsafeBufferPointer(start: data.pointee.qpos, count: positions)),
                "mocap_pos": Array(UnsafeBufferPointer(start: data.pointee.mocap_pos, count: 3 * placed)),
                "mocap_quat": Array(UnsafeBufferPointer(start: data.pointee.mocap_quat, count: 4 * placed)),
            ])
        }
        do {
            try JSONEncoder().encode(states).write(to: URL(fileURLWithPath: folder + "/states.json"))
        } catch {
            throw SceneError("\(folder): the scene cannot be written: \(error.localizedDescription)")
        }
    }
}
