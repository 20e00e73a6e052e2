/* SPDX-License-Identifier: BSD-3-Clause */
#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[PV_VERIFY_CHECKS] = {
    [PV_VERIFY_WRAPPER] = "wrapper",
    [PV_VERIFY_PLATFORM_STRUCTURE] = "platform-structure",
    [PV_VERIFY_PLATFORM_ALGORITHM] = "platform-algorithm",
    [PV_VERIFY_PLATFORM_PROFILE] = "platform-profile",
    [PV_VERIFY_PLATFORM_CLAIMS] = "platform-claims",
    [PV_VERIFY_PLATFORM_ANCHOR] = "platform-anchor",
    [PV_VERIFY_PLATFORM_SIGNATURE] = "platform-signature",
    [PV_VERIFY_IMPLEMENTATION] = "implementation-id",
    [PV_VERIFY_LIFECYCLE] = "lifecycle",
    [PV_VERIFY_REALM_STRUCTURE] = "realm-structure",
    [PV_VERIFY_REALM_ALGORITHM] = "realm-algorithm",
    [PV_VERIFY_REALM_PROFILE] = "realm-profile",
    [PV_VERIFY_REALM_CLAIMS] = "realm-claims",
    [PV_VERIFY_REALM_KEY] = "realm-key",
    [PV_VERIFY_BINDING] = "binding",
    [PV_VERIFY_REALM_SIGNATURE] = "realm-signature",
    [PV_VERIFY_CHALLENGE] = "challenge",
    [PV_VERIFY_HASH] = "hash",
    [PV_VERIFY_RIM] = "rim",
    [PV_VERIFY_PERSONALIZATION] = "personalization",
    [PV_VERIFY_REM_1] = "rem-1",
    [PV_VERIFY_REM_2] = "rem-2",
    [PV_VERIFY_REM_3] = "rem-3",
    [PV_VERIFY_REM_4] = "rem-4",
    [PV_VERIFY_DEBUG] = "debug",
    [PV_VERIFY_EVENTS_1] = "events-1",
    [PV_VERIFY_EVENTS_2] = "events-2",
    [PV_VERIFY_EVENTS_3] = "events-3",
    [PV_VERIFY_EVENTS_4] = "events-4",
};

const char *pv_verify_check_name(enum pv_verify_check check)
{
    return names[check];
}

const char *pv_verify_outcome_name(enum pv_verify_outcome outcome)
{
    static const char *const outcomes[] = {
        [PV_VERIFY_SKIPPED] = "skipped",
        [PV_VERIFY_PASSED] = "passed",
        [PV_VERIFY_FAILED] = "failed",
    };

    return outcomes[outcome];
}

struct hex hex_of(const void *data, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = data;
    struct hex hex = {{0}};

    for (size_t i = 0; i < bytes && i < HEX_BYTES_MAX; i++) {
        hex.text[2 * i] = digits[from[i] >> 4];
        hex.text[2 * i + 1] = digits[from[i] & 15u];
    }
    return hex;
}

void verdict_begin(struct pv_verify_verdict *verdict)
{
    memset(verdict, 0, sizeof(*verdict));
    for (size_t i = 0; i < PV_VERIFY_CHECKS; i++) {
        verdict->line[i].required = true;
        (void)snprintf(verdict->line[i].reason, sizeof(verdict->line[i].reason),
                       "what it looks at could not be read");
    }
}

static void write_reason(struct pv_verify_line *line, const char *format, va_list arguments)
{
    (void)vsnprintf(line->reason, sizeof(line->reason), format, arguments);
}

void verdict_pass(struct pv_verify_verdict *verdict, enum pv_verify_check check, const char *format,
                  ...)
{
    va_list arguments;

    verdict->line[check].outcome = PV_VERIFY_PASSED;
    va_start(arguments, format);
    write_reason(&verdict->line[check], format, arguments);
    va_end(arguments);
}

void verdict_fail(struct pv_verify_verdict *verdict, enum pv_verify_check check, const char *format,
                  ...)
{
    va_list arguments;

    verdict->line[check].outcome = PV_VERIFY_FAILED;
    va_start(arguments, format);
    write_reason(&verdict->line[check], format, arguments);
    va_end(arguments);
}

void verdict_waive(struct pv_verify_verdict *verdict, enum pv_verify_check check,
                   const char *reason)
{
    struct pv_verify_line *line = &verdict->line[check];

    line->outcome = PV_VERIFY_SKIPPED;
    line->required = false;
    (void)snprintf(line->reason, sizeof(line->reason), "%s", reason);
}

void verdict_judge(struct pv_verify_verdict *verdict, enum pv_verify_check check,
                   const char *problem, const char *good)
{
    if (problem == NULL) {
        verdict_pass(verdict, check, "%s", good);
    } else {
        verdict_fail(verdict, check, "%s", problem);
    }
}

void verdict_end(struct pv_verify_verdict *verdict)
{
    verdict->accepted = true;
    for (size_t i = 0; i < PV_VERIFY_CHECKS; i++) {
        const struct pv_verify_line *line = &verdict->line[i];

        if (line->outcome == PV_VERIFY_FAILED ||
            (line->required && line->outcome != PV_VERIFY_PASSED)) {
            verdict->accepted = false;
        }
    }
}
