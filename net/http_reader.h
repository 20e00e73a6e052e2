/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads one HTTP/1.1 response (RFC 9112), as a client, in pieces of any size. What is not plainly one
 * response with a body of a known length is refused.
 */
#ifndef NET_HTTP_READER_H
#define NET_HTTP_READER_H

#include "vtl/base.h"

#define HTTP_READER_HEAD_BYTES 8192u /* status line and fields, those of interim responses too */
#define HTTP_READER_CHUNK_BYTES 128u /* a chunk's size and what is said with it */
#define HTTP_READER_LINE_BYTES 256u  /* of a line that are looked at */

/* The one cookie that is kept. */
#define HTTP_COOKIE "kbs-session-id"
#define HTTP_COOKIE_BYTES 64u

struct http_cookie {
    uint8_t bytes; /* 0: none has come */
    char text[HTTP_COOKIE_BYTES];
};

struct http_reader {
    const char *wrong; /* not NULL: this is no response, and why; a text of ours */
    bool complete;
    bool close;      /* the connection ends with this response */
    uint16_t status; /* 0: none has come */
    size_t body_bytes;
    /* The rest is the reader's. */
    char *body;
    size_t room;
    struct http_cookie *cookie;
    size_t left;      /* of the body, or of the chunk */
    size_t line_left; /* what lines may still take */
    uint8_t state;
    uint8_t lengths;
    bool chunked;
    bool old; /* HTTP/1.0 */
    bool carriage_return;
    bool cut;
    uint16_t line_bytes;
    char line[HTTP_READER_LINE_BYTES];
};

/* A cookie that comes takes the place of the one before; what does not say one leaves it. */
void http_reader_start(struct http_reader *reader, char *body, size_t room,
                       struct http_cookie *cookie);
/* Returns how many bytes were of the response: all, unless it is complete or wrong. */
size_t http_reader_take(struct http_reader *reader, const uint8_t *bytes, size_t count);

#endif /* NET_HTTP_READER_H */
