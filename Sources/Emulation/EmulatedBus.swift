/// A bus of emulated devices as the host's adapter sees it: what is sent at one moment comes back as bytes at later ones.
///
/// It keeps wire time (ten bits a byte), the devices' return delay and turn-round, and the frames of the adapter's USB. It
/// has no clock: times are given to it, in seconds from any moment, and may only grow.
public final class EmulatedBus {
    /// Bytes and the moment at which the host can read them.
    public struct Delivery: Equatable, Sendable {
        /// s.
        public var time: Double
        /// In order.
        public var bytes: [UInt8]
    }

    /// The devices.
    public let devices: any EmulatedDevices
    /// What their motors are built into.
    public let physics: any MotorPhysics
    /// Bits a second.
    public let baudRate: Int
    /// What a device needs to turn round from listening to sending, s.
    public let turnRound: Double
    /// What the adapter adds in each direction, s: a microframe of high-speed USB.
    public let usbFrame: Double

    private var noise: WireNoise
    private var schedule: FaultSchedule
    /// When the port is gone, or was last: begin and end, s.
    private var absence = Double.infinity...Double.infinity
    private var now = 0.0
    private var wireFree = 0.0

    /// - Parameters:
    ///   - devices: Fresh.
    ///   - physics: With as many motors.
    ///   - baudRate: Bits a second.
    ///   - faults: What goes wrong.
    public init(
        devices: any EmulatedDevices, physics: any MotorPhysics, baudRate: Int, faults: WireFaults = WireFaults(),
        turnRound: Double = 50e-6, usbFrame: Double = 125e-6
    ) {
        self.devices = devices
        self.physics = physics
        self.baudRate = baudRate
        self.turnRound = turnRound
        self.usbFrame = usbFrame
        noise = WireNoise(faults)
        schedule = FaultSchedule(faults, motors: devices.ids.map(Int.init))
        devices.hostBaudRate = baudRate
        devices.take(physics.motions, at: 0)
    }

    /// How long this many bytes take, s.
    public func wireTime(bytes: Int) -> Double { Double(bytes * 10) / Double(baudRate) }

    /// Moves motors and schedule on.
    public func advance(to time: Double) {
        while let event = schedule.next(until: time) {
            move(to: event.time)
            suffer(event.kind, at: event.time)
        }
        move(to: time)
    }

    /// Something happens now, beside what is planned.
    ///
    /// - Parameter time: Now, s.
    public func suffer(_ kind: ScheduledFault.Kind, at time: Double) {
        noise.noteEvent()
        switch kind {
        case .device(let what, let motor):
            devices.suffer(what, motor: motor, at: time)
            if case .blocked(let isBlocked) = what, let index = devices.ids.firstIndex(where: { $0 == motor }) {
                physics.block(index, isBlocked)
            }
        case .unplugged(let seconds): absence = time...(time + seconds)
        }
    }

    private func move(to time: Double) {
        // Steps of at most 5 ms, so that goals and protections are followed while nobody talks.
        while time - now > 1e-9 {
            let next = min(time, now + 0.005)
            physics.advance(by: next - now, drives: devices.drives(at: now))
            now = next
            devices.take(physics.motions, at: now)
        }
    }

    /// The host hands over bytes at a moment.
    ///
    /// - Returns: What comes back, and when.
    public func send(_ bytes: [UInt8], at time: Double) -> [Delivery] {
        let begin = max(time + usbFrame, wireFree)
        let heard = begin + wireTime(bytes: bytes.count)
        var deliveries: [Delivery] = []
        if noise.faults.echoes { deliveries.append(Delivery(time: heard + usbFrame, bytes: bytes)) }
        advance(to: heard)
        physics.noteRequest()
        wireFree = heard
        for reply in Self.collide(devices.receive(bytes, at: heard)) {
            guard let (spoilt, lateness) = noise.spoil(reply), !spoilt.bytes.isEmpty else { continue }
            let start = max(wireFree, heard) + turnRound + spoilt.delay
            let end = start + wireTime(bytes: spoilt.bytes.count)
            wireFree = end
            deliveries.append(Delivery(time: end + usbFrame + lateness, bytes: spoilt.bytes))
        }
        return deliveries
    }

    /// Two devices with one address talk at once: the wire is low when either pulls it low, and they are a bit apart.
    private static func collide(_ replies: [EmulatedReply]) -> [EmulatedReply] {
        var result: [EmulatedReply] = []
        for reply in replies {
            guard let last = result.last, last.id == reply.id else {
                result.append(reply)
                continue
            }
            var carry: UInt8 = 1
            for (index, byte) in reply.bytes.enumerated() where index < last.bytes.count {
                result[result.count - 1].bytes[index] &= byte << 1 | carry
                carry = byte >> 7
            }
        }
        return result
    }

    /// Whether the port is there; moves motors and schedule on.
    public func isPresent(at time: Double) -> Bool {
        advance(to: time)
        return !absence.contains(time)
    }

    /// What has gone through the wire, and what went wrong on it.
    public var injected: InjectedFaults { noise.counts }
}
