/* SPDX-License-Identifier: BSD-3-Clause */
/* See fake_host_queue.h. */
#include "fake_host_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_host fake_host;

static uint8_t memory[FAKE_HOST_BYTES] __attribute__((aligned(4096)));

static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fake_host_queue: %s\n", what);
        abort();
    }
}

void fake_host_reset(void)
{
    memset(&fake_host, 0, sizeof(fake_host));
    memset(memory, 0xee, sizeof(memory));
    fake_host.offered = UINT64_MAX;
    fake_host.queue_size_max = FAKE_HOST_REQUESTS;
    fake_host.memory = sizeof(memory);
}

static struct fake_host_queue *fake_of(const struct host_queue *queue)
{
    need(queue->index < FAKE_HOST_QUEUES && fake_host.queues[queue->index].queue == queue,
         "a queue that is not open");
    return &fake_host.queues[queue->index];
}

/* The oldest goes from the device to the driver. */
static struct fake_host_request *finish(struct fake_host_queue *queue)
{
    struct fake_host_request *done = &queue->done[queue->done_count++];

    *done = queue->flight[0];
    queue->count--;
    queue->kicked--;
    memmove(queue->flight, queue->flight + 1, queue->count * sizeof(queue->flight[0]));
    return done;
}

bool fake_host_write(unsigned queue, const void *from, uint32_t bytes)
{
    struct fake_host_queue *fake = &fake_host.queues[queue];

    if (fake->kicked == 0 || !fake->flight[0].write || bytes > fake->flight[0].bytes) {
        return false;
    }
    if (bytes != 0) {
        memcpy(fake->flight[0].base, from, bytes);
    }
    finish(fake)->written = bytes;
    return true;
}

size_t fake_host_read(unsigned queue, void *to, size_t room)
{
    struct fake_host_queue *fake = &fake_host.queues[queue];

    if (fake->kicked == 0 || fake->flight[0].write || fake->flight[0].bytes > room) {
        return SIZE_MAX;
    }
    memcpy(to, fake->flight[0].base, fake->flight[0].bytes);
    return finish(fake)->bytes;
}

/* ---- bounce.h --------------------------------------------------------------------------------- */

void *bounce_reserve(size_t bytes)
{
    size_t at = fake_host.reserved;

    if (bytes > fake_host.memory - at) {
        return NULL;
    }
    fake_host.reserved += (bytes + 63) / 64 * 64;
    return memory + at;
}

void bounce_count_in(uint64_t bytes)
{
    fake_host.in += bytes;
}

void bounce_count_out(uint64_t bytes)
{
    fake_host.out += bytes;
}

/* ---- host_virtio.h ---------------------------------------------------------------------------- */

enum pv_status host_virtio_open(struct host_virtio *device, uint64_t wanted)
{
    device->features = fake_host.offered & (wanted | VIRTIO_F_VERSION_1);
    return fake_host.open_status;
}

enum pv_status host_queue_open(struct host_virtio *device, struct host_queue *queue, uint16_t index,
                               uint16_t size_max)
{
    uint16_t size = size_max;

    while (size > fake_host.queue_size_max) {
        size /= 2;
    }
    if (size == 0) {
        return PV_UNSUPPORTED;
    }
    need(index < FAKE_HOST_QUEUES && size <= FAKE_HOST_REQUESTS, "a queue that there is not");
    *queue = (struct host_queue){.device = device, .index = index, .size = size};
    fake_host.queues[index].queue = queue;
    return PV_OK;
}

enum pv_status host_virtio_start(struct host_virtio *device)
{
    (void)device;
    fake_host.started = true;
    return PV_OK;
}

enum pv_status host_virtio_config(struct host_virtio *device, uint32_t offset, void *to,
                                  size_t bytes)
{
    (void)device;
    need(offset + bytes <= sizeof(fake_host.config), "no such configuration");
    memcpy(to, fake_host.config + offset, bytes);
    return PV_OK;
}

void host_virtio_kill(struct host_virtio *device, const char *reason)
{
    if (device->dead == NULL) {
        device->dead = reason;
        fake_host.kills++;
    }
}

uint32_t host_virtio_interrupt(struct host_virtio *device)
{
    if (fake_host.asks_reset) {
        host_virtio_kill(device, "asks for a reset");
    }
    return VIRTIO_INTERRUPT_USED;
}

static bool id_used(const struct fake_host_queue *queue, uint16_t id)
{
    bool used = false;

    for (size_t i = 0; i < queue->count; i++) {
        used = used || queue->flight[i].id == id;
    }
    for (size_t i = 0; i < queue->done_count; i++) {
        used = used || queue->done[i].id == id;
    }
    return used;
}

/* A piece of the region that nobody else has in flight. */
static void check_buffer(const struct fake_host_queue *queue, const struct host_buffer *buffer)
{
    const uint8_t *base = buffer->base;

    need(base >= memory && base + buffer->bytes <= memory + fake_host.reserved, "no bounce memory");
    for (size_t i = 0; i < queue->count; i++) {
        need(queue->flight[i].base != base, "a buffer twice in flight");
    }
    for (size_t i = 0; i < queue->done_count; i++) {
        need(queue->done[i].base != base, "a buffer in flight that is not taken back");
    }
}

bool host_queue_add(struct host_queue *queue, const struct host_buffer *buffers, unsigned count,
                    uint16_t *id)
{
    struct fake_host_queue *fake = fake_of(queue);

    need(count == 1, "more buffers than this fake can do");
    if (queue->device->dead != NULL || fake->count + fake->done_count == queue->size) {
        return false;
    }
    check_buffer(fake, buffers);
    for (*id = 0; id_used(fake, *id); (*id)++) {
    }
    fake->flight[fake->count++] =
        (struct fake_host_request){*id, buffers->base, buffers->bytes, buffers->write, 0};
    return true;
}

void host_queue_kick(struct host_queue *queue)
{
    struct fake_host_queue *fake = fake_of(queue);

    fake->kicked = queue->device->dead == NULL ? fake->count : fake->kicked;
}

bool host_queue_take(struct host_queue *queue, uint16_t *id, uint32_t *written)
{
    struct fake_host_queue *fake = fake_of(queue);

    if (queue->device->dead != NULL || fake->done_count == 0) {
        return false;
    }
    *id = fake->done[0].id;
    *written = fake->done[0].written;
    fake->done_count--;
    memmove(fake->done, fake->done + 1, fake->done_count * sizeof(fake->done[0]));
    return true;
}

bool host_queue_rearm(struct host_queue *queue)
{
    return queue->device->dead == NULL && fake_of(queue)->done_count != 0;
}
