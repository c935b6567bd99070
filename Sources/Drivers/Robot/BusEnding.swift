internal import Realtime
internal import Robots
internal import Synchronization

/// How a robot's bus of servos was left when its driver disconnected, for whoever waits for the thread that did it.
///
/// Servos whose port has disappeared keep their torque. Once the run is over, and nobody waits for a cycle any more, it can be
/// tried to take it off. Of a servo that did not acknowledge that its torque is off, nobody knows.
public final class BusEnding: Sendable {
    private struct Servos {
        var device: DeviceDescription
        var path: String
    }

    private let gone = Mutex<Servos?>(nil)
    private let unreleased = Mutex<String?>(nil)

    /// The driver has disconnected without its port.
    func noteGone(_ device: DeviceDescription, path: String) {
        gone.withLock { $0 = Servos(device: device, path: path) }
    }

    /// The driver has disconnected, and these motors did not acknowledge it.
    ///
    /// - Parameter motors: A bit for each, in the device's order.
    func note(unreleased motors: UInt32, of device: DeviceDescription) {
        let names = device.motors.enumerated().filter { motors & 1 << UInt32($0.offset) != 0 }.map {
            "motor \($0.element.id) (\($0.element.joint))"
        }
        guard !names.isEmpty else { return }
        let text =
            "\(device.name), \(names.joined(separator: ", ")): nobody acknowledged that the torque is off, so that it may still be "
            + "on: hold the arm, and switch its power off"
        unreleased.withLock { $0 = text }
    }

    /// Opens a port that was gone anew if it comes back, for one thing: to take the torque off.
    ///
    /// - Parameter seconds: How long is waited for it.
    /// - Returns: What became of it, for a person; nil where the port was there, and every torque was taken off.
    public func settle(seconds: Double = 2) -> String? {
        guard let servos = gone.withLock({ $0 }) else { return unreleased.withLock { $0 } }
        let (device, path) = (servos.device, servos.path)
        let gone = "\(device.name): the port \(path) was gone (was the adapter unplugged?); "
        let deadline = MonotonicClock.now().advanced(byNanoseconds: UInt64(seconds * 1e9))
        while true {
            do {
                guard let bench = try device.bus.openBench(path, baudRate: device.baudRate) else { return nil }
                for motor in device.motors { try bench.release(motor.id) }
                return gone + "it came back, and the torque was taken off"
            } catch {
                if MonotonicClock.now() >= deadline { break }
                MonotonicClock.sleep(until: MonotonicClock.now().advanced(byNanoseconds: 50_000_000))
            }
        }
        return gone + "it did not come back, so that the torque may still be on: hold the arm, and switch its power off"
    }
}
