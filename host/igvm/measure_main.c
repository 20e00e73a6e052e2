/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `igvm measure`: the launch digest, for people or in the JSON shape of Microsoft's generator (igvm.md
 * 5.2).
 */
#include "commands.h"
#include "opened.h"

#include <ctype.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names the kind of environment: that of VBS measurements (igvm.md 5.2). */
#define CLASS_ID "7fb00ee4-a7ff-11ed-9e2f-00155d09de56"

static const char help[] =
    "usage: igvm measure [--json | --short] FILE...\n"
    "\n"
    "Prints the VBS launch digest: what a hypervisor measures when it loads the file.\n"
    "\n"
    "  --json    one line of JSON a file, as Microsoft's generator writes it (default)\n"
    "  --short   64 hexadecimal digits a file\n"
    "  --help    this text\n";

/* The signed block's word counts before the policy page's. */
static void security_version(const struct opened *opened, uint32_t *svn, bool *debug)
{
    struct igvm_vbs_measurement vbs;
    struct igvm_policy policy = {0};
    const char *reason;

    (void)opened_policy(opened, &policy, &reason);
    *svn = policy.svn;
    *debug = policy.debug;
    if (igvm_vbs_measurement(&opened->file, &vbs)) {
        *svn = vbs.svn;
        *debug = (vbs.policy_flags & IGVM_VBS_POLICY_DEBUG) != 0;
    }
}

static bool print_json(const struct opened *opened, const char *hex)
{
    char upper[HEX_DIGEST_BYTES];
    uint32_t svn = 0;
    bool debug = false;

    for (size_t i = 0; i < sizeof(upper); i++) {
        upper[i] = (char)toupper((unsigned char)hex[i]);
    }
    security_version(opened, &svn, &debug);
    json_t *root =
        json_pack("{s:{s:s},s:[{s:{s:s},s:{s:I,s:{s:b}}}]}", "environment", "class_id", CLASS_ID,
                  "series", "reference", "vbs_boot_digest", upper, "endorsement", "vbs_isvsvn",
                  (json_int_t)svn, "build_info", "debug_build", debug);
    bool good = root != NULL && json_dumpf(root, stdout, JSON_COMPACT) == 0;
    json_decref(root);
    putchar('\n');
    return good;
}

static bool measure(const char *path, bool is_short)
{
    struct opened opened;
    uint8_t digest[IGVM_DIGEST_BYTES];
    char hex[HEX_DIGEST_BYTES];
    bool good = true;

    if (!opened_read(path, &opened)) {
        return false;
    }
    opened_measure(&opened, digest);
    hex_write(hex, digest, sizeof(digest));
    if (is_short) {
        puts(hex);
    } else {
        good = print_json(&opened, hex);
    }
    opened_free(&opened);
    return good;
}

int measure_main(int count, char **arguments)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"short", no_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    bool is_short = false;
    bool good = true;
    int option;

    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            is_short = false;
            break;
        case 's':
            is_short = true;
            break;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            return command_wrong("measure", "");
        }
    }
    if (optind == count) {
        return command_wrong("measure", "a file is needed");
    }
    for (int i = optind; i < count; i++) {
        good = measure(arguments[i], is_short) && good;
    }
    return good ? 0 : 1;
}
