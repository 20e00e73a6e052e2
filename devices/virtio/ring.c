/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What split and packed rings have in common: chains of segments, and copies in and out of them.
 * Source: virtio 1.2, 2.7 and 2.8.
 */
#include "virtio/ring_layout.h"
#include "vtl/untrusted.h"

const char *ring_start(struct ring *ring)
{
    const char *rule = ring->packed ? packed_check(ring) : split_check(ring);

    if (rule != NULL) {
        return rule;
    }
    ring->available = 0;
    ring->used = 0;
    ring->untold = 0;
    /* 2.8.1: both counters begin with 1. */
    ring->available_wrap = true;
    ring->used_wrap = true;
    ring->watched = ring->driver + VIRTIO_AVAIL_INDEX;
    if (ring->packed) {
        packed_watch(ring);
    }
    ring->broken = NULL;
    ring->broken_told = false;
    ring->generation++;
    ring->live = true;
    return NULL;
}

void ring_stop(struct ring *ring)
{
    ring->live = false;
    ring->broken = NULL;
    ring->untold = 0;
    ring->generation++;
}

/* Out of line: off the way of every chain. */
__attribute__((noinline)) void ring_break(struct ring *ring, const char *rule)
{
    if (ring->broken == NULL) {
        ring->broken = rule;
        ring->broken_told = false;
    }
    ring->live = false;
}

/* The ring's places were found to be in RAM when it started: vtl_load and vtl_store survive the
 * rest. */
bool ring_load(struct ring *ring, uint64_t address, unsigned bytes, uint64_t *value)
{
    if (vtl_load((const volatile void *)(uintptr_t)address, bytes, value) == PV_OK) {
        return true;
    }
    *value = 0;
    ring_break(ring, "a ring in memory that is not there");
    return false;
}

bool ring_store(struct ring *ring, uint64_t address, unsigned bytes, uint64_t value)
{
    if (vtl_store((volatile void *)(uintptr_t)address, bytes, value) == PV_OK) {
        return true;
    }
    ring_break(ring, "a ring in memory that is not there");
    return false;
}

/* ---- Taking and giving back ------------------------------------------------------------------- */

struct ring_chain *ring_take(struct ring *ring)
{
    struct ring_chain *chain = &ring->chain;

    if (!ring->live) {
        return NULL;
    }
    chain->readable = 0;
    chain->writable = 0;
    chain->readable_bytes = 0;
    chain->writable_bytes = 0;
    if (!(ring->packed ? packed_take(ring) : split_take(ring))) {
        return NULL;
    }
    ring->taken++;
    return chain;
}
PV_UNTRUSTED(ring_take, guest, "fuzz_ring");

bool ring_is_idle(const struct ring *ring, uint64_t *word)
{
    const volatile struct ring *seen = ring;

    if (!seen->live) {
        return true;
    }
    if (seen->packed) {
        return packed_is_idle(ring, word);
    }
    /* A ring that can't be read is broken by who takes from it. */
    return ring_watched_load(seen->watched, word) && (uint16_t)*word == seen->available;
}

void ring_put_back(struct ring *ring)
{
    uint16_t slots = ring->chain.token.slots;

    if (ring->packed && slots > ring->available) {
        ring->available = (uint16_t)(ring->available + ring->size);
        ring->available_wrap = !ring->available_wrap;
    }
    ring->available = (uint16_t)(ring->available - slots);
    if (ring->packed) {
        packed_watch(ring);
    }
    ring->taken--;
}

void ring_give(struct ring *ring, struct ring_token token, uint32_t written)
{
    const struct ring_used used = {token, written};

    ring_give_all(ring, &used, 1);
}
PV_UNTRUSTED(ring_give, guest, "fuzz_ring");

void ring_give_all(struct ring *ring, const struct ring_used *used, unsigned count)
{
    if (!ring->live) {
        return;
    }
    ring->given += count;
    for (unsigned i = 0; i < count; i++) {
        ring->untold += used[i].token.slots;
    }
    if (ring->packed) {
        packed_give(ring, used, count);
    } else {
        split_give(ring, used, count);
    }
}

struct ring_mark ring_mark(const struct ring *ring)
{
    return (struct ring_mark){ring->available, ring->available_wrap, ring->taken};
}

void ring_rewind(struct ring *ring, struct ring_mark mark)
{
    ring->available = mark.available;
    ring->available_wrap = mark.wrap;
    ring->taken = mark.taken;
    if (ring->packed) {
        packed_watch(ring);
    }
}

bool ring_wants_interrupt(struct ring *ring)
{
    bool wanted;

    /* A broken ring's driver is told of what it got before, whatever it wished. */
    if (!ring->live || ring->untold == 0) {
        wanted = ring->untold != 0;
        ring->untold = 0;
        return wanted;
    }
    /* What was given back must be seen before the driver's wish is looked at (2.7.8, 2.8.14). */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    wanted = ring->packed ? packed_wants_interrupt(ring) : split_wants_interrupt(ring);
    ring->untold = 0;
    return wanted;
}

/* Without event index the driver notifies of every chain: nothing here has told it not to. */
bool ring_rearm(struct ring *ring)
{
    if (!ring->live || !ring->event_index) {
        return false;
    }
    return ring->packed ? packed_rearm(ring) : split_rearm(ring);
}
PV_UNTRUSTED(ring_rearm, guest, "fuzz_ring");

/* ---- Chains ----------------------------------------------------------------------------------- */

const char *ring_chain_add(struct ring *ring, uint64_t address, uint32_t bytes, uint16_t flags)
{
    struct ring_chain *chain = &ring->chain;
    unsigned count = (unsigned)chain->readable + chain->writable;

    if (count == ring->size) {
        return "a chain longer than its queue (2.7.5.2, 2.8.17, 2.8.19)";
    }
    if (bytes == 0) {
        return "a buffer of no bytes";
    }
    if (!guest_ram_contains(gpa(address), bytes)) {
        return "a buffer outside memory";
    }
    if ((flags & VIRTIO_DESC_WRITE) != 0) {
        chain->writable++;
        chain->writable_bytes += bytes;
    } else if (chain->writable != 0) {
        return "a readable buffer behind a writable one (2.7.4.2, 2.8.17)";
    } else {
        chain->readable++;
        chain->readable_bytes += bytes;
    }
    chain->segments[count] = (struct ring_segment){gpa(address), bytes};
    return NULL;
}

_Static_assert(offsetof(struct virtio_packed_desc, flags) == offsetof(struct virtio_desc, next),
               "both kinds of table are read alike");

/* Entry `index` of a table that lies in RAM. */
static bool table_read(uint64_t table, uint32_t index, struct virtio_desc *desc)
{
    const char *from = (const char *)(uintptr_t)table;

    return vtl_copy(desc, from + (size_t)index * sizeof(*desc), sizeof(*desc)) == PV_OK;
}

/* No more than ring->size entries are looked at, since each is a segment. */
const char *ring_chain_add_table(struct ring *ring, uint64_t table, uint32_t bytes, bool linked)
{
    uint32_t entries = bytes / (uint32_t)sizeof(struct virtio_desc);
    uint32_t index = 0;
    struct virtio_desc desc;

    if (!ring->indirect) {
        return "an indirect descriptor that was not negotiated (2.7.5.3.1, 2.8.19)";
    }
    if (bytes == 0 || bytes % sizeof(struct virtio_desc) != 0) {
        return "an indirect table that is not made of descriptors (2.7.5.3)";
    }
    if (!guest_ram_contains(gpa(table), bytes)) {
        return "an indirect table outside memory";
    }
    for (;;) {
        if (index >= entries) {
            return "a next that leads out of an indirect table (2.7.5.3.1)";
        }
        if (!table_read(table, index, &desc)) {
            return "an indirect table in memory that is not there";
        }
        if (linked && (desc.flags & VIRTIO_DESC_INDIRECT) != 0) {
            return "an indirect descriptor in an indirect table (2.7.5.3.1)";
        }
        /* A packed descriptor has its id where a split one has flags, and its flags behind that. */
        const char *rule =
            ring_chain_add(ring, desc.address, desc.bytes, linked ? desc.flags : desc.next);
        bool last = linked ? (desc.flags & VIRTIO_DESC_NEXT) == 0 : index + 1 == entries;
        if (rule != NULL || last) {
            return rule;
        }
        index = linked ? desc.next : index + 1;
    }
}

/* ---- Bytes ------------------------------------------------------------------------------------ */

struct ring_cursor ring_readable(const struct ring_chain *chain)
{
    return (struct ring_cursor){chain->segments, chain->segments + chain->readable, 0};
}

struct ring_cursor ring_writable(const struct ring_chain *chain)
{
    const struct ring_segment *first = chain->segments + chain->readable;

    return (struct ring_cursor){first, first + chain->writable, 0};
}

/* The next piece of at most `bytes`; 0 at the end. */
static uint32_t piece(const struct ring_cursor *cursor, size_t bytes)
{
    uint32_t left;

    if (cursor->segment == cursor->end) {
        return 0;
    }
    left = cursor->segment->bytes - cursor->offset;
    return bytes < left ? (uint32_t)bytes : left;
}

static void advance(struct ring_cursor *cursor, uint32_t bytes)
{
    cursor->offset += bytes;
    if (cursor->offset == cursor->segment->bytes) {
        cursor->segment++;
        cursor->offset = 0;
    }
}

/* Segments were found to be in RAM when they were taken: vtl_copy survives the rest. */
static void *place(const struct ring_cursor *cursor)
{
    return (void *)(uintptr_t)(cursor->segment->base.raw + cursor->offset);
}

size_t ring_read(struct ring_cursor *cursor, void *to, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        uint32_t now = piece(cursor, bytes - done);

        if (now == 0 || vtl_copy((char *)to + done, place(cursor), now) != PV_OK) {
            break;
        }
        advance(cursor, now);
        done += now;
    }
    return done;
}

size_t ring_write(struct ring_cursor *cursor, const void *from, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        uint32_t now = piece(cursor, bytes - done);

        if (now == 0 || vtl_copy(place(cursor), (const char *)from + done, now) != PV_OK) {
            break;
        }
        advance(cursor, now);
        done += now;
    }
    return done;
}

size_t ring_skip(struct ring_cursor *cursor, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        uint32_t now = piece(cursor, bytes - done);

        if (now == 0) {
            break;
        }
        advance(cursor, now);
        done += now;
    }
    return done;
}

uint32_t ring_step(struct ring_cursor *cursor, size_t wanted, void **at)
{
    uint32_t now = piece(cursor, wanted);

    if (now != 0) {
        *at = place(cursor);
        advance(cursor, now);
    }
    return now;
}
