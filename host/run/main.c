/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pv-run: what `./paravane run` starts QEMU with. Shows the console, or only a command's output, and exits
 * with what the run meant.
 */
#include "machine.h"
#include "report.h"
#include "scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *end_nonce;
    const char *exec_nonce;
    const char *command;
    bool port_console;
    const char *json;
    double timeout_seconds;
    char **argv;
};

static void usage(FILE *to)
{
    fputs("usage: pv-run --end-nonce N [--exec-nonce N --command TEXT | --console output|port]\n"
          "              [--timeout SECONDS] [--json FILE] -- QEMU ARGUMENT...\n"
          "Descriptor 3 is a socket to this program for QEMU: with a command, for the guest's\n"
          "port; with --console port, for the UART, while QEMU's output is the guest's console.\n",
          to);
}

/* Returns the number of arguments used up by the option at argv[0], 0 for an error. */
static int parse_one(struct options *options, char **argv)
{
    if (argv[1] == NULL) {
        return 0;
    }
    if (strcmp(argv[0], "--end-nonce") == 0) {
        options->end_nonce = argv[1];
    } else if (strcmp(argv[0], "--exec-nonce") == 0) {
        options->exec_nonce = argv[1];
    } else if (strcmp(argv[0], "--command") == 0) {
        options->command = argv[1];
    } else if (strcmp(argv[0], "--console") == 0) {
        options->port_console = strcmp(argv[1], "port") == 0;
    } else if (strcmp(argv[0], "--json") == 0) {
        options->json = argv[1];
    } else if (strcmp(argv[0], "--timeout") == 0) {
        options->timeout_seconds = atof(argv[1]);
    } else {
        return 0;
    }
    return 2;
}

static bool parse(struct options *options, char **argv)
{
    memset(options, 0, sizeof(*options));
    argv++;
    while (*argv != NULL && strcmp(*argv, "--") != 0) {
        int used = parse_one(options, argv);

        if (used == 0) {
            return false;
        }
        argv += used;
    }
    if (*argv == NULL || argv[1] == NULL || options->end_nonce == NULL ||
        (options->exec_nonce == NULL) != (options->command == NULL)) {
        return false;
    }
    options->argv = argv + 1;
    return true;
}

/* context: the descriptor. */
static void emit(void *context, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t done = write(*(const int *)context, bytes, count);

        /* Nobody reads any more: the run goes on, its end still counts. */
        if (done <= 0) {
            return;
        }
        bytes += done;
        count -= (size_t)done;
    }
}

static void emit_nothing(void *context, const char *bytes, size_t count)
{
    (void)context;
    (void)bytes;
    (void)count;
}

/* The command as it goes to the guest: how many bytes it has, a newline, the bytes. */
static char *command_text(const char *command)
{
    size_t room = strlen(command) + 32;
    char *text = malloc(room);

    if (text != NULL) {
        snprintf(text, room, "%zu\n%s", strlen(command), command);
    }
    return text;
}

/* Who speaks where: see usage. */
static bool streams_init(const struct options *options, struct machine_run *run)
{
    static struct scan scans[MACHINE_STREAMS];
    static int output = STDOUT_FILENO;
    /* On a terminal the two consoles would be one another's noise. */
    static int error = STDERR_FILENO;
    bool hidden = options->port_console && isatty(error) == 1;
    const struct scan_words console = {options->end_nonce, options->exec_nonce, true};
    const struct scan_words guest = {NULL, options->exec_nonce, options->exec_nonce == NULL};
    size_t uart = options->port_console ? MACHINE_PORT : MACHINE_OUTPUT;

    scan_init(&scans[uart], &console, hidden ? emit_nothing : emit,
              options->port_console ? &error : &output);
    run->tail = options->command != NULL || hidden;
    run->streams[uart] = &scans[uart];
    run->console = &scans[uart];
    if (options->port_console || options->command != NULL) {
        scan_init(&scans[!uart], &guest, emit, &output);
        run->streams[!uart] = &scans[!uart];
    }
    if (options->command != NULL) {
        run->command = command_text(options->command);
        return run->command != NULL;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options;
    struct machine_run run;
    int status;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (!parse(&options, argv)) {
        usage(stderr);
        return 2;
    }
    run = (struct machine_run){.argv = options.argv, .timeout_seconds = options.timeout_seconds};
    if (!streams_init(&options, &run)) {
        fprintf(stderr, "paravane: no memory for the command\n");
        return REPORT_FAILURE;
    }
    machine_run(&run);
    status = report_outcome(&run);
    if (options.json != NULL && !report_json(&run, status, options.json)) {
        fprintf(stderr, "paravane: can't write %s\n", options.json);
        return status != 0 ? status : REPORT_FAILURE;
    }
    return status;
}
