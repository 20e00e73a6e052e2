/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What lwIP leaves to net/ besides arch/cc.h.
 */
#ifndef LWIP_ARCH_HOOKS_H
#define LWIP_ARCH_HOOKS_H

#include "lwip/err.h"
#include "lwip/ip6_addr.h"

struct netif;
struct tcp_hdr;

/* The first sequence number of a connection: nothing that others could know (RFC 6528, 1). */
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) lwip_port_random()

/* The router that the operator has named; NULL: those that name themselves. */
const ip6_addr_t *lwip_port_gateway(void);
#define LWIP_HOOK_ND6_GET_GW(netif, dest) lwip_port_gateway()

/* A segment for a connection, its header in one piece: ERR_OK, or lwIP does not get it. */
err_t lwip_port_segment(const struct tcp_hdr *header, u16_t option_bytes);
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, header, option_bytes, first_bytes, second, buffer) \
    lwip_port_segment(header, option_bytes)

#endif /* LWIP_ARCH_HOOKS_H */
