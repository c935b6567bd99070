import Foundation
import Numerics
import Synchronization
import Testing

@testable import Learning

struct ParameterExchangeTests {
    private let network = StationaryNetwork(configuration: smallShape(), inputs: 4, actionSize: 2)

    private func filled(with value: Float) -> Parameters {
        let parameters = Parameters(layout: network.layout)
        parameters.storage.fill(value)
        return parameters
    }

    @Test func theNewestIsTakenOnce() {
        let exchange = ParameterExchange(layout: network.layout)
        #expect(!exchange.hasNews)
        #expect(!exchange.take { _, _ in Issue.record("nothing was published") })
        for version in 1...3 { exchange.publish(filled(with: Float(version)), version: UInt64(version)) }
        #expect(exchange.hasNews)
        var taken: [UInt64] = []
        #expect(exchange.take { taken.append($1) })
        #expect(!exchange.take { taken.append($1) })
        #expect(taken == [3] && !exchange.hasNews)
    }

    /// What was published is a copy: what the learner does to its own parameters afterwards is not seen.
    @Test func whatIsTakenDoesNotChange() {
        let exchange = ParameterExchange(layout: network.layout)
        let own = filled(with: 1)
        exchange.publish(own, version: 1)
        own.storage.fill(2)
        exchange.take { parameters, _ in
            #expect(parameters.storage.values.allSatisfy { $0 == 1 })
            for version in 2...5 { exchange.publish(own, version: UInt64(version)) }
            #expect(parameters.storage.values.allSatisfy { $0 == 1 }, "not even while it is being read")
        }
    }

    private final class Tally: @unchecked Sendable {
        var torn = 0
        var backward = 0
        var taken = 0
        var last: UInt64 = 0
    }

    /// One thread publishes while another takes: every set is whole, versions only rise, and the last one arrives.
    @Test func betweenTwoThreadsEverySetIsWhole() {
        let exchange = ParameterExchange(layout: network.layout)
        let layout = network.layout
        let published: UInt64 = 20_000
        let tally = Tally()
        let begun = Atomic<Bool>(false)
        let finished = Atomic<Bool>(false)
        withExtendedLifetime(finished) {
            let publisher = Thread {
                let parameters = Parameters(layout: layout)
                for version in 1...published {
                    parameters.storage.fill(Float(version))
                    exchange.publish(parameters, version: version)
                    // A taker that comes late would see the last set alone.
                    while version == 1, !begun.load(ordering: .acquiring) { sched_yield() }
                }
                finished.store(true, ordering: .releasing)
            }
            publisher.start()
            while true {
                // Looked at first: what is published before the end is taken after it.
                let isEnd = finished.load(ordering: .acquiring)
                exchange.take { parameters, version in
                    let values = parameters.storage.values
                    if !values.allSatisfy({ $0 == Float(version) }) { tally.torn += 1 }
                    if version <= tally.last { tally.backward += 1 }
                    (tally.last, tally.taken) = (version, tally.taken + 1)
                    begun.store(true, ordering: .releasing)
                }
                if isEnd { break }
            }
        }
        #expect(tally.torn == 0 && tally.backward == 0)
        #expect(tally.last == published && tally.taken > 1)
    }
}
