/* SPDX-License-Identifier: BSD-3-Clause */
/* See fake_queue.h. */
#include "fake_queue.h"

#include "fake_vtl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_queue fake_queue;

static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fake_queue: %s\n", what);
        abort();
    }
}

void fake_queue_reset(void)
{
    /* Their bytes are written before they are read. */
    fake_queue.count = 0;
    fake_queue.device = NULL;
    fake_queue.fault = false;
    fake_queue.fault_after = 0;
    fake_queue.rearms = 0;
    fake_queue.tells = 0;
    memset(fake_queue.later, 0, sizeof(fake_queue.later));
}

void fake_queue_live(bool live)
{
    for (unsigned i = 0; i < fake_queue.device->queue_count; i++) {
        fake_queue.device->queues[i].live = live;
        fake_queue.device->queues[i].broken = NULL;
    }
}

struct fake_chain *fake_queue_add(unsigned queue, const void *readable, size_t bytes, size_t room)
{
    struct fake_chain *chain = &fake_queue.chains[fake_queue.count++];

    need(fake_queue.count <= FAKE_CHAINS_MAX && bytes + room <= FAKE_CHAIN_BYTES, "no more room");
    chain->ring = &fake_queue.device->queues[queue];
    chain->state = FAKE_CHAIN_AVAILABLE;
    chain->readable = (uint32_t)bytes;
    chain->writable = (uint32_t)room;
    chain->written = 0;
    if (bytes != 0) {
        memcpy(chain->bytes, readable, bytes);
    }
    return chain;
}

bool fake_queue_run(void)
{
    struct vmm_work *works[FAKE_WORKS_MAX];
    uint32_t vp = fake.index;
    bool any = false;

    memcpy(works, fake_queue.later, sizeof(works));
    memset(fake_queue.later, 0, sizeof(fake_queue.later));
    for (unsigned i = 0; i < FAKE_WORKS_MAX; i++) {
        if (works[i] != NULL) {
            fake.index = fake_queue.later_vp[i];
            works[i]->run(works[i]->device);
            any = true;
        }
    }
    fake.index = vp;
    return any;
}

/* ---- virtio/device.h, vmm/vmm.h --------------------------------------------------------------- */

void virtio_attach(struct virtio_device *device, unsigned index)
{
    fake_queue.device = device;
    fake_queue.window = index;
}

void virtio_tell(struct virtio_device *device, struct ring *ring)
{
    need(device == fake_queue.device && ring->lock.taken == 1, "told without the queue's lock");
    fake_queue.tells++;
}

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    unsigned at = 0;

    (void)delay_ns;
    while (at < FAKE_WORKS_MAX && fake_queue.later[at] != NULL && fake_queue.later[at] != work) {
        at++;
    }
    need(at < FAKE_WORKS_MAX, "more works than there are");
    fake_queue.later[at] = work;
    fake_queue.later_vp[at] = fake.index;
}

/* ---- virtio/ring.h ---------------------------------------------------------------------------- */

struct ring_chain *ring_take(struct ring *ring)
{
    struct ring_chain *chain = &ring->chain;

    need(ring->lock.taken == 1, "taken without the queue's lock");
    for (size_t i = 0; ring->live && i < fake_queue.count; i++) {
        struct fake_chain *from = &fake_queue.chains[i];

        if (from->ring == ring && from->state == FAKE_CHAIN_AVAILABLE) {
            uint16_t readable = from->readable != 0 ? 1 : 0;

            from->state = FAKE_CHAIN_TAKEN;
            chain->token = (struct ring_token){(uint16_t)i, 1};
            chain->readable = readable;
            chain->writable = from->writable != 0 ? 1 : 0;
            chain->readable_bytes = from->readable;
            chain->writable_bytes = from->writable;
            chain->segments[0] = (struct ring_segment){gpa((uintptr_t)from->bytes), from->readable};
            chain->segments[readable] =
                (struct ring_segment){gpa((uintptr_t)from->bytes + from->readable), from->writable};
            return chain;
        }
    }
    return NULL;
}

void ring_give(struct ring *ring, struct ring_token token, uint32_t written)
{
    need(ring->lock.taken == 1, "given without the queue's lock");
    need(token.id < fake_queue.count, "a chain that there is not");
    struct fake_chain *chain = &fake_queue.chains[token.id];

    need(chain->ring == ring && chain->state == FAKE_CHAIN_TAKEN, "a chain that was not taken");
    need(written <= chain->writable, "more than there is room for");
    chain->state = FAKE_CHAIN_GIVEN;
    chain->written = written;
}

/* No chain comes between, as nobody else runs. */
bool ring_rearm(struct ring *ring)
{
    need(ring->lock.taken == 1, "rearmed without the queue's lock");
    fake_queue.rearms++;
    return false;
}

void ring_break(struct ring *ring, const char *rule)
{
    need(ring->lock.taken == 1, "broken without the queue's lock");
    ring->broken = rule;
    ring->live = false;
}

struct ring_cursor ring_readable(const struct ring_chain *chain)
{
    return (struct ring_cursor){chain->segments, chain->segments + chain->readable, 0};
}

struct ring_cursor ring_writable(const struct ring_chain *chain)
{
    const struct ring_segment *first = chain->segments + chain->readable;

    return (struct ring_cursor){first, first + chain->writable, 0};
}

static bool faults(void)
{
    if (fake_queue.fault_after != 0) {
        fake_queue.fault_after--;
        return false;
    }
    return fake_queue.fault;
}

/* Where the next bytes are, and how many of those wanted. */
static uint8_t *advance(struct ring_cursor *cursor, size_t *bytes)
{
    uint8_t *at;

    if (cursor->segment == cursor->end || faults()) {
        *bytes = 0;
        return NULL;
    }
    if (*bytes > cursor->segment->bytes - cursor->offset) {
        *bytes = cursor->segment->bytes - cursor->offset;
    }
    at = (uint8_t *)(uintptr_t)cursor->segment->base.raw + cursor->offset;
    cursor->offset += (uint32_t)*bytes;
    return at;
}

size_t ring_read(struct ring_cursor *cursor, void *to, size_t bytes)
{
    const uint8_t *from = advance(cursor, &bytes);

    if (bytes != 0) {
        memcpy(to, from, bytes);
    }
    return bytes;
}

size_t ring_write(struct ring_cursor *cursor, const void *from, size_t bytes)
{
    uint8_t *to = advance(cursor, &bytes);

    if (bytes != 0) {
        memcpy(to, from, bytes);
    }
    return bytes;
}
