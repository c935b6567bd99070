public import Configuration
public import Robots

extension WireFaults {
    /// Reads a fault file: what shall go wrong on the bus of a device.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - robot: Whose motors the file names, by id or by joint.
    ///   - seed: Of what is at random.
    /// - Returns: What goes wrong on each device's bus, by the device's name.
    /// - Throws: `ConfigurationError` with everything that is wrong with the file.
    public static func load(
        path: String, robot: RobotDescription, seed: UInt64
    ) throws(ConfigurationError) -> [String: WireFaults] {
        try decode(Document.load(path: path), robot: robot, seed: seed)
    }

    /// Takes a document as a fault file.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong with it.
    public static func decode(
        _ document: Document, robot: RobotDescription, seed: UInt64
    ) throws(ConfigurationError) -> [String: WireFaults] {
        try document.decode { file in
            var faults = WireFaults()
            faults.seed = seed
            faults.lost = file.fraction("lost", default: 0)
            faults.late = file.fraction("late", default: 0)
            faults.corrupted = file.fraction("corrupted", default: 0)
            faults.truncated = file.fraction("truncated", default: 0)
            faults.wrongId = file.fraction("wrong_id", default: 0)
            faults.echoes = file.boolean("echo", default: false)
            let events = file.value("events")?.sequence(count: 0...1000) ?? []
            let decoded = events.compactMap { element in element.mapping { FaultEntry(decoding: $0, robot: robot) } }
            var byDevice: [String: WireFaults] = [:]
            for (index, device) in robot.devices.enumerated() {
                var own = faults
                own.seed = seed &+ UInt64(index)
                for entry in decoded where entry.device == nil || entry.device == device.name { entry.add(to: &own) }
                byDevice[device.name] = own
            }
            return byDevice
        }
    }
}

/// One entry of a fault file's `events`.
private struct FaultEntry {
    enum What: String, CaseIterable {
        case overload, voltage, temperature, reboot, silent, blocked, unplugged
    }

    /// The device that it happens to, or one of whose motors it happens to; nil for all.
    var device: String?
    private var event: EmulatedEvent?
    private var motor: Int?
    private var time: Double?
    private var interval: Double?
    private var duration: Double

    /// Nil if it says nothing that can happen.
    init?(decoding entry: MappingReader, robot: RobotDescription) {
        let what = entry.choice("what", standIn: What.overload)
        duration = .infinity
        for key in ["at", "every", "for", "motor", "value"] { _ = entry.value(key) }
        if entry.has("at") { time = entry.quantity("at", .seconds, in: .between(0, 1e7)) }
        if entry.has("every") { interval = entry.quantity("every", .seconds, in: .above(0, through: 1e7)) }
        if time != nil && interval != nil {
            entry.report("every", "stands beside at; write one of the two")
        } else if time == nil && interval == nil {
            entry.report("what", "has no time; write at: 5 s, or every: 30 s for a mean time between")
        }
        if entry.has("for") { duration = entry.quantity("for", .seconds, in: .above(0, through: 1e7)) }
        switch what {
        case .overload: event = .overload
        case .reboot: event = .reboot
        case .silent: event = .silent(true)
        case .blocked: event = .blocked(true)
        case .voltage: event = .voltage(entry.quantity("value", .volts, in: .between(0, 60)))
        case .temperature: event = .temperature(entry.quantity("value", .degreesCelsius, in: .between(-40, 200)))
        case .unplugged: event = nil
        }
        if entry.has("for"), what == .overload || what == .reboot {
            entry.report("for", "stands at \(what.rawValue), which has no end to wait for; leave it out")
        }
        if entry.has("value"), what != .voltage, what != .temperature {
            entry.report("value", "stands at \(what.rawValue), which needs none; leave it out")
        }
        findMotor(entry, what: what, robot: robot)
        guard entry.has("what") else { return nil }
    }

    private mutating func findMotor(_ entry: MappingReader, what: What, robot: RobotDescription) {
        let all = robot.devices.flatMap { device in device.motors.map { (device.name, $0) } }
        guard what != .unplugged else {
            if entry.has("motor") {
                entry.report("motor", "stands at unplugged, which happens to the port; leave it out")
            }
            return
        }
        guard entry.has("motor") else {
            if interval == nil { entry.report("what", "names no motor; write motor: with its id or its joint") }
            return
        }
        let name = entry.string("motor")
        guard let found = all.first(where: { $0.1.joint == name || String($0.1.id) == name }) else {
            let known = all.map { "\($0.1.id) (\($0.1.joint))" }.joined(separator: ", ")
            entry.report("motor", "is '\(name)', which this robot does not have; there are \(known)")
            return
        }
        (device, motor) = (found.0, found.1.id)
    }

    func add(to faults: inout WireFaults) {
        if let interval {
            faults.recurring.append(
                RecurringFault(interval: interval, duration: duration, event: event, motor: motor))
            return
        }
        guard let time else { return }
        guard let event else {
            faults.events.append(ScheduledFault(time: time, kind: .unplugged(seconds: duration)))
            return
        }
        guard let motor else { return }
        faults.events.append(ScheduledFault(time: time, kind: .device(event, motor: motor)))
        if let end = event.end, duration < .infinity {
            faults.events.append(ScheduledFault(time: time + duration, kind: .device(end, motor: motor)))
        }
    }
}
