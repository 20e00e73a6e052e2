/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_host_virtio.h: split rings, the device's side. Section numbers: virtio 1.2. */
#include "fake_host_ring.h"

#include <string.h>

#define require fake_host_require

static uint16_t get16(uint64_t address)
{
    uint16_t value;

    memcpy(&value, fake_host_memory(address, sizeof(value), "2.7: a ring's place"), sizeof(value));
    return value;
}

static void put(uint64_t address, const void *value, size_t bytes)
{
    memcpy(fake_host_memory(address, bytes, "2.7: a ring's place"), value, bytes);
}

static void put16(uint64_t address, uint16_t value)
{
    put(address, &value, sizeof(value));
}

/* 2.7: 16, 2 and 4 bytes of alignment, and their lengths. 2.7.10.1: the used ring's flags are 0. */
void fake_host_ring_check(const struct fake_host_queue *queue)
{
    require(queue->desc % 16 == 0 && queue->driver % 2 == 0 && queue->device % 4 == 0,
            "2.7: alignment of a ring");
    (void)fake_host_memory(queue->desc, 16u * queue->size, "2.7: the descriptor table's place");
    (void)fake_host_memory(queue->driver, 6u + 2u * queue->size, "2.7: the available ring's place");
    (void)fake_host_memory(queue->device, 6u + 8u * queue->size, "2.7: the used ring's place");
    require(get16(queue->device) == 0, "2.7.10.1: flags of the used ring");
    require(get16(queue->driver) == 0 && get16(queue->driver + 2) == 0,
            "2.7.6: the available ring starts at 0");
}

static struct fake_host_queue *queue_of(unsigned device, unsigned queue)
{
    return &fake_host[device].queues[queue];
}

static bool has_event_index(unsigned device)
{
    return (fake_host[device].accepted & VIRTIO_F_EVENT_IDX) != 0;
}

/* Appends one descriptor. */
static void segment_add(struct fake_host_request *request, const struct virtio_desc *desc)
{
    struct fake_host_segment *segment = &request->segments[request->readable + request->writable];

    require((desc->flags & ~(VIRTIO_DESC_NEXT | VIRTIO_DESC_WRITE)) == 0, "2.7.5: flags");
    require(desc->bytes != 0, "2.7.5: a buffer of no bytes");
    segment->base = fake_host_memory(desc->address, desc->bytes, "2.7.5: a buffer's place");
    segment->bytes = desc->bytes;
    if ((desc->flags & VIRTIO_DESC_WRITE) != 0) {
        request->writable++;
        request->writable_bytes += desc->bytes;
    } else {
        require(request->writable == 0, "2.7.4.2: readable behind writable");
        request->readable++;
        request->readable_bytes += desc->bytes;
    }
}

bool fake_host_take(unsigned device, unsigned number, struct fake_host_request *request)
{
    struct fake_host_queue *queue = queue_of(device, number);
    struct virtio_desc desc = {.flags = VIRTIO_DESC_NEXT};

    if (queue->ready != 1) {
        return false;
    }
    uint16_t waiting = (uint16_t)(get16(queue->driver + 2) - queue->available);
    require(waiting <= queue->size, "2.7.6: more entries than the ring has");
    require(!has_event_index(device) || get16(queue->driver) == 0, "2.7.7.1: flags");
    if (waiting == 0) {
        return false;
    }
    *request = (struct fake_host_request){0};
    request->head = get16(queue->driver + 4u + 2u * (queue->available % queue->size));
    queue->available++;
    desc.next = request->head;
    for (unsigned i = 0; (desc.flags & VIRTIO_DESC_NEXT) != 0; i++) {
        require(i < queue->size, "2.7.5.3.1: a chain longer than the queue");
        require(desc.next < queue->size, "2.7.5: an index outside of the table");
        memcpy(&desc, fake_host_memory(queue->desc + 16u * desc.next, 16, "2.7: a ring's place"),
               sizeof(desc));
        segment_add(request, &desc);
    }
    return true;
}

void fake_host_give(unsigned device, unsigned number, uint32_t head, uint32_t written)
{
    struct fake_host_queue *queue = queue_of(device, number);
    const uint32_t entry[2] = {head, written};

    put(queue->device + 4u + 8u * (queue->used % queue->size), entry, sizeof(entry));
    queue->used++;
    put16(queue->device + 2, queue->used);
}

uint16_t *fake_host_used_index(unsigned device, unsigned number)
{
    struct fake_host_queue *queue = queue_of(device, number);

    return (uint16_t *)(void *)fake_host_memory(queue->device + 2, 2, "2.7: a ring's place");
}

bool fake_host_wants(unsigned device, unsigned number)
{
    struct fake_host_queue *queue = queue_of(device, number);
    uint16_t old = queue->told;
    bool wants = false;

    queue->told = queue->used;
    if (!has_event_index(device)) {
        wants = queue->used != old && (get16(queue->driver) & VIRTIO_AVAIL_NO_INTERRUPT) == 0;
    }
    for (uint16_t index = old; has_event_index(device) && index != queue->used; index++) {
        wants = wants || index == get16(queue->driver + 4u + 2u * queue->size);
    }
    if (wants) {
        fake_host_raise(device, VIRTIO_INTERRUPT_USED);
    }
    return wants;
}

void fake_host_notify_after(unsigned device, unsigned number, uint16_t entries)
{
    const struct fake_host_queue *queue = queue_of(device, number);

    put16(queue->device + 4u + 8u * queue->size, (uint16_t)(queue->available + entries));
}

void fake_host_notify_never(unsigned device, unsigned number, bool never)
{
    put16(queue_of(device, number)->device, never ? VIRTIO_USED_NO_NOTIFY : 0);
}

/* ---- Bytes of a request ------------------------------------------------------------------------ */

/* Copies between `bytes` and segments, `offset` bytes behind the first one's start. */
static void copy(const struct fake_host_segment *segments, unsigned count, uint32_t offset,
                 uint8_t *data, uint32_t bytes, bool to_segments)
{
    for (unsigned i = 0; i < count && bytes != 0; i++) {
        uint32_t now = segments[i].bytes;

        if (offset >= now) {
            offset -= now;
            continue;
        }
        now -= offset;
        now = now < bytes ? now : bytes;
        if (to_segments) {
            memcpy(segments[i].base + offset, data, now);
        } else {
            memcpy(data, segments[i].base + offset, now);
        }
        data += now;
        bytes -= now;
        offset = 0;
    }
    require(bytes == 0, "what the test expects: the request is shorter");
}

void fake_host_read(const struct fake_host_request *request, uint32_t offset, void *to,
                    uint32_t bytes)
{
    copy(request->segments, request->readable, offset, to, bytes, false);
}

void fake_host_write(const struct fake_host_request *request, uint32_t offset, const void *from,
                     uint32_t bytes)
{
    /* Only read from: one function for both ways. */
    copy(request->segments + request->readable, request->writable, offset,
         (uint8_t *)(uintptr_t)from, bytes, true);
}
