/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between ring.c and the two layouts. Each has these functions, as ring.h describes them; the ring
 * is live.
 */
#ifndef DEVICES_RING_LAYOUT_H
#define DEVICES_RING_LAYOUT_H

#include "virtio/ring.h"

/* A word of the ring's own memory. False: the memory is not there, and the ring is broken now. */
bool ring_load(struct ring *ring, uint64_t address, unsigned bytes, uint64_t *value);
bool ring_store(struct ring *ring, uint64_t address, unsigned bytes, uint64_t value);

/* The word at ring->watched. Its ring may have become one of the other layout: the lap is no part of
 * the address for either. */
#define RING_WATCHED_LAP UINT64_C(1)
static inline bool ring_watched_load(uint64_t watched, uint64_t *word)
{
    return vtl_load((const volatile void *)(uintptr_t)(watched & ~RING_WATCHED_LAP), 2, word) ==
           PV_OK;
}

/* One more segment of ring->chain. NULL, or the rule that it breaks. */
const char *ring_chain_add(struct ring *ring, uint64_t address, uint32_t bytes, uint16_t flags);
/* Those of an indirect table; linked: by their next fields (split), else as they lie (packed). */
const char *ring_chain_add_table(struct ring *ring, uint64_t table, uint32_t bytes, bool linked);

const char *split_check(const struct ring *ring);
bool split_take(struct ring *ring);
void split_give(struct ring *ring, const struct ring_used *used, unsigned count);
bool split_wants_interrupt(struct ring *ring);
bool split_rearm(struct ring *ring);

bool packed_is_idle(const struct ring *ring, uint64_t *word);
/* Sets ring->watched after a change of available. */
void packed_watch(struct ring *ring);
const char *packed_check(const struct ring *ring);
bool packed_take(struct ring *ring);
void packed_give(struct ring *ring, const struct ring_used *used, unsigned count);
bool packed_wants_interrupt(struct ring *ring);
bool packed_rearm(struct ring *ring);

#endif /* DEVICES_RING_LAYOUT_H */
