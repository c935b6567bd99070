internal import Numerics

extension ReplayBuffer {
    /// Names the first number that is NaN or infinite among what the return of a sampled slot needs, if there is one.
    func fault(in part: Return, from slot: Int) -> String? {
        for ahead in 0...part.steps {
            let here = self.slot(slot, plus: ahead)
            if !Self.areFinite(states.base + here * shape.stateSize, shape.stateSize) {
                return name("state", states, here)
            }
            // What lies in the action of an episode's last state was never taken.
            if hasAction(here), !Self.areFinite(actions.base + here * shape.actionSize, shape.actionSize) {
                return name("action", actions, here)
            }
        }
        return nil
    }

    /// Where a slot is in the story: `slot 17 (lane 0, 12 states before its newest, policy version 300)`.
    func place(of slot: Int) -> String {
        let lane = slot / laneCapacity
        let age = (lanes[lane].next - 1 - slot % laneCapacity + 2 * laneCapacity) % laneCapacity
        return "slot \(slot) (lane \(lane), \(age) states before its newest, policy version \(versions[slot]))"
    }

    private func name(_ quantity: String, _ tensor: Tensor, _ slot: Int) -> String {
        let number = tensor.view.row(slot).firstIndex { !$0.isFinite } ?? 0
        return "number \(number) of the \(quantity) in \(place(of: slot))"
    }

    /// A number times zero is zero unless it is NaN or infinite.
    private static func areFinite(_ numbers: UnsafeMutablePointer<Float>, _ count: Int) -> Bool {
        var (lanes, index) = (SIMD8<Float>.zero, 0)
        while index + 8 <= count {
            lanes += UnsafeRawPointer(numbers + index).loadUnaligned(as: SIMD8<Float>.self) * 0
            index += 8
        }
        var sum = lanes.sum()
        while index < count {
            sum += numbers[index] * 0
            index += 1
        }
        return sum == 0
    }
}
