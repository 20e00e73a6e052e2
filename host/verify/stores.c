/* SPDX-License-Identifier: BSD-3-Clause */
/* Trust anchors, reference values and event logs: JSON. */
#include "measure.h"
#include "text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Several times what PV_VERIFY_EVENTS_MAX events take: a log is a stranger's. */
#define LOG_BYTES_MAX 65536u

#define DIGEST PV_VERIFY_DIGEST_BYTES

static json_t *read_json(const void *text, size_t bytes)
{
    return json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
}

static bool read_hex(const json_t *value, uint8_t *to, size_t bytes)
{
    return json_is_string(value) &&
           text_from_hex(json_string_value(value), json_string_length(value), to, bytes);
}

static bool string_is(const json_t *value, const char *text)
{
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

/* ---- Trust anchors: Trustee's store ---- */

static bool read_coordinate(const json_t *key, const char *name, uint8_t *to)
{
    const json_t *value = json_object_get(key, name);
    size_t got = 0;

    /* RFC 7518, 6.2.1.2: as long as the curve's field. */
    return json_is_string(value) &&
           text_from_base64(json_string_value(value), json_string_length(value), true, to,
                            PV_VERIFY_COORDINATE_BYTES, &got) &&
           got == PV_VERIFY_COORDINATE_BYTES;
}

static const char *read_anchor(const json_t *entry, struct pv_verify_anchor *anchor)
{
    const json_t *key = json_object_get(entry, "pkey");
    const json_t *algorithm = json_object_get(key, "alg");

    if (!read_hex(json_object_get(entry, "implementation-id"), anchor->implementation_id,
                  sizeof(anchor->implementation_id))) {
        return "an 'implementation-id' is missing, or not 64 hexadecimal digits";
    }
    if (!read_hex(json_object_get(entry, "instance-id"), anchor->instance_id,
                  sizeof(anchor->instance_id))) {
        return "an 'instance-id' is missing, or not 66 hexadecimal digits";
    }
    if (!string_is(json_object_get(key, "kty"), "EC") ||
        !string_is(json_object_get(key, "crv"), "P-384") ||
        (algorithm != NULL && !string_is(algorithm, "ES384"))) {
        return "a 'pkey' is not a JWK of an EC key on P-384";
    }
    if (!read_coordinate(key, "x", anchor->x) || !read_coordinate(key, "y", anchor->y)) {
        return "a 'pkey' has not two coordinates of 48 bytes";
    }
    return NULL;
}

static bool instance_known(const struct pv_verify_anchors *anchors, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (memcmp(anchors->anchor[i].instance_id, anchors->anchor[index].instance_id,
                   PV_VERIFY_INSTANCE_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static const char *read_anchor_array(const json_t *array, struct pv_verify_anchors *anchors)
{
    size_t count = json_array_size(array);

    if (count == 0) {
        return "it is not an array of trust anchors, or an empty one";
    }
    anchors->anchor = calloc(count, sizeof(*anchors->anchor));
    if (anchors->anchor == NULL) {
        return "out of memory";
    }
    for (size_t i = 0; i < count; i++) {
        const char *problem = read_anchor(json_array_get(array, i), &anchors->anchor[i]);

        if (problem == NULL && instance_known(anchors, i)) {
            problem = "an 'instance-id' is there twice";
        }
        if (problem != NULL) {
            return problem;
        }
    }
    anchors->count = count;
    return NULL;
}

const char *pv_verify_read_anchors(const void *text, size_t bytes,
                                   struct pv_verify_anchors *anchors)
{
    json_t *root = read_json(text, bytes);
    const char *problem = "it is not JSON";

    *anchors = (struct pv_verify_anchors){0};
    if (root != NULL) {
        problem = read_anchor_array(root, anchors);
    }
    json_decref(root);
    if (problem != NULL) {
        pv_verify_anchors_free(anchors);
    }
    return problem;
}

void pv_verify_anchors_free(struct pv_verify_anchors *anchors)
{
    free(anchors->anchor);
    *anchors = (struct pv_verify_anchors){0};
}

/* ---- Event logs ---- */

/* Names come from a guest, too, and are shown. */
static bool read_name(const json_t *value, char *name)
{
    size_t bytes = json_is_string(value) ? json_string_length(value) : 0;

    if (bytes == 0 || bytes >= PV_VERIFY_EVENT_NAME_BYTES) {
        return false;
    }
    memcpy(name, json_string_value(value), bytes + 1);
    for (size_t i = 0; i < bytes; i++) {
        if (name[i] < ' ' || name[i] > '~') {
            return false;
        }
    }
    return true;
}

static const char *read_event(const json_t *entry, bool open, struct pv_verify_event *event)
{
    const json_t *reg = json_object_get(entry, "register");
    const json_t *digest = json_object_get(entry, "digest");

    if (!json_is_integer(reg) || json_integer_value(reg) < 1 ||
        json_integer_value(reg) > PV_VERIFY_REGISTERS) {
        return "an event's 'register' is missing, or not 1 to 4";
    }
    if (!read_name(json_object_get(entry, "name"), event->name)) {
        return "an event's 'name' is missing, or not 1 to 31 printable ASCII characters";
    }
    event->reg = (unsigned)json_integer_value(reg);
    event->known = !(open && json_is_null(digest));
    if (event->known && !read_hex(digest, event->digest, sizeof(event->digest))) {
        return "an event's 'digest' is missing, or not 64 hexadecimal digits";
    }
    return NULL;
}

/* open: a digest may be null. */
static const char *read_event_array(const json_t *array, bool open, struct pv_verify_events *events)
{
    size_t count = json_array_size(array);
    const char *problem = NULL;

    memset(events, 0, sizeof(*events));
    if (!json_is_array(array)) {
        return "'events' is missing, or not an array";
    }
    if (count > PV_VERIFY_EVENTS_MAX) {
        return "it has too many events";
    }
    for (size_t i = 0; i < count && problem == NULL; i++) {
        problem = read_event(json_array_get(array, i), open, &events->event[i]);
    }
    events->count = count;
    return problem;
}

const char *pv_verify_read_events(const void *text, size_t bytes, struct pv_verify_events *events)
{
    json_t *root = bytes > LOG_BYTES_MAX ? NULL : read_json(text, bytes);
    const json_t *hash = json_object_get(root, "hash");
    const char *problem =
        bytes > LOG_BYTES_MAX ? "it is longer than a log can be" : "it is not a JSON object";

    if (json_is_object(root)) {
        problem = hash != NULL && !string_is(hash, "sha-256")
                      ? "its 'hash' is not \"sha-256\""
                      : read_event_array(json_object_get(root, "events"), false, events);
    }
    json_decref(root);
    return problem;
}

/* ---- Reference values ---- */

/* Something that is written here and not compared would be thought to be. */
static bool has_only_known(json_t *object)
{
    static const char *const names[] = {"rim", "rpv", "rem", "hash", "debug", "svn", "events"};
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        bool known = false;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            known = known || strcmp(name, names[i]) == 0;
        }
        if (!known) {
            return false;
        }
    }
    return true;
}

static const char *read_registers(const json_t *array, struct pv_verify_reference *reference)
{
    if (json_array_size(array) != PV_VERIFY_REGISTERS) {
        return "'rem' is missing, or not an array of four";
    }
    for (size_t i = 0; i < PV_VERIFY_REGISTERS; i++) {
        const json_t *value = json_array_get(array, i);

        reference->register_known[i] = !json_is_null(value);
        if (reference->register_known[i] && !read_hex(value, reference->registers[i], DIGEST)) {
            return "a member of 'rem' is neither 64 hexadecimal digits nor null";
        }
    }
    return NULL;
}

/* The events, if they are there, have to make the registers: else one of the two is a mistake. */
static const char *read_reference_events(const json_t *array, struct pv_verify_reference *reference)
{
    uint8_t value[DIGEST];
    const char *problem;

    if (array == NULL) {
        return NULL;
    }
    problem = read_event_array(array, true, &reference->events);
    for (unsigned reg = 1; problem == NULL && reg <= PV_VERIFY_REGISTERS; reg++) {
        if (reference->register_known[reg - 1] &&
            measure_register(&reference->events, reg, value) &&
            memcmp(value, reference->registers[reg - 1], DIGEST) != 0) {
            problem = "its 'events' do not make its 'rem'";
        }
    }
    return problem;
}

static const char *read_reference(json_t *root, struct pv_verify_reference *reference)
{
    const json_t *personalization = json_object_get(root, "rpv");
    const json_t *debug = json_object_get(root, "debug");
    const json_t *svn = json_object_get(root, "svn");
    const char *problem;

    if (!json_is_object(root)) {
        return "it is not a JSON object";
    }
    if (!has_only_known(root)) {
        return "it has a member that is not known here";
    }
    if (!read_hex(json_object_get(root, "rim"), reference->rim, sizeof(reference->rim))) {
        return "'rim' is missing, or not 64 hexadecimal digits";
    }
    reference->personalization_known = !json_is_null(personalization);
    if (reference->personalization_known && !read_hex(personalization, reference->personalization,
                                                      sizeof(reference->personalization))) {
        return "'rpv' is missing, or neither 128 hexadecimal digits nor null";
    }
    if (!string_is(json_object_get(root, "hash"), "sha-256")) {
        return "'hash' is missing, or not \"sha-256\"";
    }
    if (!json_is_boolean(debug)) {
        return "'debug' is missing, or neither true nor false";
    }
    if (!json_is_integer(svn) || json_integer_value(svn) < 0 ||
        json_integer_value(svn) > (json_int_t)UINT32_MAX) {
        return "'svn' is missing, or not a number of 32 bits";
    }
    reference->debug = json_is_true(debug);
    reference->svn = (uint32_t)json_integer_value(svn);
    problem = read_registers(json_object_get(root, "rem"), reference);
    return problem != NULL ? problem
                           : read_reference_events(json_object_get(root, "events"), reference);
}

const char *pv_verify_read_reference(const void *text, size_t bytes,
                                     struct pv_verify_reference *reference)
{
    json_t *root = read_json(text, bytes);
    const char *problem;

    memset(reference, 0, sizeof(*reference));
    problem = root == NULL ? "it is not JSON" : read_reference(root, reference);
    json_decref(root);
    return problem;
}
