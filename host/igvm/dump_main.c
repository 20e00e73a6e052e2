/* SPDX-License-Identifier: BSD-3-Clause */
#include "commands.h"
#include "dump.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
    "usage: igvm dump [--json] FILE\n"
    "\n"
    "Shows what is in a file: its digest, its policy, its guest, and every header.\n"
    "\n"
    "  --json   as JSON: every header with every field, one entry a page\n"
    "  --help   this text\n";

int dump_main(int count, char **arguments)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct opened opened;
    bool json = false;
    bool good = true;
    int option;

    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return 0;
        }
        if (option != 'j') {
            return command_wrong("dump", "");
        }
        json = true;
    }
    if (optind + 1 != count) {
        return command_wrong("dump", "one file is needed");
    }
    if (!opened_read(arguments[optind], &opened)) {
        return 1;
    }
    if (json) {
        good = dump_json(&opened);
    } else {
        dump_text(&opened);
    }
    opened_free(&opened);
    return good ? 0 : 1;
}
