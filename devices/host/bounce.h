/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one region that the host's devices read and write: rings, headers, data. Nothing else of
 * VTL2's memory is ever given to a host device, so this region could be made the only memory that
 * the host can see.
 *
 * What lies here changes under the reader: each word is read once, into a local, before it is looked
 * at. Addresses are gpa and VTL2's own alike (identity).
 */
#ifndef DEVICES_HOST_BOUNCE_H
#define DEVICES_HOST_BOUNCE_H

#include "devices/devices.h"

#define BOUNCE_PAGE_BYTES 4096u

/* Takes the region from the page pool; boot VP, once, before any driver starts. */
PV_MUST_USE enum pv_status bounce_init(size_t pages);

/* Zeroed, for good, aligned to 64 bytes at least (whole pages to a page); NULL if there is no more
 * room. Boot VP: rings and headers. */
void *bounce_reserve(size_t bytes);

/* What bounce_reserve leaves over are pages for data. Takes up to `wanted`, for good; returns how many
 * it got, in pages[]. Boot VP. */
size_t bounce_take(void **pages, size_t wanted);

/* What is copied from the region to elsewhere, and to it, is counted by those who copy; bounce_counts
 * of devices.h tells. */
void bounce_count_in(uint64_t bytes);
void bounce_count_out(uint64_t bytes);

#endif /* DEVICES_HOST_BOUNCE_H */
