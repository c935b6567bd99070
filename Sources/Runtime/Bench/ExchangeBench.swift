import Control
import Realtime
import Synchronization

/// What handing a value over costs: the control loop's own payloads, beside a copy under a lock.
struct ExchangeBench {
    let rounds: Int
    let operations: Int

    init(_ job: BenchJob) {
        rounds = job.rounds
        operations = job.effort.exchanges
    }

    func run() -> BenchLayer {
        var publish: [Double] = []
        var read: [Double] = []
        var contended: [Double] = []
        var ring: [Double] = []
        var locked: [Double] = []
        for _ in 0..<rounds {
            publish.append(timePublish(beside: nil))
            read.append(timeRead())
            contended.append(timeContendedPublish())
            ring.append(timeRing())
            locked.append(timeLocked())
        }
        let lock = BenchFigure.median(locked)
        let against = "a copy under a lock"
        var layer = BenchLayer()
        layer.add("publish", BenchFigure("Latest, publish", unit: "ns", rounds: publish).compared(with: lock, against))
        layer.add("read", BenchFigure("Latest, read", unit: "ns", rounds: read).compared(with: lock, against))
        layer.add("contended", BenchFigure("Latest, publish beside a reader", unit: "ns", rounds: contended))
        layer.add("ring", BenchFigure("Ring, push and pop", unit: "ns", rounds: ring))
        layer.add("locked", BenchFigure("a copy under a lock, no contention", unit: "ns", rounds: locked))
        layer.notes.append(
            "Latest holds a snapshot of \(MemoryLayout<ControlSnapshot>.size) bytes, "
                + "Ring a cycle record of \(MemoryLayout<CycleRecord>.size) bytes")
        return layer
    }

    private func perOperation(_ body: () -> Void) -> Double { processorSeconds(body) / Double(operations) * 1e9 }

    private func timePublish(beside other: Latest<ControlSnapshot>?) -> Double {
        let latest = other ?? Latest(ControlSnapshot())
        var snapshot = ControlSnapshot()
        return perOperation {
            for index in 0..<operations {
                snapshot.cycle = UInt64(index)
                latest.publish(snapshot)
            }
        }
    }

    private func timeRead() -> Double {
        let latest = Latest(ControlSnapshot())
        var snapshot = ControlSnapshot()
        return perOperation {
            for _ in 0..<operations { _ = latest.read(into: &snapshot) }
        }
    }

    private func timeContendedPublish() -> Double {
        let latest = Latest(ControlSnapshot())
        let end = EndFlag()
        let reader = WorkerThread(name: "reader") {
            var snapshot = ControlSnapshot()
            while !end.isSet { _ = latest.read(into: &snapshot) }
        }
        let time = timePublish(beside: latest)
        end.set()
        reader.join()
        return time
    }

    private func timeRing() -> Double {
        let ring = Ring<CycleRecord>(capacity: 64)
        var record = CycleRecord()
        return perOperation {
            for index in 0..<operations {
                record.cycle = UInt64(index)
                _ = ring.push(record)
                _ = ring.pop(into: &record)
            }
        }
    }

    private func timeLocked() -> Double {
        let shared = Mutex(ControlSnapshot())
        var snapshot = ControlSnapshot()
        return perOperation {
            for index in 0..<operations {
                snapshot.cycle = UInt64(index)
                let value = snapshot
                shared.withLock { $0 = value }
            }
        }
    }
}
