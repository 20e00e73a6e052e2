/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `igvm build`: a manifest, and options that replace its members.
 */
#include "commands.h"
#include "recipe.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: igvm build --manifest F --output F [OPTION...]\n"
    "       igvm build --image F --output F [OPTION...]\n"
    "\n"
    "Builds the IGVM file that refhv loads: Paravane and its policy, measured; and the guest that it\n"
    "starts, of which the launch digest says nothing.\n"
    "\n"
    "  --manifest F    all of the below but --output, as JSON (docs/image.md)\n"
    "  --image F       Paravane's ELF file\n"
    "  --kernel F      the guest's kernel: arm64 Image, also in gzip or EFI zboot form\n"
    "  --initrd F      the guest's initrd\n"
    "  --append S      the guest's kernel command line\n"
    "  --firmware F    instead of a kernel: a flat binary that the guest starts with, such as\n"
    "                  U-Boot's u-boot.bin for QEMU\n"
    "  --output F      the file to write; its name ends in -debug.igvm if the policy allows\n"
    "                  debugging, and only then\n"
    "  --vtl2-bytes N  memory of VTL2, with K or M (default 6M)\n"
    "  --svn N         security version number (default 0)\n"
    "  --policy-attest the guest starts only with a key that an attestation server has released;\n"
    "                  the next three have to be there\n"
    "  --policy-server URL, --policy-resource NAME\n"
    "                  whom to ask (https://...), for what (repository/type/tag)\n"
    "  --policy-anchor PEM\n"
    "                  the server's certificate leads to this one; may be repeated\n"
    "  --policy-dates  and is valid by the host's clock\n"
    "  --policy-debug  let the host debug\n"
    "  --no-console    the guest has no console that the host sees\n"
    "  --help          this text\n"
    "\n"
    "The same inputs give the same file, byte for byte.\n";

enum option_index {
    MANIFEST,
    IMAGE,
    KERNEL,
    INITRD,
    APPEND,
    FIRMWARE,
    OUTPUT,
    VTL2_BYTES,
    SVN,
    POLICY_ATTEST,
    POLICY_SERVER,
    POLICY_RESOURCE,
    POLICY_ANCHOR,
    POLICY_DATES,
    POLICY_DEBUG,
    NO_CONSOLE,
    HELP,
    OPTIONS
};

static const struct option options[] = {
    {"manifest", required_argument, NULL, MANIFEST},
    {"image", required_argument, NULL, IMAGE},
    {"kernel", required_argument, NULL, KERNEL},
    {"initrd", required_argument, NULL, INITRD},
    {"append", required_argument, NULL, APPEND},
    {"firmware", required_argument, NULL, FIRMWARE},
    {"output", required_argument, NULL, OUTPUT},
    {"vtl2-bytes", required_argument, NULL, VTL2_BYTES},
    {"svn", required_argument, NULL, SVN},
    {"policy-attest", no_argument, NULL, POLICY_ATTEST},
    {"policy-server", required_argument, NULL, POLICY_SERVER},
    {"policy-resource", required_argument, NULL, POLICY_RESOURCE},
    {"policy-anchor", required_argument, NULL, POLICY_ANCHOR},
    {"policy-dates", no_argument, NULL, POLICY_DATES},
    {"policy-debug", no_argument, NULL, POLICY_DEBUG},
    {"no-console", no_argument, NULL, NO_CONSOLE},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

struct anchor_files {
    size_t count;
    const char *path[RECIPE_ANCHOR_FILES_MAX];
};

static bool take_numbers(const char *const given[OPTIONS], struct recipe *recipe)
{
    if (given[VTL2_BYTES] != NULL && !recipe_bytes(given[VTL2_BYTES], &recipe->vtl2_bytes)) {
        tool_error("--vtl2-bytes: '%s' is not a size", given[VTL2_BYTES]);
        return false;
    }
    if (given[SVN] != NULL && !recipe_number(given[SVN], &recipe->svn)) {
        tool_error("--svn: '%s' is no number from 0 to 4294967295", given[SVN]);
        return false;
    }
    return true;
}

/* What was given replaces what the manifest says; the numbers have been found good. */
static void take_options(const char *const given[OPTIONS], struct recipe *recipe)
{
    const struct {
        enum option_index option;
        char **field;
    } texts[] = {
        {IMAGE, &recipe->image},
        {KERNEL, &recipe->kernel},
        {INITRD, &recipe->initrd},
        {APPEND, &recipe->command_line},
        {FIRMWARE, &recipe->firmware},
        {POLICY_SERVER, &recipe->server},
        {POLICY_RESOURCE, &recipe->resource},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (given[texts[i].option] != NULL) {
            recipe_set(texts[i].field, given[texts[i].option]);
        }
    }
    recipe->attest = recipe->attest || given[POLICY_ATTEST] != NULL;
    recipe->dates = recipe->dates || given[POLICY_DATES] != NULL;
    recipe->debug = recipe->debug || given[POLICY_DEBUG] != NULL;
    recipe->console = recipe->console && given[NO_CONSOLE] == NULL;
    (void)take_numbers(given, recipe);
}

static bool write_output(const struct recipe *recipe, const char *output)
{
    struct ingredients ingredients;
    struct blob out = {0};
    const char *problem = recipe_name_problem(recipe, output);
    bool good = false;

    if (problem == NULL) {
        if (!recipe_gather(recipe, &ingredients)) {
            ingredients_free(&ingredients);
            return false;
        }
        problem = build_file(&ingredients.build, &out);
        ingredients_free(&ingredients);
    }
    if (problem != NULL) {
        tool_error("can't build '%s': %s", output, problem);
    } else {
        good = file_write(output, &out);
    }
    free(out.data);
    return good;
}

/* Those of the command line take the place of the manifest's. */
static void take_anchors(const struct anchor_files *anchors, struct recipe *recipe)
{
    if (anchors->count == 0) {
        return;
    }
    for (size_t i = 0; i < recipe->anchor_files; i++) {
        free(recipe->anchor_file[i]);
        recipe->anchor_file[i] = NULL;
    }
    recipe->anchor_files = 0;
    for (size_t i = 0; i < anchors->count; i++) {
        recipe_set(&recipe->anchor_file[recipe->anchor_files++], anchors->path[i]);
    }
}

static bool run(const char *const given[OPTIONS], const struct anchor_files *anchors)
{
    struct recipe recipe;

    recipe_init(&recipe);
    bool good = given[MANIFEST] == NULL || recipe_read_manifest(&recipe, given[MANIFEST]);
    if (good) {
        take_options(given, &recipe);
        take_anchors(anchors, &recipe);
        good = write_output(&recipe, given[OUTPUT]);
    }
    recipe_free(&recipe);
    return good;
}

int build_main(int count, char **arguments)
{
    const char *given[OPTIONS] = {0};
    struct anchor_files anchors = {0};
    struct recipe numbers = {0};
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
        given[option] = optarg != NULL ? optarg : "";
        if (option == POLICY_ANCHOR) {
            if (anchors.count == RECIPE_ANCHOR_FILES_MAX) {
                tool_error("--policy-anchor: %u files at most", RECIPE_ANCHOR_FILES_MAX);
                return 2;
            }
            anchors.path[anchors.count++] = optarg;
        }
    }
    if (optind != count) {
        tool_error("build: what is '%s'? See `igvm build --help`", arguments[optind]);
        return 2;
    }
    if ((given[IMAGE] == NULL && given[MANIFEST] == NULL) || given[OUTPUT] == NULL) {
        tool_error(
            "build: --manifest or --image, and --output are needed; see `igvm build --help`");
        return 2;
    }
    if (!take_numbers(given, &numbers)) {
        return 2;
    }
    return run(given, &anchors) ? 0 : 1;
}
