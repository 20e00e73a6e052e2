/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
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

/* ---- Between QEMU and us ---------------------------------------------------------------------- */

struct stream {
    struct scan *scan;
    int in;  /* -1: closed */
    int out; /* to the guest; -1: not by us */
    const char *text;
    size_t left; /* of text, to be written */
    int theirs_in;
    int theirs_out;
    bool done; /* the end of the command has been answered */
};

static bool output_open(struct stream *stream, bool command)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    stream->in = ends[0];
    stream->theirs_out = ends[1];
    if (!command) {
        return true;
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    stream->theirs_in = ends[0];
    stream->out = ends[1];
    return fcntl(stream->out, F_SETFL, O_NONBLOCK) == 0;
}

static bool port_open(struct stream *stream)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return false;
    }
    stream->in = ends[0];
    stream->out = ends[0];
    stream->theirs_in = ends[1];
    stream->theirs_out = ends[1];
    return fcntl(stream->out, F_SETFL, O_NONBLOCK) == 0;
}

static bool streams_open(const struct machine_run *run, struct stream *streams)
{
    for (size_t i = 0; i < MACHINE_STREAMS; i++) {
        streams[i] = (struct stream){run->streams[i], -1, -1, NULL, 0, -1, -1, false};
    }
    return output_open(&streams[MACHINE_OUTPUT], run->command != NULL) &&
           (run->streams[MACHINE_PORT] == NULL || port_open(&streams[MACHINE_PORT]));
}

static void streams_close_theirs(const struct stream *streams)
{
    for (size_t i = 0; i < MACHINE_STREAMS; i++) {
        if (streams[i].theirs_in >= 0) {
            close(streams[i].theirs_in);
        }
        if (streams[i].theirs_out >= 0 && streams[i].theirs_out != streams[i].theirs_in) {
            close(streams[i].theirs_out);
        }
    }
}

/* A descriptor that already has its number would be closed by exec. */
static bool become(int fd, int number)
{
    return fd < 0 || (fd == number ? fcntl(fd, F_SETFD, 0) == 0 : dup2(fd, number) == number);
}

static void child(const struct machine_run *run, const struct stream *streams)
{
    const struct stream *output = &streams[MACHINE_OUTPUT];

    /* Whatever ends this program ends the machine. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_DFL);
    /* The port's number may be that of another one of ours: last. */
    if (!become(output->theirs_in, STDIN_FILENO) || !become(output->theirs_out, STDOUT_FILENO) ||
        !become(streams[MACHINE_PORT].theirs_in, MACHINE_PORT_FD)) {
        _exit(127);
    }
    execvp(run->argv[0], run->argv);
    _exit(127);
}

static void say(struct stream *stream, const char *text)
{
    stream->text = text;
    stream->left = strlen(text);
}

/* Who begins the command first gets it; the guest may power off once its end has arrived here. */
static void answer(struct machine_run *run, struct stream *streams, struct stream *stream)
{
    if (run->command == NULL) {
        return;
    }
    if (run->speaker == NULL && stream->scan->seen[SCAN_KEY_BEGIN]) {
        run->speaker = stream->scan;
        for (size_t i = 0; i < MACHINE_STREAMS; i++) {
            if (streams[i].scan != NULL && streams[i].scan != run->speaker) {
                scan_forget_command(streams[i].scan);
            }
        }
        say(stream, run->command);
    }
    if (stream->scan->seen[SCAN_KEY_DONE] && !stream->done) {
        stream->done = true;
        say(stream, "\n");
    }
}

static void stream_read(struct machine_run *run, struct stream *streams, struct stream *stream)
{
    char buffer[4096];
    ssize_t count = read(stream->in, buffer, sizeof(buffer));

    if (count > 0) {
        scan_feed(stream->scan, buffer, (size_t)count);
        answer(run, streams, stream);
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        stream->in = -1;
    }
}

static void stream_write(struct stream *stream)
{
    ssize_t count = write(stream->out, stream->text, stream->left);

    if (count > 0) {
        stream->text += count;
        stream->left -= (size_t)count;
    } else if (count < 0 && errno != EINTR && errno != EAGAIN) {
        stream->left = 0;
    }
}

/* Waits until something can be read or written, and does it. */
static void streams_serve(struct machine_run *run, struct stream *streams, int wait)
{
    struct pollfd pollers[MACHINE_STREAMS * 2];

    for (size_t i = 0; i < MACHINE_STREAMS; i++) {
        pollers[i * 2] = (struct pollfd){.fd = streams[i].in, .events = POLLIN};
        pollers[i * 2 + 1] =
            (struct pollfd){.fd = streams[i].left > 0 ? streams[i].out : -1, .events = POLLOUT};
    }
    if (poll(pollers, MACHINE_STREAMS * 2, wait) <= 0) {
        return;
    }
    for (size_t i = 0; i < MACHINE_STREAMS; i++) {
        if (pollers[i * 2 + 1].revents != 0) {
            stream_write(&streams[i]);
        }
        if (pollers[i * 2].revents != 0) {
            stream_read(run, streams, &streams[i]);
        }
    }
}

/* ---- Time ------------------------------------------------------------------------------------- */

/* The time of each first sight. */
static void note_time(bool seen, double seconds, double *time)
{
    if (seen && *time < 0) {
        *time = seconds;
    }
}

static void note_times(struct machine_run *run, double seconds)
{
    for (size_t i = 0; i < MACHINE_STREAMS; i++) {
        const struct scan *scan = run->streams[i];

        if (scan != NULL) {
            note_time(scan->seen[SCAN_KEY_BOOTING], seconds, &run->times.kernel);
            note_time(scan->seen[SCAN_KEY_BEGIN], seconds, &run->times.command);
            note_time(scan->seen[SCAN_KEY_DONE], seconds, &run->times.command_end);
        }
    }
    note_time(run->console->end != SCAN_END_NONE, seconds, &run->times.end);
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

/* Passes on what comes until QEMU closes it or has to be ended; says which. */
static enum machine_stop watch(struct machine_run *run, struct stream *streams, double start)
{
    while (streams[MACHINE_OUTPUT].in >= 0 || streams[MACHINE_PORT].in >= 0) {
        bool due = false;
        int wait = next_due(run, now() - start, &due);

        if (interrupted) {
            return MACHINE_STOP_SIGNAL;
        }
        if (due) {
            return run->times.end >= 0 ? MACHINE_STOP_SELF : MACHINE_STOP_TIMEOUT;
        }
        streams_serve(run, streams, wait);
        note_times(run, now() - start);
    }
    return MACHINE_STOP_SELF;
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

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void machine_run(struct machine_run *run)
{
    struct termios terminal;
    bool is_terminal = run->command == NULL && tcgetattr(STDIN_FILENO, &terminal) == 0;
    struct stream streams[MACHINE_STREAMS];
    double start = now();
    pid_t pid;

    run->times = (struct machine_times){-1, -1, -1, -1};
    run->stop = MACHINE_STOP_START;
    if (!streams_open(run, streams)) {
        return;
    }
    catch_signals();
    pid = fork();
    if (pid == 0) {
        child(run, streams);
    }
    streams_close_theirs(streams);
    if (pid > 0) {
        run->stop = watch(run, streams, start);
        collect(run, pid);
    }
    for (size_t i = 0; i < MACHINE_STREAMS; i++) {
        if (run->streams[i] != NULL) {
            scan_finish(run->streams[i]);
        }
    }
    note_times(run, now() - start);
    if (run->times.end < 0) {
        run->times.end = now() - start;
    }
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal);
    }
}
