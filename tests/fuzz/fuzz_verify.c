/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as evidence, and as each file beside it; the first byte says which. What is accepted has passed
 * every check; what is refused has a reason that can be shown; nothing is left behind (ASan's leak check).
 */
#include "include/pv_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

static struct pv_verify_anchors anchors;
static struct pv_verify_reference reference;
static struct pv_verify_events events;
static uint8_t challenge[PV_VERIFY_CHALLENGE_BYTES];

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static size_t read_vector(const char *name, void *to, size_t room)
{
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/tests/verify/vectors/%s", PV_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    require(file != NULL);
    size_t bytes = fread(to, 1, room, file);
    fclose(file);
    return bytes;
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    static char text[8192];

    (void)count;
    (void)arguments;
    size_t bytes = read_vector("anchors.json", text, sizeof(text));
    require(pv_verify_read_anchors(text, bytes, &anchors) == NULL);
    bytes = read_vector("reference.json", text, sizeof(text));
    require(pv_verify_read_reference(text, bytes, &reference) == NULL);
    bytes = read_vector("events.json", text, sizeof(text));
    require(pv_verify_read_events(text, bytes, &events) == NULL);
    require(read_vector("challenge.bin", challenge, sizeof(challenge)) == sizeof(challenge));
    return 0;
}

static void judge(const uint8_t *token, size_t bytes)
{
    struct pv_verify_question question = {.token = token,
                                          .token_bytes = bytes,
                                          .anchors = &anchors,
                                          .challenge = challenge,
                                          .reference = &reference,
                                          .events = &events};
    struct pv_verify_verdict verdict;
    bool all = true;

    memset(&verdict, 0xa5, sizeof(verdict));
    pv_verify_token(&question, &verdict);
    for (size_t i = 0; i < PV_VERIFY_CHECKS; i++) {
        const char *reason = verdict.line[i].reason;

        all = all && verdict.line[i].outcome == PV_VERIFY_PASSED;
        require(verdict.line[i].required);
        require(memchr(reason, '\0', PV_VERIFY_REASON_BYTES) != NULL && reason[0] != '\0');
        for (; *reason != '\0'; reason++) {
            require(*reason >= ' ' && *reason <= '~');
        }
    }
    require(verdict.accepted == all);
}

static void unwrap(const uint8_t *data, size_t size, bool http)
{
    uint8_t *token = NULL;
    size_t bytes = 0;

    if (pv_verify_unwrap(data, size, http, &token, &bytes) == NULL) {
        require(token != NULL && bytes <= PV_VERIFY_TOKEN_BYTES_MAX);
        judge(token, bytes);
        free(token);
    } else {
        require(token == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pv_verify_anchors read_anchors;
    struct pv_verify_reference read_reference;
    struct pv_verify_events read_events;

    if (size == 0) {
        return 0;
    }
    switch (data[0]) {
    case 1:
    case 2:
        unwrap(data + 1, size - 1, data[0] == 2);
        break;
    case 3:
        (void)pv_verify_read_anchors(data + 1, size - 1, &read_anchors);
        pv_verify_anchors_free(&read_anchors);
        break;
    case 4:
        (void)pv_verify_read_reference(data + 1, size - 1, &read_reference);
        break;
    case 5:
        (void)pv_verify_read_events(data + 1, size - 1, &read_events);
        break;
    default:
        judge(data + 1, size - 1);
    }
    return 0;
}
