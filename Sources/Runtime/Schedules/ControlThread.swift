import Control
import Realtime
import Simulation
import Synchronization

/// Whether a thread should come to its end.
final class EndFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { @_noLocks get { value.load(ordering: .acquiring) } }

    func set() { value.store(true, ordering: .releasing) }
}

/// What the control thread counted.
struct ControlThreadReport: Sendable {
    var cycles: UInt64 = 0
    var overruns: UInt64 = 0
    var allocations: UInt64?
    var wake: LatencySummary
    /// From waking to the end of the cycle.
    var step: LatencySummary
    /// The control loop's own share of `step`: without the backend's reading and writing.
    var control: LatencySummary
}

/// The control thread's loop. The compiler proves that from here on down nothing is allocated and no lock is taken.
@_noLocks @_noExistentials @_noObjCBridging
func runControlCycles(
    _ loop: inout ControlLoop<SimulatedRobot>, _ pacer: inout CyclePacer, _ step: inout LatencyHistogram,
    until end: EndFlag, requests: OperatorRequests
) {
    pacer.start()
    while !end.isSet {
        let wake = pacer.wait()
        if wake.exhausted { requests.request(.overrun) }
        _ = loop.step(now: wake.woke, wakeLateness: wake.lateness)
        step.record(nanoseconds: MonotonicClock.now().nanoseconds(since: wake.woke))
    }
}

/// The control thread's body: loops until told to end, and reports.
func runControlThread(
    _ loop: consuming ControlLoop<SimulatedRobot>, pacer: consuming CyclePacer, until end: EndFlag,
    requests: OperatorRequests
) -> ControlThreadReport {
    var step = LatencyHistogram()
    let before = AllocationCounter.threadCount()
    runControlCycles(&loop, &pacer, &step, until: end, requests: requests)
    let after = AllocationCounter.threadCount()
    return ControlThreadReport(
        cycles: pacer.cycles, overruns: pacer.missed, allocations: after.map { $0 - (before ?? 0) },
        wake: pacer.lateness, step: step.summary, control: loop.core.histograms.own.summary)
}
