public import Configuration

extension JobConfiguration {
    /// The job with every default written out, as it goes into a run folder; decoding it gives the same job, but for
    /// ``path``.
    public var yaml: YAMLValue {
        var entries: [(key: String, value: YAMLValue)] = [
            ("name", .text(name)),
            ("task", .mapping([("name", .text(task.name)), ("variant", .text(task.variant))])),
            ("robot", .text(robotPath)),
            ("seed", .integer(seed)),
            ("action", action.yaml),
        ]
        if !cameras.isEmpty { entries.append(("cameras", .sequence(cameras.map(\.yaml)))) }
        if let images { entries.append(("images", images.yaml)) }
        if let teleoperation { entries.append(("teleoperation", teleoperation.yaml)) }
        entries += [
            ("record", record.yaml),
            ("policy", policy.yaml),
            ("training", training.yaml),
            ("improve", improve.yaml),
            (
                "evaluation",
                .mapping([
                    ("episodes", .integer(evaluation.episodes)),
                    ("seed", .integer(evaluation.seed)),
                    ("workers", .integer(evaluation.workers)),
                ])
            ),
            ("inference", .mapping([("rate", .quantity(inference.rate, .hertz))])),
            (
                "recording",
                .mapping([
                    ("cycle_ring", .integer(recording.cycleRing)),
                    ("step_ring", .integer(recording.stepRing)),
                ])
            ),
            ("report", .mapping([("pictures", .integer(report.pictures))])),
        ]
        return .mapping(entries)
    }
}

extension JobConfiguration.ActionScale {
    fileprivate var yaml: YAMLValue {
        switch space {
        case .tool:
            .mapping([
                ("translation", .quantity(translation, .metres)),
                ("rotation", .quantity(rotation, .radians)),
            ])
        case .joints: .mapping([("space", .text(space.rawValue))])
        }
    }
}

extension JobConfiguration.RecordSettings {
    fileprivate var yaml: YAMLValue {
        .mapping([
            ("episodes", .integer(episodes)),
            ("noise", .number(noise)),
            ("keep", .text(keep.rawValue)),
            ("workers", .integer(workers)),
        ])
    }
}

extension JobConfiguration.PolicySettings {
    fileprivate var yaml: YAMLValue {
        var entries: [(key: String, value: YAMLValue)] = [
            ("horizon", .integer(horizon)),
            ("execute", .integer(execute)),
            ("lead", .integer(lead)),
            ("hidden", .integer(hidden)),
            ("blocks", .integer(blocks)),
            ("sampling_steps", .integer(samplingSteps)),
        ]
        if let onnx { entries.append(("onnx", .text(onnx))) }
        entries += [
            ("seam", .text(seam.rawValue)),
            ("fade", .integer(fade)),
            ("guidance", .text(guidance.method.rawValue)),
            ("guidance_weight", .number(Double(guidance.largestWeight))),
            ("latency", latency.yaml),
        ]
        return .mapping(entries + (remote?.yaml ?? []))
    }
}

extension PolicyLatency {
    fileprivate var yaml: YAMLValue {
        .mapping([
            ("constant", .quantity(constant, .seconds)),
            ("jitter", .quantity(jitter, .seconds)),
            ("stall", .quantity(stall, .seconds)),
            ("stall_probability", .number(stallProbability)),
        ])
    }
}

extension JobConfiguration.TrainingSettings {
    fileprivate var yaml: YAMLValue {
        .mapping([
            ("steps", .integer(steps)),
            ("batch_size", .integer(batchSize)),
            ("learning_rate", .number(learningRate)),
            ("warmup_steps", .integer(warmupSteps)),
            ("weight_decay", .number(weightDecay)),
            ("ema", .number(ema)),
            ("held_out", .number(heldOut)),
            ("checkpoint_every", .integer(checkpointEvery)),
            ("evaluate_every", .integer(evaluateEvery)),
        ])
    }
}
