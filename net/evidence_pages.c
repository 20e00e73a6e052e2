/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GET /measurements, GET /policy. Both are written once: nothing is measured and no policy changes
 * while VTL0 runs.
 */
#include "evidence_pages.h"

#include "json.h"
#include "server.h"

#include <mbedtls/sha256.h>

#include <string.h>

#define DIGEST_BYTES 32u

/* Of 16 events, names cut; of two texts of 256 bytes that are all escaped, and four anchors. */
static char measurements[4096];
static char policy_text[4096];
static size_t measurements_bytes;
static size_t policy_bytes;

/* ---- Writing ---------------------------------------------------------------------------------- */

static void write_register(struct json *json, unsigned index)
{
    uint8_t value[VTL_MEASUREMENT_BYTES];

    if (vtl_measurement_read(index, value) == PV_OK) {
        json_hex(json, NULL, value, DIGEST_BYTES);
    } else {
        json_text(json, NULL, NULL, 0);
    }
}

static size_t write_measurements(const struct net_event *events, size_t count)
{
    struct json json;

    json_start(&json, measurements, sizeof(measurements));
    json_text(&json, "hash", "sha-256", strlen("sha-256"));
    json_array(&json, "registers");
    for (unsigned i = 1; i < VTL_MEASUREMENT_REGISTERS; i++) {
        write_register(&json, i);
    }
    json_close(&json);
    json_array(&json, "events");
    for (size_t i = 0; i < count; i++) {
        json_object(&json, NULL);
        json_number(&json, "register", events[i].reg);
        json_text(&json, "name", events[i].name, strlen(events[i].name));
        json_hex(&json, "digest", events[i].digest, DIGEST_BYTES);
        json_close(&json);
    }
    json_close(&json);
    return json_finish(&json);
}

/* Or null. */
static void write_text(struct json *json, const char *name, const struct igvm_policy_text *text)
{
    json_text(json, name, text->bytes == 0 ? NULL : (const char *)text->data, text->bytes);
}

static size_t write_policy(const struct igvm_policy *policy, const uint8_t digest[DIGEST_BYTES])
{
    struct json json;
    uint8_t anchor[DIGEST_BYTES];

    json_start(&json, policy_text, sizeof(policy_text));
    json_hex(&json, "digest", digest, DIGEST_BYTES);
    json_bool(&json, "attest", policy->attest);
    json_bool(&json, "console", policy->console);
    json_bool(&json, "debug", policy->debug);
    json_bool(&json, "dates", policy->dates);
    json_number(&json, "svn", policy->svn);
    write_text(&json, "server", &policy->server);
    write_text(&json, "resource", &policy->resource);
    json_array(&json, "anchors");
    for (uint32_t i = 0; i < policy->anchors; i++) {
        CHECK(mbedtls_sha256(policy->anchor[i].data, policy->anchor[i].bytes, anchor, 0) == 0);
        json_hex(&json, NULL, anchor, DIGEST_BYTES);
    }
    json_close(&json);
    return json_finish(&json);
}

void evidence_pages_write(const struct net_event *events, size_t count,
                          const struct igvm_policy *policy, const uint8_t policy_digest[32])
{
    CHECK(count <= NET_EVENTS_MAX);
    measurements_bytes = write_measurements(events, count);
    policy_bytes = write_policy(policy, policy_digest);
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static struct server_answer measurements_ask(uint16_t connection, const char *query, size_t bytes)
{
    (void)connection;
    (void)query;
    (void)bytes;
    return (struct server_answer){.status = HTTP_OK, .bytes = (uint32_t)measurements_bytes};
}

static void measurements_read(uint16_t connection, uint32_t from, uint8_t *to, size_t bytes)
{
    (void)connection;
    memcpy(to, measurements + from, bytes);
}

static struct server_answer policy_ask(uint16_t connection, const char *query, size_t bytes)
{
    (void)connection;
    (void)query;
    (void)bytes;
    return (struct server_answer){.status = HTTP_OK, .bytes = (uint32_t)policy_bytes};
}

static void policy_read(uint16_t connection, uint32_t from, uint8_t *to, size_t bytes)
{
    (void)connection;
    memcpy(to, policy_text + from, bytes);
}

const struct server_route measurements_route = {
    .path = "/measurements",
    .ask = measurements_ask,
    .read = measurements_read,
};

const struct server_route policy_route = {
    .path = "/policy",
    .ask = policy_ask,
    .read = policy_read,
};
