/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure.h"

#include <mbedtls/sha256.h>

#include <string.h>

#define CHUNK_BYTES 4096u

_Static_assert(GUEST_EVENT_HASH_BYTES == sizeof(((struct net_event *)0)->digest), "SHA-256");

static const uint8_t registers[GUEST_EVENTS] = GUEST_EVENT_REGISTERS;
static const char *const names[GUEST_EVENTS] = GUEST_EVENT_NAMES;

static struct net_event events[GUEST_EVENTS];
static size_t event_count;

/* A piece of the guest's memory: what is hashed must not change under the hash. */
static uint8_t chunk[CHUNK_BYTES];

/* Mbed TLS' own SHA-256 can't fail: only hardware could. */
static void hash(const void *data, size_t bytes, uint8_t digest[GUEST_EVENT_HASH_BYTES])
{
    (void)mbedtls_sha256(data, bytes, digest, 0);
}

void measure_start(void)
{
    event_count = 0;
}

/* A hypervisor without registers has no evidence either: then there is only the log. */
static const char *extend(const struct net_event *event)
{
    uint8_t data[2 * GUEST_EVENT_HASH_BYTES];

    if (vtl_evidence_kind() != VTL_EVIDENCE_CCA) {
        return NULL;
    }
    hash(event->name, strlen(event->name), data);
    memcpy(data + GUEST_EVENT_HASH_BYTES, event->digest, GUEST_EVENT_HASH_BYTES);
    return vtl_measurement_extend(event->reg, data, sizeof(data)) == PV_OK
               ? NULL
               : "the hypervisor does not take a measurement";
}

/* One after the other: an event that comes twice, or too early, is our own mistake. */
static struct net_event *begin(enum guest_event event, const char *name)
{
    struct net_event *next = &events[event];

    CHECK(event == event_count);
    event_count++;
    next->reg = registers[event];
    next->name = name;
    return next;
}

const char *measure_bytes(enum guest_event event, const void *content, size_t bytes)
{
    struct net_event *next = begin(event, names[event]);

    hash(content, bytes, next->digest);
    return extend(next);
}

const char *measure_guest(enum guest_event event, bool firmware, gpa_t content, uint64_t bytes)
{
    struct net_event *next = begin(event, firmware ? GUEST_EVENT_FIRMWARE : names[event]);
    mbedtls_sha256_context context;
    const char *reason = NULL;

    mbedtls_sha256_init(&context);
    (void)mbedtls_sha256_starts(&context, 0);
    for (uint64_t done = 0; done < bytes && reason == NULL;) {
        uint64_t left = bytes - done;
        size_t now = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;

        if (guest_read(gpa(content.raw + done), chunk, now) != PV_OK) {
            reason = "a part of the guest that can't be read";
        } else {
            (void)mbedtls_sha256_update(&context, chunk, now);
        }
        done += now;
    }
    (void)mbedtls_sha256_finish(&context, next->digest);
    mbedtls_sha256_free(&context);
    return reason != NULL ? reason : extend(next);
}

const struct net_event *measure_log(size_t *count)
{
    *count = event_count;
    return events;
}
