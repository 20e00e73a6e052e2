/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What lwIP leaves to net/ besides arch/cc.h.
 */
#ifndef LWIP_ARCH_HOOKS_H
#define LWIP_ARCH_HOOKS_H

#include "lwip/ip6_addr.h"

struct netif;

/* The first sequence number of a connection: nothing that others could know (RFC 6528, 1). */
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) lwip_port_random()

/* The router that the operator has named; NULL: those that name themselves. */
const ip6_addr_t *lwip_port_gateway(void);
#define LWIP_HOOK_ND6_GET_GW(netif, dest) lwip_port_gateway()

#endif /* LWIP_ARCH_HOOKS_H */
