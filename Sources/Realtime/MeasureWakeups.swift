internal import Synchronization

/// Measures how late this machine wakes a real-time thread, with the pacer and the thread that the control loop uses.
///
/// - Parameters:
///   - rate: wakes per second, above 0.
///   - seconds: how long to measure.
///   - spin: nanoseconds before each deadline that are spent spinning; less than the period. 0 measures the kernel
///     alone, as `cyclictest -p PRIORITY -i PERIOD -m` does.
///   - options: the rights of the thread; make them strict for the figure to mean what it says.
/// - Returns: the lateness of every wake.
/// - Throws: what ``RealtimeThread/start(name:options:body:)`` throws.
public func measureWakeups(
    rate: Double, seconds: Double, spin: UInt64, options: RealtimeOptions
) throws(RealtimeError) -> LatencyHistogram {
    guard rate >= 0.1 && rate <= 1e6 && seconds > 0 && seconds < 1e6 else {
        throw .invalidOption("a rate of \(rate) Hz for \(seconds) s: wanted are 0.1...1000000 Hz and more than 0 s")
    }
    let period = UInt64(1e9 / rate)
    guard spin < period else {
        throw .invalidOption("spinning for \(spin) ns: it must be less than the period of \(period) ns")
    }
    let cycles = UInt64((seconds * rate).rounded(.up))
    let result = MeasuredWakeups()
    let thread = try RealtimeThread.start(name: "wakeups", options: options) { _ in
        var pacer = CyclePacer(period: period, spin: spin, overrunBudget: OverrunBudget(limit: .max))
        pacer.start()
        waitRepeatedly(&pacer, cycles: cycles)
        let measured = pacer.finish()
        result.histogram.withLock { $0.merge(measured) }
    }
    thread.join()
    var histogram = LatencyHistogram()
    result.histogram.withLock { histogram.merge($0) }
    return histogram
}

/// Where the thread leaves what it measured.
private final class MeasuredWakeups: Sendable {
    let histogram = Mutex(LatencyHistogram())
}

@_noLocks
private func waitRepeatedly(_ pacer: inout CyclePacer, cycles: UInt64) {
    while pacer.cycles < cycles { _ = pacer.wait() }
}
