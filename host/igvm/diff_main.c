/* SPDX-License-Identifier: BSD-3-Clause */
/* `igvm diff`: what is not the same in two files. */
#include "commands.h"
#include "compare.h"

#include <getopt.h>
#include <stdint.h>
#include <string.h>

static const char help[] =
    "usage: igvm diff [--image ELF] FIRST SECOND\n"
    "\n"
    "Says how two files differ: header by header, page by page, and what the policy and guest pages say.\n"
    "\n"
    "  --image ELF   Paravane's ELF file of one of them: names functions and objects that differ\n"
    "  --help        this text\n"
    "\n"
    "Exit status: 0 the same, 1 not, 2 a mistake.\n";

static int compare_opened(const struct opened *a, const struct opened *b,
                          const struct symbols *symbols)
{
    struct compare compare = {a, b, symbols, stdout, SIZE_MAX, 0};
    uint8_t x[IGVM_DIGEST_BYTES];
    uint8_t y[IGVM_DIGEST_BYTES];

    if (a->blob.bytes == b->blob.bytes && memcmp(a->blob.data, b->blob.data, a->blob.bytes) == 0) {
        puts("the same, byte for byte");
        return 0;
    }
    if (compare_files(&compare) == 0) {
        puts("the same headers and pages; only the places of the data in the file differ");
    }
    opened_measure(a, x);
    opened_measure(b, y);
    puts(memcmp(x, y, sizeof(x)) == 0 ? "the launch digest is the same"
                                      : "the launch digest differs");
    return 1;
}

int diff_main(int count, char **arguments)
{
    static const struct option options[] = {{"image", required_argument, NULL, 'i'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *image = NULL;
    struct symbols *symbols = NULL;
    struct opened a;
    struct opened b = {0};
    int status = 1;
    int option;

    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return 0;
        }
        if (option != 'i') {
            return command_wrong("diff", "");
        }
        image = optarg;
    }
    if (optind + 2 != count) {
        return command_wrong("diff", "two files are needed");
    }
    if (opened_read(arguments[optind], &a) && opened_read(arguments[optind + 1], &b) &&
        (image == NULL || (symbols = symbols_read(image)) != NULL)) {
        status = compare_opened(&a, &b, symbols);
    }
    symbols_free(symbols);
    opened_free(&a);
    opened_free(&b);
    return status;
}
