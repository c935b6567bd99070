// SIGINT and SIGTERM as a count. The handler only touches lock-free atomics, which is all a handler may do.
#include "signals.h"
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

static atomic_uint count;
static atomic_int first;
static struct sigaction previous_interrupt;
static struct sigaction previous_terminate;
static atomic_bool installed;

static void notice(int signal_number) {
    int none = 0;
    atomic_compare_exchange_strong(&first, &none, signal_number);
    atomic_fetch_add(&count, 1);
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
    if (sigaction(SIGINT, &action, &previous_interrupt) != 0) {
        int error = errno;
        atomic_store(&installed, false);
        return error;
    }
    if (sigaction(SIGTERM, &action, &previous_terminate) != 0) {
        int error = errno;
        sigaction(SIGINT, &previous_interrupt, NULL);
        atomic_store(&installed, false);
        return error;
    }
    // A parent may have left them blocked: then they would never come.
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    return pthread_sigmask(SIG_UNBLOCK, &both, NULL);
}

int steadyhand_termination_restore(void) {
    if (!atomic_exchange(&installed, false)) {
        return EINVAL;
    }
    int interrupt = sigaction(SIGINT, &previous_interrupt, NULL) == 0 ? 0 : errno;
    int terminate = sigaction(SIGTERM, &previous_terminate, NULL) == 0 ? 0 : errno;
    return interrupt != 0 ? interrupt : terminate;
}

uint32_t steadyhand_termination_count(void) { return atomic_load(&count); }
int steadyhand_termination_first(void) { return atomic_load(&first); }
