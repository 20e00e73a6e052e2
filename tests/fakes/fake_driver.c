/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver's side of a virtqueue: see fake_driver.h.
 */
#include "fake_driver.h"

#include <stdlib.h>
#include <string.h>

#define DRIVER_AREA 0x1000u
#define DEVICE_AREA 0x1400u
#define DESC_BYTES 16u

uint8_t *fake_ram(uint64_t address)
{
    if (!range_contains(FAKE_RAM_BASE, FAKE_RAM_BYTES, address, 1)) {
        abort();
    }
    return fake.ram + (address - FAKE_RAM_BASE);
}

void fake_ram_put(uint64_t address, const void *from, size_t bytes)
{
    memcpy(fake_ram(address), from, bytes);
}

void fake_ram_put16(uint64_t address, uint16_t value)
{
    fake_ram_put(address, &value, sizeof(value));
}

uint16_t fake_ram_get16(uint64_t address)
{
    uint16_t value;

    memcpy(&value, fake_ram(address), sizeof(value));
    return value;
}

uint32_t fake_ram_get32(uint64_t address)
{
    uint32_t value;

    memcpy(&value, fake_ram(address), sizeof(value));
    return value;
}

void fake_driver_init(struct fake_driver *driver, bool packed, uint16_t size, uint64_t base)
{
    *driver = (struct fake_driver){
        .desc = base,
        .driver = base + DRIVER_AREA,
        .device = base + DEVICE_AREA,
        .size = size,
        .packed = packed,
        /* 2.8.1: both counters begin with 1. */
        .wrap = true,
        .used_wrap = true,
    };
    memset(fake_ram(base), 0, FAKE_DRIVER_BYTES);
}

void fake_driver_count_from(struct fake_driver *driver, uint16_t index)
{
    driver->index = index;
    driver->used = index;
    fake_ram_put16(driver->driver + 2, index);
    fake_ram_put16(driver->device + 2, index);
}

uint64_t fake_driver_desc(const struct fake_driver *driver, unsigned n)
{
    return driver->desc + (uint64_t)DESC_BYTES * n;
}

uint64_t fake_driver_flags(const struct fake_driver *driver, unsigned n)
{
    return fake_driver_desc(driver, n) + (driver->packed ? 14 : 12);
}

uint64_t fake_driver_entry(const struct fake_driver *driver, unsigned n)
{
    return driver->driver + 4 + 2u * (n % driver->size);
}

static uint16_t flags_of(const struct fake_part *part, bool last)
{
    return (uint16_t)((part->write ? 2 : 0) | (last ? 0 : 1));
}

/* 2.7.13: descriptors, the entry of the available ring, its index. */
static uint16_t split_add(struct fake_driver *driver, const struct fake_part *parts, unsigned count,
                          uint16_t more)
{
    uint16_t head = driver->next;

    for (unsigned i = 0; i < count; i++) {
        uint16_t at = driver->next;

        driver->next = (uint16_t)((at + 1) % driver->size);
        struct virtio_desc desc = {parts[i].address, parts[i].bytes,
                                   (uint16_t)(flags_of(&parts[i], i + 1 == count) | more),
                                   driver->next};
        fake_ram_put(fake_driver_desc(driver, at), &desc, sizeof(desc));
    }
    fake_ram_put16(fake_driver_entry(driver, driver->index), head);
    driver->index++;
    fake_ram_put16(driver->driver + 2, driver->index);
    return head;
}

/* 2.8.21: all slots of a list have its id here, though only the last one's is looked at. */
static uint16_t packed_add(struct fake_driver *driver, const struct fake_part *parts,
                           unsigned count, uint16_t more)
{
    uint16_t id = driver->index;

    driver->index = (uint16_t)((id + 1) % FAKE_DRIVER_SIZE_MAX);
    driver->slots[id] = (uint16_t)count;
    for (unsigned i = 0; i < count; i++) {
        /* 2.8.1: avail as the counter is, used the other way. */
        unsigned lap = driver->wrap ? VIRTIO_DESC_AVAIL : VIRTIO_DESC_USED;
        uint16_t flags = (uint16_t)(flags_of(&parts[i], i + 1 == count) | more | lap);
        struct virtio_packed_desc desc = {parts[i].address, parts[i].bytes, id, flags};

        fake_ram_put(fake_driver_desc(driver, driver->next), &desc, sizeof(desc));
        driver->next++;
        if (driver->next == driver->size) {
            driver->next = 0;
            driver->wrap = !driver->wrap;
        }
    }
    return id;
}

uint16_t fake_driver_add(struct fake_driver *driver, const struct fake_part *parts, unsigned count)
{
    if (count == 0 || count > driver->size) {
        abort();
    }
    return driver->packed ? packed_add(driver, parts, count, 0)
                          : split_add(driver, parts, count, 0);
}

uint16_t fake_driver_add_indirect(struct fake_driver *driver, const struct fake_part *parts,
                                  unsigned count, uint64_t table)
{
    const struct fake_part whole = {table, DESC_BYTES * count, false};

    for (unsigned i = 0; i < count; i++) {
        uint16_t flags = flags_of(&parts[i], i + 1 == count);
        struct virtio_desc split = {parts[i].address, parts[i].bytes, flags, (uint16_t)(i + 1)};
        /* 2.8.7: the one flag of such a table is WRITE. */
        struct virtio_packed_desc packed = {parts[i].address, parts[i].bytes, 0, flags & 2u};
        const void *desc = driver->packed ? (const void *)&packed : (const void *)&split;

        fake_ram_put(table + (uint64_t)DESC_BYTES * i, desc, DESC_BYTES);
    }
    return driver->packed ? packed_add(driver, &whole, 1, VIRTIO_DESC_INDIRECT)
                          : split_add(driver, &whole, 1, VIRTIO_DESC_INDIRECT);
}

/* 2.7.14. */
static bool split_used(struct fake_driver *driver, struct fake_used *used)
{
    uint64_t entry = driver->device + 4 + 8u * (driver->used % driver->size);

    if (fake_ram_get16(driver->device + 2) == driver->used) {
        return false;
    }
    *used = (struct fake_used){fake_ram_get32(entry), fake_ram_get32(entry + 4)};
    driver->used++;
    return true;
}

/* 2.8.22: used are those whose two bits are both as the counter. */
static bool packed_used(struct fake_driver *driver, struct fake_used *used)
{
    struct virtio_packed_desc desc;

    memcpy(&desc, fake_ram(fake_driver_desc(driver, driver->used)), sizeof(desc));
    if (((desc.flags & VIRTIO_DESC_AVAIL) != 0) != driver->used_wrap ||
        ((desc.flags & VIRTIO_DESC_USED) != 0) != driver->used_wrap) {
        return false;
    }
    if (desc.id >= FAKE_DRIVER_SIZE_MAX || driver->slots[desc.id] == 0) {
        abort();
    }
    *used = (struct fake_used){desc.id, desc.bytes};
    driver->used = (uint16_t)(driver->used + driver->slots[desc.id]);
    if (driver->used >= driver->size) {
        driver->used = (uint16_t)(driver->used - driver->size);
        driver->used_wrap = !driver->used_wrap;
    }
    return true;
}

bool fake_driver_used(struct fake_driver *driver, struct fake_used *used)
{
    return driver->packed ? packed_used(driver, used) : split_used(driver, used);
}

void fake_driver_want(struct fake_driver *driver, uint16_t index, bool wrap)
{
    if (driver->packed) {
        fake_ram_put16(driver->driver, (uint16_t)(index | (wrap ? 0x8000 : 0)));
        fake_ram_put16(driver->driver + 2, VIRTIO_EVENT_DESC);
    } else {
        fake_ram_put16(driver->driver + 4 + 2u * driver->size, index);
    }
}
