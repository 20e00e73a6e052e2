/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_wire.h"

#include "fake_vtl.h"

#include <string.h>

#define INTID 77u /* of nobody: a frame has come, so VTL2 wakes */
#define TYPE_IP4 0x0800u
#define TYPE_IP6 0x86ddu

struct fake_wire fake_wire;
const uint8_t wire_mac[NET_MAC_BYTES] = {0x52, 0x55, 10, 0, 2, 2};

/* ---- In the place of the switch and the card ----------------------------------------------------- */

const struct host_net_info *host_net_info(void)
{
    return fake_wire.no_card ? NULL : &fake_wire.info;
}

bool host_net_link(void)
{
    return !fake_wire.no_link;
}

void net_mac(uint8_t *mac)
{
    memcpy(mac, fake_wire.info.mac, NET_MAC_BYTES);
}

void net_set_receive(enum net_verdict (*paravane)(struct net_frame *frame))
{
    fake_wire.receive = paravane;
}

enum net_verdict net_send(struct net_frame *frame)
{
    uint8_t data[WIRE_FRAME_BYTES];

    if (fake_wire.deaf) {
        return NET_FULL;
    }
    if (frame->bytes > sizeof(data) || !net_frame_copy(frame, 0, data, frame->bytes)) {
        return NET_DROP_FAULT;
    }
    fake_wire.frames_sent++;
    if (fake_wire.sent != NULL) {
        fake_wire.sent(data, frame->bytes);
    }
    return NET_TAKEN;
}

void net_flush(void)
{
}

/* ---- Frames -------------------------------------------------------------------------------------- */

static enum net_verdict deliver(struct net_frame *frame)
{
    return fake_wire.receive != NULL ? fake_wire.receive(frame) : NET_DROP_DOWN;
}

void wire_sleep(void)
{
    if (fake_wire.count == 0) {
        return;
    }
    const struct wire_frame *frame = &fake_wire.pending[fake_wire.first];

    fake_wire.first = (fake_wire.first + 1) % WIRE_FRAMES;
    fake_wire.count--;
    (void)net_frame_own(frame->data, frame->bytes, deliver);
    fake.irqs[fake.irq_count++] = INTID;
}

void fake_wire_reset(void)
{
    memset(&fake_wire, 0, sizeof(fake_wire));
    fake_wire.info = (struct host_net_info){{0x56, 0x54, 0, 1, 2, 3}, 1500};
    fake_wire.tcp_window = 0xffff;
    fake.sleep = wire_sleep;
}

void wire_put(const uint8_t *frame, uint32_t bytes)
{
    if (fake_wire.count == WIRE_FRAMES || bytes > WIRE_FRAME_BYTES) {
        return;
    }
    struct wire_frame *to = &fake_wire.pending[(fake_wire.first + fake_wire.count) % WIRE_FRAMES];

    memcpy(to->data, frame, bytes);
    to->bytes = bytes;
    fake_wire.count++;
}

uint32_t wire_get(const uint8_t *at, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

void wire_set(uint8_t *at, unsigned bytes, uint32_t value)
{
    for (unsigned i = bytes; i > 0; i--) {
        at[i - 1] = (uint8_t)value;
        value >>= 8;
    }
}

unsigned wire_protocol(const uint8_t *frame, uint32_t bytes, uint32_t *at)
{
    uint32_t type = bytes >= WIRE_ETHERNET ? wire_get(frame + 12, 2) : 0;

    if (type == TYPE_IP4 && bytes >= WIRE_ETHERNET + WIRE_IP4 && frame[WIRE_ETHERNET] == 0x45) {
        *at = WIRE_ETHERNET + WIRE_IP4;
        return frame[WIRE_ETHERNET + 9];
    }
    if (type == TYPE_IP6 && bytes >= WIRE_ETHERNET + WIRE_IP6) {
        *at = WIRE_ETHERNET + WIRE_IP6;
        return frame[WIRE_ETHERNET + 6];
    }
    return 0;
}

/* RFC 1071. */
static uint32_t sum(uint32_t start, const uint8_t *at, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        start += (uint32_t)at[i] << (i % 2 == 0 ? 8 : 0);
    }
    while (start >> 16 != 0) {
        start = (start & 0xffff) + (start >> 16);
    }
    return start;
}

static uint32_t upper_sum_at(unsigned protocol)
{
    return protocol == WIRE_PROTOCOL_TCP ? 16 : protocol == WIRE_PROTOCOL_UDP ? 6 : 2;
}

void wire_finish(uint8_t *frame, uint32_t bytes)
{
    uint32_t at = 0;
    unsigned protocol = wire_protocol(frame, bytes, &at);
    uint32_t upper = bytes - at;
    uint8_t *ip = frame + WIRE_ETHERNET;
    bool ip4 = at == WIRE_ETHERNET + WIRE_IP4;

    if (at == 0) {
        return;
    }
    if (ip4) {
        wire_set(ip + 2, 2, bytes - WIRE_ETHERNET);
        wire_set(ip + 10, 2, 0);
        wire_set(ip + 10, 2, ~sum(0, ip, WIRE_IP4));
    } else {
        wire_set(ip + 4, 2, upper);
    }
    if (protocol == WIRE_PROTOCOL_UDP && upper >= WIRE_UDP) {
        wire_set(frame + at + 4, 2, upper);
    }
    uint32_t field = upper_sum_at(protocol);

    if (upper >= field + 2) {
        uint32_t pseudo = protocol + upper;

        pseudo = ip4 ? sum(pseudo, ip + 12, 8) : sum(pseudo, ip + 8, 32);
        wire_set(frame + at + field, 2, 0);
        wire_set(frame + at + field, 2, ~sum(pseudo, frame + at, upper));
    }
}

/* ---- Answers ------------------------------------------------------------------------------------- */

static void exchange(uint8_t *a, uint8_t *b, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        uint8_t byte = a[i];

        a[i] = b[i];
        b[i] = byte;
    }
}

/* Who answers what was sent to all, or to a group. */
static const uint8_t peer_ip4[4] = {10, 0, 2, 2};
static const uint8_t peer_ip6[16] = {0xfe, 0x80, [15] = 2};

/* The frame's headers, on their way back; returns where the upper protocol's begins. */
static uint32_t turn(const uint8_t *frame, uint32_t bytes, uint8_t to[WIRE_FRAME_BYTES])
{
    uint32_t at = 0;

    (void)wire_protocol(frame, bytes, &at);
    memset(to, 0, WIRE_FRAME_BYTES);
    memcpy(to, frame, at + WIRE_UDP);
    memcpy(to, frame + NET_MAC_BYTES, NET_MAC_BYTES);
    memcpy(to + NET_MAC_BYTES, wire_mac, NET_MAC_BYTES);
    if (at == WIRE_ETHERNET + WIRE_IP4) {
        if (to[WIRE_ETHERNET + 16] == 255) {
            memcpy(to + WIRE_ETHERNET + 12, peer_ip4, sizeof(peer_ip4));
        } else {
            exchange(to + WIRE_ETHERNET + 12, to + WIRE_ETHERNET + 16, 4);
        }
    } else {
        exchange(to + WIRE_ETHERNET + 8, to + WIRE_ETHERNET + 24, 16);
        if (to[WIRE_ETHERNET + 8] == 0xff) {
            memcpy(to + WIRE_ETHERNET + 8, peer_ip6, sizeof(peer_ip6));
        }
    }
    exchange(to + at, to + at + 2, 2);
    return at;
}

/* RFC 826. */
void wire_answer_arp(const uint8_t *frame)
{
    uint8_t answer[WIRE_ETHERNET + 28];

    memcpy(answer, frame, sizeof(answer));
    memcpy(answer, frame + 6, NET_MAC_BYTES);
    memcpy(answer + 6, wire_mac, NET_MAC_BYTES);
    answer[21] = 2;
    memcpy(answer + 22, wire_mac, NET_MAC_BYTES);
    memcpy(answer + 28, frame + 38, 4);
    memcpy(answer + 32, frame + 22, 10);
    wire_put(answer, sizeof(answer));
}

void wire_answer_udp(const uint8_t *frame, uint32_t bytes, const void *data, uint32_t count)
{
    uint8_t answer[WIRE_FRAME_BYTES];
    uint32_t at = turn(frame, bytes, answer) + WIRE_UDP;

    memcpy(answer + at, data, count);
    wire_finish(answer, at + count);
    wire_put(answer, at + count);
}

void wire_answer_tcp(const uint8_t *frame, uint32_t bytes, uint32_t seq, uint8_t flags,
                     const void *data, uint32_t count)
{
    uint8_t answer[WIRE_FRAME_BYTES];
    uint32_t at = turn(frame, bytes, answer);
    const uint8_t *tcp = frame + at;
    uint32_t length = bytes - at - (uint32_t)(tcp[12] >> 4) * 4;

    if ((tcp[13] & (WIRE_SYN | WIRE_FIN)) != 0) {
        length++;
    }
    wire_set(answer + at + 4, 4, seq);
    wire_set(answer + at + 8, 4, wire_get(tcp + 4, 4) + length);
    answer[at + 12] = (uint8_t)((WIRE_TCP + fake_wire.tcp_option_bytes) / 4 << 4);
    answer[at + 13] = flags;
    wire_set(answer + at + 14, 2, fake_wire.tcp_window);
    at += WIRE_TCP;
    memcpy(answer + at, fake_wire.tcp_options, fake_wire.tcp_option_bytes);
    at += fake_wire.tcp_option_bytes;
    if (count != 0) {
        memcpy(answer + at, data, count);
    }
    wire_finish(answer, at + count);
    wire_put(answer, at + count);
}
