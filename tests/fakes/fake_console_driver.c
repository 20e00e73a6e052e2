/* SPDX-License-Identifier: BSD-3-Clause */
/* See fake_console_driver.h. */
#include "fake_console_driver.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW (VIRTIO_WINDOW_CONSOLE * VIRTIO_WINDOW_BYTES)
#define DESC 0x000u
#define AVAIL 0x800u
#define USED 0x980u

static uint16_t added[DRIVER_QUEUES];
static uint16_t descriptors[DRIVER_QUEUES];
static uint16_t seen[DRIVER_QUEUES];
static struct vmm_work *later;

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

bool driver_later(void)
{
    struct vmm_work *work = later;

    later = NULL;
    if (work != NULL) {
        work->run(work->device);
    }
    return work != NULL;
}

uint32_t driver_read(uint32_t offset)
{
    struct mmio_access access = {.offset = WINDOW + offset, .bytes = 4};

    if (!virtio_mmio(NULL, &access)) {
        abort();
    }
    return (uint32_t)access.value;
}

void driver_write(uint32_t offset, uint32_t value)
{
    struct mmio_access access = {
        .offset = WINDOW + offset, .bytes = 4, .write = true, .value = value};

    if (!virtio_mmio(NULL, &access)) {
        abort();
    }
}

uint8_t *driver_memory(uint64_t address)
{
    return fake.ram + (address - FAKE_RAM_BASE);
}

static void put(uint64_t address, uint64_t value, size_t bytes)
{
    memcpy(driver_memory(address), &value, bytes);
}

static uint64_t get(uint64_t address, size_t bytes)
{
    uint64_t value = 0;

    memcpy(&value, driver_memory(address), bytes);
    return value;
}

static uint64_t base_of(unsigned queue)
{
    return FAKE_RAM_BASE + (uint64_t)queue * DRIVER_QUEUE_BYTES;
}

void driver_init(void)
{
    const struct vmm_ram ram = {gpa(FAKE_RAM_BASE), FAKE_RAM_BYTES};

    if (guest_ram_set(&ram, 1) != PV_OK) {
        abort();
    }
    later = NULL;
    virtio_init(48);
    virtio_console_init();
}

void driver_start(uint64_t features)
{
    driver_write(0x070, 0);
    driver_write(0x070, 1);
    driver_write(0x070, 3);
    for (uint32_t i = 0; i < 2; i++) {
        driver_write(0x024, i);
        driver_write(0x020, (uint32_t)((features | VIRTIO_F_VERSION_1) >> (32 * i)));
    }
    driver_write(0x070, 11);
    for (unsigned i = 0; i < DRIVER_QUEUES; i++) {
        memset(driver_memory(base_of(i)), 0, DRIVER_QUEUE_BYTES);
        added[i] = 0;
        descriptors[i] = 0;
        seen[i] = 0;
        driver_write(0x030, i);
        driver_write(0x038, DRIVER_ENTRIES);
        driver_write(0x080, (uint32_t)base_of(i) + DESC);
        driver_write(0x090, (uint32_t)base_of(i) + AVAIL);
        driver_write(0x0a0, (uint32_t)base_of(i) + USED);
        driver_write(0x044, 1);
    }
    driver_write(0x070, 15);
}

void driver_add_list(unsigned queue, uint64_t address, uint32_t bytes, uint32_t stride,
                     unsigned count, bool write)
{
    uint16_t head = descriptors[queue] % DRIVER_ENTRIES;

    for (unsigned i = 0; i < count; i++) {
        uint16_t index = descriptors[queue]++ % DRIVER_ENTRIES;
        uint64_t desc = base_of(queue) + DESC + 16u * index;
        bool last = i + 1 == count;

        put(desc, address + (uint64_t)i * stride, 8);
        put(desc + 8, bytes, 4);
        put(desc + 12, (write ? 2u : 0u) | (last ? 0u : 1u), 2);
        put(desc + 14, last ? 0u : (index + 1u) % DRIVER_ENTRIES, 2);
    }
    put(base_of(queue) + AVAIL + 4 + 2u * (added[queue] % DRIVER_ENTRIES), head, 2);
    added[queue]++;
    put(base_of(queue) + AVAIL + 2, added[queue], 2);
}

void driver_add(unsigned queue, uint64_t address, uint32_t bytes, bool write)
{
    driver_add_list(queue, address, bytes, 0, 1, write);
}

void driver_notify(unsigned queue)
{
    driver_write(0x050, queue);
}

bool driver_used(unsigned queue, uint32_t *written)
{
    uint64_t used = base_of(queue) + USED;

    if ((uint16_t)get(used + 2, 2) == seen[queue]) {
        return false;
    }
    *written = (uint32_t)get(used + 4 + 8u * (seen[queue] % DRIVER_ENTRIES) + 4, 4);
    seen[queue]++;
    return true;
}
