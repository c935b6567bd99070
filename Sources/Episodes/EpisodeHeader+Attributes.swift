import Policies

/// The header as attributes of the episode's group.
extension EpisodeHeader {
    /// The SHA-256 of the robot file, in hexadecimal.
    public var robotHash: String { SHA256.hexadecimal(robotText.utf8) }

    /// What robomimic wants to know of the environment.
    ///
    /// Its loader asks for a type; 2 is the one it takes for environments that are made by name.
    var environmentJSON: String {
        JSONText.of(
            [
                "env_name": "\(task)-\(variant)", "type": 2,
                "env_kwargs": ["robot": robotName, "control_freq": stepRate] as [String: Any],
            ] as [String: Any])
    }

    func write(to file: HDF5File) throws(EpisodeError) {
        try file.makeGroup("data")
        try file.setAttribute("env_args", of: "data", to: environmentJSON)
        let group = EpisodeNames.episode
        try file.makeGroup(group)
        try file.makeGroup(EpisodeNames.wallClock)
        for (name, text) in [
            ("robot_name", robotName), ("robot_text", robotText), ("robot_sha256", robotHash), ("task", task),
            ("variant", variant), ("schedule", schedule), ("hardware", hardware), ("policy", policy),
            ("configuration", configurationText), ("versions", JSONText.of(versions)), ("layout", layout.json),
        ] { try file.setAttribute(name, of: group, to: text) }
        if !cameras.isEmpty { try file.setAttribute("cameras", of: group, to: cameras.json) }
        try file.setAttribute("seed", of: group, to: seed)
        for (name, number) in [("joint_count", jointCount), ("action_size", actionSize), ("scene_size", sceneSize)] {
            try file.setAttribute(name, of: group, to: Int64(number))
        }
        try file.setAttribute("step_rate", of: group, to: stepRate)
        try file.setAttribute("cycle_rate", of: group, to: cycleRate)
        if let startWallClock { try file.setAttribute("start", of: EpisodeNames.wallClock, to: startWallClock) }
    }

    init(from file: HDF5File) throws(EpisodeError) {
        let group = EpisodeNames.episode
        guard try file.has(group) else {
            throw EpisodeError(.content, path: file.path, message: "there is no group `\(group)`: this is no episode")
        }
        func text(_ name: String) throws(EpisodeError) -> String { try file.textAttribute(name, of: group) }
        func size(_ name: String, _ range: ClosedRange<Int64>) throws(EpisodeError) -> Int {
            let number = try file.integerAttribute(name, of: group)
            guard range.contains(number) else {
                throw EpisodeError(
                    .content, path: file.path,
                    message: "attribute `\(name)` is \(number), expected \(range.lowerBound) to \(range.upperBound)")
            }
            return Int(number)
        }
        guard let layout = ObservationLayout(json: try text("layout")) else {
            throw EpisodeError(.content, path: file.path, message: "attribute `layout` is no observation layout")
        }
        guard let versions = JSONText.strings(try text("versions")) else {
            throw EpisodeError(.content, path: file.path, message: "attribute `versions` is no table of texts")
        }
        var cameras: [EpisodeCamera] = []
        if try file.hasAttribute("cameras", of: group) {
            guard let list = [EpisodeCamera](json: try text("cameras")) else {
                throw EpisodeError(.content, path: file.path, message: "attribute `cameras` is no list of cameras")
            }
            cameras = list
        }
        let hasStart = try file.hasAttribute("start", of: EpisodeNames.wallClock)
        self.init(
            robotName: try text("robot_name"), robotText: try text("robot_text"),
            jointCount: try size("joint_count", 1...8), task: try text("task"), variant: try text("variant"),
            seed: try file.unsignedAttribute("seed", of: group), schedule: try text("schedule"),
            hardware: try text("hardware"), policy: try text("policy"), configurationText: try text("configuration"),
            versions: versions, layout: layout, cameras: cameras, actionSize: try size("action_size", 0...1024),
            sceneSize: try size("scene_size", 0...96), stepRate: try file.realAttribute("step_rate", of: group),
            cycleRate: try file.realAttribute("cycle_rate", of: group),
            startWallClock: hasStart ? try file.realAttribute("start", of: EpisodeNames.wallClock) : nil)
    }
}

extension EpisodeOutcome {
    func write(to file: HDF5File, steps: Int) throws(EpisodeError) {
        let group = EpisodeNames.episode
        try file.setAttribute("total", of: "data", to: Int64(steps))
        try file.setAttribute("num_samples", of: group, to: Int64(steps))
        try file.setAttribute("success", of: group, to: Int64(success ? 1 : 0))
        try file.setAttribute("ending", of: group, to: ending.rawValue)
    }

    init(from file: HDF5File) throws(EpisodeError) {
        let text = try file.textAttribute("ending", of: EpisodeNames.episode)
        guard let ending = EpisodeEnding(rawValue: text) else {
            let known = EpisodeEnding.allCases.map(\.rawValue).joined(separator: ", ")
            throw EpisodeError(
                .content, path: file.path, message: "attribute `ending` is `\(text)`, expected one of \(known)")
        }
        self.init(success: try file.integerAttribute("success", of: EpisodeNames.episode) != 0, ending: ending)
    }
}
