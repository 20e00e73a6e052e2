/* SPDX-License-Identifier: BSD-3-Clause */
/* See http.h. RFC 9112 where nothing else is said. */
#include "http.h"

#include "text.h"
#include "vtl/untrusted.h"

#include <string.h>

enum state {
    STATE_START, /* empty lines before a request are skipped (2.2) */
    STATE_METHOD,
    STATE_TARGET,
    STATE_VERSION,
    STATE_LINE, /* the first byte of a field, or the end */
    STATE_NAME,
    STATE_VALUE,
};

static void enter(struct http_request *request, enum state state)
{
    request->state = (uint8_t)state;
    request->token_bytes = 0;
}

static void refuse(struct http_request *request, uint16_t status)
{
    request->status = status;
}

/* RFC 9110, 5.6.2: tchar. */
static bool is_token(char byte)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
           (byte != '\0' && strchr(others, byte) != NULL);
}

static void token_add(struct http_request *request, char byte)
{
    if (request->token_bytes < HTTP_TOKEN_BYTES) {
        request->token[request->token_bytes++] = byte;
    }
}

static bool token_is(const struct http_request *request, const char *text)
{
    return request->token_bytes == strlen(text) &&
           memcmp(request->token, text, request->token_bytes) == 0;
}

static void take_method(struct http_request *request, char byte)
{
    if (is_token(byte)) {
        token_add(request, byte);
    } else if (byte == ' ' && request->token_bytes != 0) {
        request->method = (uint8_t)(token_is(request, "GET")    ? HTTP_GET
                                    : token_is(request, "HEAD") ? HTTP_HEAD
                                                                : HTTP_OTHER);
        enter(request, STATE_TARGET);
    } else {
        refuse(request, HTTP_BAD_REQUEST);
    }
}

static void take_start(struct http_request *request, char byte)
{
    if (byte != '\n') {
        enter(request, STATE_METHOD);
        take_method(request, byte);
    }
}

static void take_target(struct http_request *request, char byte)
{
    if (byte == ' ' && request->target_bytes != 0) {
        enter(request, STATE_VERSION);
    } else if (byte <= ' ' || byte > '~') {
        refuse(request, HTTP_BAD_REQUEST);
    } else if (request->target_bytes == HTTP_TARGET_BYTES) {
        refuse(request, HTTP_URI_TOO_LONG);
    } else {
        request->target[request->target_bytes++] = byte;
    }
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* 2.3: HTTP/d.d; a minor version that is not known is taken as the highest that is. */
static void take_version(struct http_request *request, char byte)
{
    const char *token = request->token;

    if (byte != '\n') {
        token_add(request, byte);
    } else if (request->token_bytes != 8 || memcmp(token, "HTTP/", 5) != 0 || !is_digit(token[5]) ||
               token[6] != '.' || !is_digit(token[7])) {
        refuse(request, HTTP_BAD_REQUEST);
    } else if (token[5] != '1') {
        refuse(request, HTTP_VERSION_NOT_SUPPORTED);
    } else {
        request->host_wanted = token[7] != '0';
        enter(request, STATE_LINE);
    }
}

static void take_name(struct http_request *request, char byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        byte = (char)(byte | 0x20);
    }
    if (is_token(byte)) {
        token_add(request, byte);
    } else if (byte == ':' && request->token_bytes != 0) {
        /* One is as wrong as another behind the second. */
        if (token_is(request, "host") && request->hosts < 2) {
            request->hosts++;
        }
        enter(request, STATE_VALUE);
    } else {
        /* Among others a folded line, or space before the colon (5.1, 5.2). */
        refuse(request, HTTP_BAD_REQUEST);
    }
}

static void take_line(struct http_request *request, char byte)
{
    if (byte != '\n') {
        enter(request, STATE_NAME);
        take_name(request, byte);
    } else {
        /* 3.2: HTTP/1.1 wants one Host, and nobody may have two. */
        bool good = request->hosts == 1 || (request->hosts == 0 && !request->host_wanted);

        request->status = good ? HTTP_OK : HTTP_BAD_REQUEST;
    }
}

static void take_value(struct http_request *request, char byte)
{
    if (byte == '\n') {
        enter(request, STATE_LINE);
    } else if (((unsigned char)byte < ' ' && byte != '\t') || byte == 0x7f) {
        refuse(request, HTTP_BAD_REQUEST);
    }
}

static void (*const take[])(struct http_request *request, char byte) = {
    [STATE_START] = take_start,     [STATE_METHOD] = take_method, [STATE_TARGET] = take_target,
    [STATE_VERSION] = take_version, [STATE_LINE] = take_line,     [STATE_NAME] = take_name,
    [STATE_VALUE] = take_value,
};

void http_request_start(struct http_request *request)
{
    memset(request, 0, sizeof(*request));
}

uint16_t http_request_take(struct http_request *request, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count && request->status == 0; i++) {
        char byte = (char)bytes[i];

        if (request->bytes++ == HTTP_REQUEST_BYTES) {
            refuse(request, HTTP_HEADERS_TOO_LARGE);
        } else if (byte == '\r' && !request->carriage_return) {
            /* 2.2: a line ends with both, or with a line feed alone. */
            request->carriage_return = true;
        } else if (request->carriage_return && byte != '\n') {
            refuse(request, HTTP_BAD_REQUEST);
        } else {
            request->carriage_return = false;
            take[request->state](request, byte);
        }
    }
    return request->status;
}
PV_UNTRUSTED(http_request_take, guest, "fuzz_http");

/* Path and query. 3.2.2: a target may name the server, http://host/path; we are whoever is asked. */
static const char *path_of(const struct http_request *request, size_t *bytes)
{
    static const char scheme[] = "http://";
    const size_t scheme_bytes = sizeof(scheme) - 1;
    const char *at = request->target;
    size_t left = request->target_bytes;

    if (left > scheme_bytes && memcmp(at, scheme, scheme_bytes) == 0) {
        const char *slash = memchr(at + scheme_bytes, '/', left - scheme_bytes);

        if (slash == NULL) {
            *bytes = 1;
            return "/";
        }
        left -= (size_t)(slash - at);
        at = slash;
    }
    *bytes = left;
    return at;
}

bool http_request_is_for(const struct http_request *request, const char *path)
{
    size_t left;
    const char *at = path_of(request, &left);
    const char *end = memchr(at, '?', left);

    left = end != NULL ? (size_t)(end - at) : left;
    return left == strlen(path) && memcmp(at, path, left) == 0;
}

const char *http_request_query(const struct http_request *request, size_t *bytes)
{
    size_t left;
    const char *at = path_of(request, &left);
    const char *mark = memchr(at, '?', left);

    *bytes = mark == NULL ? 0 : left - (size_t)(mark + 1 - at);
    return mark == NULL ? at : mark + 1;
}

/* ---- Responses -------------------------------------------------------------------------------- */

/* RFC 9110, 15; RFC 6585, 4 and 5. */
static const struct {
    uint16_t status;
    const char *line; /* and the fields that belong to this status */
} responses[] = {
    {HTTP_OK, "200 OK\r\n"},
    {HTTP_BAD_REQUEST, "400 Bad Request\r\n"},
    {HTTP_NOT_FOUND, "404 Not Found\r\n"},
    {HTTP_METHOD_NOT_ALLOWED, "405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"},
    {HTTP_URI_TOO_LONG, "414 URI Too Long\r\n"},
    {HTTP_TOO_MANY_REQUESTS, "429 Too Many Requests\r\nRetry-After: 1\r\n"},
    {HTTP_HEADERS_TOO_LARGE, "431 Request Header Fields Too Large\r\n"},
    {HTTP_UNAVAILABLE, "503 Service Unavailable\r\n"},
    {HTTP_VERSION_NOT_SUPPORTED, "505 HTTP Version Not Supported\r\n"},
};

size_t http_response_head(char to[HTTP_HEAD_BYTES], uint16_t status, uint64_t body_bytes)
{
    struct text text = {to, HTTP_HEAD_BYTES, 0, false};
    size_t i = 0;

    while (i < sizeof(responses) / sizeof(responses[0]) && responses[i].status != status) {
        i++;
    }
    CHECK(i < sizeof(responses) / sizeof(responses[0]));
    text_add(&text, "HTTP/1.1 ");
    text_add(&text, responses[i].line);
    if (body_bytes != 0) {
        text_add(&text, "Content-Type: application/json\r\n");
    }
    text_add(&text, "Content-Length: ");
    text_add_number(&text, body_bytes);
    /* What is told is of this moment; and one request is all that a connection is for. */
    text_add(&text, "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n");
    CHECK(!text.cut);
    return text.used;
}
