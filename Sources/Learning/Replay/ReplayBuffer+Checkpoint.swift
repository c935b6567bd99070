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

    func stored(in file: Safetensors, prefix: String) throws(SafetensorsError) -> Stored {
        let laneNumbers = try file.integers(prefix + "lanes", shape: [shape.lanes, 3])
        let counters = try file.integers(prefix + "counters", shape: [4])
        let flags = try file.integers(prefix + "flags", shape: [slotCount])
        let sampleable = try file.integers(prefix + "sampleable", shape: [slotCount])
        let count = counters[0]
        let listed = sampleable.prefix(Int(clamping: count))
        guard counters.allSatisfy({ $0 >= 0 }), count <= slotCount, flags.allSatisfy({ (0..<64).contains($0) }),
            listed.allSatisfy({ (0..<Int64(slotCount)).contains($0) }), Set(listed).count == listed.count,
            sampleable.dropFirst(listed.count).allSatisfy({ $0 == -1 }),
            (0..<shape.lanes).allSatisfy({
                (0..<Int64(laneCapacity)).contains(laneNumbers[$0 * 3])
                    && (0...Int64(shape.returnSteps)).contains(laneNumbers[$0 * 3 + 2])
            })
        else { throw SafetensorsError(path: file.path, "the replay '\(prefix)' contradicts itself") }
        return Stored(
            states: try file.floats(prefix + "states", shape: [slotCount, shape.stateSize]),
            actions: try file.floats(prefix + "actions", shape: [slotCount, shape.actionSize]),
            versions: try file.integers(prefix + "versions", shape: [slotCount]),
            flags: flags.map { Flags(rawValue: UInt8($0)) }, sampleable: sampleable.map { Int32($0) },
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
