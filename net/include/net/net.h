/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The network side of Paravane: what speaks HTTP, and to whom.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "devices/devices.h"

/*
 * GET /inspect over a stream socket of the guest: what the machine is doing, as JSON. Read only.
 * inspect_init: boot VP, before vsock_init.
 */
extern const struct vsock_service inspect_service;
void inspect_init(void);

#endif /* NET_NET_H */
