/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * igvm: builds Paravane's IGVM file.
 */
#include "build.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    int (*main)(int count, char **arguments);
    const char *help;
};

static const struct command commands[] = {
    {"build", build_main, "make an IGVM file from Paravane and a guest"},
};

static void usage(FILE *to)
{
    fputs("usage: igvm COMMAND [OPTION...]\n\n", to);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
    }
    fputs("\n`igvm COMMAND --help` tells more.\n", to);
}

int main(int count, char **arguments)
{
    if (count < 2) {
        usage(stderr);
        return 2;
    }
    if (strcmp(arguments[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(arguments[1], commands[i].name) == 0) {
            return commands[i].main(count - 1, arguments + 1);
        }
    }
    tool_error("no command '%s'; see `igvm --help`", arguments[1]);
    return 2;
}
