/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwIP on Paravane's own interface. All of lwIP, and all here, is the boot VP's, before VTL0 runs; no lock is
 * held. What is received meanwhile waits, and lwIP gets it in net_wait.
 */
#ifndef NET_STACK_H
#define NET_STACK_H

#include "net/net.h"

#include <lwip/ip_addr.h>
#include <lwip/netif.h>

/* How addresses come to the interface: as options say, or by themselves. NULL, or what is wrong. */
const char *stack_address_start(struct netif *netif, const char *options);
/* Gives the address back that DHCP has lent. */
void stack_address_stop(void);
/* Looks what servers for names there are now. */
void stack_address_look(void);
/* Gives lwIP all servers for names that there are. False: there is none. */
bool stack_address_servers(void);
/* Has Paravane an address to reach one of that kind from? */
bool stack_address_can_reach(const ip_addr_t *address);
/* Any at all? */
bool stack_address_any(void);
/* An address of the link gets the interface (RFC 4007, 6). */
void stack_address_scope(ip_addr_t *address);

/* Is the deadline to come? Then waits, as net_wait. */
bool stack_wait(uint64_t until_ns);

#endif /* NET_STACK_H */
