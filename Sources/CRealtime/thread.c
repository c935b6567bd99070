// A thread that asks the kernel for real-time rights, each apart, and reads back what it was given.
#define _GNU_SOURCE
#include "thread.h"
#include "allocation.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct steadyhand_thread {
    pthread_t handle;
    char name[16];
    struct steadyhand_rights_wanted wanted;
    struct steadyhand_rights_granted granted;
    sem_t asked;
    sem_t decided;
    bool proceed;
    int awake_file;
    void (*body)(void *);
    void *context;
    uint64_t allocations;
};

/// Bytes of stack left alone when the rest is touched: the guard's neighbourhood, and the frames that touch.
static const uint64_t stack_reserve = 32 * 1024;

/// Touches the stack's pages once, so that none of them has to be found when the loop runs.
///
/// How much there is to touch is measured from here: the C library keeps the thread-local variables of all loaded
/// libraries at the stack's beginning, and they can be large.
static void touch_stack(void) {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
        return;
    }
    void *lowest = NULL;
    size_t size = 0;
    int error = pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    uint64_t left = (uint64_t)((uintptr_t)__builtin_frame_address(0) - (uintptr_t)lowest);
    if (error != 0 || left <= stack_reserve) {
        return;
    }
    uint64_t touched = left - stack_reserve;
    volatile char *block = __builtin_alloca(touched);
    for (uint64_t offset = 0; offset < touched; offset += 4096) {
        block[offset] = 0;
    }
}

/// The kernel's own account of how much of the process cannot be paged out.
static uint64_t locked_bytes(void) {
    FILE *status = fopen("/proc/self/status", "re");
    if (status == NULL) {
        return 0;
    }
    char line[256];
    unsigned long long kilobytes = 0;
    while (fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "VmLck: %llu kB", &kilobytes) == 1) {
            break;
        }
    }
    fclose(status);
    return kilobytes * 1024;
}

static void ask(const struct steadyhand_rights_wanted *wanted, struct steadyhand_rights_granted *granted) {
    if (wanted->priority > 0) {
        struct sched_param parameters = {.sched_priority = wanted->priority};
        granted->scheduling_error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
    }
    if (wanted->cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        if (wanted->cpu < CPU_SETSIZE) {
            CPU_SET(wanted->cpu, &set);
        }
        granted->affinity_error = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    }
    if (wanted->lock_memory) {
        granted->locking_error = mlockall(MCL_CURRENT | MCL_FUTURE) == 0 ? 0 : errno;
    }
    // Under the normal scheduler the kernel may round a wake-up by 50 us to save power; real-time policies have no
    // slack.
    if (wanted->priority <= 0 || granted->scheduling_error != 0) {
        granted->slack_error = prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL) == 0 ? 0 : errno;
    }
}

/// Holds the processors off idle states that take time to leave: the kernel does so for as long as the file that asked for it is
/// open. Returns that file, or -1.
static int hold_awake(struct steadyhand_rights_granted *granted) {
    int file = open("/dev/cpu_dma_latency", O_RDWR | O_CLOEXEC);
    int32_t wanted = 0;
    granted->wake_latency = -1;
    if (file < 0 || write(file, &wanted, sizeof wanted) != sizeof wanted) {
        granted->awake_error = errno;
        if (file >= 0) {
            close(file);
        }
        return -1;
    }
    int32_t answer = -1;
    if (pread(file, &answer, sizeof answer, 0) == sizeof answer) {
        granted->wake_latency = answer;
    }
    return file;
}

static void read_back(struct steadyhand_rights_granted *granted) {
    struct sched_param parameters = {0};
    pthread_getschedparam(pthread_self(), &granted->policy, &parameters);
    // The C library remembers what it set; the kernel is asked itself.
    granted->policy = sched_getscheduler(0);
    sched_getparam(0, &parameters);
    granted->priority = parameters.sched_priority;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int cpu = 0; cpu < 64; cpu += 1) {
            granted->cpus |= CPU_ISSET(cpu, &set) ? (uint64_t)1 << cpu : 0;
        }
    }
    granted->locked_bytes = locked_bytes();
    int slack = prctl(PR_GET_TIMERSLACK, 0UL, 0UL, 0UL, 0UL);
    granted->timer_slack = slack > 0 ? (uint64_t)slack : 0;
}

/// Signals to the process are for the other threads: a handler would take time from the loop. Faults of its own remain.
static void block_signals(void) {
    sigset_t set;
    sigfillset(&set);
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF};
    for (unsigned index = 0; index < sizeof own / sizeof own[0]; index += 1) {
        sigdelset(&set, own[index]);
    }
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *run(void *argument) {
    struct steadyhand_thread *thread = argument;
    block_signals();
    pthread_setname_np(pthread_self(), thread->name);
    ask(&thread->wanted, &thread->granted);
    thread->awake_file = thread->wanted.keep_awake ? hold_awake(&thread->granted) : -1;
    touch_stack();
    read_back(&thread->granted);
    sem_post(&thread->asked);
    while (sem_wait(&thread->decided) != 0 && errno == EINTR) {
    }
    if (thread->proceed) {
        uint64_t before = steadyhand_thread_allocations();
        thread->body(thread->context);
        thread->allocations = steadyhand_thread_allocations() - before;
    }
    if (thread->awake_file >= 0) {
        close(thread->awake_file);
    }
    return NULL;
}

int steadyhand_thread_create(struct steadyhand_thread **created, const char *name,
                             const struct steadyhand_rights_wanted *wanted, struct steadyhand_rights_granted *granted,
                             void (*body)(void *), void *context) {
    struct steadyhand_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        return ENOMEM;
    }
    snprintf(thread->name, sizeof thread->name, "%s", name);
    thread->wanted = *wanted;
    thread->body = body;
    thread->context = context;
    sem_init(&thread->asked, 0, 0);
    sem_init(&thread->decided, 0, 0);
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error == 0) {
        error = pthread_attr_setstacksize(&attributes, wanted->stack_bytes);
        if (error == 0) {
            error = pthread_create(&thread->handle, &attributes, run, thread);
        }
        pthread_attr_destroy(&attributes);
    }
    if (error != 0) {
        sem_destroy(&thread->asked);
        sem_destroy(&thread->decided);
        free(thread);
        return error;
    }
    while (sem_wait(&thread->asked) != 0 && errno == EINTR) {
    }
    *granted = thread->granted;
    *created = thread;
    return 0;
}

void steadyhand_thread_decide(struct steadyhand_thread *thread, bool proceed) {
    thread->proceed = proceed;
    sem_post(&thread->decided);
}

uint64_t steadyhand_thread_join(struct steadyhand_thread *thread) {
    pthread_join(thread->handle, NULL);
    uint64_t allocations = thread->allocations;
    sem_destroy(&thread->asked);
    sem_destroy(&thread->decided);
    free(thread);
    return allocations;
}

int steadyhand_realtime_capabilities(bool effective) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    memset(data, 0, sizeof data);
    if (syscall(SYS_capget, &header, data) != 0) {
        return errno;
    }
    const uint32_t rights = 1u << CAP_SYS_NICE | 1u << CAP_IPC_LOCK;
    data[0].effective = effective ? data[0].effective | (rights & data[0].permitted) : data[0].effective & ~rights;
    return syscall(SYS_capset, &header, data) == 0 ? 0 : errno;
}
