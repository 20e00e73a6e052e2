/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host's entropy device (virtio 1.2, 5.4). What it gives is mixed into Paravane's generator, and
 * never counts as a source of its own: a host that gives what it knows takes nothing away.
 */
#ifndef DEVICES_HOST_RNG_H
#define DEVICES_HOST_RNG_H

#include "vtl/vtl.h"

/* Boot VP. The first bytes are asked for at once. */
PV_MUST_USE enum pv_status host_rng_open(uint64_t base);
/* Asks for more, if none is on its way and the last is a while ago. Any VP. */
void host_rng_refresh(void);
void host_rng_interrupt(void *device);

#endif /* DEVICES_HOST_RNG_H */
