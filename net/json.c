/* SPDX-License-Identifier: BSD-3-Clause */
#include "json.h"

/* A value begins; returns where to go back to if it does not fit. */
static struct json begin(struct json *json, const char *name)
{
    struct json before = *json;

    if (!json->first) {
        text_put(&json->text, ',');
    }
    json->first = false;
    if (name != NULL) {
        text_put(&json->text, '"');
        text_add(&json->text, name);
        text_add(&json->text, "\":");
    }
    return before;
}

/* False, and as if it had not been: it does not fit. */
static bool end(struct json *json, const struct json *before)
{
    if (json->text.cut) {
        *json = *before;
        return false;
    }
    return true;
}

static void open_bracket(struct json *json, const char *name, char bracket, char closing)
{
    struct json before;

    if (json->skipped != 0) {
        json->skipped++;
        return;
    }
    CHECK(json->depth < JSON_DEPTH);
    before = begin(json, name);
    text_put(&json->text, bracket);
    /* Room for its end is put aside. */
    if (json->text.used == json->text.room) {
        json->text.cut = true;
    }
    if (!end(json, &before)) {
        json->skipped = 1;
        return;
    }
    json->text.room--;
    json->ends[json->depth++] = closing;
    json->first = true;
}

void json_start(struct json *json, char *to, size_t room)
{
    CHECK(room >= 2);
    *json = (struct json){.text = {to, room, 0, false}, .first = true};
    open_bracket(json, NULL, '{', '}');
}

void json_object(struct json *json, const char *name)
{
    open_bracket(json, name, '{', '}');
}

void json_array(struct json *json, const char *name)
{
    open_bracket(json, name, '[', ']');
}

void json_close(struct json *json)
{
    if (json->skipped != 0) {
        json->skipped--;
        return;
    }
    CHECK(json->depth != 0);
    json->text.room++;
    text_put(&json->text, json->ends[--json->depth]);
    json->first = false;
}

size_t json_finish(struct json *json)
{
    json_close(json);
    CHECK(json->depth == 0 && json->skipped == 0);
    return json->text.used;
}

void json_number(struct json *json, const char *name, uint64_t value)
{
    if (json->skipped == 0) {
        struct json before = begin(json, name);

        text_add_number(&json->text, value);
        (void)end(json, &before);
    }
}

void json_bool(struct json *json, const char *name, bool value)
{
    if (json->skipped == 0) {
        struct json before = begin(json, name);

        text_add(&json->text, value ? "true" : "false");
        (void)end(json, &before);
    }
}

/* RFC 8259, 7. */
static bool is_plain(char byte)
{
    return byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
}

static const char digits[] = "0123456789abcdef";

static void put_escaped(struct text *text, unsigned char byte)
{
    const char escape[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15u]};

    text_add_bytes(text, escape, sizeof(escape));
}

static void put_text(struct text *text, const char *value, size_t bytes)
{
    size_t done = 0;

    while (done < bytes && !text->cut) {
        size_t plain = 0;

        while (done + plain < bytes && is_plain(value[done + plain])) {
            plain++;
        }
        text_add_bytes(text, value + done, plain);
        done += plain;
        if (done < bytes) {
            put_escaped(text, (unsigned char)value[done++]);
        }
    }
}

void json_text(struct json *json, const char *name, const char *value, size_t bytes)
{
    if (json->skipped == 0) {
        struct json before = begin(json, name);

        if (value == NULL) {
            text_add(&json->text, "null");
        } else {
            text_put(&json->text, '"');
            put_text(&json->text, value, bytes);
            text_put(&json->text, '"');
        }
        (void)end(json, &before);
    }
}

void json_hex(struct json *json, const char *name, const uint8_t *value, size_t bytes)
{
    if (json->skipped == 0) {
        struct json before = begin(json, name);

        text_put(&json->text, '"');
        for (size_t i = 0; i < bytes; i++) {
            text_put(&json->text, digits[value[i] >> 4]);
            text_put(&json->text, digits[value[i] & 15u]);
        }
        text_put(&json->text, '"');
        (void)end(json, &before);
    }
}
