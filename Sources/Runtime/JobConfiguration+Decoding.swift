public import Configuration
import Policies

extension JobConfiguration {
    /// Reads a job file.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong with the file.
    public static func load(path: String) throws(ConfigurationError) -> JobConfiguration {
        try decode(Document.load(path: path))
    }

    /// Takes a document as a job file; paths in it count from the folder of the document's path.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong with it.
    public static func decode(_ document: Document) throws(ConfigurationError) -> JobConfiguration {
        try document.decode { JobConfiguration(decoding: $0, path: document.path) }
    }

    /// Reads a job from a mapping, which may be a part of a larger file.
    public init(decoding job: MappingReader, path: String) {
        self.path = path
        name = job.string("name")
        task = job.mapping("task") { TaskChoice(name: $0.string("name"), variant: $0.string("variant")) }
        robotPath = Self.robotPath(job)
        seed = job.seed("seed", default: 0)
        action = job.mapping("action") { action in
            let space = action.choice("space", default: .tool, standIn: ActionSpace.tool)
            // Joints are asked for by where they are: there is no scale to it.
            guard space == .tool else {
                return ActionScale(space: space, translation: 0, rotation: 0)
            }
            return ActionScale(
                translation: action.quantity("translation", .metres, in: .above(0, through: 0.5)),
                rotation: action.quantity("rotation", .radians, in: .above(0, through: .pi)))
        }
        cameras = Self.decodeCameras(job)
        teleoperation =
            job.has("teleoperation") ? job.mapping("teleoperation", TeleoperationSettings.init(decoding:)) : nil
        _ = job.value("teleoperation")
        record = job.optionalMapping("record", RecordSettings.init(decoding:))
        policy = job.optionalMapping("policy", PolicySettings.init(decoding:))
        images = Self.decodeImages(job, cameras: cameras)
        training = job.optionalMapping("training", TrainingSettings.init(decoding:))
        improve = job.optionalMapping("improve", ImproveSettings.init(decoding:))
        evaluation = job.optionalMapping("evaluation", EvaluationSettings.init(decoding:))
        inference = job.mapping("inference") { inference in
            InferenceSettings(rate: inference.quantity("rate", .hertz, in: .between(0.1, 1000)))
        }
        recording = job.optionalMapping("recording", RecordingSettings.init(decoding:))
        report = job.optionalMapping("report") { report in
            ReportSettings(pictures: report.integer("pictures", in: 0...100, default: 6))
        }
    }

    private static func robotPath(_ job: MappingReader) -> String {
        let path = job.path("robot")
        if !path.isEmpty, !FilePaths.exists(path) {
            job.report("robot", "names \(path), which does not exist; write the path of a robot file")
        }
        return path
    }
}

extension JobConfiguration.RecordSettings {
    init(decoding record: MappingReader) {
        episodes = record.integer("episodes", in: 1...1_000_000, default: 100)
        noise = record.fraction("noise", default: 0.05)
        keep = record.choice("keep", default: .successes, standIn: .successes)
        workers = record.integer("workers", in: 0...1024, default: 0)
    }
}

extension JobConfiguration.PolicySettings {
    init(decoding policy: MappingReader) {
        horizon = policy.integer("horizon", in: 1...256, default: 16)
        execute = policy.integer("execute", in: 1...256, default: 10)
        lead = policy.integer("lead", in: 0...255, default: 1)
        hidden = policy.integer("hidden", in: 8...8192, default: 256)
        blocks = policy.integer("blocks", in: 1...64, default: 3)
        samplingSteps = policy.integer("sampling_steps", in: 1...1000, default: 10)
        onnx = policy.has("onnx") ? policy.path("onnx") : nil
        _ = policy.value("onnx")
        seam = policy.choice("seam", default: .swap, standIn: .swap)
        fade = policy.integer("fade", in: 1...256, default: 5)
        guidance = FlowGuidance(
            method: policy.choice("guidance", default: .exact, standIn: .exact),
            largestWeight: Float(policy.number("guidance_weight", in: .between(0, 1000), default: 5)))
        latency = policy.optionalMapping("latency", PolicyLatency.init(decoding:))
        remote = JobConfiguration.RemoteSettings(decoding: policy)
        if remote != nil, onnx != nil {
            policy.report("onnx", "is a base policy, and the server is one too; take one of them out")
        }
        // The chunks of a server or a model are as long as they are: that is looked at when they are there.
        if remote == nil, onnx == nil, lead + execute > horizon {
            policy.report(
                "execute", "is \(execute), which with a lead of \(lead) is more than the horizon of \(horizon) actions")
        }
    }
}

extension PolicyLatency {
    init(decoding latency: MappingReader) {
        let range = Bounds.between(0, 3600)
        self.init(
            constant: latency.quantity("constant", .seconds, in: range, default: 0),
            jitter: latency.quantity("jitter", .seconds, in: range, default: 0),
            stall: latency.quantity("stall", .seconds, in: range, default: 0),
            stallProbability: latency.fraction("stall_probability", default: 0))
    }
}

extension JobConfiguration.TrainingSettings {
    init(decoding training: MappingReader) {
        steps = training.integer("steps", in: 1...100_000_000, default: 20_000)
        batchSize = training.integer("batch_size", in: 1...65_536, default: 256)
        learningRate = training.number("learning_rate", in: .above(0, through: 1), default: 0.001)
        warmupSteps = training.integer("warmup_steps", in: 0...100_000_000, default: 500)
        weightDecay = training.number("weight_decay", in: .between(0, 1), default: 1e-6)
        ema = training.number("ema", in: Bounds(lower: .including(0), upper: .excluding(1)), default: 0.999)
        heldOut = training.fraction(
            "held_out", in: Bounds(lower: .including(0), upper: .excluding(1)), default: 0.1)
        checkpointEvery = training.integer("checkpoint_every", in: 1...100_000_000, default: 2000)
        evaluateEvery = training.integer("evaluate_every", in: 1...100_000_000, default: 500)
    }
}

extension JobConfiguration.EvaluationSettings {
    init(decoding evaluation: MappingReader) {
        episodes = evaluation.integer("episodes", in: 1...1_000_000, default: 100)
        seed = evaluation.seed("seed", default: 1_000_000)
        workers = evaluation.integer("workers", in: 0...1024, default: 0)
    }
}

extension JobConfiguration.RecordingSettings {
    init(decoding recording: MappingReader) {
        cycleRing = recording.integer("cycle_ring", in: 16...1_048_576, default: 4096)
        stepRing = recording.integer("step_ring", in: 16...65_536, default: 256)
    }
}
