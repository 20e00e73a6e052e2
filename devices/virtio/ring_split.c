/* SPDX-License-Identifier: BSD-3-Clause */
/* Split virtqueues (virtio 1.2, 2.7). ring->available and ring->used count without end, modulo 2^16. */
#include "virtio/ring_layout.h"

#define DESC_BYTES ((uint64_t)sizeof(struct virtio_desc))

const char *split_check(const struct ring *ring)
{
    uint64_t size = ring->size;

    if (size == 0 || (size & (size - 1)) != 0) {
        return "a queue whose size is no power of two (2.7)";
    }
    if (ring->desc % 16 != 0 || ring->driver % 2 != 0 || ring->device % 4 != 0) {
        return "a queue part that is not aligned (2.7)";
    }
    if (!guest_ram_contains(gpa(ring->desc), size * DESC_BYTES) ||
        !guest_ram_contains(gpa(ring->driver), VIRTIO_AVAIL_BYTES(size)) ||
        !guest_ram_contains(gpa(ring->device), VIRTIO_USED_BYTES(size))) {
        return "a queue part outside memory";
    }
    return NULL;
}

/* From `index` on to the chain's end. NULL, or the rule that it breaks. */
static const char *chain_walk(struct ring *ring, uint64_t index)
{
    struct virtio_desc desc;

    /* A chain that loops ends at ring->size segments. */
    for (;;) {
        if (index >= ring->size) {
            return "an index that is no descriptor's (2.7.5)";
        }
        const char *from = (const char *)(uintptr_t)ring->desc;
        if (vtl_copy(&desc, from + index * DESC_BYTES, sizeof(desc)) != PV_OK) {
            return "a ring in memory that is not there";
        }
        if ((desc.flags & VIRTIO_DESC_INDIRECT) != 0) {
            return (desc.flags & VIRTIO_DESC_NEXT) != 0
                       ? "an indirect descriptor with a next (2.7.5.3.1)"
                       : ring_chain_add_table(ring, desc.address, desc.bytes, true);
        }
        const char *rule = ring_chain_add(ring, desc.address, desc.bytes, desc.flags);
        if (rule != NULL || (desc.flags & VIRTIO_DESC_NEXT) == 0) {
            return rule;
        }
        index = desc.next;
    }
}

/* How many chains are available. */
static uint16_t available(struct ring *ring)
{
    uint64_t index;

    if (!ring_load(ring, ring->driver + VIRTIO_AVAIL_INDEX, 2, &index)) {
        return 0;
    }
    return (uint16_t)(index - ring->available);
}

bool split_take(struct ring *ring)
{
    uint16_t count = available(ring);
    uint64_t head;

    if (count == 0) {
        return false;
    }
    if (count > ring->size) {
        ring_break(ring, "an available index that jumps (2.7.6.1, 2.7.13.3.1)");
        return false;
    }
    /* The entry is looked at after the index that says it is there (2.7.13.3). */
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    uint32_t slot = ring->available & (ring->size - 1u);
    if (!ring_load(ring, ring->driver + VIRTIO_AVAIL_RING(slot), 2, &head)) {
        return false;
    }
    const char *rule = chain_walk(ring, head);
    if (rule != NULL) {
        ring_break(ring, rule);
        return false;
    }
    ring->chain.token = (struct ring_token){(uint16_t)head, 1};
    ring->available++;
    return true;
}

void split_give(struct ring *ring, const struct ring_used *used, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t entry = ring->device + VIRTIO_USED_RING((ring->used + i) & (ring->size - 1u));

        if (!ring_store(ring, entry, 4, used[i].token.id) ||
            !ring_store(ring, entry + 4, 4, used[i].written)) {
            return;
        }
    }
    ring->used = (uint16_t)(ring->used + count);
    /* The data and the entries are there before the index that says so (2.7.8.2). */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    (void)ring_store(ring, ring->device + VIRTIO_USED_INDEX, 2, ring->used);
}

bool split_wants_interrupt(struct ring *ring)
{
    uint64_t word;

    if (ring->event_index) {
        /* used_event, behind the available ring (2.7.7). */
        return ring_load(ring, ring->driver + VIRTIO_AVAIL_RING(ring->size), 2, &word) &&
               virtio_event_passed((uint16_t)word, ring->used, ring->untold);
    }
    return ring_load(ring, ring->driver + VIRTIO_AVAIL_FLAGS, 2, &word) &&
           (word & VIRTIO_AVAIL_NO_INTERRUPT) == 0;
}

bool split_rearm(struct ring *ring)
{
    /* avail_event, behind the used ring (2.7.10). */
    if (!ring_store(ring, ring->device + VIRTIO_USED_RING(ring->size), 2, ring->available)) {
        return false;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return available(ring) != 0;
}
