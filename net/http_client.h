/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client's side of HTTP/1.1 (RFC 9110, RFC 9112) over stream.h: one call after another to one
 * server, over one connection for as long as both sides keep it. Redirections are not followed.
 */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "http_reader.h"
#include "stream.h"
#include "text.h"
#include "url.h"

#define HTTP_CLIENT_BYTES 1024u /* that are read or written at once */

/* Where the bytes of a request go. */
struct http_writer {
    struct text text;
    size_t bytes;  /* all that were put */
    bool measures; /* and are only counted */
    enum stream_status status;
    struct http_client *client; /* whose deadline and reason count; NULL where it only measures */
};

void http_write_bytes(struct http_writer *to, const char *bytes, size_t count);
void http_write(struct http_writer *to, const char *text);
void http_write_number(struct http_writer *to, uint64_t number);

struct http_call {
    const char *path; /* behind the prefix of the URL */
    struct igvm_policy_text path_end;
    /* Writes the body, JSON; called several times, always writes the same. NULL: a GET. */
    void (*body)(struct http_writer *to, const void *about);
    const void *about;
};

struct http_client {
    const struct url *url;
    struct stream_peer peer;
    uint64_t (*now_ns)(void);
    uint64_t until_ns; /* nothing is waited for after this */
    char *body;        /* where responses' bodies go */
    size_t body_room;
    /* What the client keeps, zeros at first. */
    bool open;
    uint32_t exchanges; /* requests sent */
    struct http_cookie cookie;
    struct stream_reason reason;
    struct http_reader response;
    uint8_t buffer[HTTP_CLIENT_BYTES];
};

/* STREAM_OK: client->response is complete, or says what is wrong with it. */
PV_MUST_USE enum stream_status http_client_call(struct http_client *client,
                                                const struct http_call *call);
void http_client_close(struct http_client *client);

#endif /* NET_HTTP_CLIENT_H */
