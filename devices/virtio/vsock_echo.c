/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The echo service: RFC 862 over a stream socket. What a guest does not fetch back stays in a buffer
 * of its connection's, and with it the guest's leave to send more.
 */
#include "devices/devices.h"

#include <string.h>

#define ECHO_PORT 7u /* RFC 862 */
#define ECHO_PAGES 2u
#define ECHO_BYTES (ECHO_PAGES * 4096u)
#define ECHO_BUFFERS 32u

struct echo_buffer {
    uint8_t *bytes;
    uint32_t first;
    uint32_t count;
    bool taken;
};

/* All of the device's lock. */
static struct echo_buffer buffers[ECHO_BUFFERS];
static uint8_t buffer_of[VSOCK_CONNECTIONS];

static struct echo_buffer *buffer(uint16_t connection)
{
    return &buffers[buffer_of[connection]];
}

enum pv_status vsock_echo_init(void)
{
    for (unsigned i = 0; i < ECHO_BUFFERS; i++) {
        buffers[i] = (struct echo_buffer){.bytes = vtl_page_alloc(ECHO_PAGES)};
        if (buffers[i].bytes == NULL) {
            return PV_NO_SPACE;
        }
    }
    return PV_OK;
}

static bool echo_accept(uint16_t connection)
{
    for (unsigned i = 0; i < ECHO_BUFFERS; i++) {
        if (!buffers[i].taken) {
            buffers[i].first = 0;
            buffers[i].count = 0;
            buffers[i].taken = true;
            buffer_of[connection] = (uint8_t)i;
            return true;
        }
    }
    return false;
}

/* No more than ECHO_BYTES are ever held: that is the service's window. */
static void echo_receive(uint16_t connection, const uint8_t *bytes, size_t count)
{
    struct echo_buffer *echo = buffer(connection);
    size_t end = (echo->first + echo->count) % ECHO_BYTES;
    size_t now = count < ECHO_BYTES - end ? count : ECHO_BYTES - end;

    CHECK(count <= ECHO_BYTES - echo->count);
    memcpy(echo->bytes + end, bytes, now);
    memcpy(echo->bytes, bytes + now, count - now);
    echo->count += (uint32_t)count;
}

static uint32_t echo_held(uint16_t connection)
{
    return buffer(connection)->count;
}

static size_t echo_waiting(uint16_t connection)
{
    return buffer(connection)->count;
}

static size_t echo_produce(uint16_t connection, uint8_t *to, size_t room)
{
    struct echo_buffer *echo = buffer(connection);
    size_t count = echo->count < room ? echo->count : room;
    size_t now = count < ECHO_BYTES - echo->first ? count : ECHO_BYTES - echo->first;

    memcpy(to, echo->bytes + echo->first, now);
    memcpy(to + now, echo->bytes, count - now);
    echo->first = (uint32_t)((echo->first + count) % ECHO_BYTES);
    echo->count -= (uint32_t)count;
    return count;
}

static void echo_closed(uint16_t connection)
{
    buffer(connection)->taken = false;
}

const struct vsock_service vsock_echo = {
    .name = "echo",
    .port = ECHO_PORT,
    .window = ECHO_BYTES,
    .accept = echo_accept,
    .receive = echo_receive,
    .held = echo_held,
    .waiting = echo_waiting,
    .produce = echo_produce,
    .closed = echo_closed,
};
