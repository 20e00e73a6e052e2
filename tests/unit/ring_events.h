/* SPDX-License-Identifier: BSD-3-Clause */
/* A ring, and the simplest of drivers on its other side: for tests of who tells whom, and when. */
#ifndef RING_EVENTS_H
#define RING_EVENTS_H

#include "fake_vtl.h"
#include "virtio/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Places in the guest's RAM. */
#define DESC FAKE_RAM_BASE
#define DRIVER (FAKE_RAM_BASE + 0x1000u)
#define DEVICE (FAKE_RAM_BASE + 0x2000u)
#define BUFFER (FAKE_RAM_BASE + 0x3000u)

#define SPLIT_SIZE 4u
#define PACKED_SIZE 3u /* 2.8.10.1: need not be a power of two */

static struct ring ring;
static unsigned next_slot; /* the driver's, counted without end */

static inline void put16(uint64_t address, uint16_t value)
{
    memcpy(fake.ram + (address - FAKE_RAM_BASE), &value, sizeof(value));
}

static inline uint16_t get16(uint64_t address)
{
    uint16_t value;

    memcpy(&value, fake.ram + (address - FAKE_RAM_BASE), sizeof(value));
    return value;
}

static inline void start(bool packed, bool event_index)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    fake_vtl_reset();
    assert_int_equal(guest_ram_set(&all, 1), PV_OK);
    ring = (struct ring){.size = packed ? PACKED_SIZE : SPLIT_SIZE,
                         .desc = DESC,
                         .driver = DRIVER,
                         .device = DEVICE,
                         .packed = packed,
                         .event_index = event_index};
    next_slot = 0;
    assert_null(ring_start(&ring));
}

/* A chain of one readable buffer. */
static inline void split_add(void)
{
    const struct virtio_desc desc = {BUFFER, 1, 0, 0};

    memcpy(fake.ram + (DESC - FAKE_RAM_BASE), &desc, sizeof(desc));
    put16(DRIVER + 4 + 2 * (next_slot % SPLIT_SIZE), 0);
    put16(DRIVER + 2, (uint16_t)++next_slot);
}

/* A list of so many. 2.8.1: avail is the lap's bit, used its inverse. */
static inline void packed_add(unsigned slots)
{
    for (unsigned i = 0; i < slots; i++, next_slot++) {
        bool lap = next_slot / PACKED_SIZE % 2 == 0;
        const struct virtio_packed_desc desc = {
            BUFFER, 1, 7, (uint16_t)((lap ? 1u << 7 : 1u << 15) | (i + 1 < slots ? 1 : 0))};

        memcpy(fake.ram + (DESC - FAKE_RAM_BASE) + next_slot % PACKED_SIZE * sizeof(desc), &desc,
               sizeof(desc));
    }
}

static inline void give(unsigned chains, uint16_t slots)
{
    for (unsigned i = 0; i < chains; i++) {
        ring_give(&ring, (struct ring_token){0, slots}, 0);
    }
}

#endif /* RING_EVENTS_H */
