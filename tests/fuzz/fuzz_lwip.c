/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames for Paravane's interface while it looks for an address, for a name, and has a connection. Some are made of
 * what it has sent, with lengths and checksums that are good, so that they get further in.
 */
#include "connection.h"
#include "fake_vtl.h"
#include "fake_wire.h"
#include "lookup.h"
#include "stream.h"
#include "tls.h"

#include <lwip/pbuf.h>
#include <lwip/timeouts.h>

#include <stdlib.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)
#define REST_NS (300 * SECOND) /* nothing of lwIP's is left after that */

enum { KIND_RAW, KIND_FINISHED, KIND_ARP, KIND_UDP, KIND_TCP, KIND_ICMP6, KIND_TIME, KINDS };

static struct {
    const uint8_t *at;
    size_t left;
} input;

/* What Paravane has sent last, of each kind; and the segment before, of which less is acknowledged. */
static struct wire_frame last[KINDS];
static struct wire_frame segment_before;
static bool answers_before;

const char *tls_up(void)
{
    return NULL;
}

void tls_down(void)
{
}

void stream_close(void)
{
    connection_close();
}

static uint8_t take(void)
{
    if (input.left == 0) {
        return 0;
    }
    input.left--;
    return *input.at++;
}

static uint32_t take_bytes(uint8_t *to, uint32_t most)
{
    uint32_t count = (uint32_t)take() * 6;

    count = count < most ? count : most;
    count = count < input.left ? count : (uint32_t)input.left;
    memcpy(to, input.at, count);
    input.at += count;
    input.left -= count;
    return count;
}

static void sent(const uint8_t *frame, uint32_t bytes)
{
    uint32_t at;
    unsigned protocol = wire_protocol(frame, bytes, &at);
    unsigned kind = protocol == WIRE_PROTOCOL_UDP   ? KIND_UDP
                    : protocol == WIRE_PROTOCOL_TCP ? KIND_TCP
                                                    : KIND_ARP;

    if (kind == KIND_TCP) {
        segment_before = last[kind];
    }
    memcpy(last[kind].data, frame, bytes);
    last[kind].bytes = bytes;
}

/* The request, changed and added to. */
static void put_udp(void)
{
    const struct wire_frame *request = &last[KIND_UDP];
    uint8_t data[1400];
    uint32_t at = 0;

    if (request->bytes == 0) {
        return;
    }
    (void)wire_protocol(request->data, request->bytes, &at);
    uint32_t keep = request->bytes - at - WIRE_UDP;
    uint32_t cut = take();

    keep = keep < 600 ? keep : 600;
    keep = cut < keep ? keep - cut : 0;
    memcpy(data, request->data + at + WIRE_UDP, keep);
    if (keep != 0) {
        data[0] = data[0] == 1 ? 2 : data[0]; /* BOOTREPLY */
    }
    for (uint8_t changes = take() & 7; changes != 0 && keep != 0; changes--) {
        data[take() % keep] ^= take();
    }
    wire_answer_udp(request->data, request->bytes, data,
                    keep + take_bytes(data + keep, (uint32_t)sizeof(data) - keep));
}

/* Segments from here on: their window, small ones above all, options, and what they answer. */
static void shape_tcp(void)
{
    uint8_t window = take();
    uint8_t options = take();

    fake_wire.tcp_window = window < 128 ? window : (uint16_t)((window - 127) * 512 - 1);
    fake_wire.tcp_option_bytes = (uint8_t)((options & 7) * 4);
    for (unsigned i = 0; i < fake_wire.tcp_option_bytes; i++) {
        fake_wire.tcp_options[i] = take();
    }
    answers_before = (options & 8) != 0;
}

static void put_tcp(void)
{
    static uint32_t seq;
    const struct wire_frame *request = answers_before ? &segment_before : &last[KIND_TCP];
    uint8_t data[1400];
    uint32_t at = 0;

    if (request->bytes == 0) {
        return;
    }
    (void)wire_protocol(request->data, request->bytes, &at);
    uint8_t flags = take();
    bool syn = (request->data[at + 13] & WIRE_SYN) != 0;

    seq = syn ? 1000 : wire_get(request->data + at + 8, 4);
    seq += (flags & 0x40) != 0 ? (uint32_t)(take() - 128) : 0;
    uint32_t count = take_bytes(data, sizeof(data));

    wire_answer_tcp(request->data, request->bytes, seq,
                    (flags & 0x80) != 0 ? flags & 0x3f
                    : syn               ? WIRE_SYN | WIRE_ACK
                                        : WIRE_ACK,
                    data, count);
}

static void put_raw(bool finished)
{
    uint8_t frame[WIRE_FRAME_BYTES] = {0};
    uint32_t bytes = take_bytes(frame, sizeof(frame));

    memcpy(frame,
           (frame[0] & 1) != 0 ? (const uint8_t *)"\377\377\377\377\377\377" : fake_wire.info.mac,
           NET_MAC_BYTES);
    memcpy(frame + NET_MAC_BYTES, wire_mac, NET_MAC_BYTES);
    bytes = bytes < WIRE_ETHERNET ? WIRE_ETHERNET : bytes;
    if (finished) {
        wire_finish(frame, bytes);
    }
    wire_put(frame, bytes);
}

/* From a router, to all. */
static void put_icmp6(void)
{
    static const uint8_t head[WIRE_ETHERNET + WIRE_IP6] = {
        0x33, 0x33, 0, 0, 0, 1, 0x52, 0x55, 10,   0,    2,        2,    0x86, 0xdd,
        0x60, 0,    0, 0, 0, 0, 58,   255,  0xfe, 0x80, [37] = 2, 0xff, 2,    [53] = 1};
    uint8_t frame[WIRE_FRAME_BYTES] = {0};

    memcpy(frame, head, sizeof(head));
    uint8_t type = take();

    frame[sizeof(head)] = (type & 0x80) != 0 ? type : 134;
    uint32_t count = take_bytes(frame + sizeof(head) + 4, WIRE_FRAME_BYTES - sizeof(head) - 4);

    wire_finish(frame, (uint32_t)sizeof(head) + 4 + count);
    wire_put(frame, (uint32_t)sizeof(head) + 4 + count);
}

static void put_next(void)
{
    uint8_t kind = take();

    if ((kind & 0x80) != 0) {
        shape_tcp();
    }
    switch ((kind & 0x7f) % KINDS) {
    case KIND_RAW:
        put_raw(false);
        break;
    case KIND_FINISHED:
        put_raw(true);
        break;
    case KIND_ARP:
        if (last[KIND_ARP].bytes == WIRE_ETHERNET + 28) {
            wire_answer_arp(last[KIND_ARP].data);
        }
        break;
    case KIND_UDP:
        put_udp();
        break;
    case KIND_TCP:
        put_tcp();
        break;
    case KIND_ICMP6:
        put_icmp6();
        break;
    default:
        break;
    }
}

static void fuzz_sleep(void)
{
    if (fake_wire.count == 0 && input.left != 0) {
        put_next();
    }
    wire_sleep();
}

/* Every buffer has come back. */
static void check_buffers(void)
{
    struct pbuf *buffers[PBUF_POOL_SIZE];

    for (unsigned i = 0; i < PBUF_POOL_SIZE; i++) {
        buffers[i] = pbuf_alloc(PBUF_RAW, 1, PBUF_POOL);
        if (buffers[i] == NULL) {
            abort();
        }
    }
    for (unsigned i = 0; i < PBUF_POOL_SIZE; i++) {
        (void)pbuf_free(buffers[i]);
    }
}

/* A name, and much to send; or an address, and as much as the mode says. */
static void use(uint8_t mode)
{
    bool direct = (mode & 0x48) == 0x40;
    unsigned writes = direct && (mode & 0x20) != 0 ? 1 : UINT32_MAX;
    ip_addr_t address = IPADDR4_INIT_BYTES(10, 0, 2, 2);
    uint8_t data[256] = {0};
    uint64_t until = fake.time_ns + 8 * SECOND;

    if (!direct) {
        (void)lookup("kbs.test", (mode & 4) != 0, until, &address);
    }
    until = fake.time_ns + 8 * SECOND;
    if (connection_open(&address, 443, until) != NULL) {
        return;
    }
    while (input.left != 0 && stack_wait(until)) {
        if (writes != 0) {
            (void)connection_write(data, sizeof(data));
            writes--;
        }
        (void)connection_read(data, sizeof(data));
        if (connection_state() == CONNECTION_LOST) {
            break;
        }
    }
    connection_close();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const options[] = {"", "ip=10.0.2.15/24,10.0.2.2,10.0.2.3",
                                          "ip=fd00::15/64,fe80::2,fd00::3", ""};
    static uint64_t clock_ns = SECOND;

    fake_vtl_reset();
    fake_wire_reset();
    memset(last, 0, sizeof(last));
    segment_before.bytes = 0;
    answers_before = false;
    fake.time_ns = clock_ns;
    fake.sleep = fuzz_sleep;
    fake_wire.sent = sent;
    input.at = data;
    input.left = size;
    uint8_t mode = take();

    if (net_up(options[mode & 3]) == NULL) {
        use(mode);
    }
    net_down();
    input.left = 0;
    fake.sleep = NULL;
    while (fake.timer_ns[0] != 0) {
        vmm_idle(UINT64_MAX);
    }
    for (uint64_t until = fake.time_ns + REST_NS; fake.time_ns < until;) {
        sys_check_timeouts();
        fake.time_ns += SECOND / 10;
    }
    check_buffers();
    clock_ns = fake.time_ns;
    return 0;
}
