/* SPDX-License-Identifier: BSD-3-Clause */
/* `igvm verify`: is a file what its manifest makes, has it this digest, is it signed by that key? */
#include "commands.h"
#include "compare.h"
#include "igvm_writer.h"
#include "recipe.h"
#include "sign.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char help[] =
    "usage: igvm verify FILE [--manifest F] [--digest HEX] [--public-key PEM]\n"
    "\n"
    "Holds FILE against what is given, one of them at least; all have to be right.\n"
    "\n"
    "  --manifest F      FILE is, byte for byte, what `igvm build` makes of this manifest; a signature\n"
    "                    in it is set aside\n"
    "  --digest HEX      FILE has this launch digest, 64 hexadecimal digits\n"
    "  --public-key PEM  FILE has a measurement that is its own, signed by this key\n"
    "  --help            this text\n"
    "\n"
    "Exit status: 0 all right, 1 something is not, 2 a mistake.\n";

#define DIFFERENCES_TOLD 10u

struct arguments {
    const char *file;
    const char *manifest;
    const char *digest;
    const char *key;
};

/* The file as our writer writes it, with its signature or without; no data: it can't. */
static struct blob rewrite(const struct opened *opened, bool measurement)
{
    struct igvm_writer *writer = igvm_writer_new();
    struct blob out = {0};

    igvm_writer_copy(writer, &opened->file, measurement);
    if (igvm_writer_finish(writer, &out.data, &out.bytes) != IGVM_OK) {
        out = (struct blob){0};
    }
    igvm_writer_free(writer);
    return out;
}

static bool same(const struct blob *a, const struct blob *b)
{
    return a->data != NULL && a->bytes == b->bytes && memcmp(a->data, b->data, a->bytes) == 0;
}

/* Tells the first differences of what was built and what was given. */
static void tell_differences(const struct blob *built, const struct blob *given)
{
    struct opened a = {.blob = *built};
    struct opened b = {.blob = *given};
    struct compare compare = {&a, &b, NULL, stderr, DIFFERENCES_TOLD, 0};

    if (igvm_open(&a.file, built->data, built->bytes) == IGVM_OK &&
        igvm_open(&b.file, given->data, given->bytes) == IGVM_OK && compare_files(&compare) == 0) {
        fputs("the same headers and pages; only the places of the data in the file differ\n",
              stderr);
    }
}

/* Nothing may hide between what the headers refer to: the file is what our writer makes of it, too. */
static bool same_as_built(const struct opened *opened, const struct blob *built,
                          const char *manifest)
{
    struct blob whole = rewrite(opened, true);
    struct blob bare = rewrite(opened, false);
    bool good = same(&bare, built) && same(&whole, &opened->blob);

    if (!good) {
        tool_error("'%s' is not what '%s' makes (first: the manifest's, second: the file's):",
                   opened->path, manifest);
        tell_differences(built, &bare);
    }
    free(whole.data);
    free(bare.data);
    return good;
}

static bool check_manifest(const struct opened *opened, const char *manifest)
{
    struct recipe recipe;
    struct ingredients ingredients = {0};
    struct blob built = {0};
    bool good = false;

    recipe_init(&recipe);
    if (recipe_read_manifest(&recipe, manifest) && recipe_gather(&recipe, &ingredients)) {
        const char *problem = build_file(&ingredients.build, &built);
        if (problem != NULL) {
            tool_error("can't build from '%s': %s", manifest, problem);
        }
        good = problem == NULL && same_as_built(opened, &built, manifest);
    }
    free(built.data);
    ingredients_free(&ingredients);
    recipe_free(&recipe);
    if (good) {
        printf("%s: what %s makes, byte for byte\n", opened->path, manifest);
    }
    return good;
}

static bool check_digest(const struct opened *opened, const char *wanted)
{
    uint8_t digest[IGVM_DIGEST_BYTES];
    char hex[HEX_DIGEST_BYTES];

    opened_measure(opened, digest);
    hex_write(hex, digest, sizeof(digest));
    if (strcasecmp(hex, wanted) != 0) {
        tool_error("'%s' has the launch digest %s", opened->path, hex);
        return false;
    }
    printf("%s: has this launch digest\n", opened->path);
    return true;
}

static bool check_signature(const struct opened *opened, const char *path)
{
    struct igvm_vbs_measurement measurement;
    uint8_t digest[IGVM_DIGEST_BYTES];
    const char *problem = NULL;
    struct evp_pkey_st *key = sign_key_read(path, false);

    if (key == NULL) {
        return false;
    }
    opened_measure(opened, digest);
    if (!igvm_vbs_measurement(&opened->file, &measurement)) {
        problem = "it is not signed";
    } else if (memcmp(measurement.digest, digest, sizeof(digest)) != 0) {
        problem = "the signed digest is that of another file";
    } else {
        problem = sign_check(key, &measurement);
        if (problem == NULL && !opened_agrees(opened, &measurement)) {
            problem = "its signature says another security version or debugging than its policy";
        }
    }
    sign_key_free(key);
    if (problem != NULL) {
        tool_error("'%s': %s", opened->path, problem);
        return false;
    }
    printf("%s: signed by this key, security version %u%s\n", opened->path, measurement.svn,
           (measurement.policy_flags & IGVM_VBS_POLICY_DEBUG) != 0 ? ", DEBUG" : "");
    return true;
}

static int verify(const struct arguments *arguments)
{
    struct opened opened;
    bool good = true;

    if (!opened_read(arguments->file, &opened)) {
        return 1;
    }
    if (arguments->manifest != NULL) {
        good = check_manifest(&opened, arguments->manifest) && good;
    }
    if (arguments->digest != NULL) {
        good = check_digest(&opened, arguments->digest) && good;
    }
    if (arguments->key != NULL) {
        good = check_signature(&opened, arguments->key) && good;
    }
    opened_free(&opened);
    return good ? 0 : 1;
}

int verify_main(int count, char **given)
{
    static const struct option options[] = {{"manifest", required_argument, NULL, 'm'},
                                            {"digest", required_argument, NULL, 'd'},
                                            {"public-key", required_argument, NULL, 'k'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct arguments arguments = {0};
    int option;

    while ((option = getopt_long(count, given, "", options, NULL)) != -1) {
        switch (option) {
        case 'm':
            arguments.manifest = optarg;
            break;
        case 'd':
            arguments.digest = optarg;
            break;
        case 'k':
            arguments.key = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            return command_wrong("verify", "");
        }
    }
    if (optind + 1 != count) {
        return command_wrong("verify", "one file is needed");
    }
    if (arguments.manifest == NULL && arguments.digest == NULL && arguments.key == NULL) {
        return command_wrong("verify", "--manifest, --digest or --public-key is needed");
    }
    if (arguments.digest != NULL &&
        (strlen(arguments.digest) != HEX_DIGEST_BYTES - 1 ||
         strspn(arguments.digest, "0123456789abcdefABCDEF") != HEX_DIGEST_BYTES - 1)) {
        return command_wrong("verify", "--digest takes 64 hexadecimal digits");
    }
    arguments.file = given[optind];
    return verify(&arguments);
}
