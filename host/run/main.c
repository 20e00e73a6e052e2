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
    const char *json;
    double timeout_seconds;
    char **argv;
};

static void usage(FILE *to)
{
    fputs("usage: pv-run --end-nonce N [--exec-nonce N] [--timeout SECONDS] [--json FILE] -- QEMU "
          "ARGUMENT...\n",
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
    if (*argv == NULL || argv[1] == NULL || options->end_nonce == NULL) {
        return false;
    }
    options->argv = argv + 1;
    return true;
}

static void emit(void *context, const char *bytes, size_t count)
{
    (void)context;
    while (count > 0) {
        ssize_t done = write(STDOUT_FILENO, bytes, count);

        /* Nobody reads any more: the run goes on, its end still counts. */
        if (done <= 0) {
            return;
        }
        bytes += done;
        count -= (size_t)done;
    }
}

int main(int argc, char **argv)
{
    static struct scan scan;
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
    scan_init(&scan, options.end_nonce, options.exec_nonce, emit, NULL);
    run = (struct machine_run){
        .argv = options.argv,
        .own_console = options.exec_nonce == NULL,
        .timeout_seconds = options.timeout_seconds,
        .scan = &scan,
    };
    machine_run(&run);
    status = report_outcome(&run);
    if (options.json != NULL && !report_json(&run, status, options.json)) {
        fprintf(stderr, "paravane: can't write %s\n", options.json);
        return status != 0 ? status : REPORT_FAILURE;
    }
    return status;
}
