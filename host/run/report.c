/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static void show_tail(const struct scan *scan)
{
    char tail[SCAN_TAIL_BYTES];
    size_t count = scan_tail(scan, tail, sizeof(tail));
    size_t start = 0;

    if (count == 0) {
        return;
    }
    if (scan->tail_total > count) {
        const char *line = memchr(tail, '\n', count);

        start = line ? (size_t)(line - tail) + 1 : 0;
    }
    fprintf(stderr, "paravane: the console's last lines:\n");
    for (size_t i = start; i < count; i++) {
        if (tail[i] == '\n' || tail[i] == '\t' || (tail[i] >= ' ' && tail[i] <= '~')) {
            fputc(tail[i], stderr);
        }
    }
    if (tail[count - 1] != '\n') {
        fputc('\n', stderr);
    }
}

static int fail(const struct machine_run *run, int status, const char *what)
{
    if (run->tail) {
        show_tail(run->console);
    }
    fprintf(stderr, "paravane: %s\n", what);
    return status;
}

static bool panicked(const struct machine_run *run)
{
    bool seen = false;

    for (size_t i = 0; i < MACHINE_STREAMS; i++) {
        seen = seen || (run->streams[i] != NULL && run->streams[i]->seen[SCAN_KEY_PANIC]);
    }
    return seen;
}

/* NULL, or where the command has come to its end. */
static const struct scan *finished(const struct machine_run *run)
{
    return run->speaker != NULL && run->speaker->seen[SCAN_KEY_DONE] ? run->speaker : NULL;
}

/* The guest asked for the end; was it the end that the user asked for? */
static int clean_end(const struct machine_run *run)
{
    if (panicked(run)) {
        return fail(run, REPORT_FAILURE, "the guest's kernel panicked");
    }
    if (run->command == NULL) {
        return 0;
    }
    if (finished(run) != NULL) {
        return finished(run)->command_status;
    }
    return fail(run, REPORT_FAILURE,
                run->speaker != NULL ? "the guest ended before the command did"
                                     : "the guest ended without having run the command");
}

static int no_end(const struct machine_run *run)
{
    char what[96];
    int status = run->wait_status;

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return fail(run, REPORT_FAILURE,
                    "QEMU was ended from outside (Ctrl-A x?), not by the guest");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        return fail(run, REPORT_FAILURE, "QEMU could not be started");
    }
    if (WIFEXITED(status)) {
        snprintf(what, sizeof(what), "QEMU failed with exit status %d", WEXITSTATUS(status));
    } else {
        snprintf(what, sizeof(what), "QEMU was killed by signal %d", WTERMSIG(status));
    }
    return fail(run, REPORT_FAILURE, what);
}

int report_outcome(const struct machine_run *run)
{
    char what[96];

    switch (run->stop) {
    case MACHINE_STOP_TIMEOUT:
        snprintf(what, sizeof(what), "stopped after %g seconds (--timeout)", run->timeout_seconds);
        return fail(run, REPORT_TIMEOUT, what);
    case MACHINE_STOP_SIGNAL:
        return fail(run, REPORT_INTERRUPT, "interrupted");
    case MACHINE_STOP_START:
        return fail(run, REPORT_FAILURE, "QEMU could not be started");
    case MACHINE_STOP_SELF:
        break;
    }
    switch (run->console->end) {
    case SCAN_END_OFF:
    case SCAN_END_RESET:
        return clean_end(run);
    case SCAN_END_CRASH:
        return fail(run, REPORT_FAILURE, "Paravane stopped itself (its reason is above)");
    case SCAN_END_FATAL:
        return fail(run, REPORT_FAILURE, "refhv stopped the machine (its reason is above)");
    case SCAN_END_NONE:
        break;
    }
    return no_end(run);
}

static const char *outcome_name(const struct machine_run *run)
{
    if (run->stop == MACHINE_STOP_TIMEOUT) {
        return "timeout";
    }
    if (run->stop == MACHINE_STOP_SIGNAL) {
        return "interrupted";
    }
    return scan_end_name(run->console->end);
}

/* A time that was not taken is left out, not written as a number that nobody measured. */
static void write_time(FILE *file, const char *name, double seconds)
{
    if (seconds >= 0) {
        fprintf(file, "    \"%s\": %.3f,\n", name, seconds);
    }
}

bool report_json(const struct machine_run *run, int exit_status, const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        return false;
    }
    fprintf(file, "{\n  \"schema\": 1,\n  \"end\": \"%s\",\n  \"exit_status\": %d,\n",
            outcome_name(run), exit_status);
    if (finished(run) != NULL) {
        fprintf(file, "  \"command_status\": %d,\n", finished(run)->command_status);
    }
    fprintf(file, "  \"kernel_panic\": %s,\n", panicked(run) ? "true" : "false");
    fprintf(file, "  \"wall_seconds\": {\n");
    write_time(file, "kernel_start", run->times.kernel);
    write_time(file, "command_start", run->times.command);
    write_time(file, "command_end", run->times.command_end);
    fprintf(file, "    \"end\": %.3f\n  }\n}\n", run->times.end);
    return fclose(file) == 0;
}
