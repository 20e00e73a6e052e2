/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The network side of Paravane: what speaks HTTP, and to whom; and a switch of three ports between
 * the host's card, the guest's device and Paravane's own interface.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "devices/devices.h"

/*
 * What the guest can ask for by HTTP over a stream socket: GET /inspect, what the machine is doing;
 * GET /evidence, /measurements, /policy, what it is (net/evidence.h). Read only, JSON.
 * net_service_init: boot VP, before vsock_init.
 */
extern const struct vsock_service net_service;
void net_service_init(void);

enum net_port { NET_PORT_HOST, NET_PORT_GUEST, NET_PORT_OWN, NET_PORTS };

/* Joins what devices/ has, without a card nothing. Boot VP, after virtio_net_init. */
void net_init(void);

/* Paravane's own address: the card's, changed to another that is locally administered. */
void net_mac(uint8_t *mac);
/* Who gets frames for Paravane itself: any VP, the sender's lock held. NULL: nobody, they are dropped. */
void net_set_receive(enum net_verdict (*paravane)(struct net_frame *frame));
/* A frame of Paravane's own, sum and length all done. Then net_flush, with no lock held. */
enum net_verdict net_send(struct net_frame *frame);
void net_flush(void);

/* ---- Paravane as a host of the network, before VTL0 runs --------------------------------------- */

/*
 * Brings lwIP up on Paravane's own interface, and Mbed TLS: by DHCP and router advertisements, or as words
 * of options say: "ip=ADDRESS/PREFIX,GATEWAY[,DNS]", IPv4 or IPv6, one of each at most. NULL, or what is
 * wrong. Boot VP, once, interrupts on, before VTL0 runs; waits until there is an address.
 */
const char *net_up(const char *options);
/* For good: nothing is received any more, and all secrets of the connection are wiped. */
void net_down(void);
/* Frames, timers; sleeps until there is one of them, or until_ns. */
void net_wait(uint64_t until_ns);
/* Seconds since 1970, as the host says, for a policy that wants dates checked. Before net_up. */
void net_set_clock(uint32_t (*now_s)(void));

/* Frames and bytes of one direction. Of frames that are not taken only the reason is known. */
struct net_direction {
    uint64_t frames[NET_VERDICTS];
    uint64_t bytes;
};

struct net_counts {
    struct net_direction from; /* what the port has sent: taken if it goes to any port */
    struct net_direction to;   /* what it was to get */
    uint64_t completed;        /* of those, with a checksum that had to be worked out for it */
};
/* They go on counting: each is to be read atomically. */
const struct net_counts *net_counts(enum net_port port);

#endif /* NET_NET_H */
