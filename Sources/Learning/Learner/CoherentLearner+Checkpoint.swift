internal import FoundationEssentials
internal import Numerics

extension CoherentLearner {
    private static var format: String { "steadyhand-coherent-learner-1" }

    /// What a checkpoint must agree in with the learner that takes it over.
    private struct Identity: Codable, Equatable {
        var configuration: LearnerConfiguration
        var reward: CoherentRewardConfiguration
        var policy: StationaryConfiguration
        var inputs: Int
        var demonstrations: ReplayBuffer.Shape
        var experience: ReplayBuffer.Shape
        var seed: UInt64
        var valueRange: ClosedRange<Float>?

        /// The numbers that are others here than there, as `name 1 instead of 2`.
        func differences(from other: Identity) -> String {
            var found: [String] = []
            func compare(_ name: String, _ left: Any, _ right: Any) {
                let (parts, others) = (Mirror(reflecting: left), Mirror(reflecting: right))
                if parts.displayStyle == .struct {
                    for (part, counterpart) in zip(parts.children, others.children) {
                        compare(part.label ?? name, part.value, counterpart.value)
                    }
                } else if "\(left)" != "\(right)" {
                    found.append("\(name) \(left) instead of \(right)")
                }
            }
            compare("learner", self, other)
            return found.joined(separator: ", ")
        }
    }

    private struct Progress: Codable {
        var step: Int
        var pretrainingStep: Int
        var policyStep: Int
        var criticStep: Int
        var skipsInARow: Int
        /// Bits of a `Float`.
        var divergenceWeight: UInt32
        /// Bits of a `Float`.
        var divergenceShare: UInt32
        var metrics: LearnerMetrics
    }

    private static func text(_ value: some Encodable) throws(LearningError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw .notFinite("a number in the learner's configuration or metrics")
        }
    }

    private var identity: Identity {
        Identity(
            configuration: configuration, reward: reward.configuration, policy: network.configuration,
            inputs: network.inputs, demonstrations: demonstrations.shape, experience: experience.shape, seed: seed,
            valueRange: valueRange)
    }

    private var states: [(prefix: String, parameters: Parameters)] {
        var states = [
            ("policy.", policy), ("acting.", acting), ("policy.moment1.", optimiser.firstMoment),
            ("policy.moment2.", optimiser.secondMoment),
            ("cloned.", cloned), ("reward.", reward.parameters),
        ]
        for index in 0..<2 {
            states += [
                ("critic\(index).", critics.parameters[index]), ("target\(index).", critics.targets[index]),
                ("critic\(index).moment1.", critics.optimisers[index].firstMoment),
                ("critic\(index).moment2.", critics.optimisers[index].secondMoment),
            ]
        }
        return states
    }

    /// Writes everything to one file, both replays included; at any moment the old or the new file is there.
    ///
    /// - Throws: ``LearningError/checkpoint(path:message:)`` with the system's reason.
    public func save(to path: String) throws(LearningError) {
        var file = Safetensors(path: path)
        let progress = Progress(
            step: step, pretrainingStep: pretrainingStep, policyStep: policyStep, criticStep: critics.step,
            skipsInARow: skipsInARow, divergenceWeight: divergenceWeight.bitPattern,
            divergenceShare: divergenceShare.bitPattern, metrics: metrics)
        file.metadata = [
            "format": Self.format, "identity": try Self.text(identity), "progress": try Self.text(progress),
        ]
        for state in states {
            for entry in state.parameters.layout.entries {
                file.set(state.prefix + entry.name, shape: entry.shape, state.parameters.values(entry))
            }
        }
        demonstrations.put(into: &file, prefix: "demonstrations.")
        experience.put(into: &file, prefix: "experience.")
        caches[0].put(into: &file, prefix: "demonstrations.")
        caches[1].put(into: &file, prefix: "experience.")
        do throws(SafetensorsError) {
            try file.write(to: path)
        } catch {
            throw .checkpoint(path: error.path, message: error.message)
        }
    }

    /// Goes on where a file stopped: further updates give the same bytes as if there had been no stop. This learner's replay of
    /// experience may be larger than the file's, as long as that one had room left.
    ///
    /// - Throws: ``LearningError/checkpoint(path:message:)`` if the file is missing or damaged, or comes from a learner of
    ///   another configuration, shape or seed. The learner is then as before.
    public func resume(from path: String) throws(LearningError) {
        func fault(_ message: String) -> LearningError { .checkpoint(path: path, message: message) }
        do {
            let file = try Safetensors(contentsOf: path)
            guard file.metadata["format"] == Self.format else { throw fault("is not the state of a learner") }
            guard let found = try? JSONDecoder().decode(Identity.self, from: Data(try file.text("identity").utf8))
            else {
                throw fault("does not say which learner it comes from")
            }
            // A learner that is to go on for longer has room for more.
            var grown = found
            if found.experience.capacity < identity.experience.capacity {
                grown.experience.capacity = identity.experience.capacity
            }
            guard grown == identity else {
                throw fault("comes from another learner: \(found.differences(from: identity))")
            }
            let progress = try JSONDecoder().decode(Progress.self, from: Data(try file.text("progress").utf8))
            let weight = Float(bitPattern: progress.divergenceWeight)
            let share = Float(bitPattern: progress.divergenceShare)
            guard progress.step >= 0, progress.pretrainingStep >= 0, progress.policyStep >= 0, progress.criticStep >= 0,
                progress.skipsInARow >= 0, weight > 0, weight.isFinite, share > 0, share <= 1
            else { throw fault("its progress is out of range") }
            let fresh = try states.map { state in
                let copy = Parameters(layout: state.parameters.layout)
                for entry in copy.layout.entries {
                    copy.storage.copy(
                        from: try file.floats(state.prefix + entry.name, shape: entry.shape), at: entry.offset)
                }
                if let entry = copy.firstNotFinite() { throw fault("'\(state.prefix)\(entry.name)' is not finite") }
                return copy
            }
            let shown = try demonstrations.stored(in: file, prefix: "demonstrations.")
            let lived = try experience.stored(in: file, prefix: "experience.")
            let shownPrior = try caches[0].stored(in: file, prefix: "demonstrations.")
            let livedPrior = try caches[1].stored(in: file, prefix: "experience.")
            for (state, values) in zip(states, fresh) { state.parameters.copy(from: values) }
            demonstrations.take(shown)
            experience.take(lived)
            caches[0].take(shownPrior)
            caches[1].take(livedPrior)
            (step, pretrainingStep) = (progress.step, progress.pretrainingStep)
            (policyStep, critics.step) = (progress.policyStep, progress.criticStep)
            (divergenceWeight, divergenceShare) = (weight, share)
            (metrics, skipsInARow) = (progress.metrics, progress.skipsInARow)
            parametersChanged()
        } catch let error as SafetensorsError {
            throw .checkpoint(path: error.path, message: error.message)
        } catch let error as LearningError {
            throw error
        } catch {
            throw fault("its progress is not understood")
        }
    }
}
