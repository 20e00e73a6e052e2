/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* After refhv's last line the board is off: QEMU has this long to see it. */
#define GRACE_SECONDS 5.0

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void child(const struct machine_run *run, int output)
{
    /* Whatever ends this program ends the machine. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (!run->own_console) {
        int null = open("/dev/null", O_RDONLY);

        if (null < 0 || dup2(null, STDIN_FILENO) < 0) {
            _exit(127);
        }
    }
    signal(SIGPIPE, SIG_DFL);
    if (dup2(output, STDOUT_FILENO) < 0) {
        _exit(127);
    }
    execvp(run->argv[0], run->argv);
    _exit(127);
}

/* The time of each first sight. */
static void note_times(struct machine_run *run, double seconds)
{
    const struct scan *scan = run->scan;

    if (scan->seen[SCAN_KEY_BOOTING] && run->times.kernel < 0) {
        run->times.kernel = seconds;
    }
    if (scan->seen[SCAN_KEY_BEGIN] && run->times.command < 0) {
        run->times.command = seconds;
    }
    if (scan->seen[SCAN_KEY_DONE] && run->times.command_end < 0) {
        run->times.command_end = seconds;
    }
    if (scan->end != SCAN_END_NONE && run->times.end < 0) {
        run->times.end = seconds;
    }
}

/* Milliseconds until something is due, -1 for nothing; *due says that it is. */
static int next_due(const struct machine_run *run, double seconds, bool *due)
{
    double at = run->timeout_seconds;
    double left;

    if (run->times.end >= 0) {
        at = run->times.end + GRACE_SECONDS;
    }
    if (at <= 0) {
        return -1;
    }
    left = at - seconds;
    *due = left <= 0;
    return *due ? 0 : (int)(left * 1000) + 1;
}

/* Passes the console on until QEMU closes it or has to be ended; says which. */
static enum machine_stop watch(struct machine_run *run, int input, double start)
{
    char buffer[4096];

    for (;;) {
        struct pollfd poller = {.fd = input, .events = POLLIN};
        bool due = false;
        int wait = next_due(run, now() - start, &due);
        ssize_t count;

        if (interrupted) {
            return MACHINE_STOP_SIGNAL;
        }
        if (due) {
            return run->times.end >= 0 ? MACHINE_STOP_SELF : MACHINE_STOP_TIMEOUT;
        }
        if (poll(&poller, 1, wait) <= 0) {
            continue;
        }
        count = read(input, buffer, sizeof(buffer));
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return MACHINE_STOP_SELF;
        }
        if (count > 0) {
            scan_feed(run->scan, buffer, (size_t)count);
            note_times(run, now() - start);
        }
    }
}

/* Collects QEMU; first ends it, unless it is ending by itself, which it gets a second for. */
static void collect(struct machine_run *run, pid_t pid)
{
    double start = now();
    bool end_it = run->stop != MACHINE_STOP_SELF;

    while (waitpid(pid, &run->wait_status, WNOHANG) != pid) {
        double waited = now() - start;

        if (waited > GRACE_SECONDS) {
            kill(pid, SIGKILL);
        } else if (end_it || waited > 1.0) {
            kill(pid, SIGTERM);
        }
        poll(NULL, 0, 10);
    }
}

void machine_run(struct machine_run *run)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct termios terminal;
    bool is_terminal = run->own_console && tcgetattr(STDIN_FILENO, &terminal) == 0;
    int ends[2];
    double start = now();
    pid_t pid;

    run->times = (struct machine_times){-1, -1, -1, -1};
    run->stop = MACHINE_STOP_START;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    pid = fork();
    if (pid == 0) {
        child(run, ends[1]);
    }
    close(ends[1]);
    if (pid > 0) {
        run->stop = watch(run, ends[0], start);
        collect(run, pid);
    }
    close(ends[0]);
    scan_finish(run->scan);
    note_times(run, now() - start);
    if (run->times.end < 0) {
        run->times.end = now() - start;
    }
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal);
    }
}
