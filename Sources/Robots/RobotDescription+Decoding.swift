public import Configuration

extension RobotDescription {
    /// Reads a robot file.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong with the file.
    public static func load(path: String) throws(ConfigurationError) -> RobotDescription {
        try decode(Document.load(path: path))
    }

    /// Takes a document as a robot file; paths in it count from the folder of the document's path.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong with it.
    public static func decode(_ document: Document) throws(ConfigurationError) -> RobotDescription {
        try document.decode { file in
            let joints = file.sequence("joints", count: 0...JointVector.capacity).map { element in
                element.mapping(JointDescription.init(decoding:))
            }
            reportRepeatedNames(joints, in: file)
            let devices = decodeDevices(file, joints: joints)
            let (toolBody, toolOffset) = file.mapping("tool", decodeTool)
            return RobotDescription(
                name: file.string("name"),
                path: document.path,
                text: document.text,
                modelPath: decodeModelPath(file),
                toolBody: toolBody,
                toolOffset: toolOffset,
                supportedHardware: decodeHardware(file, hasDevices: !devices.isEmpty),
                joints: joints,
                gripper: file.mapping("gripper", GripperDescription.init(decoding:)),
                devices: devices,
                cameras: decodeCameras(file),
                control: file.mapping("control") { ControlDescription(decoding: $0, joints: joints) },
                safety: file.mapping("safety") { SafetyDescription(decoding: $0, joints: joints) },
                realtime: file.mapping("realtime", RealtimeDescription.init(decoding:)))
        }
    }

    private static func decodeModelPath(_ file: MappingReader) -> String {
        let path = file.path("model")
        if !path.isEmpty, !FilePaths.exists(path) {
            file.report("model", "names \(path), which does not exist; run tools/setup, or correct the path")
        }
        return path
    }

    private static func decodeTool(_ tool: MappingReader) -> (body: String, offset: Pose) {
        let body = tool.string("body")
        let position = tool.vector("position", .metres, in: .between(-2, 2))
        let rotation = tool.vector("rotation", .radians, in: .between(-.pi, .pi))
        return (body, Pose(position: position, orientation: Quaternion(rotationVector: rotation)))
    }

    private static func decodeHardware(_ file: MappingReader, hasDevices: Bool) -> [HardwareKind] {
        file.sequence("hardware", count: 1...HardwareKind.allCases.count).compactMap { element in
            guard let kind = element.choice(HardwareKind.self) else { return nil }
            if kind != .simulated, !hasDevices, !file.has("devices") {
                element.report("is \(kind.rawValue), but the file has no devices; list them under devices")
            }
            return kind
        }
    }

    private static func reportRepeatedNames(_ joints: [JointDescription], in file: MappingReader) {
        var names: Set<String> = []
        for joint in joints where !joint.name.isEmpty && !names.insert(joint.name).inserted {
            file.report("joints", "has two joints with the name '\(joint.name)'; each needs its own")
        }
    }
}

extension JointDescription {
    init(decoding joint: MappingReader) {
        name = joint.string("name")
        lower = joint.quantity("lower", .radians, in: .between(-100, 100))
        upper = joint.quantity("upper", .radians, in: .between(-100, 100))
        velocity = joint.quantity("velocity", .radiansPerSecond, in: .above(0, through: 100))
        acceleration = joint.quantity("acceleration", .radiansPerSecondSquared, in: .above(0, through: 10_000))
        jerk = joint.quantity("jerk", .radiansPerSecondCubed, in: .above(0, through: 1_000_000))
        torque = joint.quantity("torque", .newtonMetres, in: .above(0, through: 10_000))
        torqueRate = joint.quantity("torque_rate", .newtonMetresPerSecond, in: .above(0, through: 1_000_000))
        home = joint.quantity("home", .radians, in: .between(-100, 100))
        if lower >= upper {
            joint.report("upper", "is not above lower; a joint's range goes from lower to upper")
        } else if home < lower || home > upper {
            joint.report("home", "is outside of the joint's range from lower to upper")
        }
    }
}

extension GripperDescription {
    init(decoding gripper: MappingReader) {
        joints = gripper.sequence("joints", count: 1...4).map { $0.text() ?? "" }
        minimumOpening = gripper.quantity("minimum_opening", .metres, in: .between(0, 1))
        maximumOpening = gripper.quantity("maximum_opening", .metres, in: .above(0, through: 1))
        speed = gripper.quantity("speed", .metresPerSecond, in: .above(0, through: 10))
        force = gripper.quantity("force", .newtons, in: .above(0, through: 1000))
        turn = nil
        if gripper.has("closed") || gripper.has("open") {
            let turn = GripperTurn(
                closed: gripper.quantity("closed", .radians, in: .between(-100, 100)),
                open: gripper.quantity("open", .radians, in: .between(-100, 100)), minimumOpening: minimumOpening,
                maximumOpening: maximumOpening)
            if turn.open == turn.closed { gripper.report("open", "is the same angle as closed") }
            self.turn = turn
        }
        if minimumOpening >= maximumOpening {
            gripper.report("maximum_opening", "is not above minimum_opening")
        }
    }
}
