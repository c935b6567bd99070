// A thread that asks the kernel for real-time rights, and says what it was given. See thread.c.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// What a thread asks for.
struct steadyhand_rights_wanted {
    int priority;        ///< SCHED_FIFO priority 1...99; 0 asks for no real-time scheduling.
    int cpu;             ///< The one processor to run on; negative: any.
    bool lock_memory;    ///< mlockall of everything present and future.
    uint64_t stack_bytes;
    bool keep_awake;     ///< No idle state of the processors that takes time to leave, while the thread lives.
};

/// What it was given, as the kernel answers when asked afterwards, and the error number of each request (0: granted).
struct steadyhand_rights_granted {
    int policy;
    int priority;
    uint64_t cpus;       ///< A bit for each of the processors 0...63 the thread may run on.
    uint64_t locked_bytes;
    uint64_t timer_slack;
    int scheduling_error;
    int affinity_error;
    int locking_error;
    int slack_error;
    int awake_error;
    int32_t wake_latency; ///< The longest time, us, that a processor may take to leave an idle state; negative: not known.
};

struct steadyhand_thread;

/// Starts a thread, which asks for its rights and then waits for the decision whether it may go on to call `body`.
/// `*granted` is filled in when this returns 0; otherwise it returns an error number and there is no thread.
int steadyhand_thread_create(struct steadyhand_thread **thread, const char *name,
                             const struct steadyhand_rights_wanted *wanted, struct steadyhand_rights_granted *granted,
                             void (*body)(void *), void *context);
/// Lets the thread call its body, or end without.
void steadyhand_thread_decide(struct steadyhand_thread *thread, bool proceed);
/// Waits for the thread's end, frees it, and says how often its body called the allocator.
uint64_t steadyhand_thread_join(struct steadyhand_thread *thread);

/// Takes the capabilities that grant real-time rights (CAP_SYS_NICE, CAP_IPC_LOCK) from the effective set of the
/// calling thread alone, or puts them back. Threads it starts inherit what it has. Returns 0 or an error number.
int steadyhand_realtime_capabilities(bool effective);
