/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server's side of HTTP/1.1 as far as Paravane needs it (RFC 9110, RFC 9112): one request a
 * connection, without a body, read byte by byte as it comes; and the head of the response.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "vtl/base.h"

#define HTTP_REQUEST_BYTES 2048u /* a request's head, at most */
#define HTTP_TARGET_BYTES 255u
#define HTTP_TOKEN_BYTES 9u /* more than what is compared with */
#define HTTP_HEAD_BYTES 192u

#define HTTP_OK 200u
#define HTTP_BAD_REQUEST 400u
#define HTTP_NOT_FOUND 404u
#define HTTP_METHOD_NOT_ALLOWED 405u
#define HTTP_URI_TOO_LONG 414u
#define HTTP_TOO_MANY_REQUESTS 429u
#define HTTP_HEADERS_TOO_LARGE 431u
#define HTTP_UNAVAILABLE 503u
#define HTTP_VERSION_NOT_SUPPORTED 505u

enum http_method { HTTP_OTHER, HTTP_GET, HTTP_HEAD };

struct http_request {
    uint16_t status; /* 0: more is to come; HTTP_OK: complete; or what to answer */
    uint16_t bytes;
    uint8_t state;
    uint8_t method; /* enum http_method */
    bool carriage_return;
    bool host_wanted; /* HTTP/1.1 or later */
    uint8_t hosts;
    uint8_t token_bytes;
    uint8_t target_bytes;
    char token[HTTP_TOKEN_BYTES]; /* of method, version, or field name, cut */
    char target[HTTP_TARGET_BYTES];
};

void http_request_start(struct http_request *request);
/* The next bytes; what comes after the end of the head is not looked at. Returns the status. */
uint16_t http_request_take(struct http_request *request, const uint8_t *bytes, size_t count);
/* Is this the path of the request's target, whatever its query? */
bool http_request_is_for(const struct http_request *request, const char *path);
/* That query as it was sent, 0 bytes where there is none. It lies in the request. */
const char *http_request_query(const struct http_request *request, size_t *bytes);

/* The head of a response that ends the connection, with so many bytes of JSON after it; 0: without a
 * body. Returns its length, which is the same whenever status and bytes are. */
size_t http_response_head(char to[HTTP_HEAD_BYTES], uint16_t status, uint64_t body_bytes);

#endif /* NET_HTTP_H */
