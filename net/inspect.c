/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pages of `GET /inspect`.
 *
 * What is answered is written down whole when it is asked for, and sent from there as the guest
 * takes it: so its length is that of what follows. These pages are shared: who asks again too soon,
 * or while readers hold all of them, gets the newest that there is; uptime_ns says of when. So
 * neither many readers nor slow ones cost more than a few pages, nor time.
 */
#include "inspect.h"

#include "devices/devices.h"
#include "server.h"

#include <string.h>

#define PAGES 3u
#define PAGE_BYTES 12288u
/* Writing a page costs some 200,000 instructions. */
#define PAGE_FRESH_NS UINT64_C(10000000)
#define NONE UINT8_MAX

struct page {
    uint64_t made_ns;
    uint32_t readers;
    uint32_t bytes;
    char text[PAGE_BYTES];
};

/* All of the socket device's lock. */
static struct {
    uint64_t start_ns;
    struct page pages[PAGES];
    uint8_t newest;
    uint8_t page_of[VSOCK_CONNECTIONS];
} inspect;

void inspect_init(void)
{
    memset(&inspect, 0, sizeof(inspect));
    inspect.newest = NONE;
    inspect.start_ns = vtl_time_ns();
}

static uint8_t page_unread(void)
{
    uint8_t i = 0;

    while (i < PAGES && inspect.pages[i].readers != 0) {
        i++;
    }
    return i < PAGES ? i : NONE;
}

/* There is always one: without a newest, none is read. */
static struct server_answer inspect_ask(uint16_t connection, const char *query, size_t bytes)
{
    uint64_t now = vtl_time_ns();
    uint8_t unread = page_unread();
    struct page *page;

    (void)query;
    (void)bytes;
    if (inspect.newest == NONE ||
        (unread != NONE && now - inspect.pages[inspect.newest].made_ns >= PAGE_FRESH_NS)) {
        page = &inspect.pages[unread];
        page->made_ns = now;
        page->bytes =
            (uint32_t)inspect_write(page->text, sizeof(page->text), now - inspect.start_ns);
        inspect.newest = unread;
    }
    page = &inspect.pages[inspect.newest];
    page->readers++;
    inspect.page_of[connection] = inspect.newest;
    return (struct server_answer){.status = HTTP_OK, .bytes = page->bytes};
}

static void inspect_read(uint16_t connection, uint32_t from, uint8_t *to, size_t bytes)
{
    memcpy(to, inspect.pages[inspect.page_of[connection]].text + from, bytes);
}

static void inspect_leave(uint16_t connection)
{
    inspect.pages[inspect.page_of[connection]].readers--;
}

const struct server_route inspect_route = {
    .path = "/inspect",
    .ask = inspect_ask,
    .read = inspect_read,
    .leave = inspect_leave,
};
