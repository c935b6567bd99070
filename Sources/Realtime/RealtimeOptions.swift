/// What a real-time thread asks of the kernel.
public struct RealtimeOptions: Hashable, Sendable {
    /// What is done when the kernel refuses a right.
    public enum RefusalPolicy: String, Hashable, Sendable {
        /// Go on without it and report it in ``GrantedRights/refusals``.
        case warn
        /// Do not start: throw ``RealtimeError/refused(_:)``.
        case strict
    }

    /// `SCHED_FIFO` priority, 1...99 (the kernel's own threads sit at 99, interrupt threads at 50); 0 asks for the
    /// normal scheduler.
    public var priority: Int
    /// The number of the one processor to run on; nil: any.
    public var cpu: Int?
    /// Whether to keep all memory of the process from being paged out, present and future (`mlockall`).
    public var lockMemory: Bool
    /// Size of the stack in bytes. All of it is touched before the body runs.
    public var stackBytes: Int
    /// Whether to keep the processors off idle states that take time to leave, as long as the thread lives
    /// (`/dev/cpu_dma_latency`). It costs power.
    public var keepAwake: Bool
    /// What is done when the kernel refuses one of them.
    public var onRefusal: RefusalPolicy

    /// Options with these values.
    public init(
        priority: Int, cpu: Int?, lockMemory: Bool, stackBytes: Int = 1 << 20, keepAwake: Bool = false,
        onRefusal: RefusalPolicy
    ) {
        self.priority = priority
        self.cpu = cpu
        self.lockMemory = lockMemory
        self.stackBytes = stackBytes
        self.keepAwake = keepAwake
        self.onRefusal = onRefusal
    }
}

/// What a real-time thread was given: the kernel's own answers, asked after the requests were made.
public struct GrantedRights: Hashable, Sendable {
    /// A scheduling policy of the kernel.
    public enum Policy: Hashable, Sendable, CustomStringConvertible {
        /// `SCHED_OTHER`.
        case normal
        /// `SCHED_FIFO`.
        case fifo
        /// Any other, with the kernel's number.
        case other(Int32)

        /// The kernel's name for it.
        public var description: String {
            switch self {
            case .normal: "SCHED_OTHER"
            case .fifo: "SCHED_FIFO"
            case .other(let number): "scheduling policy \(number)"
            }
        }
    }

    /// The scheduling policy.
    public var policy: Policy
    /// The real-time priority; 0 under the normal scheduler.
    public var priority: Int
    /// The processors (of the first 64) the thread may run on, ascending.
    public var cpus: [Int]
    /// Bytes of the process that cannot be paged out.
    public var lockedBytes: UInt64
    /// Whether memory was asked to be locked and is.
    public var memoryLocked: Bool
    /// Nanoseconds by which the kernel may delay a timer of this thread; 1 or 0 is best.
    public var timerSlack: UInt64
    /// Whether the processors were asked to be kept awake and are.
    public var keptAwake: Bool
    /// One line for each right that was refused: what, why, and what would grant it.
    public var refusals: [String]
}

/// Why a real-time thread could not be started.
public enum RealtimeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An option is out of range; the text says which, and what would be right.
    case invalidOption(String)
    /// The kernel refused these rights, and the options are strict.
    case refused([String])
    /// The kernel gave no thread at all; with its error number.
    case noThread(Int32)
    /// The handlers of termination signals are in use already, or the kernel refused them; with its error number.
    case noSignalHandler(Int32)

    /// One line.
    public var description: String {
        switch self {
        case .invalidOption(let text): text
        case .refused(let refusals): "the kernel refused real-time rights: " + refusals.joined(separator: "; ")
        case .noThread(let number): "no thread could be started: \(errorText(number))"
        case .noSignalHandler(let number): "termination signals cannot be handled: \(errorText(number))"
        }
    }
}
