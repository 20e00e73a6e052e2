/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The other end of Paravane's interface, in the place of the switch and the host's card: what is sent is seen
 * by the test, and what the test puts on the wire arrives while VTL2 sleeps, one frame a sleep.
 *
 * Frames of answers are made of the frame that they answer: addresses and ports are exchanged, lengths and
 * checksums worked out (RFC 791, 768, 9293, 8200, 4443).
 */
#ifndef TESTS_FAKES_FAKE_WIRE_H
#define TESTS_FAKES_FAKE_WIRE_H

#include "net/net.h"

#define WIRE_FRAME_BYTES 1600u
#define WIRE_FRAMES 32u

#define WIRE_ETHERNET 14u
#define WIRE_IP4 20u
#define WIRE_IP6 40u
#define WIRE_UDP 8u
#define WIRE_TCP 20u

#define WIRE_PROTOCOL_TCP 6u
#define WIRE_PROTOCOL_UDP 17u
#define WIRE_PROTOCOL_ICMP6 58u

#define WIRE_FIN 1u
#define WIRE_SYN 2u
#define WIRE_RST 4u
#define WIRE_ACK 16u

struct wire_frame {
    uint8_t data[WIRE_FRAME_BYTES];
    uint32_t bytes;
};

struct fake_wire {
    struct host_net_info info;
    bool no_card;
    bool no_link;
    bool deaf;                                          /* the card takes no frame */
    void (*sent)(const uint8_t *frame, uint32_t bytes); /* each frame of Paravane's; may be NULL */
    /* Of TCP segments that the wire answers with: a window, 65,535 at first, and options of a multiple of four
     * bytes. */
    uint16_t tcp_window;
    uint8_t tcp_options[40];
    uint8_t tcp_option_bytes;
    unsigned frames_sent;
    enum net_verdict (*receive)(struct net_frame *frame);
    struct wire_frame pending[WIRE_FRAMES];
    unsigned first;
    unsigned count;
};

extern struct fake_wire fake_wire;
extern const uint8_t wire_mac[NET_MAC_BYTES]; /* the peer's */

/* And fake_vtl's sleep becomes the wire's. */
void fake_wire_reset(void);
/* One frame arrives, if one waits. */
void wire_sleep(void);
/* A frame for Paravane; dropped where too many wait. */
void wire_put(const uint8_t *frame, uint32_t bytes);

uint32_t wire_get(const uint8_t *at, unsigned bytes); /* of the network's byte order */
void wire_set(uint8_t *at, unsigned bytes, uint32_t value);
/* IPv4's or IPv6's upper protocol, and where it begins; 0: another frame. */
unsigned wire_protocol(const uint8_t *frame, uint32_t bytes, uint32_t *at);
/* Lengths and checksums of what is in it. */
void wire_finish(uint8_t *frame, uint32_t bytes);

/* Answers to a frame of Paravane's. */
void wire_answer_arp(const uint8_t *frame);
void wire_answer_udp(const uint8_t *frame, uint32_t bytes, const void *data, uint32_t count);
/* seq: of the peer. All of the frame is acknowledged. */
void wire_answer_tcp(const uint8_t *frame, uint32_t bytes, uint32_t seq, uint8_t flags,
                     const void *data, uint32_t count);

#endif /* TESTS_FAKES_FAKE_WIRE_H */
