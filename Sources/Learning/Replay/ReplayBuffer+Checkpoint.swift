internal import Numerics

extension ReplayBuffer {
    private var laneNumbers: [Int64] {
        lanes.flatMap { [Int64($0.next), $0.inEpisode ? 1 : 0, Int64($0.waiting)] }
    }

    private var counters: [Int64] {
        [Int64(sampleableCount), Int64(stepCount), Int64(episodeCount), Int64(unknownReturns)]
    }

    /// Adds everything to a file, the order of sampleable slots included.
    func put(into file: inout Safetensors, prefix: String) {
        file.set(prefix + "states", shape: [slotCount, shape.stateSize], states.values)
        file.set(prefix + "actions", shape: [slotCount, shape.actionSize], actions.values)
        file.set(prefix + "versions", shape: [slotCount], integers: versions.map { Int64(bitPattern: $0) })
        file.set(prefix + "flags", shape: [slotCount], integers: flags.map { Int64($0.rawValue) })
        file.set(prefix + "sampleable", shape: [slotCount], integers: sampleable.map { Int64($0) })
        file.set(prefix + "lanes", shape: [shape.lanes, 3], integers: laneNumbers)
        file.set(prefix + "counters", shape: [4], integers: counters)
    }

    /// What ``put(into:prefix:)`` added, checked; nothing is changed yet.
    struct Stored {
        fileprivate var states: [Float]
        fileprivate var actions: [Float]
        fileprivate var versions: [Int64]
        fileprivate var flags: [Flags]
        fileprivate var sampleable: [Int32]
        fileprivate var lanes: [Lane]
        fileprivate var counters: [Int64]
    }

    /// What was added by a buffer of this shape, or by a smaller one that has not come round yet: it would have the same in it
    /// had it been as large as this one.
    func stored(in file: Safetensors, prefix: String) throws(SafetensorsError) -> Stored {
        let slots = file.tensors[prefix + "flags"]?.shape.first ?? slotCount
        let laneNumbers = try file.integers(prefix + "lanes", shape: [shape.lanes, 3])
        let counters = try file.integers(prefix + "counters", shape: [4])
        let flags = try file.integers(prefix + "flags", shape: [slots])
        let sampleable = try file.integers(prefix + "sampleable", shape: [slots])
        let count = counters[0]
        let listed = sampleable.prefix(Int(clamping: count))
        let isRoundOnce = slots < slotCount && (shape.lanes > 1 || flags.last != 0)
        guard slots <= slotCount, !isRoundOnce else {
            throw SafetensorsError(
                path: file.path,
                "the replay '\(prefix)' has \(slots) slots, all of which were used; \(slotCount) are expected")
        }
        guard counters.allSatisfy({ $0 >= 0 }), count <= slots, flags.allSatisfy({ (0..<64).contains($0) }),
            listed.allSatisfy({ (0..<Int64(slots)).contains($0) }), Set(listed).count == listed.count,
            sampleable.dropFirst(listed.count).allSatisfy({ $0 == -1 }),
            (0..<shape.lanes).allSatisfy({
                (0..<Int64(laneCapacity)).contains(laneNumbers[$0 * 3])
                    && (0...Int64(shape.returnSteps)).contains(laneNumbers[$0 * 3 + 2])
            })
        else { throw SafetensorsError(path: file.path, "the replay '\(prefix)' contradicts itself") }
        let more = slotCount - slots
        return Stored(
            states: try file.floats(prefix + "states", shape: [slots, shape.stateSize])
                + Array(repeating: 0, count: more * shape.stateSize),
            actions: try file.floats(prefix + "actions", shape: [slots, shape.actionSize])
                + Array(repeating: 0, count: more * shape.actionSize),
            versions: try file.integers(prefix + "versions", shape: [slots]) + Array(repeating: 0, count: more),
            flags: flags.map { Flags(rawValue: UInt8($0)) } + Array(repeating: [], count: more),
            sampleable: sampleable.map { Int32($0) } + Array(repeating: -1, count: more),
            lanes: (0..<shape.lanes).map {
                Lane(
                    next: Int(laneNumbers[$0 * 3]), inEpisode: laneNumbers[$0 * 3 + 1] != 0,
                    waiting: Int(laneNumbers[$0 * 3 + 2]))
            }, counters: counters)
    }

    func take(_ stored: Stored) {
        states.copy(from: stored.states)
        actions.copy(from: stored.actions)
        versions = stored.versions.map { UInt64(bitPattern: $0) }
        flags = stored.flags
        sampleable = stored.sampleable
        lanes = stored.lanes
        sampleableCount = Int(stored.counters[0])
        stepCount = UInt64(stored.counters[1])
        episodeCount = UInt64(stored.counters[2])
        unknownReturns = UInt64(stored.counters[3])
        for slot in places.indices { places[slot] = -1 }
        for place in 0..<sampleableCount { places[Int(sampleable[place])] = Int32(place) }
    }
}
