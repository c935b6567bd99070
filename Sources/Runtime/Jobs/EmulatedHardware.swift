import Drivers
import Emulation
import Foundation
import Robots
import Synchronization

/// The emulated robot of a run: plugged in when it is first connected to, unplugged with the last reference to this.
///
/// What is connected to it is the driver of the real one: its bytes, its checks, its deadlines.
public final class EmulatedHardware: Sendable {
    private let settings: EmulationSettings
    private let running = Mutex<RobotEmulator?>(nil)

    init(_ settings: EmulationSettings) { self.settings = settings }

    deinit { running.withLock { _ = $0?.stop() } }

    /// Connects to the robot.
    ///
    /// - Parameters:
    ///   - pose: Where the arm begins, rad; nil for its rest pose, or home.
    ///   - watch: Sees its buses from now on.
    /// - Throws: `ConfigurationError` with the faults of the fault file or the calibration; `EmulatorError` where there is no
    ///   port; `DriverError` where the robot is not well, as a fault file may have it.
    func connect(
        _ robot: RobotDescription, pose: JointVector? = nil, watch: BusWatch = BusWatch()
    ) throws -> BusRobot {
        let emulator = try running.withLock { running in
            if let running { return running }
            var options = try settings.options(of: robot)
            options.pose = pose
            let link = FileManager.default.temporaryDirectory.appendingPathComponent("steadyhand-\(UUID().uuidString)")
                .path
            let emulator = try RobotEmulator(robot, link: link, options: options)
            for line in EmulateJob.lines(robot, emulator: emulator, hand: settings.hand) {
                StandardError.write(line + "\n")
            }
            running = emulator
            return emulator
        }
        return try RobotConnection.connect(
            robot, calibration: emulator.calibration, ports: emulator.ports, watch: watch)
    }
}
