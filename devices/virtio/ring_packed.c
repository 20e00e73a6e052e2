/* SPDX-License-Identifier: BSD-3-Clause */
/* Packed virtqueues (virtio 1.2, 2.8). ring->available and ring->used are slots, with their wrap
 * counters. */
#include "virtio/ring_layout.h"

#define SLOT_BYTES ((uint64_t)sizeof(struct virtio_packed_desc))
#define EVENT_WRAP_SHIFT 15
#define EVENT_OFFSET_MASK 0x7fffu

const char *packed_check(const struct ring *ring)
{
    if (ring->size == 0) {
        return "a queue of no slots (2.8)";
    }
    if (ring->desc % 16 != 0 || ring->driver % 4 != 0 || ring->device % 4 != 0) {
        return "a queue part that is not aligned (2.8.10.1)";
    }
    if (!guest_ram_contains(gpa(ring->desc), ring->size * SLOT_BYTES) ||
        !guest_ram_contains(gpa(ring->driver), VIRTIO_EVENT_BYTES) ||
        !guest_ram_contains(gpa(ring->device), VIRTIO_EVENT_BYTES)) {
        return "a queue part outside memory";
    }
    return NULL;
}

/* A slot, and the lap that its flags must be of. */
struct position {
    uint16_t slot;
    bool wrap;
};

static struct position position_after(const struct ring *ring, struct position at, uint16_t slots)
{
    unsigned slot = (unsigned)at.slot + slots;

    if (slot < ring->size) {
        return (struct position){(uint16_t)slot, at.wrap};
    }
    return (struct position){(uint16_t)(slot - ring->size), !at.wrap};
}

static uint64_t slot_address(const struct ring *ring, uint16_t slot, size_t field)
{
    return ring->desc + slot * SLOT_BYTES + field;
}

/* 2.8.1: available are those whose avail bit is the lap's, and whose used bit is not. */
static bool flags_available(uint64_t flags, bool wrap)
{
    return ((flags & VIRTIO_DESC_AVAIL) != 0) == wrap && ((flags & VIRTIO_DESC_USED) != 0) != wrap;
}

/* Place and lap in one word, so that who has no lock sees them of one moment. */
void packed_watch(struct ring *ring)
{
    ring->watched =
        slot_address(ring, ring->available, offsetof(struct virtio_packed_desc, flags)) |
        (ring->available_wrap ? RING_WATCHED_LAP : 0);
}

bool packed_is_idle(const struct ring *ring, uint64_t *word)
{
    uint64_t watched = ((const volatile struct ring *)ring)->watched;

    return ring_watched_load(watched, word) &&
           !flags_available(*word, (watched & RING_WATCHED_LAP) != 0);
}

static bool is_available(struct ring *ring, struct position at, uint16_t *flags)
{
    uint64_t word;

    if (!ring_load(ring, slot_address(ring, at.slot, offsetof(struct virtio_packed_desc, flags)), 2,
                   &word)) {
        return false;
    }
    *flags = (uint16_t)word;
    return flags_available(word, at.wrap);
}

/* The rest of a slot whose flags have been read. */
static bool slot_read(struct ring *ring, uint16_t slot, struct virtio_packed_desc *desc)
{
    uint64_t bytes;
    uint64_t id;

    if (!ring_load(ring, slot_address(ring, slot, 0), 8, &desc->address) ||
        !ring_load(ring, slot_address(ring, slot, offsetof(struct virtio_packed_desc, bytes)), 4,
                   &bytes) ||
        !ring_load(ring, slot_address(ring, slot, offsetof(struct virtio_packed_desc, id)), 2,
                   &id)) {
        return false;
    }
    desc->bytes = (uint32_t)bytes;
    desc->id = (uint16_t)id;
    return true;
}

static const char *slot_add(struct ring *ring, const struct virtio_packed_desc *desc, bool first)
{
    if ((desc->flags & VIRTIO_DESC_INDIRECT) == 0) {
        return ring_chain_add(ring, desc->address, desc->bytes, desc->flags);
    }
    if (!first || (desc->flags & VIRTIO_DESC_NEXT) != 0) {
        return "an indirect descriptor in a list (2.8.19)";
    }
    return ring_chain_add_table(ring, desc->address, desc->bytes, false);
}

/* The chain at `at`, whose first flags are given. NULL, or the rule that it breaks. */
static const char *chain_walk(struct ring *ring, struct position at, uint16_t flags)
{
    struct virtio_packed_desc desc = {.flags = flags};
    uint16_t slots = 0;

    /* Each slot is a segment: a chain without end breaks the rule of its length. */
    for (;;) {
        if (!slot_read(ring, at.slot, &desc)) {
            return ring->broken;
        }
        const char *rule = slot_add(ring, &desc, slots == 0);
        if (rule != NULL) {
            return rule;
        }
        slots++;
        if ((desc.flags & VIRTIO_DESC_NEXT) == 0) {
            /* 2.8.6: the buffer's id is in its last descriptor. */
            ring->chain.token = (struct ring_token){desc.id, slots};
            return NULL;
        }
        at = position_after(ring, at, 1);
        if (!is_available(ring, at, &desc.flags)) {
            return "a list whose rest is not available (2.8.17, 2.8.21)";
        }
    }
}

bool packed_take(struct ring *ring)
{
    struct position at = {ring->available, ring->available_wrap};
    uint16_t flags = 0;

    if (!is_available(ring, at, &flags)) {
        return false;
    }
    /* The rest is looked at after the flags that say it is there (2.8.21.1). */
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    const char *rule = chain_walk(ring, at, flags);
    if (rule != NULL) {
        ring_break(ring, rule);
        return false;
    }
    at = position_after(ring, at, ring->chain.token.slots);
    ring->available = at.slot;
    ring->available_wrap = at.wrap;
    packed_watch(ring);
    return true;
}

/* Length and id of a used slot. */
static bool slot_fill(struct ring *ring, uint16_t slot, const struct ring_used *used)
{
    return ring_store(ring, slot_address(ring, slot, offsetof(struct virtio_packed_desc, bytes)), 4,
                      used->written) &&
           ring_store(ring, slot_address(ring, slot, offsetof(struct virtio_packed_desc, id)), 2,
                      used->token.id);
}

/* Its flags: now it is the driver's. */
static void slot_publish(struct ring *ring, struct position at, const struct ring_used *used)
{
    uint64_t flags = (at.wrap ? VIRTIO_DESC_AVAIL | VIRTIO_DESC_USED : 0) |
                     (used->written != 0 ? VIRTIO_DESC_WRITE : 0);

    (void)ring_store(ring, slot_address(ring, at.slot, offsetof(struct virtio_packed_desc, flags)),
                     2, flags);
}

void packed_give(struct ring *ring, const struct ring_used *used, unsigned count)
{
    struct position first = {ring->used, ring->used_wrap};
    struct position at = first;

    for (unsigned i = 0; i < count; i++) {
        if (!slot_fill(ring, at.slot, &used[i])) {
            return;
        }
        if (i != 0) {
            slot_publish(ring, at, &used[i]);
        }
        at = position_after(ring, at, used[i].token.slots);
    }
    /* All is there before the flags of the first slot, which a driver looks at before the others
     * (2.8.9, 2.8.15). */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    slot_publish(ring, first, &used[0]);
    ring->used = at.slot;
    ring->used_wrap = at.wrap;
}

/* 2.8.10, 2.8.14: the driver's event suppression structure. */
bool packed_wants_interrupt(struct ring *ring)
{
    uint64_t flags;
    uint64_t event;

    if (!ring_load(ring, ring->driver + VIRTIO_EVENT_FLAGS, 2, &flags)) {
        return false;
    }
    if ((flags & 3) != VIRTIO_EVENT_DESC || !ring->event_index) {
        return (flags & 3) != VIRTIO_EVENT_DISABLE;
    }
    if (!ring_load(ring, ring->driver, 2, &event)) {
        return false;
    }
    /* As if in the lap of `used`. */
    unsigned offset = (unsigned)event & EVENT_OFFSET_MASK;
    offset -= (event >> EVENT_WRAP_SHIFT != 0) != ring->used_wrap ? ring->size : 0;
    return virtio_event_passed((uint16_t)offset, ring->used, ring->untold);
}

bool packed_rearm(struct ring *ring)
{
    uint64_t event = ring->available | (ring->available_wrap ? UINT64_C(1) << EVENT_WRAP_SHIFT : 0);
    uint16_t flags;

    /* One store: place and flags are of the same moment. */
    if (!ring_store(ring, ring->device, 4, event | (uint64_t)VIRTIO_EVENT_DESC << 16)) {
        return false;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return is_available(ring, (struct position){ring->available, ring->available_wrap}, &flags);
}
