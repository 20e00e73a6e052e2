/* SPDX-License-Identifier: BSD-3-Clause */
/* A ring and the driver on its other side: what the tests of both layouts share. */
#ifndef RING_TEST_H
#define RING_TEST_H

#include "fake_driver.h"
#include "virtio/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define RING_BASE FAKE_RAM_BASE
#define TABLE (FAKE_RAM_BASE + 0x4000u)
#define DATA (FAKE_RAM_BASE + 0x10000u)
#define RAM_END (FAKE_RAM_BASE + FAKE_RAM_BYTES)

static struct ring ring;
static struct fake_driver driver;

static const struct fake_part one[] = {{DATA, 16, false}};
static const struct fake_part both[] = {{DATA, 16, false}, {DATA + 0x1000, 32, true}};
static const struct fake_part three[] = {
    {DATA, 16, false}, {DATA + 0x1000, 32, true}, {DATA + 0x2000, 1, true}};

/* A queue with indirect tables and, if asked for, event index, that starts from nothing. */
static inline void ring_begin(bool packed, uint16_t size, bool event_index)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    fake_vtl_reset();
    assert_int_equal(guest_ram_set(&all, 1), PV_OK);
    fake_driver_init(&driver, packed, size, RING_BASE);
    memset(&ring, 0, sizeof(ring));
    ring.size = size;
    ring.desc = driver.desc;
    ring.driver = driver.driver;
    ring.device = driver.device;
    ring.packed = packed;
    ring.event_index = event_index;
    ring.indirect = true;
    assert_null(ring_start(&ring));
    assert_true(ring.live);
}

static inline bool ring_idle(void)
{
    uint64_t word;

    return ring_is_idle(&ring, &word);
}

static inline void expect_used(uint16_t id, uint32_t written)
{
    struct fake_used used;

    assert_true(fake_driver_used(&driver, &used));
    assert_int_equal(used.id, id);
    assert_int_equal(used.written, written);
}

static inline void expect_nothing_used(void)
{
    struct fake_used used;

    assert_false(fake_driver_used(&driver, &used));
}

/* The chain is these parts, as they were laid out. */
static inline struct ring_chain *expect_chain(const struct fake_part *parts, unsigned count)
{
    struct ring_chain *chain = ring_take(&ring);
    uint64_t bytes[2] = {0, 0};
    unsigned writable = 0;

    assert_non_null(chain);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(chain->segments[i].base.raw, parts[i].address);
        assert_int_equal(chain->segments[i].bytes, parts[i].bytes);
        bytes[parts[i].write] += parts[i].bytes;
        writable += parts[i].write;
    }
    assert_int_equal(chain->readable, count - writable);
    assert_int_equal(chain->writable, writable);
    assert_int_equal(chain->readable_bytes, bytes[0]);
    assert_int_equal(chain->writable_bytes, bytes[1]);
    return chain;
}

/* One chain there and back. */
static inline void turn(void)
{
    uint16_t id = fake_driver_add(&driver, both, 2);

    ring_give(&ring, expect_chain(both, 2)->token, 7);
    expect_used(id, 7);
}

/* Nothing more comes of it, and nothing is written to the guest: 2.1.2 needs a reset. */
static inline void expect_broken(const char *section)
{
    static uint8_t before[FAKE_RAM_BYTES];
    const struct ring_token token = {0, 1};

    assert_null(ring_take(&ring));
    assert_non_null(ring.broken);
    assert_non_null(strstr(ring.broken, section));
    assert_false(ring.live);
    fake.copy_error = PV_OK;
    memcpy(before, fake.ram, sizeof(before));
    ring_give(&ring, token, 1);
    assert_null(ring_take(&ring));
    assert_true(ring_idle());
    assert_false(ring_rearm(&ring));
    /* What came before is told of, once. */
    (void)ring_wants_interrupt(&ring);
    assert_false(ring_wants_interrupt(&ring));
    assert_memory_equal(before, fake.ram, sizeof(before));
}

#endif /* RING_TEST_H */
