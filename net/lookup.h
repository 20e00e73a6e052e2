/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a name to an address. Boot VP, before VTL0 runs.
 */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include "stack.h"

/*
 * The address of a name, or of an address that is written out: IPv6, or else IPv4. False: it has none of that
 * kind, or none is told until_ns.
 */
bool lookup(const char *host, bool ip6, uint64_t until_ns, ip_addr_t *address);
#define LOOKUP_ADDRESS_BYTES 16u

/* An address that is written out, in the network's byte order: how many bytes it has; 0: it is a name. */
size_t lookup_read_address(const char *host, uint8_t bytes[LOOKUP_ADDRESS_BYTES]);

#endif /* NET_LOOKUP_H */
