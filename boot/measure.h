/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What VTL0 will run, hashed into the hypervisor's measurement registers before it runs, and the log of
 * it. Each event once, in the order of guest_events.h. Boot VP, before VTL0 runs.
 */
#ifndef BOOT_MEASURE_H
#define BOOT_MEASURE_H

#include "guest.h"
#include "guest_events.h"
#include "net/evidence.h"

/* Before the first. */
void measure_start(void);

/* Measures what is in VTL2's memory. NULL, or what is wrong. */
const char *measure_bytes(enum guest_event event, const void *content, size_t bytes);

/* The same for what is in VTL0's. firmware: a kernel's event is a firmware's. */
const char *measure_guest(enum guest_event event, bool firmware, gpa_t content, uint64_t bytes);

/* All events, in their order; for evidence_init. Valid for good. */
const struct net_event *measure_log(size_t *count);

#endif /* BOOT_MEASURE_H */
