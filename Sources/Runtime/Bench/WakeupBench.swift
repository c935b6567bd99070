import Foundation
import Realtime
import Robots

/// How late this machine wakes a real-time thread, beside cyclictest, with idle and with busy processors.
struct WakeupBench {
    /// What both contenders ask for.
    static let priority = 80

    let rounds: Int
    let seconds: Double
    let robot: RobotDescription

    init(_ job: BenchJob, _ context: JobContext) {
        rounds = job.rounds
        seconds = job.effort.wakeupSeconds
        robot = context.robot
    }

    private var cpu: Int { robot.realtime.options.cpu ?? ProcessInfo.processInfo.activeProcessorCount - 1 }

    private var options: RealtimeOptions {
        RealtimeOptions(priority: Self.priority, cpu: cpu, lockMemory: true, keepAwake: true, onRefusal: .warn)
    }

    func run() throws -> BenchLayer {
        var layer = BenchLayer()
        let rights = try RealtimeThread.start(name: "rights", options: options) { _ in }.rights
        layer.notes += rights.refusals.map { "refused: \($0)" }
        let peer = Cyclictest()
        if let peer {
            layer.notes.append("\(peer.version), in whole microseconds; priority \(Self.priority), processor \(cpu)")
        } else {
            layer.notes.append("cyclictest is not installed (apt install rt-tests): there is nothing to compare with")
        }
        for isBusy in [false, true] {
            for rate in [500.0, 1000] { try measure(rate: rate, isBusy: isBusy, peer: peer, into: &layer) }
        }
        return layer
    }

    private func measure(rate: Double, isBusy: Bool, peer: Cyclictest?, into layer: inout BenchLayer) throws {
        var own: [Latencies] = []
        var spinning: [Latencies] = []
        var other: [Latencies] = []
        let spin = UInt64(min(robot.realtime.spin, 0.5 / rate) * 1e9)
        for _ in 0..<rounds {
            let load = isBusy ? try BusyLoad() : nil
            defer { load?.stop() }
            own.append(try wakeups(rate: rate, spin: 0))
            if spin > 0 { spinning.append(try wakeups(rate: rate, spin: spin)) }
            if let peer {
                let wakes = Int((seconds * rate).rounded(.up))
                other.append(Latencies(try peer.run(rate: rate, wakes: wakes, priority: Self.priority, cpu: cpu)))
            }
        }
        let key = "\(isBusy ? "busy" : "idle")\(Int(rate))"
        let name = "\(isBusy ? "busy" : "idle"), \(Int(rate)) Hz"
        add(own, key, name, beside: other, to: &layer)
        add(other, key + "Cyclictest", name + ", cyclictest", beside: [], to: &layer)
        add(spinning, key + "Spin", name + ", spinning before the deadline", beside: [], to: &layer)
    }

    private func add(
        _ values: [Latencies], _ key: String, _ name: String, beside other: [Latencies], to layer: inout BenchLayer
    ) {
        guard !values.isEmpty else { return }
        for (suffix, label, path) in Latencies.parts {
            var figure = BenchFigure("\(name): \(label)", unit: "µs", rounds: values.map { $0[keyPath: path] })
            if !other.isEmpty {
                figure = figure.compared(with: BenchFigure.median(other.map { $0[keyPath: path] }), "cyclictest's")
            }
            layer.add(key + suffix, figure)
        }
    }

    private func wakeups(rate: Double, spin: UInt64) throws -> Latencies {
        Latencies(try measureWakeups(rate: rate, seconds: seconds, spin: spin, options: options).summary)
    }
}

/// The figures of one round of wake-ups, µs.
private struct Latencies {
    var p50: Double
    var p99: Double
    var p999: Double
    var maximum: Double

    static var parts: [(suffix: String, label: String, path: KeyPath<Latencies, Double>)] {
        [("P50", "p50", \.p50), ("P99", "p99", \.p99), ("P999", "p99.9", \.p999), ("Maximum", "maximum", \.maximum)]
    }

    init(_ summary: LatencySummary) {
        (p50, p99, p999, maximum) = (summary.p50, summary.p99, summary.p999, summary.maximum)
    }

    init(_ histogram: Cyclictest.Histogram) {
        p50 = histogram.percentile(0.5)
        p99 = histogram.percentile(0.99)
        p999 = histogram.percentile(0.999)
        maximum = Double(histogram.maximum)
    }
}

/// Threads at normal priority that keep every processor busy.
private final class BusyLoad {
    private let end = EndFlag()
    private var threads: [RealtimeThread] = []

    init() throws {
        for cpu in 0..<ProcessInfo.processInfo.activeProcessorCount {
            let options = RealtimeOptions(priority: 0, cpu: cpu, lockMemory: false, onRefusal: .warn)
            let end = end
            threads.append(
                try RealtimeThread.start(name: "load", options: options) { _ in
                    while !end.isSet {}
                })
        }
    }

    func stop() {
        end.set()
        for thread in threads { thread.join() }
    }
}
