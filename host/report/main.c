/* SPDX-License-Identifier: BSD-3-Clause */
/* What is in the image: `./paravane report` (scripts/report) calls this. */
#include "report.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_DIGITS 64u

enum argument {
    OPTION_ROOT,
    OPTION_BUILD,
    OPTION_HTML,
    OPTION_JSON,
    OPTION_CHECK,
    OPTION_MEASURED,
    OPTION_IMAGE_SHA256,
    OPTION_IGVM_SHA256,
    OPTION_LAUNCH_DIGEST,
    OPTION_HELP,
};

static const struct option options[] = {
    {"root", required_argument, NULL, OPTION_ROOT},
    {"build", required_argument, NULL, OPTION_BUILD},
    {"html", required_argument, NULL, OPTION_HTML},
    {"json", required_argument, NULL, OPTION_JSON},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"measured", required_argument, NULL, OPTION_MEASURED},
    {"image-sha256", required_argument, NULL, OPTION_IMAGE_SHA256},
    {"igvm-sha256", required_argument, NULL, OPTION_IGVM_SHA256},
    {"launch-digest", required_argument, NULL, OPTION_LAUNCH_DIGEST},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static const char usage[] =
    "usage: pv-report --root FOLDER [--build FOLDER] [--json FILE] [--html FILE] [--check]\n"
    "                 [--measured VPS=FILE]... [--image-sha256 HEX] [--igvm-sha256 HEX]\n"
    "                 [--launch-digest HEX]\n"
    "\n"
    "What is in the image of build folder --build (of --root; default: build/image).\n"
    "`./paravane report --help` tells more.\n";

struct arguments {
    const char *root;
    const char *build;
    const char *html;
    const char *json;
    bool check;
    bool help;
};

static bool wrong(const char *what, const char *value)
{
    fprintf(stderr, "report: %s '%s'\n", what, value);
    return false;
}

/* "2=FILE" */
static bool take_measured(struct report *report, const char *value)
{
    char *end = NULL;
    unsigned long vps = strtoul(value, &end, 10);

    if (end == value || *end != '=' || vps == 0 || vps > 1024 || end[1] == '\0') {
        return wrong("--measured takes VPS=FILE, not", value);
    }
    report_measure(report, vps, end + 1);
    return true;
}

static bool take_digest(const char **digest, const char *value)
{
    *digest = value;
    return strlen(value) == DIGEST_DIGITS && strspn(value, "0123456789abcdef") == DIGEST_DIGITS
               ? true
               : wrong("no SHA-256 of 64 hex digits:", value);
}

static bool take_option(int option, struct arguments *arguments, struct report *report)
{
    switch (option) {
    case OPTION_ROOT:
        arguments->root = optarg;
        return true;
    case OPTION_BUILD:
        arguments->build = optarg;
        return true;
    case OPTION_HTML:
        arguments->html = optarg;
        return true;
    case OPTION_JSON:
        arguments->json = optarg;
        return true;
    case OPTION_CHECK:
        arguments->check = true;
        return true;
    case OPTION_MEASURED:
        return take_measured(report, optarg);
    case OPTION_IMAGE_SHA256:
        return take_digest(&report->image_sha256, optarg);
    case OPTION_IGVM_SHA256:
        return take_digest(&report->igvm_sha256, optarg);
    case OPTION_LAUNCH_DIGEST:
        return take_digest(&report->launch_digest, optarg);
    case OPTION_HELP:
        arguments->help = true;
        return true;
    default:
        return false;
    }
}

int main(int count, char **values)
{
    static struct report report;
    struct arguments arguments = {.build = "build/image"};
    bool good = true;
    int option;

    while (good && (option = getopt_long(count, values, "", options, NULL)) != -1) {
        good = take_option(option, &arguments, &report);
    }
    if (arguments.help) {
        fputs(usage, stdout);
        return 0;
    }
    if (!good || optind != count || arguments.root == NULL) {
        fputs(usage, stderr);
        return 2;
    }
    program_read(&report.program, arguments.root, arguments.build);
    untrusted_read(&report.untrusted, &report.program);
    stacks_read(&report.stacks, &report.program);
    rights_read(&report.rights, &report.program);
    report_complete(&report);
    report_write_text(&report);
    if (arguments.json != NULL) {
        report_write_json(&report, arguments.json);
    }
    if (arguments.html != NULL) {
        report_write_html(&report, arguments.html);
    }
    return arguments.check && (report_missed(&report) != 0 || !report.rights.good ||
                               report.stacks.circular_count != 0)
               ? 1
               : 0;
}
