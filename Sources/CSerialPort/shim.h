// libserialport for devices, and the calls on a line's descriptor that the real-time path makes.
#pragma once
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

// None of these allocates or takes a lock of the process; the attribute tells the Swift compiler so.
#define STEADYHAND_REALTIME __attribute__((swift_attr("@_noLocks")))

/// Moves what is there without waiting. Returns the count, 0 if nothing was ready, or a negative error number.
STEADYHAND_REALTIME static inline long steadyhand_line_read(int line, void *_Nonnull bytes, long capacity) {
    ssize_t count;
    do { count = read(line, bytes, (size_t)capacity); } while (count < 0 && errno == EINTR);
    if (count > 0) return count;
    if (count == 0) return 0;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
}

/// Hands over what fits without waiting. Returns the count, 0 if there is no room, or a negative error number.
STEADYHAND_REALTIME static inline long steadyhand_line_write(int line, const void *_Nonnull bytes, long count) {
    ssize_t written;
    do { written = write(line, bytes, (size_t)count); } while (written < 0 && errno == EINTR);
    if (written >= 0) return written;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
}

/// Waits until there is something to read (or, if asked, room to write), at most this long.
/// Returns 1 when there is, 0 when the time is over, a negative error number when the other end is gone.
STEADYHAND_REALTIME static inline int steadyhand_line_wait(int line, int for_writing, uint64_t nanoseconds) {
    struct pollfd wanted = {line, (short)(for_writing ? POLLOUT : POLLIN), 0};
    struct timespec limit = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
    int ready = ppoll(&wanted, 1, &limit, 0);
    // A signal cuts the wait short; the caller looks at its deadline and waits again.
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    if (ready == 0) return 0;
    if (wanted.revents & wanted.events) return 1;
    return -EIO;
}

/// Throws away what has arrived and was not read.
STEADYHAND_REALTIME static inline void steadyhand_line_discard_input(int line) { (void)tcflush(line, TCIFLUSH); }

/// No other process may open it (TIOCEXCL), nor may one that asks (flock). Returns 0 or an error number.
static inline int steadyhand_line_claim(int line) {
    if (flock(line, LOCK_EX | LOCK_NB) != 0) return errno;
    return ioctl(line, TIOCEXCL) == 0 ? 0 : errno;
}

// Bits a second that terminal drivers know, and what they call them.
static const struct { unsigned int rate; speed_t name; } steadyhand_speeds[] = {
    {9600, B9600}, {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}, {230400, B230400},
    {460800, B460800}, {500000, B500000}, {921600, B921600}, {1000000, B1000000}, {1500000, B1500000},
    {2000000, B2000000}, {3000000, B3000000}, {4000000, B4000000},
};

/// Bits a second that a terminal is set to; 0 where that is none of those above.
static inline unsigned int steadyhand_line_speed(int line) {
    struct termios settings;
    if (tcgetattr(line, &settings) != 0) return 0;
    for (unsigned int i = 0; i < sizeof steadyhand_speeds / sizeof *steadyhand_speeds; i++)
        if (steadyhand_speeds[i].name == cfgetospeed(&settings)) return steadyhand_speeds[i].rate;
    return 0;
}

/// Raw bytes, 8N1, no flow control, at a rate (bits a second). A terminal without a wire takes every rate: one that its
/// driver has no name for becomes 50. Returns 0 or an error number.
static inline int steadyhand_line_make_raw(int line, unsigned int rate) {
    speed_t speed = B50;
    for (unsigned int i = 0; i < sizeof steadyhand_speeds / sizeof *steadyhand_speeds; i++)
        if (steadyhand_speeds[i].rate == rate) speed = steadyhand_speeds[i].name;
    struct termios settings;
    if (tcgetattr(line, &settings) != 0) return errno;
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
    settings.c_cc[VMIN] = 0;
    settings.c_cc[VTIME] = 0;
    if (cfsetspeed(&settings, speed) != 0) return errno;
    return tcsetattr(line, TCSANOW, &settings) == 0 ? 0 : errno;
}

/// Makes a pseudo-terminal; `*number` becomes that of its device, /dev/pts/N. Returns the host's end, or a negative error
/// number.
static inline int steadyhand_terminal_make(int *_Nonnull number) {
    int host = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (host < 0) return -errno;
    int unlocked = 0;
    if (ioctl(host, TIOCSPTLCK, &unlocked) == 0 && ioctl(host, TIOCGPTN, number) == 0) return host;
    int error = errno;
    close(host);
    return -error;
}
