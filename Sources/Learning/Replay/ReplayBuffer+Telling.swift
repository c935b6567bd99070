extension ReplayBuffer {
    /// Begins a step with the state that the policy saw; `baseKnown` says whether the base action in it is known already.
    /// The first state opened after an end begins a new episode.
    public func open(lane: Int, state: UnsafeBufferPointer<Float>, baseKnown: Bool = true) {
        precondition(state.count == shape.stateSize, "replay: a state of another size")
        let last = lastSlot(lane)
        precondition(
            !lanes[lane].inEpisode || flags[last].contains(.acted), "replay: two states without an action between them")
        let slot = lane * laneCapacity + lanes[lane].next
        // What was here is the lane's oldest step; nothing that is still sampleable needs it.
        remove(slot)
        slotReused?(slot)
        flags[slot] = baseKnown ? [.opened, .baseKnown] : .opened
        versions[slot] = 0
        for index in 0..<shape.stateSize { states.base[slot * shape.stateSize + index] = state[index] }
        lanes[lane].next = (lanes[lane].next + 1) % laneCapacity
        lanes[lane].inEpisode = true
        if baseKnown { finishOldest(lane) }
    }

    /// Fills in the numbers from `offset` on of the state opened last: the base action and what belongs to it.
    public func completeBase(lane: Int, offset: Int, _ values: UnsafeBufferPointer<Float>) {
        let slot = lastSlot(lane)
        precondition(
            lanes[lane].inEpisode && !flags[slot].contains(.baseKnown), "replay: no state waits for its base action")
        precondition(offset >= 0 && offset + values.count <= shape.stateSize, "replay: beyond the state")
        for index in values.indices { states.base[slot * shape.stateSize + offset + index] = values[index] }
        flags[slot].insert(.baseKnown)
        finishOldest(lane)
    }

    /// What was done in the state opened last: the small policy's effective action (see
    /// ``Composition/effectiveAction(executed:base:into:)``), the version of the policy, and whether somebody else chose it.
    public func act(lane: Int, action: UnsafeBufferPointer<Float>, version: UInt64, intervened: Bool = false) {
        precondition(action.count == shape.actionSize, "replay: an action of another size")
        let slot = lastSlot(lane)
        precondition(
            lanes[lane].inEpisode && flags[slot].contains(.baseKnown) && !flags[slot].contains(.acted),
            "replay: an action needs a state with a known base action")
        for index in 0..<shape.actionSize { actions.base[slot * shape.actionSize + index] = action[index] }
        versions[slot] = version
        flags[slot].insert(.acted)
        if intervened { flags[slot].insert(.intervened) }
        lanes[lane].waiting += 1
        stepCount += 1
    }

    /// Ends the episode at the state opened last, in which nothing was done any more.
    ///
    /// After a timeout the return goes on behind that state; if its base action is not known, the steps that need it are
    /// dropped.
    public func end(lane: Int, _ outcome: Outcome) {
        let slot = lastSlot(lane)
        precondition(
            lanes[lane].inEpisode && !flags[slot].contains(.acted),
            "replay: an episode ends at a state without an action")
        flags[slot].insert(outcome == .success ? .success : .timeout)
        if outcome == .success || flags[slot].contains(.baseKnown) {
            while lanes[lane].waiting > 0 { finish(lane) }
        }
        close(lane)
    }

    /// Ends an episode whose outcome nobody knows, at any moment; the last steps cannot be sampled.
    public func abandon(lane: Int) {
        if lanes[lane].inEpisode { close(lane) }
    }

    private func close(_ lane: Int) {
        unknownReturns += UInt64(lanes[lane].waiting)
        lanes[lane].waiting = 0
        lanes[lane].inEpisode = false
        episodeCount += 1
    }

    private func lastSlot(_ lane: Int) -> Int {
        precondition(lane >= 0 && lane < lanes.count, "replay: no such lane")
        return lane * laneCapacity + (lanes[lane].next + laneCapacity - 1) % laneCapacity
    }

    /// The oldest waiting step is complete when as many steps as a return adds up lie behind it and the state there is known.
    private func finishOldest(_ lane: Int) {
        if lanes[lane].waiting >= shape.returnSteps { finish(lane) }
    }

    private func finish(_ lane: Int) {
        // The state opened last has no action; the waiting steps are right before it.
        let oldest = lanes[lane].next - 1 - lanes[lane].waiting
        makeSampleable(lane * laneCapacity + (oldest + 2 * laneCapacity) % laneCapacity)
        lanes[lane].waiting -= 1
    }
}
