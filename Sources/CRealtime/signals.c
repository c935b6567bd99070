// SIGINT, SIGTERM and SIGHUP as a count. The handler only touches lock-free atomics, which is all a handler may do.
#include "signals.h"
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

static atomic_uint count;
static atomic_int first;
static atomic_bool installed;

/// The signals that ask a program to end: Ctrl-C, `kill`, and the end of the terminal.
static const int watched[] = {SIGINT, SIGTERM, SIGHUP};
enum { watched_count = sizeof watched / sizeof watched[0] };
static struct sigaction previous[watched_count];

static void notice(int signal_number) {
    int none = 0;
    atomic_compare_exchange_strong(&first, &none, signal_number);
    atomic_fetch_add(&count, 1);
}

/// Gives the first `number` signals back what they did before.
static int give_back(int number) {
    int error = 0;
    for (int index = 0; index < number; index += 1) {
        if (sigaction(watched[index], &previous[index], NULL) != 0) {
            error = errno;
        }
    }
    return error;
}

int steadyhand_termination_install(void) {
    if (atomic_exchange(&installed, true)) {
        return EBUSY;
    }
    atomic_store(&count, 0);
    atomic_store(&first, 0);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = notice;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigset_t all;
    sigemptyset(&all);
    for (int index = 0; index < watched_count; index += 1) {
        if (sigaction(watched[index], &action, &previous[index]) != 0) {
            int error = errno;
            give_back(index);
            atomic_store(&installed, false);
            return error;
        }
        // `nohup` has the end of the terminal ignored, and means it.
        if (watched[index] == SIGHUP && previous[index].sa_handler == SIG_IGN) {
            sigaction(SIGHUP, &previous[index], NULL);
        }
        sigaddset(&all, watched[index]);
    }
    // A parent may have left them blocked: then they would never come.
    return pthread_sigmask(SIG_UNBLOCK, &all, NULL);
}

int steadyhand_termination_restore(void) {
    if (!atomic_exchange(&installed, false)) {
        return EINVAL;
    }
    return give_back(watched_count);
}

uint32_t steadyhand_termination_count(void) { return atomic_load(&count); }
int steadyhand_termination_first(void) { return atomic_load(&first); }
