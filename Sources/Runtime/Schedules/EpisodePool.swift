import Dispatch
import Foundation
import Synchronization

/// Runs episodes side by side, one session for each core, and hands the results over in the order of their numbers.
///
/// Which worker runs an episode depends on chance; what the episode comes to does not, because every episode begins from its own
/// seed alone.
public struct EpisodePool: Sendable {
    /// How many sessions run side by side.
    public let workers: Int

    /// - Parameter workers: 0 takes one for each core that this process may use.
    public init(workers: Int) {
        self.workers = workers > 0 ? workers : ProcessInfo.processInfo.activeProcessorCount
    }

    /// Runs `count` items, or fewer where `consume` says that it is enough.
    ///
    /// - Parameters:
    ///   - count: how many items there are at most.
    ///   - makeWorker: makes one worker's function from an item's number to its result; called on the worker's thread.
    ///   - consume: gets every result, in order, one at a time; false ends the work, and what was begun beyond is left out.
    /// - Throws: the first error of a worker or of `consume`.
    public func run<Result: Sendable>(
        count: Int, makeWorker: @escaping @Sendable () throws -> (Int) throws -> Result,
        consume: @escaping @Sendable (Int, Result) throws -> Bool
    ) throws {
        let state = Mutex(PoolState<Result>(count: count))
        DispatchQueue.concurrentPerform(iterations: min(workers, max(1, count))) { _ in
            do {
                let work = try makeWorker()
                while let item = state.withLock({ $0.takeItem() }) {
                    let result = try work(item)
                    try state.withLock { try $0.deliver(result, of: item, to: consume) }
                }
            } catch {
                state.withLock { $0.fail(error) }
            }
        }
        if let error = state.withLock({ $0.failure }) { throw error }
    }
}

private struct PoolState<Result> {
    let count: Int
    var next = 0
    var delivered = 0
    var waiting: [Int: Result] = [:]
    var isEnough = false
    var failure: (any Error)?

    init(count: Int) {
        self.count = count
    }

    mutating func takeItem() -> Int? {
        guard !isEnough, failure == nil, next < count else { return nil }
        defer { next += 1 }
        return next
    }

    mutating func deliver(_ result: Result, of item: Int, to consume: (Int, Result) throws -> Bool) throws {
        waiting[item] = result
        while !isEnough, let result = waiting.removeValue(forKey: delivered) {
            if try !consume(delivered, result) { isEnough = true }
            delivered += 1
        }
    }

    mutating func fail(_ error: any Error) {
        if failure == nil { failure = error }
    }
}
