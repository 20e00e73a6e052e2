/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who has which address behind the host's card and behind the guest's. Each port has a table of its
 * own, so that neither can push the other's addresses out; the last used go first. One lock, inside
 * all others.
 */
#ifndef NET_ADDRESSES_H
#define NET_ADDRESSES_H

#include "net/net.h"

#define ADDRESSES 16u
/* IEEE 802.1Q, 8.8.3: what is not seen for so long is forgotten. */
#define ADDRESS_AGE_NS (UINT64_C(300) * 1000000000)

void addresses_reset(void);
/*
 * An address was seen as a source at a port, HOST or GUEST. False: it is not that port's. What the
 * host's side has, the guest can't take as long as it is remembered.
 */
bool addresses_learn(enum net_port port, const uint8_t *mac);
bool addresses_know(enum net_port port, const uint8_t *mac);

#endif /* NET_ADDRESSES_H */
