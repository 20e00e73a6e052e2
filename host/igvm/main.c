/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * igvm: builds, shows, measures, signs and compares IGVM files.
 */
#include "commands.h"
#include "file.h"

#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*main)(int count, char **arguments);
    const char *help;
} commands[] = {
    {"build", build_main, "make an IGVM file of Paravane, a policy and a guest"},
    {"dump", dump_main, "show what is in a file"},
    {"measure", measure_main, "print the launch digest"},
    {"verify", verify_main, "hold a file against its manifest, a digest or a public key"},
    {"sign", sign_main, "put a signed measurement into a file"},
    {"diff", diff_main, "show how two files differ, page by page"},
};

static void usage(FILE *to)
{
    fputs("usage: igvm COMMAND [OPTION...]\n\n", to);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
    }
    fputs(
        "\n`igvm COMMAND --help` tells more. Exit status: 0 good; 1 an input is not good, or files "
        "differ;\n2 a mistake on the command line.\n",
        to);
}

int command_wrong(const char *command, const char *what)
{
    if (what[0] != '\0') {
        tool_error("%s: %s", command, what);
    }
    fprintf(stderr, "igvm: see `igvm %s --help`\n", command);
    return 2;
}

/* An answer that did not arrive is no answer. */
static int written(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        tool_error("can't write to standard output");
        return 1;
    }
    return status;
}

int main(int count, char **arguments)
{
    if (count < 2) {
        usage(stderr);
        return 2;
    }
    if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0) {
        usage(stdout);
        return 0;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(arguments[1], commands[i].name) == 0) {
            return written(commands[i].main(count - 1, arguments + 1));
        }
    }
    tool_error("no command '%s'; see `igvm --help`", arguments[1]);
    return 2;
}
