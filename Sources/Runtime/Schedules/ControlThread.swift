import Control
import Drivers
import Realtime
import Robots
import Simulation

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

/// A driver that a control thread can run.
///
/// The thread is generic, and calls one function of its driver's type. That function is written for the one type, so that
/// the compiler sees the whole loop, driver and all, and proves that nothing in it allocates, locks or is looked up at run
/// time. Its body is always a call of ``controlCycles(_:_:_:until:requests:)``.
protocol ControlThreadDriver: RobotDriver, SendableMetatype, ~Copyable {
    /// Runs control cycles until told to end.
    static func runControlCycles(
        _ loop: inout ControlLoop<Self>, _ pacer: inout CyclePacer, _ step: inout LatencyHistogram, until end: EndFlag,
        requests: OperatorRequests)
}

extension SimulatedRobot: ControlThreadDriver {
    @_noLocks @_noExistentials @_noObjCBridging
    static func runControlCycles(
        _ loop: inout ControlLoop<SimulatedRobot>, _ pacer: inout CyclePacer, _ step: inout LatencyHistogram,
        until end: EndFlag, requests: OperatorRequests
    ) {
        controlCycles(&loop, &pacer, &step, until: end, requests: requests)
    }
}

// In this file because the compiler, in debug builds, sees a generic function's body only in the file that it is in.
extension BusRobot: ControlThreadDriver {
    @_noLocks @_noExistentials @_noObjCBridging
    static func runControlCycles(
        _ loop: inout ControlLoop<BusRobot>, _ pacer: inout CyclePacer, _ step: inout LatencyHistogram,
        until end: EndFlag, requests: OperatorRequests
    ) {
        controlCycles(&loop, &pacer, &step, until: end, requests: requests)
    }
}

/// The control thread's loop, for any driver.
@inline(__always)
func controlCycles<Driver: RobotDriver & ~Copyable>(
    _ loop: inout ControlLoop<Driver>, _ pacer: inout CyclePacer, _ step: inout LatencyHistogram, until end: EndFlag,
    requests: OperatorRequests
) {
    pacer.start()
    while !end.isSet {
        let wake = pacer.wait()
        if wake.exhausted { requests.request(.overrun) }
        _ = loop.step(now: wake.woke, wakeLateness: wake.lateness)
        step.record(nanoseconds: MonotonicClock.now().nanoseconds(since: wake.woke))
    }
}

/// The control thread's body: loops until told to end, disconnects the driver, and reports.
func runControlThread<Driver: ControlThreadDriver & ~Copyable>(
    _ loop: consuming ControlLoop<Driver>, pacer: consuming CyclePacer, until end: EndFlag, requests: OperatorRequests
) -> ControlThreadReport {
    var step = LatencyHistogram()
    let before = AllocationCounter.threadCount()
    Driver.runControlCycles(&loop, &pacer, &step, until: end, requests: requests)
    let after = AllocationCounter.threadCount()
    let control = loop.core.histograms.own.summary
    var driver = loop.finish()
    driver.disconnect()
    return ControlThreadReport(
        cycles: pacer.cycles, overruns: pacer.missed, allocations: after.map { $0 - (before ?? 0) },
        wake: pacer.lateness, step: step.summary, control: control)
}
