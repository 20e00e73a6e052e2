/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP over a stream socket: requests in, answers out. What is answered is a route's; its length is
 * known before its first byte is sent.
 */
#include "server.h"

#include "inspect.h"
#include "net/net.h"
#include "text.h"
#include "vtl/untrusted.h"

#include <string.h>

#define HTTP_PORT 80u
#define SESSIONS 32u /* requests that have come in part: most come whole */
#define NONE UINT8_MAX

struct visitor {
    const struct server_route *route; /* that was asked and not left yet, or NULL */
    const char *reason;
    uint32_t body_bytes;
    uint32_t bytes; /* of the answer, as it is sent */
    uint32_t sent;
    uint16_t status; /* of the answer; 0: there is none yet */
    uint8_t session;
    bool head;  /* the body is not wanted */
    bool ended; /* the guest sends no more */
};

struct session {
    struct http_request request;
    uint64_t number; /* the smaller the older; 0: it is free */
    uint16_t connection;
};

/* All of the socket device's lock. */
static struct {
    struct visitor visitors[VSOCK_CONNECTIONS];
    struct session sessions[SESSIONS];
    uint64_t sessions_begun;
} server;

void net_service_init(void)
{
    memset(&server, 0, sizeof(server));
    inspect_init();
}

static void session_leave(struct visitor *visitor)
{
    if (visitor->session != NONE) {
        server.sessions[visitor->session].number = 0;
        visitor->session = NONE;
    }
}

static void route_leave(uint16_t connection)
{
    const struct server_route *route = server.visitors[connection].route;

    server.visitors[connection].route = NULL;
    if (route != NULL && route->leave != NULL) {
        route->leave(connection);
    }
}

/* ---- Answers ---------------------------------------------------------------------------------- */

#define REASON_ROOM (SERVER_REASON_BYTES + sizeof("{\"error\":\"\"}"))

static uint32_t reason_write(char to[REASON_ROOM], const char *reason)
{
    struct text text = {to, REASON_ROOM, 0, false};

    text_add(&text, "{\"error\":\"");
    text_add(&text, reason);
    text_add(&text, "\"}");
    CHECK(!text.cut);
    return (uint32_t)text.used;
}

static void answer(uint16_t connection, const struct server_answer *what)
{
    struct visitor *visitor = &server.visitors[connection];
    char text[REASON_ROOM];
    char head[HTTP_HEAD_BYTES];

    visitor->status = what->status;
    visitor->reason = what->reason;
    visitor->body_bytes = what->reason == NULL ? what->bytes : reason_write(text, what->reason);
    visitor->bytes = (uint32_t)http_response_head(head, what->status, visitor->body_bytes);
    if (!visitor->head) {
        visitor->bytes += visitor->body_bytes;
    }
    if (visitor->head || what->status != HTTP_OK) {
        route_leave(connection);
    }
}

static void answer_status(uint16_t connection, uint16_t status)
{
    answer(connection, &(struct server_answer){.status = status});
}

/* ---- Requests --------------------------------------------------------------------------------- */

/* A free one, or else the one whose request has been a part of one for longest: who never ends theirs keeps
 * nobody out. */
static void session_take(uint16_t connection)
{
    uint8_t first = 0;

    for (uint8_t i = 1; i < SESSIONS; i++) {
        if (server.sessions[i].number < server.sessions[first].number) {
            first = i;
        }
    }
    struct session *session = &server.sessions[first];

    if (session->number != 0) {
        session_leave(&server.visitors[session->connection]);
        answer_status(session->connection, HTTP_UNAVAILABLE);
    }
    session->number = ++server.sessions_begun;
    session->connection = connection;
    http_request_start(&session->request);
    server.visitors[connection].session = first;
}

static const struct server_route *route_of(const struct http_request *request)
{
    for (size_t i = 0; i < server_route_count; i++) {
        if (http_request_is_for(request, server_routes[i]->path)) {
            return server_routes[i];
        }
    }
    return NULL;
}

/* A request that is complete. */
static void ask(uint16_t connection, const struct http_request *request)
{
    struct visitor *visitor = &server.visitors[connection];
    const struct server_route *route = route_of(request);
    struct server_answer first;
    const char *query;
    size_t bytes;

    if (route == NULL) {
        answer_status(connection, HTTP_NOT_FOUND);
    } else if (request->method == HTTP_OTHER) {
        answer_status(connection, HTTP_METHOD_NOT_ALLOWED);
    } else {
        visitor->head = request->method == HTTP_HEAD;
        visitor->route = route;
        query = http_request_query(request, &bytes);
        first = route->ask(connection, query, bytes);
        if (first.status != 0) {
            answer(connection, &first);
        }
    }
}

static void body_read(uint16_t connection, uint32_t from, uint8_t *to, size_t bytes)
{
    const struct visitor *visitor = &server.visitors[connection];
    char text[REASON_ROOM];

    if (visitor->reason != NULL) {
        (void)reason_write(text, visitor->reason);
        memcpy(to, text + from, bytes);
    } else if (bytes != 0) {
        visitor->route->read(connection, from, to, bytes);
    }
}

void server_cut(uint16_t connection)
{
    server.visitors[connection].bytes = server.visitors[connection].sent;
    route_leave(connection);
}

/* ---- The service ------------------------------------------------------------------------------ */

static bool server_accept(uint16_t connection)
{
    server.visitors[connection] = (struct visitor){.session = NONE};
    return true;
}

static void server_receive(uint16_t connection, const uint8_t *bytes, size_t count)
{
    struct visitor *visitor = &server.visitors[connection];
    struct http_request *request;
    uint16_t status;

    if (visitor->status != 0 || visitor->route != NULL) {
        return;
    }
    if (visitor->session == NONE) {
        session_take(connection);
    }
    request = &server.sessions[visitor->session].request;
    status = http_request_take(request, bytes, count);
    if (status == HTTP_OK) {
        ask(connection, request);
    } else if (status != 0) {
        answer_status(connection, status);
    }
    if (status != 0) {
        session_leave(visitor);
    }
}
PV_UNTRUSTED(server_receive, guest, "fuzz_vsock");

static void server_end(uint16_t connection)
{
    struct visitor *visitor = &server.visitors[connection];

    visitor->ended = true;
    /* A request that stays a part of one. */
    if (visitor->session != NONE) {
        session_leave(visitor);
        answer_status(connection, HTTP_BAD_REQUEST);
    }
}

static size_t server_waiting(uint16_t connection)
{
    const struct visitor *visitor = &server.visitors[connection];

    if (visitor->status == 0 && visitor->route != NULL && visitor->route->ready != NULL) {
        struct server_answer now = visitor->route->ready(connection);

        if (now.status != 0) {
            answer(connection, &now);
        }
    }
    return visitor->bytes - visitor->sent;
}

static size_t server_produce(uint16_t connection, uint8_t *to, size_t room)
{
    struct visitor *visitor = &server.visitors[connection];
    char head[HTTP_HEAD_BYTES];
    size_t head_bytes = http_response_head(head, visitor->status, visitor->body_bytes);
    size_t left = visitor->bytes - visitor->sent;
    size_t done = 0;

    left = left < room ? left : room;
    if (visitor->sent < head_bytes) {
        done = head_bytes - visitor->sent;
        done = done < left ? done : left;
        memcpy(to, head + visitor->sent, done);
    }
    if (done < left) {
        body_read(connection, (uint32_t)(visitor->sent + done - head_bytes), to + done,
                  left - done);
    }
    visitor->sent += (uint32_t)left;
    return left;
}

static bool server_over(uint16_t connection)
{
    const struct visitor *visitor = &server.visitors[connection];

    return visitor->status != 0 || (visitor->ended && visitor->route == NULL);
}

static void server_closed(uint16_t connection)
{
    session_leave(&server.visitors[connection]);
    route_leave(connection);
}

const struct vsock_service net_service = {
    .name = "http",
    .port = HTTP_PORT,
    .window = HTTP_REQUEST_BYTES,
    .accept = server_accept,
    .receive = server_receive,
    .end = server_end,
    .waiting = server_waiting,
    .produce = server_produce,
    .over = server_over,
    .closed = server_closed,
};
