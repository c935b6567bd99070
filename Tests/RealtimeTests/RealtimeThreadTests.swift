import Realtime
import Synchronization
import Testing

extension RealtimeOptions {
    /// A thread without privileges, which every machine grants.
    static var ordinary: RealtimeOptions {
        RealtimeOptions(priority: 0, cpu: nil, lockMemory: false, onRefusal: .strict)
    }
}

/// Runs `body` on a thread that has given up the capabilities for real-time rights, so that the kernel really refuses
/// them. For a process of its own: where another test has locked the memory, such a thread cannot even start one.
private func withoutPrivilege(_ body: @escaping @Sendable () -> Void) throws {
    let thread = try RealtimeThread.start(name: "unprivileged", options: .ordinary) { _ in
        guard giveUpRealtimeCapabilities() else {
            Issue.record("the capabilities could not be given up")
            return
        }
        body()
    }
    thread.join()
}

@Suite struct RealtimeThreadTests {
    @Test func anOrdinaryThreadGetsWhatItAsksFor() throws {
        let box = Box(Atomic(false))
        let thread = try RealtimeThread.start(name: "ordinary", options: .ordinary) { rights in
            box.value.store(rights.policy == .normal, ordering: .relaxed)
        }
        thread.join()
        #expect(box.value.load(ordering: .relaxed) == true)
        #expect(thread.rights.refusals.isEmpty)
        #expect(thread.rights.priority == 0)
        #expect(thread.rights.timerSlack == 1)
        #expect(!thread.rights.cpus.isEmpty)
        #expect(!thread.rights.memoryLocked)
    }

    @Test func theProcessorIsReadBack() throws {
        let all = try RealtimeThread.start(name: "any", options: .ordinary) { _ in }.rights.cpus
        for cpu in all {
            var options = RealtimeOptions.ordinary
            options.cpu = cpu
            #expect(try RealtimeThread.start(name: "one", options: options) { _ in }.rights.cpus == [cpu])
        }
    }

    @Test func aProcessorThatIsNotThereIsRefused() throws {
        var options = RealtimeOptions.ordinary
        options.cpu = 1000
        let error = #expect(throws: RealtimeError.self) {
            try RealtimeThread.start(name: "nowhere", options: options) { _ in Issue.record("the body ran") }
        }
        guard case .refused(let refusals) = error else {
            Issue.record("not a refusal: \(String(describing: error))")
            return
        }
        #expect(refusals.count == 1)
        #expect(refusals[0].hasPrefix("processor 1000: Invalid argument"))
    }

    @Test func withoutPrivilegeWarnGoesOnAndSaysWhatWouldGrantIt() async {
        await #expect(processExitsWith: .success) {
            try withoutPrivilege {
                let options = RealtimeOptions(priority: 80, cpu: nil, lockMemory: false, onRefusal: .warn)
                do {
                    let ran = Box(Atomic(false))
                    let thread = try RealtimeThread.start(name: "refused", options: options) { rights in
                        ran.value.store(rights.policy == .normal && rights.refusals.count == 1, ordering: .relaxed)
                    }
                    thread.join()
                    #expect(ran.value.load(ordering: .relaxed) == true)
                    #expect(thread.rights.policy == .normal)
                    #expect(thread.rights.priority == 0)
                    #expect(thread.rights.timerSlack == 1)
                    let refusal = thread.rights.refusals.first ?? ""
                    #expect(refusal.hasPrefix("SCHED_FIFO priority 80: Operation not permitted"))
                    #expect(refusal.contains("setcap cap_sys_nice,cap_ipc_lock+ep /"))
                    #expect(refusal.contains("- rtprio 80` in /etc/security/limits.conf"))
                } catch {
                    Issue.record(error)
                }
            }
        }
    }

    @Test func withoutPrivilegeStrictThrowsAndTheBodyDoesNotRun() async {
        await #expect(processExitsWith: .success) {
            try withoutPrivilege {
                let options = RealtimeOptions(priority: 80, cpu: nil, lockMemory: true, onRefusal: .strict)
                do {
                    _ = try RealtimeThread.start(name: "refused", options: options) { _ in Issue.record("the body ran")
                    }
                    Issue.record("nothing was refused")
                } catch RealtimeError.refused(let refusals) {
                    #expect(refusals.count == 2)
                    #expect(refusals.contains { $0.hasPrefix("SCHED_FIFO priority 80: Operation not permitted") })
                    #expect(refusals.contains { $0.hasPrefix("locked memory: ") && $0.contains("- memlock unlimited") })
                } catch {
                    Issue.record(error)
                }
            }
        }
    }

    @Test func whereThereIsPrivilegeFIFOIsGrantedAndReadBack() throws {
        let options = RealtimeOptions(priority: 41, cpu: nil, lockMemory: false, onRefusal: .warn)
        let rights = try RealtimeThread.start(name: "fifo", options: options) { _ in }.rights
        // The machine decides; but the answer and the refusals must agree.
        #expect((rights.policy == .fifo && rights.priority == 41) == rights.refusals.isEmpty)
    }

    @Test(arguments: [-1, 100])
    func prioritiesOutOfRangeAreNamed(priority: Int) {
        var options = RealtimeOptions.ordinary
        options.priority = priority
        #expect(
            throws: RealtimeError.invalidOption(
                "priority \(priority): SCHED_FIFO priorities are 1...99, and 0 asks for none")
        ) {
            try RealtimeThread.start(name: "out of range", options: options) { _ in }
        }
    }

    @Test func theStackIsAsLargeAsAsked() throws {
        var options = RealtimeOptions.ordinary
        options.stackBytes = 8 << 20
        let thread = try RealtimeThread.start(name: "deep", options: options) { _ in
            withUnsafeTemporaryAllocation(byteCount: 1 << 10, alignment: 16) { $0[0] = 1 }
        }
        thread.join()
        options.stackBytes = 1
        #expect(throws: RealtimeError.self) { try RealtimeThread.start(name: "flat", options: options) { _ in } }
    }

    @Test func wakeupsAreMeasured() throws {
        let histogram = try measureWakeups(rate: 2000, seconds: 0.1, spin: 50_000, options: .ordinary)
        #expect(histogram.count == 200)
        #expect(histogram.percentile(0.5) <= Double(histogram.maximum))
    }
}

/// Something closures can share.
private final class Box: Sendable {
    let value: Atomic<Bool>

    init(_ value: consuming Atomic<Bool>) {
        self.value = value
    }
}
