/* SPDX-License-Identifier: BSD-3-Clause */
/* See http_reader.h. RFC 9112 where nothing else is said. */
#include "http_reader.h"

#include "vtl/untrusted.h"

#include <string.h>

enum state {
    STATE_STATUS,
    STATE_FIELD,
    STATE_BODY, /* or a chunk's bytes */
    STATE_CHUNK,
    STATE_CHUNK_END, /* the end of the line behind a chunk's bytes */
    STATE_TRAILER,
};

#define NO_CONTENT 204u
#define NOT_MODIFIED 304u
#define SWITCHING_PROTOCOLS 101u

static void refuse(struct http_reader *reader, const char *why)
{
    reader->wrong = why;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* ---- Parts of a line --------------------------------------------------------------------------- */

struct part {
    const char *at;
    size_t bytes;
};

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* RFC 9110, 5.6.3: OWS around it is not of it. */
static struct part trimmed(const char *at, size_t bytes)
{
    while (bytes != 0 && is_space(*at)) {
        at++;
        bytes--;
    }
    while (bytes != 0 && is_space(at[bytes - 1])) {
        bytes--;
    }
    return (struct part){at, bytes};
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

/* Whatever the case of its letters: text is in small ones. */
static bool part_is(struct part part, const char *text)
{
    size_t i = 0;

    while (i < part.bytes && text[i] != '\0' && lower(part.at[i]) == text[i]) {
        i++;
    }
    return i == part.bytes && text[i] == '\0';
}

/* The value of a digit of this base; base: none. */
static unsigned digit_of(char byte, unsigned base)
{
    unsigned digit = is_digit(byte)                             ? (unsigned)(byte - '0')
                     : lower(byte) >= 'a' && lower(byte) <= 'f' ? (unsigned)(lower(byte) - 'a') + 10
                                                                : base;

    return digit < base ? digit : base;
}

/* As many digits as there are; returns their number. What is over limit stays just over it. */
static size_t size_read(struct part part, unsigned base, size_t limit, size_t *size)
{
    size_t digits = 0;

    *size = 0;
    while (digits < part.bytes && digit_of(part.at[digits], base) != base) {
        if (*size <= limit) {
            *size = *size * base + digit_of(part.at[digits], base);
        }
        digits++;
    }
    return digits;
}

/* ---- Fields ------------------------------------------------------------------------------------ */

/* RFC 9110, 5.6.2. */
static bool is_token(struct part part)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < part.bytes; i++) {
        char byte = lower(part.at[i]);

        if (!is_digit(byte) && (byte < 'a' || byte > 'z') &&
            (byte == '\0' || strchr(others, byte) == NULL)) {
            return false;
        }
    }
    return part.bytes != 0;
}

/* RFC 9110, 8.6. One that is there twice is wrong even if it says the same. */
static void take_length(struct http_reader *reader, struct part value)
{
    if (reader->lengths++ != 0) {
        refuse(reader, "Content-Length is there twice");
    } else if (value.bytes == 0 ||
               size_read(value, 10, reader->room, &reader->left) != value.bytes) {
        refuse(reader, "Content-Length is no number");
    } else if (reader->left > reader->room) {
        refuse(reader, "the body is too long");
    }
}

/* 6.1, 7: this coding and no other, once. */
static void take_coding(struct http_reader *reader, struct part value)
{
    if (reader->chunked || reader->old || !part_is(value, "chunked")) {
        refuse(reader, "Transfer-Encoding is not chunked alone");
    }
    reader->chunked = true;
}

/* RFC 9110, 7.6.1: a list. */
static void take_connection(struct http_reader *reader, struct part value)
{
    while (value.bytes != 0) {
        const char *comma = memchr(value.at, ',', value.bytes);
        size_t bytes = comma != NULL ? (size_t)(comma - value.at) : value.bytes;

        if (part_is(trimmed(value.at, bytes), "close")) {
            reader->close = true;
        }
        bytes += comma != NULL ? 1 : 0;
        value = (struct part){value.at + bytes, value.bytes - bytes};
    }
}

/* RFC 6265, 4.1.1: cookie-octet. */
static bool is_cookie_byte(char byte)
{
    return byte > ' ' && byte <= '~' && strchr("\",;\\", byte) == NULL;
}

/* RFC 6265, 5.2: the pair ends at the first semicolon; attributes say nothing to us. */
static void take_cookie(struct http_reader *reader, struct part value)
{
    static const char name[] = HTTP_COOKIE "=";
    const char *end = memchr(value.at, ';', value.bytes);
    struct part pair = trimmed(value.at, end != NULL ? (size_t)(end - value.at) : value.bytes);
    size_t bytes;

    if (pair.bytes < sizeof(name) - 1 || memcmp(pair.at, name, sizeof(name) - 1) != 0) {
        return;
    }
    pair.at += sizeof(name) - 1;
    pair.bytes -= sizeof(name) - 1;
    for (bytes = 0; bytes < pair.bytes && is_cookie_byte(pair.at[bytes]);) {
        bytes++;
    }
    if (bytes == 0 || bytes != pair.bytes || bytes > HTTP_COOKIE_BYTES) {
        refuse(reader, "the session's cookie is none");
        return;
    }
    memcpy(reader->cookie->text, pair.at, bytes);
    reader->cookie->bytes = (uint8_t)bytes;
}

static const struct {
    const char *name;
    void (*take)(struct http_reader *reader, struct part value);
    bool whole; /* how it ends matters, too */
} fields[] = {
    {"content-length", take_length, true},
    {"transfer-encoding", take_coding, true},
    {"connection", take_connection, true},
    {"set-cookie", take_cookie, false},
};

/* 5, with which neither a folded line (5.2) nor space before the colon (5.1) begins with a token. */
static void field_line(struct http_reader *reader, bool trailer)
{
    const char *colon = memchr(reader->line, ':', reader->line_bytes);
    size_t name_bytes = colon != NULL ? (size_t)(colon - reader->line) : 0;
    struct part name = {reader->line, name_bytes};

    if (!is_token(name)) {
        refuse(reader, "a field has no name");
        return;
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && !trailer; i++) {
        if (!part_is(name, fields[i].name)) {
            continue;
        }
        if (reader->cut && fields[i].whole) {
            refuse(reader, "a field is too long");
            return;
        }
        fields[i].take(reader, trimmed(colon + 1, reader->line_bytes - name_bytes - 1));
    }
}

/* ---- Lines ------------------------------------------------------------------------------------- */

static void lines_from_here(struct http_reader *reader, enum state state, size_t bytes)
{
    reader->state = (uint8_t)state;
    reader->line_left = bytes;
}

/* 4: HTTP/1.d SP 3DIGIT SP [reason]. */
static void take_status(struct http_reader *reader)
{
    static const char form[] = "HTTP/1.d ddd ";
    const char *line = reader->line;

    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        bool good =
            i < reader->line_bytes && (form[i] == 'd' ? is_digit(line[i]) : line[i] == form[i]);

        if (!good) {
            refuse(reader, "this is no HTTP/1.1");
            return;
        }
    }
    reader->old = line[7] == '0';
    reader->close = reader->old;
    reader->status = (uint16_t)((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
    reader->state = STATE_FIELD;
    /* RFC 9110, 15. */
    if (reader->status < 100 || reader->status > 599 || reader->status == SWITCHING_PROTOCOLS) {
        refuse(reader, "the status is none that can be");
    }
}

/* 6.3. What ends with the connection could be cut by anybody on the way before TLS told. */
static void take_head_end(struct http_reader *reader)
{
    if (reader->status < 200) {
        /* RFC 9110, 15.2: others follow; line_left bounds them all. */
        reader->state = STATE_STATUS;
        reader->status = 0;
        reader->lengths = 0;
        reader->chunked = false;
    } else if (reader->status == NO_CONTENT || reader->status == NOT_MODIFIED) {
        reader->complete = true;
    } else if (reader->chunked && reader->lengths != 0) {
        refuse(reader, "Content-Length comes with Transfer-Encoding");
    } else if (reader->chunked) {
        lines_from_here(reader, STATE_CHUNK, HTTP_READER_CHUNK_BYTES);
    } else if (reader->lengths == 0) {
        refuse(reader, "the body has no length");
    } else {
        reader->state = STATE_BODY;
        reader->complete = reader->left == 0;
    }
}

static void take_field(struct http_reader *reader)
{
    if (reader->line_bytes == 0) {
        take_head_end(reader);
    } else {
        field_line(reader, false);
    }
}

/* 7.1, 7.1.1: extensions are not known, so not looked at. */
static void take_chunk(struct http_reader *reader)
{
    struct part line = {reader->line, reader->line_bytes};
    size_t room = reader->room - reader->body_bytes;
    size_t digits = size_read(line, 16, room, &reader->left);
    struct part rest = trimmed(line.at + digits, line.bytes - digits);

    if (digits == 0 || (digits != line.bytes && (rest.bytes == 0 || *rest.at != ';'))) {
        refuse(reader, "a chunk's size is no number");
    } else if (reader->left > room) {
        refuse(reader, "the body is too long");
    } else if (reader->left == 0) {
        lines_from_here(reader, STATE_TRAILER, HTTP_READER_HEAD_BYTES);
    } else {
        reader->state = STATE_BODY;
    }
}

static void take_chunk_end(struct http_reader *reader)
{
    if (reader->line_bytes != 0) {
        refuse(reader, "a chunk is longer than its size");
    }
    lines_from_here(reader, STATE_CHUNK, HTTP_READER_CHUNK_BYTES);
}

/* 7.1.2: they say nothing that we ask for, but are fields. */
static void take_trailer(struct http_reader *reader)
{
    if (reader->line_bytes == 0) {
        reader->complete = true;
    } else {
        field_line(reader, true);
    }
}

static void (*const take_line[])(struct http_reader *reader) = {
    [STATE_STATUS] = take_status,       [STATE_FIELD] = take_field,     [STATE_CHUNK] = take_chunk,
    [STATE_CHUNK_END] = take_chunk_end, [STATE_TRAILER] = take_trailer,
};

/* ---- Bytes ------------------------------------------------------------------------------------- */

/* 2.2 lets a line end with a line feed alone; no server needs that, so it is not taken. */
static void take_byte(struct http_reader *reader, char byte)
{
    if (reader->line_left-- == 0) {
        reader->line_left = 0;
        refuse(reader, "the head is too long");
    } else if (reader->carriage_return && byte == '\n') {
        take_line[reader->state](reader);
        reader->carriage_return = false;
        reader->line_bytes = 0;
        reader->cut = false;
    } else if (byte == '\r' && !reader->carriage_return) {
        reader->carriage_return = true;
    } else if (reader->carriage_return || byte == 0x7f ||
               ((unsigned char)byte < ' ' && byte != '\t')) {
        /* RFC 9110, 5.5. */
        refuse(reader, "a line has a byte that it may not have");
    } else if (reader->line_bytes == HTTP_READER_LINE_BYTES) {
        reader->cut = true;
    } else {
        reader->line[reader->line_bytes++] = byte;
    }
}

static size_t take_body(struct http_reader *reader, const uint8_t *bytes, size_t count)
{
    size_t now = count < reader->left ? count : reader->left;

    memcpy(reader->body + reader->body_bytes, bytes, now);
    reader->body_bytes += now;
    reader->left -= now;
    if (reader->left == 0) {
        reader->complete = !reader->chunked;
        lines_from_here(reader, STATE_CHUNK_END, HTTP_READER_CHUNK_BYTES);
    }
    return now;
}

void http_reader_start(struct http_reader *reader, char *body, size_t room,
                       struct http_cookie *cookie)
{
    memset(reader, 0, sizeof(*reader));
    reader->body = body;
    reader->room = room;
    reader->cookie = cookie;
    lines_from_here(reader, STATE_STATUS, HTTP_READER_HEAD_BYTES);
}

size_t http_reader_take(struct http_reader *reader, const uint8_t *bytes, size_t count)
{
    size_t done = 0;

    while (done < count && !reader->complete && reader->wrong == NULL) {
        if (reader->state == STATE_BODY) {
            done += take_body(reader, bytes + done, count - done);
        } else {
            take_byte(reader, (char)bytes[done++]);
        }
    }
    return done;
}
PV_UNTRUSTED(http_reader_take, network, "fuzz_http_client");
