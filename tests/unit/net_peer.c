/* SPDX-License-Identifier: BSD-3-Clause */
#include "net_peer.h"

#include <string.h>

#define PORT_DNS 53u
#define PORT_DHCP 67u
#define SEQ 0x10000000u

struct net_peer peer;

#define BOOTP 236u /* RFC 2131, 2: up to the options */

static void answer_dhcp(const uint8_t *frame, uint32_t bytes, const uint8_t *request)
{
    static const uint8_t options[] = {
        99,  130, 83,  99,           /* magic */
        53,  1,   0,                 /* type */
        54,  4,   10,  0,   2,   2,  /* server */
        51,  4,   0,   0,   14,  16, /* an hour */
        1,   4,   255, 255, 255, 0,  /* mask */
        3,   4,   10,  0,   2,   2,  /* router */
        6,   4,   10,  0,   2,   3,  /* names */
        255,
    };
    uint8_t answer[BOOTP + sizeof(options)];
    uint8_t type = request[BOOTP + 6]; /* lwIP's first option */

    if (type == 7) {
        peer.releases++;
        return;
    }
    peer.discovers += type == 1 ? 1 : 0;
    if (peer.no_dhcp) {
        return;
    }
    memcpy(answer, request, BOOTP);
    memcpy(answer + BOOTP, options, sizeof(options));
    answer[0] = 2;
    memcpy(answer + 16, (const uint8_t[]){10, 0, 2, 15}, 4);
    answer[BOOTP + 6] = type == 1 ? 2 : 5;
    wire_answer_udp(frame, bytes, answer, sizeof(answer));
}

/* kbs.test is 10.0.2.2 and fd00::2; six.test is only the latter; nothing else is there. */
static void answer_name(const uint8_t *frame, uint32_t bytes, const uint8_t *query, uint32_t count)
{
    static const uint8_t kbs[] = "\3kbs\4test";
    static const uint8_t six[] = "\3six\4test";
    static const uint8_t ip4[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 2, 2};
    static const uint8_t ip6[] = {0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0xfd, 0,
                                  0,    0,  0, 0,  0, 0, 0, 0, 0, 0,  0, 0,  0,    2};
    uint8_t answer[512];
    bool is_ip6 = query[count - 3] == 28;
    bool found = memcmp(query + 12, six, sizeof(six)) == 0
                     ? is_ip6
                     : memcmp(query + 12, kbs, sizeof(kbs)) == 0;

    peer.queries++;
    if (peer.no_names) {
        return;
    }
    memcpy(answer, query, count);
    answer[2] = 0x81;
    answer[3] = found ? 0x80 : 0x83;
    answer[7] = found ? 1 : 0;
    if (found) {
        memcpy(answer + count, is_ip6 ? ip6 : ip4, is_ip6 ? sizeof(ip6) : sizeof(ip4));
        count += is_ip6 ? (uint32_t)sizeof(ip6) : (uint32_t)sizeof(ip4);
    }
    wire_answer_udp(frame, bytes, answer, count);
}

static void tcp_in(const uint8_t *frame, uint32_t bytes, const uint8_t *tcp)
{
    uint32_t header = (uint32_t)(tcp[12] >> 4) * 4;
    uint32_t count = bytes - (uint32_t)(tcp - frame) - header;

    if (peer.silent) {
        return;
    }
    memcpy(peer.last, frame, bytes);
    peer.last_bytes = bytes;
    if ((tcp[13] & WIRE_SYN) != 0) {
        wire_answer_tcp(frame, bytes, SEQ, peer.refuses ? WIRE_RST | WIRE_ACK : WIRE_SYN | WIRE_ACK,
                        NULL, 0);
        peer.seq = SEQ + 1;
        return;
    }
    if (count != 0 && peer.seen_bytes + count <= sizeof(peer.seen)) {
        memcpy(peer.seen + peer.seen_bytes, tcp + header, count);
        peer.seen_bytes += count;
    }
    peer.seen_end = peer.seen_end || (tcp[13] & WIRE_FIN) != 0;
    if (!peer.mute && (count != 0 || (tcp[13] & WIRE_FIN) != 0)) {
        wire_answer_tcp(frame, bytes, peer.seq, WIRE_ACK, NULL, 0);
    }
}

void peer_put(uint8_t flags, const char *text)
{
    wire_answer_tcp(peer.last, peer.last_bytes, peer.seq, (uint8_t)(flags | WIRE_ACK), text,
                    (uint32_t)strlen(text));
    peer.seq += (uint32_t)strlen(text) + ((flags & WIRE_FIN) != 0 ? 1 : 0);
}

/* fd00::/64 with addresses to be made of it, and fd00::3 for names. */
static void answer_solicitation(const uint8_t *frame)
{
    static const uint8_t advertisement[] = {134, 0, 0, 0, 64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0,
                                            /* prefix: on the link, autonomous, an hour */
                                            3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 14, 16, 0, 0, 0, 0,
                                            0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                            /* names */
                                            25, 3, 0, 0, 0, 0, 14, 16, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0,
                                            0, 0, 0, 0, 0, 0, 3,
                                            /* the router's own address */
                                            1, 1, 0x52, 0x55, 10, 0, 2, 2};
    uint8_t answer[WIRE_ETHERNET + WIRE_IP6 + sizeof(advertisement)];

    memcpy(answer, frame, WIRE_ETHERNET + WIRE_IP6);
    memcpy(answer, frame + 6, 6);
    memcpy(answer + 6, wire_mac, 6);
    memset(answer + WIRE_ETHERNET + 8, 0, 32);
    memcpy(answer + WIRE_ETHERNET + 8, (const uint8_t[]){0xfe, 0x80, [15] = 2}, 16);
    memcpy(answer + WIRE_ETHERNET + 24, (const uint8_t[]){0xff, 2, [15] = 1}, 16);
    memcpy(answer + WIRE_ETHERNET + WIRE_IP6, advertisement, sizeof(advertisement));
    wire_finish(answer, sizeof(answer));
    wire_put(answer, sizeof(answer));
}

/* RFC 4861, 4.4: whoever is asked for is the peer, but for Paravane's own, which it asks for with no source
 * (RFC 4862, 5.4.2). */
static void answer_neighbour(const uint8_t *frame)
{
    static const uint8_t any[16];
    uint8_t answer[WIRE_ETHERNET + WIRE_IP6 + 32];
    uint8_t *icmp = answer + WIRE_ETHERNET + WIRE_IP6;

    if (memcmp(frame + WIRE_ETHERNET + 8, any, sizeof(any)) == 0) {
        return;
    }
    memcpy(answer, frame, WIRE_ETHERNET + WIRE_IP6 + 24);
    memcpy(answer, frame + 6, 6);
    memcpy(answer + 6, wire_mac, 6);
    memcpy(answer + WIRE_ETHERNET + 8, frame + WIRE_ETHERNET + WIRE_IP6 + 8, 16);
    memcpy(answer + WIRE_ETHERNET + 24, frame + WIRE_ETHERNET + 8, 16);
    icmp[0] = 136;
    icmp[4] = 0x60; /* solicited, override */
    icmp[24] = 2;
    icmp[25] = 1;
    memcpy(icmp + 26, wire_mac, 6);
    wire_finish(answer, sizeof(answer));
    wire_put(answer, sizeof(answer));
}

static void icmp6_in(const uint8_t *frame, uint8_t type)
{
    if (type == 133 && !peer.no_router) {
        answer_solicitation(frame);
    } else if (type == 135 && !peer.no_router) {
        answer_neighbour(frame);
    }
}

void peer_in(const uint8_t *frame, uint32_t bytes)
{
    uint32_t at = 0;
    unsigned protocol = wire_protocol(frame, bytes, &at);
    const uint8_t *upper = frame + at;

    if (wire_get(frame + 12, 2) == 0x0806) {
        if (!peer.no_arp && wire_get(frame + 38, 4) != 0x0a00020f) {
            wire_answer_arp(frame);
        }
    } else if (protocol == WIRE_PROTOCOL_UDP && wire_get(upper + 2, 2) == PORT_DHCP) {
        answer_dhcp(frame, bytes, upper + WIRE_UDP);
    } else if (protocol == WIRE_PROTOCOL_UDP && wire_get(upper + 2, 2) == PORT_DNS) {
        answer_name(frame, bytes, upper + WIRE_UDP, bytes - at - WIRE_UDP);
    } else if (protocol == WIRE_PROTOCOL_ICMP6) {
        icmp6_in(frame, *upper);
    } else if (protocol == WIRE_PROTOCOL_TCP) {
        tcp_in(frame, bytes, upper);
    }
}
