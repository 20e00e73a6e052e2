/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small network on the fake wire, 10.0.2.0/24 and fd00::/64: ARP (RFC 826), DHCP (RFC 2131, 2132), names
 * (RFC 1035), a router (RFC 4861, 4.2; RFC 8106, 5.1), and one TCP peer (RFC 9293).
 */
#ifndef TESTS_UNIT_NET_PEER_H
#define TESTS_UNIT_NET_PEER_H

#include "fake_wire.h"

struct net_peer {
    bool no_arp;
    bool no_dhcp;
    bool no_router;
    bool no_names;
    bool refuses;
    bool silent;
    bool mute; /* takes what comes, and acknowledges none of it */
    unsigned discovers;
    unsigned releases;
    unsigned queries;
    uint8_t seen[4096]; /* of the connection */
    uint32_t seen_bytes;
    bool seen_end;
    uint32_t seq;
    uint8_t last[WIRE_FRAME_BYTES]; /* Paravane's last frame of the connection */
    uint32_t last_bytes;
};

extern struct net_peer peer;

/* Each frame of Paravane's: for fake_wire.sent. */
void peer_in(const uint8_t *frame, uint32_t bytes);
/* What the TCP peer sends, behind what it has sent before. */
void peer_put(uint8_t flags, const char *text);

#endif /* TESTS_UNIT_NET_PEER_H */
