/* SPDX-License-Identifier: BSD-3-Clause */
/* pv-verify: is this evidence of a machine that runs what it is to run? */
#include "include/pv_verify.h"
#include "text.h"
#include "write.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (16u << 20)

#define ACCEPTED 0
#define REFUSED 1
#define WRONG 2

static const char help[] =
    "usage: ./paravane verify TOKEN --anchors FILE WHAT WHEN [OPTION...]\n"
    "       ./paravane verify --fetch --anchors FILE WHAT WHEN [OPTION...]   < answer\n"
    "\n"
    "Judges a CCA attestation token, claim by claim. TOKEN is a file, - for standard input: CBOR, the KBS\n"
    "protocol's JSON {\"token\": [...]}, or what GET /evidence of the guest's service gives. Nothing is\n"
    "fetched from a network.\n"
    "\n"
    "  --anchors FILE     whose tokens are taken: platform keys, a trust anchor store as Trustee has it\n"
    "\n"
    "WHAT is to run:\n"
    "  --reference FILE   these values, as `igvm measure --rem` prints them\n"
    "  --any-image        anything\n"
    "\n"
    "WHEN, or for whom, the token was made:\n"
    "  --challenge HEX    for this challenge, 128 hexadecimal digits\n"
    "  --nonce TEXT       for this nonce, which a guest asked with; base64url without padding\n"
    "  --data TEXT        with --nonce: for this data of the guest's, too\n"
    "  --any-challenge    any: an old token passes\n"
    "\n"
    "  --events FILE      the event log, of GET /measurements: has to explain the measurement registers\n"
    "  --allow-debug      an image that its host can debug passes\n"
    "  --fetch            standard input is an HTTP answer with its head, of GET /evidence\n"
    "  --json             the verdict as JSON\n"
    "  --help             this text\n"
    "\n"
    "Exit status: 0 accepted: all that is required has passed; 1 refused; 2 a mistake: no verdict.\n";

struct arguments {
    const char *token;
    const char *anchors;
    const char *reference;
    const char *events;
    const char *challenge;
    const char *nonce;
    const char *data;
    bool any_image;
    bool any_challenge;
    bool allow_debug;
    bool fetch;
    bool json;
};

/* All that a question points to. */
struct given {
    struct pv_verify_anchors anchors;
    struct pv_verify_reference reference;
    struct pv_verify_events events;
    uint8_t challenge[PV_VERIFY_CHALLENGE_BYTES];
};

struct blob {
    char *data;
    size_t bytes;
};

static bool read_stream(FILE *stream, struct blob *blob)
{
    blob->data = malloc(FILE_BYTES_MAX);
    blob->bytes = blob->data == NULL ? 0 : fread(blob->data, 1, FILE_BYTES_MAX, stream);
    if (blob->data == NULL || ferror(stream) != 0) {
        return false;
    }
    char *exact = realloc(blob->data, blob->bytes + 1);
    if (exact != NULL) {
        blob->data = exact;
    }
    return true;
}

/*
 * NULL: a file that was not given, of no bytes. Of a long one the beginning, which is too long for whatever
 * reads it.
 */
static bool read_file(const char *path, struct blob *blob)
{
    if (path == NULL) {
        return true;
    }
    bool standard = strcmp(path, "-") == 0;
    FILE *stream = standard ? stdin : fopen(path, "rb");
    bool good = stream != NULL && read_stream(stream, blob);

    if (!good) {
        fprintf(stderr, "pv-verify: can't read '%s': %s\n", path, strerror(errno));
        free(blob->data);
        *blob = (struct blob){0};
    }
    if (stream != NULL && !standard) {
        fclose(stream);
    }
    return good;
}

/* What is wrong with a file of the asker's own. */
static bool tell_bad(const char *path, const struct blob *blob, const char *problem)
{
    if (blob->bytes == FILE_BYTES_MAX) {
        problem = "it is too long";
    }
    if (path == NULL || problem == NULL) {
        return true;
    }
    fprintf(stderr, "pv-verify: '%s' is not good: %s\n", path, problem);
    return false;
}

static bool read_given(const struct arguments *arguments, struct given *given)
{
    struct blob anchors = {0};
    struct blob reference = {0};
    bool good =
        read_file(arguments->anchors, &anchors) && read_file(arguments->reference, &reference) &&
        tell_bad(arguments->anchors, &anchors,
                 pv_verify_read_anchors(anchors.data, anchors.bytes, &given->anchors)) &&
        tell_bad(arguments->reference, &reference,
                 pv_verify_read_reference(reference.data, reference.bytes, &given->reference));

    free(anchors.data);
    free(reference.data);
    return good;
}

static int judge(const struct arguments *arguments, const struct given *given,
                 const struct blob *token)
{
    struct pv_verify_question question = {
        .token = (const uint8_t *)token->data,
        .token_bytes = token->bytes,
        .anchors = &given->anchors,
        .challenge = arguments->any_challenge ? NULL : given->challenge,
        .reference = arguments->any_image ? NULL : &given->reference,
        .events = arguments->events == NULL ? NULL : &given->events,
        .any_challenge = arguments->any_challenge,
        .any_image = arguments->any_image,
        .allow_debug = arguments->allow_debug,
    };
    struct pv_verify_verdict verdict;

    pv_verify_token(&question, &verdict);
    if (!arguments->json) {
        write_text(&verdict, stdout);
    } else if (!write_json(&verdict, stdout)) {
        fputs("pv-verify: can't write the verdict\n", stderr);
        return WRONG;
    }
    return verdict.accepted ? ACCEPTED : REFUSED;
}

/* Token and log come from whom the question is about: what can't be one is refused, and no mistake. */
static int refuse(const struct arguments *arguments, const char *what, const char *problem)
{
    char text[PV_VERIFY_REASON_BYTES];

    snprintf(text, sizeof(text), "%s: %s", what, problem);
    if (!arguments->json) {
        printf("refused: %s\n", text);
    } else if (!write_json_problem(text, stdout)) {
        return WRONG;
    }
    return REFUSED;
}

static int judge_input(const struct arguments *arguments, struct given *given,
                       const struct blob *log, const struct blob *input)
{
    uint8_t *token = NULL;
    size_t bytes = 0;
    const char *problem = arguments->events == NULL
                              ? NULL
                              : pv_verify_read_events(log->data, log->bytes, &given->events);

    if (problem != NULL) {
        return refuse(arguments, "the event log is not good", problem);
    }
    problem = pv_verify_unwrap(input->data, input->bytes, arguments->fetch, &token, &bytes);
    if (problem != NULL) {
        return refuse(arguments, "there is no token", problem);
    }
    int status = judge(arguments, given, &(struct blob){(char *)token, bytes});
    free(token);
    return status;
}

static int verify(const struct arguments *arguments, struct given *given)
{
    struct blob input = {0};
    struct blob log = {0};
    int status = WRONG;

    if (read_given(arguments, given) && read_file(arguments->events, &log) &&
        read_file(arguments->token, &input)) {
        status = judge_input(arguments, given, &log, &input);
    }
    free(input.data);
    free(log.data);
    return status;
}

/* ---- The command line ---- */

static int wrong(const char *what)
{
    fprintf(stderr, "pv-verify: %s; ./paravane verify --help tells more\n", what);
    return WRONG;
}

/* NULL, or what is wrong. */
static const char *read_challenge(const struct arguments *arguments, struct given *given)
{
    uint8_t nonce[PV_VERIFY_NONCE_BYTES_MAX];
    uint8_t data[PV_VERIFY_NONCE_BYTES_MAX];
    size_t nonce_bytes = 0;
    size_t data_bytes = 0;

    if (arguments->challenge != NULL) {
        return text_from_hex(arguments->challenge, strlen(arguments->challenge), given->challenge,
                             sizeof(given->challenge))
                   ? NULL
                   : "--challenge takes 128 hexadecimal digits";
    }
    if (arguments->nonce == NULL) {
        return NULL;
    }
    if (!pv_verify_base64url(arguments->nonce, strlen(arguments->nonce), nonce, sizeof(nonce),
                             &nonce_bytes)) {
        return "--nonce takes 1 to 64 bytes as base64url without padding";
    }
    if (arguments->data != NULL && !pv_verify_base64url(arguments->data, strlen(arguments->data),
                                                        data, sizeof(data), &data_bytes)) {
        return "--data takes up to 64 bytes as base64url without padding";
    }
    return pv_verify_guest_challenge(nonce, nonce_bytes, data, data_bytes, given->challenge)
               ? NULL
               : "--nonce takes 1 to 64 bytes as base64url without padding";
}

/* NULL, or what is wrong. */
static const char *check_arguments(const struct arguments *arguments)
{
    if (arguments->token == NULL) {
        return "one token is needed";
    }
    if (arguments->anchors == NULL) {
        return "--anchors is needed";
    }
    if ((arguments->reference != NULL) + arguments->any_image != 1) {
        return "one of --reference and --any-image is needed";
    }
    if ((arguments->challenge != NULL) + (arguments->nonce != NULL) + arguments->any_challenge !=
        1) {
        return "one of --challenge, --nonce and --any-challenge is needed";
    }
    if (arguments->data != NULL && arguments->nonce == NULL) {
        return "--data goes with --nonce";
    }
    return NULL;
}

/* The same twice would be one of them silently passed over. */
static bool set_once(const char **text, const char *value)
{
    bool first = *text == NULL;

    *text = value;
    return first;
}

static bool set_flag(bool *flag)
{
    *flag = true;
    return true;
}

/* False: not an option, or one twice. */
static bool take_option(int option, struct arguments *arguments)
{
    switch (option) {
    case 'a':
        return set_once(&arguments->anchors, optarg);
    case 'r':
        return set_once(&arguments->reference, optarg);
    case 'e':
        return set_once(&arguments->events, optarg);
    case 'c':
        return set_once(&arguments->challenge, optarg);
    case 'n':
        return set_once(&arguments->nonce, optarg);
    case 'd':
        return set_once(&arguments->data, optarg);
    case 'I':
        return set_flag(&arguments->any_image);
    case 'C':
        return set_flag(&arguments->any_challenge);
    case 'D':
        return set_flag(&arguments->allow_debug);
    case 'f':
        return set_flag(&arguments->fetch);
    case 'j':
        return set_flag(&arguments->json);
    default:
        return false;
    }
}

/* An answer that did not arrive is no answer. */
static int written(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        fputs("pv-verify: can't write to standard output\n", stderr);
        return WRONG;
    }
    return status;
}

int main(int count, char **given_arguments)
{
    static const struct option options[] = {{"anchors", required_argument, NULL, 'a'},
                                            {"reference", required_argument, NULL, 'r'},
                                            {"any-image", no_argument, NULL, 'I'},
                                            {"challenge", required_argument, NULL, 'c'},
                                            {"nonce", required_argument, NULL, 'n'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"any-challenge", no_argument, NULL, 'C'},
                                            {"events", required_argument, NULL, 'e'},
                                            {"allow-debug", no_argument, NULL, 'D'},
                                            {"fetch", no_argument, NULL, 'f'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct arguments arguments = {0};
    struct given given = {0};
    int option;

    while ((option = getopt_long(count, given_arguments, "", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return written(ACCEPTED);
        }
        if (!take_option(option, &arguments)) {
            return wrong("an option that is not known, lacks its value, or is there twice");
        }
    }
    if (optind + 1 < count || (arguments.fetch && optind < count)) {
        return wrong("one token is needed, and with --fetch none");
    }
    arguments.token = arguments.fetch ? "-" : given_arguments[optind];
    const char *problem = check_arguments(&arguments);
    if (problem == NULL) {
        problem = read_challenge(&arguments, &given);
    }
    if (problem != NULL) {
        return wrong(problem);
    }
    int status = written(verify(&arguments, &given));
    pv_verify_anchors_free(&given.anchors);
    return status;
}
