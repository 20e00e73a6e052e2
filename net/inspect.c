/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inspect service: HTTP over a stream socket.
 *
 * What is answered is written down whole when the request is complete, and sent from there as the
 * guest takes it: so Content-Length is that of what follows. These pages are shared: who asks again
 * too soon, or while readers hold all of them, gets the newest that there is; uptime_ns says of
 * when. So neither many readers nor slow ones cost more than a few pages, nor time.
 */
#include "inspect.h"

#include "http.h"
#include "net/net.h"
#include "vtl/untrusted.h"

#include <string.h>

#define INSPECT_PORT 80u

#define SESSIONS 32u /* requests that have come in part: most come whole */
#define PAGES 3u
#define PAGE_BYTES 12288u
/* Writing a page costs some 200,000 instructions. */
#define PAGE_FRESH_NS UINT64_C(10000000)
#define NONE UINT8_MAX

struct visitor {
    uint16_t status; /* of the answer; 0: not asked yet */
    uint8_t session;
    uint8_t page;
    uint32_t body_bytes;
    uint32_t bytes; /* of the answer, as it is sent */
    uint32_t sent;
};

struct page {
    uint64_t made_ns;
    uint32_t readers;
    uint32_t bytes;
    char text[PAGE_BYTES];
};

/* All of the socket device's lock. */
static struct {
    uint64_t start_ns;
    struct visitor visitors[VSOCK_CONNECTIONS];
    struct http_request sessions[SESSIONS];
    bool session_taken[SESSIONS];
    struct page pages[PAGES];
    uint8_t newest;
} inspect;

void inspect_init(void)
{
    memset(&inspect, 0, sizeof(inspect));
    inspect.newest = NONE;
    inspect.start_ns = vtl_time_ns();
}

/* ---- Pages ------------------------------------------------------------------------------------ */

static uint8_t page_unread(void)
{
    uint8_t i = 0;

    while (i < PAGES && inspect.pages[i].readers != 0) {
        i++;
    }
    return i < PAGES ? i : NONE;
}

/* There is always one: without a newest, none is read. */
static uint8_t page_take(void)
{
    uint64_t now = vtl_time_ns();
    uint8_t unread = page_unread();
    struct page *page;

    if (inspect.newest == NONE ||
        (unread != NONE && now - inspect.pages[inspect.newest].made_ns >= PAGE_FRESH_NS)) {
        page = &inspect.pages[unread];
        page->made_ns = now;
        page->bytes =
            (uint32_t)inspect_write(page->text, sizeof(page->text), now - inspect.start_ns);
        inspect.newest = unread;
    }
    inspect.pages[inspect.newest].readers++;
    return inspect.newest;
}

/* ---- Requests --------------------------------------------------------------------------------- */

static uint8_t session_take(void)
{
    for (uint8_t i = 0; i < SESSIONS; i++) {
        if (!inspect.session_taken[i]) {
            inspect.session_taken[i] = true;
            http_request_start(&inspect.sessions[i]);
            return i;
        }
    }
    return NONE;
}

static void session_leave(struct visitor *visitor)
{
    if (visitor->session != NONE) {
        inspect.session_taken[visitor->session] = false;
        visitor->session = NONE;
    }
}

static void page_leave(struct visitor *visitor)
{
    if (visitor->page != NONE) {
        inspect.pages[visitor->page].readers--;
        visitor->page = NONE;
    }
}

static void answer(struct visitor *visitor, uint16_t status)
{
    char head[HTTP_HEAD_BYTES];
    bool body = false;

    if (status == HTTP_OK) {
        const struct http_request *request = &inspect.sessions[visitor->session];

        if (!http_request_is_for(request, "/inspect")) {
            status = HTTP_NOT_FOUND;
        } else if (request->method == HTTP_OTHER) {
            status = HTTP_METHOD_NOT_ALLOWED;
        } else {
            visitor->page = page_take();
            visitor->body_bytes = inspect.pages[visitor->page].bytes;
            body = request->method == HTTP_GET;
        }
    }
    session_leave(visitor);
    visitor->status = status;
    visitor->bytes = (uint32_t)http_response_head(head, status, visitor->body_bytes);
    if (body) {
        visitor->bytes += visitor->body_bytes;
    } else {
        page_leave(visitor);
    }
}

/* ---- The service ------------------------------------------------------------------------------ */

static bool inspect_accept(uint16_t connection)
{
    inspect.visitors[connection] = (struct visitor){.session = NONE, .page = NONE};
    return true;
}

static void inspect_receive(uint16_t connection, const uint8_t *bytes, size_t count)
{
    struct visitor *visitor = &inspect.visitors[connection];
    uint16_t status;

    if (visitor->status != 0) {
        return;
    }
    if (visitor->session == NONE && (visitor->session = session_take()) == NONE) {
        answer(visitor, HTTP_UNAVAILABLE);
        return;
    }
    status = http_request_take(&inspect.sessions[visitor->session], bytes, count);
    if (status != 0) {
        answer(visitor, status);
    }
}
PV_UNTRUSTED(inspect_receive, guest, "fuzz_vsock");

/* A request that stays a part of one. */
static void inspect_end(uint16_t connection)
{
    struct visitor *visitor = &inspect.visitors[connection];

    if (visitor->session != NONE) {
        answer(visitor, HTTP_BAD_REQUEST);
    }
}

static size_t inspect_waiting(uint16_t connection)
{
    const struct visitor *visitor = &inspect.visitors[connection];

    return visitor->bytes - visitor->sent;
}

static size_t inspect_produce(uint16_t connection, uint8_t *to, size_t room)
{
    struct visitor *visitor = &inspect.visitors[connection];
    char head[HTTP_HEAD_BYTES];
    size_t head_bytes = http_response_head(head, visitor->status, visitor->body_bytes);
    size_t done = 0;

    if (visitor->sent < head_bytes) {
        done = head_bytes - visitor->sent;
        done = done < room ? done : room;
        memcpy(to, head + visitor->sent, done);
    }
    if (visitor->sent + done >= head_bytes && visitor->page != NONE) {
        size_t from = visitor->sent + done - head_bytes;
        size_t left = visitor->body_bytes - from;
        size_t now = left < room - done ? left : room - done;

        memcpy(to + done, inspect.pages[visitor->page].text + from, now);
        done += now;
    }
    visitor->sent += (uint32_t)done;
    return done;
}

static bool inspect_over(uint16_t connection)
{
    return inspect.visitors[connection].status != 0;
}

static void inspect_closed(uint16_t connection)
{
    session_leave(&inspect.visitors[connection]);
    page_leave(&inspect.visitors[connection]);
}

const struct vsock_service inspect_service = {
    .name = "inspect",
    .port = INSPECT_PORT,
    .window = HTTP_REQUEST_BYTES,
    .accept = inspect_accept,
    .receive = inspect_receive,
    .end = inspect_end,
    .waiting = inspect_waiting,
    .produce = inspect_produce,
    .over = inspect_over,
    .closed = inspect_closed,
};
