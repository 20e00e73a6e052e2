/* SPDX-License-Identifier: BSD-3-Clause */
/* Registers, memory, and both kinds of queue: virtio 1.2, 2.7, 2.8, 4.2. */
#include "virtio_driver.h"

#include "hostile.h"

#define SLOT_PAGES 8u
#define MEMORY_PAGES (MEMORY_SLOTS * SLOT_PAGES + 1)
#define MEMORY_BYTES (MEMORY_PAGES * PAGE_BYTES)
#define PATTERN UINT64_C(0xa5c396e1b4d2870f)
#define ALLOWED_MAX 64u
#define WAIT_MS 2000u

struct device devices[WINDOWS];
uint32_t device_count;

/* ---- Devices -------------------------------------------------------------------------------------- */

void reg_write(const struct device *device, uint32_t offset, uint32_t value)
{
    time_start();
    write32(device->base + offset, value);
    time_stop("a register");
}

static uint64_t offered(const struct device *device)
{
    uint64_t low;

    reg_write(device, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
    low = reg_read(device, VIRTIO_MMIO_DEVICE_FEATURES);
    reg_write(device, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
    return low | (uint64_t)reg_read(device, VIRTIO_MMIO_DEVICE_FEATURES) << 32;
}

void devices_find(void)
{
    for (unsigned i = 0; i < WINDOWS; i++) {
        struct device *device = &devices[device_count];

        device->base = WINDOW_BASE + i * WINDOW_BYTES;
        device->intid = WINDOW_INTID + i;
        device->id = reg_read(device, VIRTIO_MMIO_DEVICE_ID);
        if (device->id != 0) {
            device->offered = offered(device);
            device_count++;
        }
    }
}

struct device *device_of(uint32_t id, unsigned n)
{
    for (unsigned i = 0; i < device_count; i++) {
        if (devices[i].id == id && n-- == 0) {
            return &devices[i];
        }
    }
    return NULL;
}

void device_reset(const struct device *device)
{
    reg_write(device, VIRTIO_MMIO_STATUS, 0);
}

void features_write(const struct device *device, uint64_t features)
{
    reg_write(device, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    reg_write(device, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
    reg_write(device, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    reg_write(device, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
}

uint32_t device_agree(const struct device *device, uint64_t features)
{
    reg_write(device, VIRTIO_MMIO_STATUS, STATUS_DRIVER);
    features_write(device, features);
    reg_write(device, VIRTIO_MMIO_STATUS, STATUS_AGREED);
    return reg_read(device, VIRTIO_MMIO_STATUS);
}

void device_run(const struct device *device)
{
    reg_write(device, VIRTIO_MMIO_STATUS, STATUS_RUNS);
}

/* ---- Memory --------------------------------------------------------------------------------------- */

static uint8_t memory[MEMORY_BYTES] __attribute__((aligned(4096)));
static uint8_t written[MEMORY_BYTES] __attribute__((aligned(4096)));

static struct {
    uint64_t address;
    uint64_t bytes;
} allowed[ALLOWED_MAX];
static unsigned allowed_count;

void memory_reset(void)
{
    for (uint64_t at = 0; at < MEMORY_BYTES; at += 8) {
        write64((uintptr_t)memory + at, PATTERN + at);
        write64((uintptr_t)written + at, PATTERN + at);
    }
    allowed_count = 0;
}

void put8(uint64_t address, uint8_t value)
{
    *(volatile uint8_t *)(uintptr_t)address = value;
    written[address - (uintptr_t)memory] = value;
}

void put16(uint64_t address, uint16_t value)
{
    *(volatile uint16_t *)(uintptr_t)address = value;
    *(uint16_t *)(uintptr_t)&written[address - (uintptr_t)memory] = value;
}

void put32(uint64_t address, uint32_t value)
{
    write32(address, value);
    write32((uintptr_t)written + (address - (uintptr_t)memory), value);
}

void put64(uint64_t address, uint64_t value)
{
    write64(address, value);
    write64((uintptr_t)written + (address - (uintptr_t)memory), value);
}

void put_bytes(uint64_t address, const void *from, uint64_t bytes)
{
    const uint8_t *byte = from;

    for (uint64_t i = 0; i < bytes; i++) {
        put8(address + i, byte[i]);
    }
}

void memory_allow(uint64_t address, uint64_t bytes)
{
    for (unsigned i = 0; i < allowed_count; i++) {
        if (allowed[i].address == address && allowed[i].bytes >= bytes) {
            return;
        }
    }
    if (allowed_count == ALLOWED_MAX) {
        check_true("virtio room for what devices may write", false);
        return;
    }
    allowed[allowed_count].address = address;
    allowed[allowed_count++].bytes = bytes;
}

static bool is_allowed(uint64_t address)
{
    for (unsigned i = 0; i < allowed_count; i++) {
        if (address - allowed[i].address < allowed[i].bytes) {
            return true;
        }
    }
    return false;
}

uint64_t memory_changed(void)
{
    for (uint64_t at = 0; at < MEMORY_BYTES; at += 8) {
        uint64_t address = (uintptr_t)memory + at;
        uint64_t change = read64(address) ^ read64((uintptr_t)written + at);

        for (unsigned i = 0; change != 0; i++, change >>= 8) {
            if ((change & 0xff) != 0 && !is_allowed(address + i)) {
                return address + i;
            }
        }
    }
    return 0;
}

/* ---- Queues --------------------------------------------------------------------------------------- */

static void zero(uint64_t address, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes; at += 2) {
        put16(address + at, 0);
    }
}

void queue_place(struct queue *queue, const struct device *device, uint16_t number, unsigned slot,
                 uint16_t size, bool packed)
{
    uint64_t base = (uintptr_t)memory + slot * SLOT_PAGES * PAGE_BYTES;

    *queue = (struct queue){.device = device,
                            .desc = base + PAGE_BYTES,
                            .driver = base + 3 * PAGE_BYTES,
                            .used = base + 5 * PAGE_BYTES,
                            .data = base + 7 * PAGE_BYTES,
                            .number = number,
                            .size = size,
                            .packed = packed,
                            .available_wrap = true,
                            .seen_wrap = true};
    zero(queue->desc, size * sizeof(struct virtio_desc));
    zero(queue->driver, packed ? VIRTIO_EVENT_BYTES : VIRTIO_AVAIL_BYTES(size));
    zero(queue->used, packed ? VIRTIO_EVENT_BYTES : VIRTIO_USED_BYTES(size));
    memory_allow(queue->used, packed ? VIRTIO_EVENT_BYTES : VIRTIO_USED_BYTES(size));
    if (packed) {
        memory_allow(queue->desc, size * sizeof(struct virtio_desc));
    }
}

static void address_write(const struct device *device, uint32_t low, uint64_t address)
{
    reg_write(device, low, (uint32_t)address);
    reg_write(device, low + 4, (uint32_t)(address >> 32));
}

void queue_ready(const struct queue *queue)
{
    const struct device *device = queue->device;

    reg_write(device, VIRTIO_MMIO_QUEUE_SEL, queue->number);
    reg_write(device, VIRTIO_MMIO_QUEUE_NUM, queue->size);
    address_write(device, VIRTIO_MMIO_QUEUE_DESC_LOW, queue->desc);
    address_write(device, VIRTIO_MMIO_QUEUE_DRIVER_LOW, queue->driver);
    address_write(device, VIRTIO_MMIO_QUEUE_DEVICE_LOW, queue->used);
    reg_write(device, VIRTIO_MMIO_QUEUE_READY, 1);
}

void desc_put(const struct queue *queue, unsigned index, const struct part *part, uint16_t next)
{
    uint64_t at = queue->desc + index * sizeof(struct virtio_desc);

    put64(at, part->address);
    put32(at + 8, part->bytes);
    put16(at + 12, part->flags);
    put16(at + 14, next);
}

/* Flags last: they say that the rest is there (2.8.13). */
void slot_put(const struct queue *queue, unsigned slot, const struct part *part, uint16_t id)
{
    uint64_t at = queue->desc + slot * sizeof(struct virtio_packed_desc);

    put64(at, part->address);
    put32(at + 8, part->bytes);
    put16(at + 12, id);
    barrier();
    put16(at + 14, part->flags);
}

void avail_put(struct queue *queue, uint16_t head, uint16_t by)
{
    put16(queue->driver + VIRTIO_AVAIL_RING(queue->available % queue->size), head);
    queue->available = (uint16_t)(queue->available + by);
    barrier();
    put16(queue->driver + VIRTIO_AVAIL_INDEX, queue->available);
}

uint16_t packed_flags(const struct queue *queue)
{
    return (uint16_t)(queue->available_wrap ? VIRTIO_DESC_AVAIL : VIRTIO_DESC_USED);
}

static void split_add(struct queue *queue, const struct part *parts, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct part part = parts[i];

        if (i + 1 < count) {
            part.flags |= VIRTIO_DESC_NEXT;
        }
        desc_put(queue, i, &part, (uint16_t)(i + 1));
    }
    avail_put(queue, 0, 1);
}

/* The first slot's flags are written last (2.8.21.1): of a list whose lap does not end in it. */
static void packed_add(struct queue *queue, const struct part *parts, unsigned count)
{
    uint16_t flags = packed_flags(queue);

    for (unsigned i = count; i > 0; i--) {
        struct part part = parts[i - 1];

        part.flags |= (uint16_t)(flags | (i < count ? VIRTIO_DESC_NEXT : 0));
        slot_put(queue, queue->available + i - 1, &part, QUEUE_ID);
    }
    queue->slots = (uint16_t)count;
    queue->available = (uint16_t)(queue->available + count);
}

void queue_add(struct queue *queue, const struct part *parts, unsigned count)
{
    if (queue->packed) {
        packed_add(queue, parts, count);
    } else {
        split_add(queue, parts, count);
    }
}

void queue_notify(const struct queue *queue)
{
    barrier();
    reg_write(queue->device, VIRTIO_MMIO_QUEUE_NOTIFY, queue->number);
}

void queue_quiet(const struct queue *queue)
{
    if (queue->packed) {
        put16(queue->driver + VIRTIO_EVENT_FLAGS, VIRTIO_EVENT_DISABLE);
    } else {
        put16(queue->driver + VIRTIO_AVAIL_FLAGS, VIRTIO_AVAIL_NO_INTERRUPT);
    }
}

bool queue_is_used(const struct queue *queue)
{
    uint16_t flags;

    if (!queue->packed) {
        return get16(queue->used + VIRTIO_USED_INDEX) != queue->seen;
    }
    flags = get16(queue->desc + queue->seen * sizeof(struct virtio_packed_desc) + 14);
    return ((flags & VIRTIO_DESC_USED) != 0) == queue->seen_wrap &&
           ((flags & VIRTIO_DESC_AVAIL) != 0) == queue->seen_wrap;
}

bool queue_wait(struct queue *queue, uint32_t *bytes)
{
    uint64_t end = counter_now() + counter_ms(WAIT_MS);

    while (!queue_is_used(queue)) {
        if (counter_now() > end) {
            return false;
        }
        give_way();
    }
    barrier();
    if (queue->packed) {
        *bytes = read32(queue->desc + queue->seen * sizeof(struct virtio_packed_desc) + 8);
        queue->seen = (uint16_t)(queue->seen + queue->slots);
    } else {
        *bytes = read32(queue->used + VIRTIO_USED_RING(queue->seen % queue->size) + 4);
        queue->seen++;
    }
    return true;
}
