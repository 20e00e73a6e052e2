/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `igvm build`: options and files.
 */
#include "build.h"
#include "igvm_guest.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: igvm build --image F --output F [--vtl2-bytes N]\n"
    "                  [--kernel F [--initrd F] [--append S] | --firmware F]\n"
    "\n"
    "Builds the IGVM file that refhv loads: Paravane, and unmeasured the guest that it starts.\n"
    "\n"
    "  --image F       Paravane's ELF file\n"
    "  --kernel F      the guest's kernel: arm64 Image, also in gzip or EFI zboot form\n"
    "  --initrd F      the guest's initrd\n"
    "  --append S      the guest's kernel command line\n"
    "  --firmware F    instead of a kernel: a flat binary that the guest starts with, such as\n"
    "                  U-Boot's u-boot.bin for QEMU\n"
    "  --output F      the file to write\n"
    "  --vtl2-bytes N  memory of VTL2, with K or M (default 6M)\n"
    "  --help          this text\n"
    "\n"
    "The same inputs give the same file, byte for byte.\n";

enum option_index { IMAGE, KERNEL, INITRD, APPEND, FIRMWARE, OUTPUT, VTL2_BYTES, HELP, OPTIONS };

static const struct option options[] = {
    {"image", required_argument, NULL, IMAGE},
    {"kernel", required_argument, NULL, KERNEL},
    {"initrd", required_argument, NULL, INITRD},
    {"append", required_argument, NULL, APPEND},
    {"firmware", required_argument, NULL, FIRMWARE},
    {"output", required_argument, NULL, OUTPUT},
    {"vtl2-bytes", required_argument, NULL, VTL2_BYTES},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

/* Digits with an optional K or M; false for anything else. */
static bool parse_bytes(const char *text, uint64_t *bytes)
{
    char *end = NULL;

    errno = 0;
    unsigned long long value = strtoull(text, &end, 0);
    if (errno != 0 || end == text || text[0] == '-' || value > UINT32_MAX) {
        return false;
    }
    uint64_t unit = 1;
    if (*end == 'K' || *end == 'M') {
        unit = *end == 'K' ? 1024 : 1024 * 1024;
        end++;
    }
    *bytes = value * unit;
    return *end == '\0';
}

static bool run(char *const given[OPTIONS])
{
    struct build build = {.vtl2_bytes = BUILD_VTL2_BYTES_DEFAULT, .command_line = ""};
    struct kernel kernel = {0};
    struct blob elf = {0};
    struct blob out = {0};
    bool good = false;

    if (given[VTL2_BYTES] != NULL && !parse_bytes(given[VTL2_BYTES], &build.vtl2_bytes)) {
        tool_error("--vtl2-bytes: '%s' is not a size", given[VTL2_BYTES]);
        return false;
    }
    if (given[APPEND] != NULL) {
        build.command_line = given[APPEND];
    }
    if (!file_read(given[IMAGE], "image", &elf) ||
        !image_from_elf(given[IMAGE], &elf, &build.image)) {
        goto out;
    }
    if (given[KERNEL] != NULL) {
        if (!kernel_read(given[KERNEL], &kernel)) {
            goto out;
        }
        build.kernel = &kernel;
    }
    if (given[INITRD] != NULL && !file_read(given[INITRD], "initrd", &build.initrd)) {
        goto out;
    }
    if (given[FIRMWARE] != NULL && !file_read(given[FIRMWARE], "firmware", &build.firmware)) {
        goto out;
    }
    const char *problem = build_file(&build, &out);
    if (problem != NULL) {
        tool_error("can't build '%s': %s", given[OUTPUT], problem);
        goto out;
    }
    good = file_write(given[OUTPUT], &out);
out:
    free(elf.data);
    free(build.image.load.data);
    free(kernel.image.data);
    free(build.initrd.data);
    free(build.firmware.data);
    free(out.data);
    return good;
}

int build_main(int count, char **arguments)
{
    char *given[OPTIONS] = {0};
    int option;

    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        if (option == HELP) {
            fputs(help, stdout);
            return 0;
        }
        if (option < 0 || option >= OPTIONS) {
            fputs("igvm: see `igvm build --help`\n", stderr);
            return 2;
        }
        given[option] = optarg;
    }
    if (optind != count) {
        tool_error("build: what is '%s'? See `igvm build --help`", arguments[optind]);
        return 2;
    }
    if (given[IMAGE] == NULL || given[OUTPUT] == NULL) {
        tool_error("build: --image and --output are needed; see `igvm build --help`");
        return 2;
    }
    return run(given) ? 0 : 1;
}
