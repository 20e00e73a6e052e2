/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define DIGEST PV_VERIFY_DIGEST_BYTES

static bool sha256(const void *data, size_t bytes, uint8_t digest[DIGEST])
{
    return EVP_Digest(data, bytes, digest, NULL, EVP_sha256(), NULL) == 1;
}

bool measure_register(const struct pv_verify_events *events, unsigned reg, uint8_t value[DIGEST])
{
    uint8_t extended[3 * DIGEST] = {0}; /* old value, SHA-256 of the name, digest */

    for (size_t i = 0; i < events->count; i++) {
        const struct pv_verify_event *event = &events->event[i];

        if (event->reg != reg) {
            continue;
        }
        memcpy(extended + 2 * DIGEST, event->digest, DIGEST);
        if (!event->known || !sha256(event->name, strlen(event->name), extended + DIGEST) ||
            !sha256(extended, sizeof(extended), value)) {
            return false;
        }
        memcpy(extended, value, DIGEST);
    }
    memcpy(value, extended, DIGEST);
    return true;
}

bool pv_verify_guest_challenge(const void *nonce, size_t nonce_bytes, const void *data,
                               size_t data_bytes, uint8_t challenge[PV_VERIFY_CHALLENGE_BYTES])
{
    static const char prefix[] = "Paravane guest evidence 1"; /* its NUL is hashed, too */
    uint8_t text[sizeof(prefix) + 2 * (1 + PV_VERIFY_NONCE_BYTES_MAX)];
    size_t bytes = sizeof(prefix);

    if (nonce_bytes < 1 || nonce_bytes > PV_VERIFY_NONCE_BYTES_MAX ||
        data_bytes > PV_VERIFY_NONCE_BYTES_MAX) {
        return false;
    }
    memcpy(text, prefix, sizeof(prefix));
    text[bytes++] = (uint8_t)nonce_bytes;
    memcpy(text + bytes, nonce, nonce_bytes);
    bytes += nonce_bytes;
    text[bytes++] = (uint8_t)data_bytes;
    if (data_bytes > 0) {
        memcpy(text + bytes, data, data_bytes);
        bytes += data_bytes;
    }
    return EVP_Digest(text, bytes, challenge, NULL, EVP_sha512(), NULL) == 1;
}

/* ---- What differs, by name ---- */

#define DIFFERENCE_BYTES 128u

/* The log's next event of a register at or behind *at; NULL: none. */
static const struct pv_verify_event *next_event(const struct pv_verify_events *events, unsigned reg,
                                                size_t *at)
{
    while (*at < events->count) {
        const struct pv_verify_event *event = &events->event[(*at)++];

        if (event->reg == reg) {
            return event;
        }
    }
    return NULL;
}

/* The first event of a register in which two logs differ, in words; "": none. */
static void write_difference(const struct pv_verify_events *log,
                             const struct pv_verify_events *reference, unsigned reg, char *words)
{
    size_t log_at = 0;
    size_t reference_at = 0;

    words[0] = '\0';
    for (size_t i = 0; i <= PV_VERIFY_EVENTS_MAX; i++) {
        const struct pv_verify_event *is = next_event(log, reg, &log_at);
        const struct pv_verify_event *should = next_event(reference, reg, &reference_at);

        if (is == NULL && should == NULL) {
            return;
        }
        if (is == NULL || should == NULL) {
            (void)snprintf(words, DIFFERENCE_BYTES, "; '%s' %s",
                           is == NULL ? should->name : is->name,
                           is == NULL ? "is missing" : "is one too many");
            return;
        }
        if (strcmp(is->name, should->name) != 0) {
            (void)snprintf(words, DIFFERENCE_BYTES, "; '%s' stands where '%s' should", is->name,
                           should->name);
            return;
        }
        if (should->known && memcmp(is->digest, should->digest, DIGEST) != 0) {
            (void)snprintf(words, DIFFERENCE_BYTES, "; '%s' is not the reference's", is->name);
            return;
        }
    }
}

/* ---- Comparing ---- */

/* Whether the log is true: only then what differs in it is what differs. */
static bool log_explains(const struct pv_verify_events *log, const struct pv_verify_claims *said,
                         unsigned reg)
{
    uint8_t value[DIGEST];

    return log != NULL && said->measurement_bytes == DIGEST && measure_register(log, reg, value) &&
           memcmp(value, said->registers[reg - 1], DIGEST) == 0;
}

static void compare_register(const struct pv_verify_question *question, unsigned reg,
                             struct pv_verify_verdict *verdict)
{
    const struct pv_verify_reference *reference = question->reference;
    const struct pv_verify_claims *said = &verdict->claims;
    enum pv_verify_check check = (enum pv_verify_check)(PV_VERIFY_REM_1 + reg - 1);
    struct hex is = hex_of(said->registers[reg - 1], said->measurement_bytes);
    char difference[DIFFERENCE_BYTES] = "";

    if (!reference->register_known[reg - 1]) {
        verdict_waive(verdict, check, "the reference leaves it open");
        return;
    }
    const uint8_t *should = reference->registers[reg - 1];
    if (said->measurement_bytes == DIGEST &&
        memcmp(said->registers[reg - 1], should, DIGEST) == 0) {
        verdict_pass(verdict, check, "%s, as the reference", is.text);
        return;
    }
    if (log_explains(question->events, said, reg) && reference->events.count > 0) {
        write_difference(question->events, &reference->events, reg, difference);
    }
    verdict_fail(verdict, check, "%s, the reference %s%s", is.text, hex_of(should, DIGEST).text,
                 difference);
}

static void compare_personalization(const struct pv_verify_reference *reference,
                                    struct pv_verify_verdict *verdict)
{
    const struct pv_verify_claims *said = &verdict->claims;
    struct hex is = hex_of(said->personalization, sizeof(said->personalization));

    if (!reference->personalization_known) {
        verdict_waive(verdict, PV_VERIFY_PERSONALIZATION, "the reference leaves it open");
    } else if (memcmp(said->personalization, reference->personalization,
                      sizeof(said->personalization)) == 0) {
        verdict_pass(verdict, PV_VERIFY_PERSONALIZATION, "%s, as the reference", is.text);
    } else {
        verdict_fail(verdict, PV_VERIFY_PERSONALIZATION, "%s, the reference %s", is.text,
                     hex_of(reference->personalization, sizeof(reference->personalization)).text);
    }
}

static void compare_reference(const struct pv_verify_question *question,
                              struct pv_verify_verdict *verdict)
{
    const struct pv_verify_reference *reference = question->reference;
    const struct pv_verify_claims *said = &verdict->claims;
    struct hex rim = hex_of(said->rim, said->measurement_bytes);

    if (said->measurement_bytes == DIGEST && memcmp(said->rim, reference->rim, DIGEST) == 0) {
        verdict_pass(verdict, PV_VERIFY_RIM, "%s, as the reference, security version %u", rim.text,
                     (unsigned)reference->svn);
    } else {
        verdict_fail(verdict, PV_VERIFY_RIM, "%s, the reference %s", rim.text,
                     hex_of(reference->rim, DIGEST).text);
    }
    compare_personalization(reference, verdict);
    for (unsigned reg = 1; reg <= PV_VERIFY_REGISTERS; reg++) {
        compare_register(question, reg, verdict);
    }
    if (!reference->debug) {
        verdict_pass(verdict, PV_VERIFY_DEBUG, "the reference's policy forbids it");
    } else if (question->allow_debug) {
        verdict_waive(verdict, PV_VERIFY_DEBUG, "the host can debug this image, and may");
    } else {
        verdict_fail(verdict, PV_VERIFY_DEBUG, "the host can debug this image");
    }
}

/* The names of a register's events, as many as there is room for. */
static void write_names(const struct pv_verify_events *events, unsigned reg, char *words,
                        size_t room)
{
    const struct pv_verify_event *event;
    size_t at = 0;
    size_t used = 0;

    words[0] = '\0';
    while ((event = next_event(events, reg, &at)) != NULL) {
        int more = snprintf(words + used, room - used, "%s%s", used == 0 ? "" : ", ", event->name);

        if (more < 0 || (size_t)more >= room - used) {
            return; /* cut off */
        }
        used += (size_t)more;
    }
}

static void compare_events(const struct pv_verify_events *events, unsigned reg,
                           struct pv_verify_verdict *verdict)
{
    enum pv_verify_check check = (enum pv_verify_check)(PV_VERIFY_EVENTS_1 + reg - 1);
    const struct pv_verify_claims *said = &verdict->claims;
    char words[PV_VERIFY_REASON_BYTES - 32];
    uint8_t value[DIGEST];

    if (log_explains(events, said, reg)) {
        write_names(events, reg, words, sizeof(words));
        verdict_pass(verdict, check, "%s", words[0] == '\0' ? "nothing was measured" : words);
    } else if (measure_register(events, reg, value)) {
        verdict_fail(verdict, check, "the log gives %s, the token says %s",
                     hex_of(value, DIGEST).text,
                     hex_of(said->registers[reg - 1], said->measurement_bytes).text);
    } else {
        verdict_fail(verdict, check, "a digest is missing in the log");
    }
}

void measure_ask(const struct pv_verify_question *question, struct pv_verify_verdict *verdict)
{
    for (unsigned i = PV_VERIFY_EVENTS_1; i <= PV_VERIFY_EVENTS_4; i++) {
        if (question->events == NULL) {
            verdict_waive(verdict, (enum pv_verify_check)i, "no event log was given");
        }
    }
    for (unsigned i = PV_VERIFY_HASH; i <= PV_VERIFY_DEBUG; i++) {
        if (question->reference == NULL && question->any_image) {
            verdict_waive(verdict, (enum pv_verify_check)i,
                          "not asked for: any image and guest pass");
        } else if (question->reference == NULL) {
            verdict_fail(verdict, (enum pv_verify_check)i, "no reference values were given");
        }
    }
}

void measure_compare(const struct pv_verify_question *question, struct pv_verify_verdict *verdict)
{
    if (question->reference != NULL) {
        compare_reference(question, verdict);
    }
    for (unsigned reg = 1; question->events != NULL && reg <= PV_VERIFY_REGISTERS; reg++) {
        compare_events(question->events, reg, verdict);
    }
}
