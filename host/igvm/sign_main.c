/* SPDX-License-Identifier: BSD-3-Clause */
/* `igvm sign`: a file with a signed measurement of it. */
#include "commands.h"
#include "igvm_writer.h"
#include "opened.h"
#include "recipe.h"
#include "sign.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: igvm sign FILE --key PEM --output F [--product N] [--module N]\n"
    "\n"
    "Writes FILE with a VBS_MEASUREMENT header, its last: a signature (ECDSA P-384, SHA-384) over the\n"
    "launch digest, the policy's security version number and whether it allows debugging. An older\n"
    "signature is replaced.\n"
    "\n"
    "  --key PEM      the private key, on P-384, without a passphrase\n"
    "  --output F     the file to write\n"
    "  --product N    product number (default 0x7466736d, \"msft\")\n"
    "  --module N     module number (default 0x736276, \"vbs\")\n"
    "  --help         this text\n"
    "\n"
    "ECDSA draws a random number: two signatures of one file differ. The launch digest does not.\n";

#define PRODUCT 0x7466736du
#define MODULE 0x736276u

struct arguments {
    const char *file;
    const char *key;
    const char *output;
    uint32_t product;
    uint32_t module;
};

static bool fill_in(const struct opened *opened, const struct arguments *arguments,
                    struct igvm_vbs_measurement *measurement, bool *debug)
{
    struct igvm_policy policy;
    const char *reason;

    if (opened_policy(opened, &policy, &reason) == NULL) {
        tool_error("'%s' can't be signed: %s", opened->path, reason);
        return false;
    }
    *debug = policy.debug;
    *measurement = (struct igvm_vbs_measurement){
        .compatibility_mask = opened->file.mask,
        .version = IGVM_VBS_VERSION,
        .product_id = arguments->product,
        .module_id = arguments->module,
        .svn = policy.svn,
        .policy_flags = policy.debug ? IGVM_VBS_POLICY_DEBUG : 0,
        .digest_algorithm = IGVM_VBS_DIGEST_SHA256,
        .signing_algorithm = IGVM_VBS_SIGNING_ECDSA_P384,
    };
    opened_measure(opened, measurement->digest);
    return true;
}

static bool write_signed(const struct opened *opened, const char *output,
                         const struct igvm_vbs_measurement *measurement)
{
    struct igvm_writer *writer = igvm_writer_new();
    struct blob out = {0};

    igvm_writer_copy(writer, &opened->file, false);
    igvm_writer_header(writer, IGVM_TYPE_VBS_MEASUREMENT, measurement, sizeof(*measurement));
    enum igvm_status status = igvm_writer_finish(writer, &out.data, &out.bytes);
    igvm_writer_free(writer);
    bool good = status == IGVM_OK && file_write(output, &out);
    if (status != IGVM_OK) {
        tool_error("can't write '%s': %s", output, igvm_status_text(status));
    }
    free(out.data);
    return good;
}

static bool sign(const struct arguments *arguments)
{
    struct igvm_vbs_measurement measurement;
    struct recipe named = {0};
    struct opened opened;

    if (!opened_read(arguments->file, &opened)) {
        return false;
    }
    struct evp_pkey_st *key = sign_key_read(arguments->key, true);
    bool good = key != NULL && fill_in(&opened, arguments, &measurement, &named.debug);
    const char *problem = good ? recipe_name_problem(&named, arguments->output) : NULL;
    if (problem != NULL) {
        tool_error("can't sign into '%s': %s", arguments->output, problem);
    }
    good = good && problem == NULL && sign_measurement(key, &measurement) &&
           write_signed(&opened, arguments->output, &measurement);
    sign_key_free(key);
    opened_free(&opened);
    return good;
}

int sign_main(int count, char **given)
{
    static const struct option options[] = {
        {"key", required_argument, NULL, 'k'},     {"output", required_argument, NULL, 'o'},
        {"product", required_argument, NULL, 'p'}, {"module", required_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    struct arguments arguments = {.product = PRODUCT, .module = MODULE};
    bool good = true;
    int option;

    while ((option = getopt_long(count, given, "", options, NULL)) != -1) {
        switch (option) {
        case 'k':
            arguments.key = optarg;
            break;
        case 'o':
            arguments.output = optarg;
            break;
        case 'p':
            good = recipe_number(optarg, &arguments.product) && good;
            break;
        case 'm':
            good = recipe_number(optarg, &arguments.module) && good;
            break;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            return command_wrong("sign", "");
        }
    }
    if (!good) {
        return command_wrong("sign", "--product and --module take numbers of 32 bits");
    }
    if (optind + 1 != count || arguments.key == NULL || arguments.output == NULL) {
        return command_wrong("sign", "one file, --key and --output are needed");
    }
    arguments.file = given[optind];
    return sign(&arguments) ? 0 : 1;
}
