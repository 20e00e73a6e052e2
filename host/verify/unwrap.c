/* SPDX-License-Identifier: BSD-3-Clause */
/* A token out of what it travels in. */
#include "include/pv_verify.h"
#include "text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/*
 * Of JSON with a token: eight bytes of text for each of the token's are more than any form that is written
 * needs. jansson makes a tree of all of it before anything of it can be looked at.
 */
#define JSON_BYTES_MAX (8u * PV_VERIFY_TOKEN_BYTES_MAX)

struct input {
    const char *data;
    size_t bytes;
};

/* ---- An HTTP answer (RFC 9112) ---- */

/* A line without its end, off the input. False: there is no end. */
static bool take_line(struct input *input, struct input *line)
{
    const char *end = memchr(input->data, '\n', input->bytes);

    if (end == NULL) {
        return false;
    }
    *line = (struct input){input->data, (size_t)(end - input->data)};
    if (line->bytes > 0 && line->data[line->bytes - 1] == '\r') {
        line->bytes--;
    }
    input->bytes -= (size_t)(end + 1 - input->data);
    input->data = end + 1;
    return true;
}

static char lower(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character + ('a' - 'A')) : character;
}

/* The value of a field of this name, without space around it. */
static bool field_is(const struct input *line, const char *name, struct input *value)
{
    size_t bytes = strlen(name);

    if (line->bytes <= bytes || line->data[bytes] != ':') {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        if (lower(line->data[i]) != name[i]) {
            return false;
        }
    }
    *value = (struct input){line->data + bytes + 1, line->bytes - bytes - 1};
    while (value->bytes > 0 && (value->data[0] == ' ' || value->data[0] == '\t')) {
        value->data++;
        value->bytes--;
    }
    while (value->bytes > 0 &&
           (value->data[value->bytes - 1] == ' ' || value->data[value->bytes - 1] == '\t')) {
        value->bytes--;
    }
    return true;
}

static bool read_length(const struct input *value, size_t *length)
{
    *length = 0;
    for (size_t i = 0; i < value->bytes; i++) {
        if (value->data[i] < '0' || value->data[i] > '9' || i > 8) {
            return false;
        }
        *length = *length * 10 + (size_t)(value->data[i] - '0');
    }
    return value->bytes > 0;
}

/* Leaves the body of a 200. */
static const char *take_head(struct input *input)
{
    static const char good[] = "HTTP/1.1 200";
    struct input line;
    struct input value;
    size_t length = 0;
    bool has_length = false;

    if (!take_line(input, &line) || line.bytes < 9 || memcmp(line.data, good, 8) != 0) {
        return "it is not an answer of HTTP/1.1";
    }
    if (line.bytes < sizeof(good) - 1 || memcmp(line.data, good, sizeof(good) - 1) != 0 ||
        (line.bytes > sizeof(good) - 1 && line.data[sizeof(good) - 1] != ' ')) {
        return "its status is not 200: there is no evidence in it";
    }
    for (;;) {
        if (!take_line(input, &line)) {
            return "its head has no end";
        }
        if (line.bytes == 0) {
            break;
        }
        if (field_is(&line, "transfer-encoding", &value)) {
            return "its body is in chunks, which are not taken here";
        }
        if (field_is(&line, "content-length", &value)) {
            if (has_length || !read_length(&value, &length)) {
                return "its length is not good";
            }
            has_length = true;
        }
    }
    return has_length && length != input->bytes ? "its body is not as long as its head says" : NULL;
}

/* ---- JSON ---- */

/* KBS: an array of bytes. */
static const char *from_array(const json_t *array, uint8_t *token, size_t *bytes)
{
    size_t count = json_array_size(array);

    if (count > PV_VERIFY_TOKEN_BYTES_MAX) {
        return "its 'token' is longer than a token can be";
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(array, i);

        if (!json_is_integer(value) || json_integer_value(value) < 0 ||
            json_integer_value(value) > 255) {
            return "its 'token' is not an array of bytes";
        }
        token[i] = (uint8_t)json_integer_value(value);
    }
    *bytes = count;
    return NULL;
}

static const char *from_json(const json_t *root, uint8_t *token, size_t *bytes)
{
    const json_t *kind = json_object_get(root, "kind");
    const json_t *value = json_object_get(root, "token");

    if (!json_is_object(root)) {
        return "it is neither CBOR of a token nor a JSON object";
    }
    if (kind != NULL && (!json_is_string(kind) || strcmp(json_string_value(kind), "cca") != 0)) {
        return "it is not evidence of the kind \"cca\": nothing else can be checked here";
    }
    if (json_is_array(value)) {
        return from_array(value, token, bytes);
    }
    if (!json_is_string(value)) {
        return "it has no 'token'";
    }
    return text_from_base64(json_string_value(value), json_string_length(value), false, token,
                            PV_VERIFY_TOKEN_BYTES_MAX, bytes)
               ? NULL
               : "its 'token' is not base64, or longer than a token can be";
}

static const char *unwrap(const struct input *input, uint8_t *token, size_t *bytes)
{
    json_t *root = NULL;
    const char *problem;

    if (input->bytes == 0) {
        return "it is empty";
    }
    /* A token begins with a tag (major type 6), which no JSON does. */
    if ((uint8_t)input->data[0] >> 5 == 6) {
        if (input->bytes > PV_VERIFY_TOKEN_BYTES_MAX) {
            return "it is longer than a token can be";
        }
        memcpy(token, input->data, input->bytes);
        *bytes = input->bytes;
        return NULL;
    }
    if (input->bytes > JSON_BYTES_MAX) {
        return "it is longer than a token can be";
    }
    root = json_loadb(input->data, input->bytes, JSON_REJECT_DUPLICATES, NULL);
    problem = from_json(root, token, bytes);
    json_decref(root);
    return problem;
}

const char *pv_verify_unwrap(const void *input, size_t bytes, bool http, uint8_t **token,
                             size_t *token_bytes)
{
    struct input rest = {input, bytes};
    const char *problem = http ? take_head(&rest) : NULL;

    *token_bytes = 0;
    *token = NULL;
    if (problem != NULL) {
        return problem;
    }
    *token = malloc(PV_VERIFY_TOKEN_BYTES_MAX);
    problem = *token == NULL ? "out of memory" : unwrap(&rest, *token, token_bytes);
    if (problem != NULL) {
        free(*token);
        *token = NULL;
        return problem;
    }
    /* At its exact size, so that a sanitizer sees a byte too far. */
    uint8_t *exact = realloc(*token, *token_bytes == 0 ? 1 : *token_bytes);
    if (exact != NULL) {
        *token = exact;
    }
    return NULL;
}
