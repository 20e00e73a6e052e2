/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device's side of a virtqueue in VTL0's memory, split or packed: the one walker for all
 * devices. It reads each descriptor once, and hands out chains whose segments lie in RAM, whose
 * readable part comes before the writable, and which are no longer than the queue. What breaks a
 * rule of virtio 1.2 breaks the queue: nothing more is taken from it until the driver resets it.
 *
 * A queue belongs to whoever holds its lock; every function here wants it held.
 */
#ifndef DEVICES_RING_H
#define DEVICES_RING_H

#include "virtio/virtio_abi.h"
#include "vmm/vmm.h"

#define RING_SIZE_MAX 256u

struct ring_segment {
    gpa_t base;
    uint32_t bytes; /* not 0 */
};

/* What gives a chain back: index of its head (split), or buffer id and ring slots (packed). */
struct ring_token {
    uint16_t id;
    uint16_t slots;
};

struct ring_chain {
    struct ring_token token;
    uint16_t readable; /* segments that the driver has filled: the first ones */
    uint16_t writable; /* segments behind them */
    uint64_t readable_bytes;
    uint64_t writable_bytes;
    struct ring_segment segments[RING_SIZE_MAX];
};

/*
 * What a turn takes from rings: pieces of chains, wherever a driver may lay out as many as it likes. One
 * costs some 100 instructions to be looked at, and as many to be copied, as 1 KiB in a row does. A
 * chain more than that is taken at most.
 */
#define RING_TURN_PIECES 1024u
static inline uint32_t ring_pieces(const struct ring_chain *chain)
{
    return (uint32_t)chain->readable + chain->writable;
}

struct ring {
    struct vtl_lock lock;
    /* As the transport was told; fixed while live. */
    uint16_t size;
    uint64_t desc;   /* descriptor table; ring (packed) */
    uint64_t driver; /* available ring; driver event suppression (packed) */
    uint64_t device; /* used ring; device event suppression (packed) */
    bool packed;
    bool event_index;
    bool indirect;
    bool live;          /* the driver has made it ready, and it is not broken */
    const char *broken; /* the rule that was broken, or NULL; the driver is told of it once */
    bool broken_told;
    /* Of each start: what was taken before a reset must not be given back after it. */
    uint32_t generation;
    uint16_t available; /* split: the next index; packed: the next slot, as the two below */
    uint16_t used;
    bool available_wrap;
    bool used_wrap;
    uint32_t untold; /* slots that were given back since an interrupt was last decided on */
    /*
     * The word that says whether there is a chain: the available ring's index; flags of the next
     * slot (packed), bit 0 is its lap. Read without the lock, while another VP may set the ring up
     * anew: so it is only ever an address that was found to be in RAM, and 0 before the first.
     */
    uint64_t watched;
    uint64_t taken; /* chains since the start, for who inspects; read without the lock */
    uint64_t given;
    struct ring_chain chain; /* the last that was taken */
};

/*
 * Starts a ring whose size, places and features are set, from index 0. NULL, or the rule of 2.7 or
 * 2.8 that they break; then it is not live.
 */
const char *ring_start(struct ring *ring);
/* Ends it: what is still out can't be given back any more. */
void ring_stop(struct ring *ring);

/* The next chain, or NULL: there is none, or the ring is broken (look at ring->broken). It is
 * ring->chain, valid until the next call. */
struct ring_chain *ring_take(struct ring *ring);
/*
 * Is there nothing for ring_take? Without the lock, for a notification: if another VP works on the
 * ring meanwhile, that one looks at it again before it leaves it. word: room for one, the caller's,
 * as this is on the way of each request and has no stack to guard then.
 */
bool ring_is_idle(const struct ring *ring, uint64_t *word);
/* The chain that was taken last goes back as if it had not been: the next ring_take gives it again. */
void ring_put_back(struct ring *ring);
/* Gives a chain back, with so many bytes written into its writable part. */
void ring_give(struct ring *ring, struct ring_token token, uint32_t written);

struct ring_used {
    struct ring_token token;
    uint32_t written;
};
/* Gives several back, of which the driver sees all or none. */
void ring_give_all(struct ring *ring, const struct ring_used *used, unsigned count);

/* What was taken since goes back as if it had not been. */
struct ring_mark {
    uint16_t available;
    bool wrap;
    uint64_t taken;
};
struct ring_mark ring_mark(const struct ring *ring);
void ring_rewind(struct ring *ring, struct ring_mark mark);
/* Does the driver want an interrupt for what was given back since the last call? */
bool ring_wants_interrupt(struct ring *ring);
/*
 * Asks the driver to notify of the next chain. True: there is one already, so no notification may
 * come. Called when ring_take has said NULL.
 */
bool ring_rearm(struct ring *ring);
/* ring_take, and once more after ring_rearm: NULL says that the driver notifies of the next chain. */
static inline struct ring_chain *ring_next(struct ring *ring)
{
    struct ring_chain *chain = ring_take(ring);

    return chain != NULL || !ring_rearm(ring) ? chain : ring_take(ring);
}
/* A rule was broken that the walker does not know: a device's own. */
void ring_break(struct ring *ring, const char *rule);

/* ---- Bytes of a chain ------------------------------------------------------------------------- */

/* A place in a list of segments; copies go on from it. */
struct ring_cursor {
    const struct ring_segment *segment;
    const struct ring_segment *end;
    uint32_t offset; /* into *segment */
};

struct ring_cursor ring_readable(const struct ring_chain *chain);
struct ring_cursor ring_writable(const struct ring_chain *chain);
/* How many bytes were copied: fewer than asked for at the list's end, or where memory faults. */
size_t ring_read(struct ring_cursor *cursor, void *to, size_t bytes);
size_t ring_write(struct ring_cursor *cursor, const void *from, size_t bytes);
/* Moves on without copying; returns how far. */
size_t ring_skip(struct ring_cursor *cursor, size_t bytes);
/* Moves on past what lies in a row: how many bytes, `wanted` at most, 0 at the end; *at is where. */
uint32_t ring_step(struct ring_cursor *cursor, size_t wanted, void **at);

#endif /* DEVICES_RING_H */
