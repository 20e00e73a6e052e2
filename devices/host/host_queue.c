/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver's side of a split ring: host_virtio.h. Source: virtio 1.2, 2.7, 4.2.2. */
#include "host/bounce.h"
#include "host/host_virtio.h"
#include "vtl/untrusted.h"

#include <string.h>

#define DESC_BYTES ((uint32_t)sizeof(struct virtio_desc))

static void set(const struct host_queue *queue, uint32_t offset, uint64_t value)
{
    mmio_write32(queue->device->base + offset, (uint32_t)value);
}

static void set_place(const struct host_queue *queue, uint32_t low, uint32_t high,
                      const void *place)
{
    uint64_t address = (uintptr_t)place;

    set(queue, low, address);
    set(queue, high, address >> 32);
}

/* What the host may write at any time: read once, whole. */
static uint16_t shared_get16(const uint8_t *at)
{
    return __atomic_load_n((const uint16_t *)(const void *)at, __ATOMIC_RELAXED);
}

static uint32_t shared_get32(const uint8_t *at)
{
    return __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_RELAXED);
}

static void shared_set16(uint8_t *at, uint16_t value)
{
    __atomic_store_n((uint16_t *)(void *)at, value, __ATOMIC_RELAXED);
}

static uint16_t size_of_queue(uint32_t offered, uint16_t size_max)
{
    uint16_t size = size_max < HOST_QUEUE_SIZE_MAX ? size_max : HOST_QUEUE_SIZE_MAX;

    while (size > offered) {
        size /= 2;
    }
    return size;
}

static bool memory_take(struct host_queue *queue)
{
    queue->desc = bounce_reserve((size_t)queue->size * DESC_BYTES);
    queue->driver = bounce_reserve(VIRTIO_AVAIL_BYTES(queue->size));
    queue->area = bounce_reserve(VIRTIO_USED_BYTES(queue->size));
    return queue->desc != NULL && queue->driver != NULL && queue->area != NULL;
}

enum pv_status host_queue_open(struct host_virtio *device, struct host_queue *queue, uint16_t index,
                               uint16_t size_max)
{
    memset(queue, 0, sizeof(*queue));
    queue->device = device;
    queue->index = index;
    set(queue, VIRTIO_MMIO_QUEUE_SEL, index);
    queue->size = size_of_queue(mmio_read32(device->base + VIRTIO_MMIO_QUEUE_NUM_MAX), size_max);
    if (queue->size == 0 || mmio_read32(device->base + VIRTIO_MMIO_QUEUE_READY) != 0) {
        return PV_UNSUPPORTED;
    }
    if (!memory_take(queue)) {
        return PV_NO_SPACE;
    }
    for (uint16_t i = 0; i < queue->size; i++) {
        queue->next[i] = (uint16_t)(i + 1);
    }
    queue->free_count = queue->size;
    set(queue, VIRTIO_MMIO_QUEUE_NUM, queue->size);
    set_place(queue, VIRTIO_MMIO_QUEUE_DESC_LOW, VIRTIO_MMIO_QUEUE_DESC_HIGH, queue->desc);
    set_place(queue, VIRTIO_MMIO_QUEUE_DRIVER_LOW, VIRTIO_MMIO_QUEUE_DRIVER_HIGH, queue->driver);
    set_place(queue, VIRTIO_MMIO_QUEUE_DEVICE_LOW, VIRTIO_MMIO_QUEUE_DEVICE_HIGH, queue->area);
    set(queue, VIRTIO_MMIO_QUEUE_READY, 1);
    return PV_OK;
}

/* Descriptor `index` describes the buffer; the next free one follows it, unless it is the last. */
static void desc_write(struct host_queue *queue, uint16_t index, const struct host_buffer *buffer,
                       bool last)
{
    struct virtio_desc *desc = (struct virtio_desc *)(void *)(queue->desc + index * DESC_BYTES);

    *desc = (struct virtio_desc){
        .address = (uintptr_t)buffer->base,
        .bytes = buffer->bytes,
        .flags =
            (uint16_t)((buffer->write ? VIRTIO_DESC_WRITE : 0) | (last ? 0 : VIRTIO_DESC_NEXT)),
        .next = last ? 0 : queue->next[index],
    };
}

bool host_queue_add(struct host_queue *queue, const struct host_buffer *buffers, unsigned count,
                    uint16_t *id)
{
    uint16_t head = queue->free_head;
    uint16_t index = head;
    uint32_t writable = 0;

    CHECK(count != 0);
    if (queue->device->dead != NULL || count > queue->free_count) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        desc_write(queue, index, &buffers[i], i + 1 == count);
        writable += buffers[i].write ? buffers[i].bytes : 0;
        queue->free_head = queue->next[index];
        index = queue->free_head;
    }
    queue->free_count = (uint16_t)(queue->free_count - count);
    queue->count[head] = (uint16_t)count;
    queue->writable[head] = writable;
    shared_set16(queue->driver + VIRTIO_AVAIL_RING(queue->available & (queue->size - 1u)), head);
    queue->available++;
    /* Descriptors and entry before the index (2.7.13.2). It is told at once: a chain that is known
     * here and not to the device could not be told from one that the device may give back. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    shared_set16(queue->driver + VIRTIO_AVAIL_INDEX, queue->available);
    *id = head;
    return true;
}

void host_queue_kick(struct host_queue *queue)
{
    uint16_t old = queue->kicked;
    bool wanted;

    if (queue->device->dead != NULL || queue->available == old) {
        return;
    }
    /* The index before the host's wish (2.7.13.4.1). */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    queue->kicked = queue->available;
    if ((queue->device->features & VIRTIO_F_EVENT_IDX) != 0) {
        uint16_t event = shared_get16(queue->area + VIRTIO_USED_RING(queue->size));

        wanted = virtio_event_passed(event, queue->available, (uint16_t)(queue->available - old));
    } else {
        wanted = (shared_get16(queue->area + VIRTIO_USED_FLAGS) & VIRTIO_USED_NO_NOTIFY) == 0;
    }
    if (wanted) {
        set(queue, VIRTIO_MMIO_QUEUE_NOTIFY, queue->index);
    }
}

/* The chain's descriptors go back to the free ones. */
static void chain_free(struct host_queue *queue, uint16_t head)
{
    uint16_t last = head;

    for (unsigned i = 1; i < queue->count[head]; i++) {
        last = queue->next[last];
    }
    queue->free_count = (uint16_t)(queue->free_count + queue->count[head]);
    queue->next[last] = queue->free_head;
    queue->free_head = head;
    queue->count[head] = 0;
}

bool host_queue_take(struct host_queue *queue, uint16_t *id, uint32_t *written)
{
    uint16_t done;
    uint32_t head;

    if (queue->device->dead != NULL) {
        return false;
    }
    done = (uint16_t)(shared_get16(queue->area + VIRTIO_USED_INDEX) - queue->used);
    if (done == 0) {
        return false;
    }
    if (done > (uint16_t)(queue->available - queue->used)) {
        host_virtio_kill(queue->device, "its used index jumps");
        return false;
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    const uint8_t *entry = queue->area + VIRTIO_USED_RING(queue->used & (queue->size - 1u));
    head = shared_get32(entry);
    *written = shared_get32(entry + 4);
    if (head >= queue->size || queue->count[head] == 0) {
        host_virtio_kill(queue->device, "it gives back what it does not have");
        return false;
    }
    if (*written > queue->writable[head]) {
        host_virtio_kill(queue->device, "it says that it has written more than it could");
        return false;
    }
    *id = (uint16_t)head;
    chain_free(queue, *id);
    queue->used++;
    return true;
}
PV_UNTRUSTED(host_queue_take, host, "fuzz_host_blk");

bool host_queue_has(const struct host_queue *queue)
{
    return queue->device->dead == NULL &&
           shared_get16(queue->area + VIRTIO_USED_INDEX) != queue->used;
}

bool host_queue_rearm(struct host_queue *queue)
{
    if (queue->device->dead != NULL || (queue->device->features & VIRTIO_F_EVENT_IDX) == 0) {
        return false;
    }
    /* used_event (2.7.7). */
    shared_set16(queue->driver + VIRTIO_AVAIL_RING(queue->size), queue->used);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return shared_get16(queue->area + VIRTIO_USED_INDEX) != queue->used;
}
