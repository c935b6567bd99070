internal import CRealtime
internal import Glibc

extension RealtimeOptions {
    /// The options in the kernel's terms.
    func wanted() throws(RealtimeError) -> steadyhand_rights_wanted {
        guard (0...99).contains(priority) else {
            throw .invalidOption("priority \(priority): SCHED_FIFO priorities are 1...99, and 0 asks for none")
        }
        if let cpu, !(0..<1024).contains(cpu) {
            throw .invalidOption("cpu \(cpu): processors are numbered from 0 to 1023")
        }
        guard stackBytes >= 256 << 10 && stackBytes <= 1 << 30 else {
            throw .invalidOption("stack of \(stackBytes) bytes: it must have 256 KiB to 1 GiB")
        }
        return steadyhand_rights_wanted(
            priority: Int32(priority), cpu: Int32(cpu ?? -1), lock_memory: lockMemory, stack_bytes: UInt64(stackBytes),
            keep_awake: keepAwake)
    }
}

extension GrantedRights {
    init(_ answer: steadyhand_rights_granted, to options: RealtimeOptions) {
        switch answer.policy {
        case SCHED_OTHER: policy = .normal
        case SCHED_FIFO: policy = .fifo
        case let number: policy = .other(number)
        }
        priority = Int(answer.priority)
        cpus = (0..<64).filter { answer.cpus >> UInt64($0) & 1 == 1 }
        lockedBytes = answer.locked_bytes
        memoryLocked = options.lockMemory && answer.locking_error == 0 && answer.locked_bytes > 0
        timerSlack = answer.timer_slack
        keptAwake = options.keepAwake && answer.awake_error == 0 && answer.wake_latency == 0
        refusals = []

        let grant = "sudo setcap cap_sys_nice,cap_ipc_lock+ep \(executablePath())"
        if options.priority > 0 && (policy != .fifo || priority != options.priority) {
            refusals.append(
                "SCHED_FIFO priority \(options.priority): \(reason(answer.scheduling_error)), the thread runs under"
                    + " \(policy); grant it with `\(grant)` or with"
                    + " `\(userName()) - rtprio \(options.priority)` in /etc/security/limits.conf")
        }
        if let cpu = options.cpu, cpus != [cpu] {
            let allowed = cpus.map(String.init).joined(separator: ", ")
            refusals.append(
                "processor \(cpu): \(reason(answer.affinity_error)), the thread runs on \(allowed); name one of these,"
                    + " or grant processor \(cpu) in the cpuset of the container or service")
        }
        if options.lockMemory && !memoryLocked {
            refusals.append(
                "locked memory: \(reason(answer.locking_error)); grant it with `\(grant)` or with"
                    + " `\(userName()) - memlock unlimited` in /etc/security/limits.conf")
        }
        if options.keepAwake && !keptAwake {
            refusals.append(
                "processors kept awake (/dev/cpu_dma_latency): \(reason(answer.awake_error)); grant it with"
                    + " `sudo chown \(userName()) /dev/cpu_dma_latency`")
        }
        if answer.slack_error != 0 {
            refusals.append("timer slack of 1 ns: \(errorText(answer.slack_error)), it is \(timerSlack) ns")
        }
    }
}

/// Why a right is missing: the kernel's error, or its contrary answer.
private func reason(_ number: Int32) -> String {
    number == 0 ? "granted, but the kernel does not report it" : errorText(number)
}

private func executablePath() -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
        guard let start = buffer.baseAddress else { return "steadyhand" }
        let count = readlink("/proc/self/exe", start, buffer.count - 1)
        guard count > 0 else { return "steadyhand" }
        start[count] = 0
        return String(cString: start)
    }
}

private func userName() -> String {
    guard let entry = getpwuid(getuid()) else { return "USER" }
    return String(cString: entry.pointee.pw_name)
}
