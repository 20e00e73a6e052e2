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

/* Chains of one, there and back. */
static inline void go_on(unsigned chains)
{
    for (unsigned i = 0; i < chains; i++) {
        uint16_t id = fake_driver_add(&driver, one, 1);

        ring_give(&ring, expect_chain(one, 1)->token, 0);
        expect_used(id, 0);
    }
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

/* ---- What breaks a queue ---- */

struct queue_case {
    uint16_t size;
    uint64_t desc;
    uint64_t driver;
    uint64_t device;
    const char *rule;
};

/* Queues that can't be. */
static inline void expect_refused(const struct queue_case *cases, size_t count)
{
    ring_stop(&ring);
    for (size_t i = 0; i < count; i++) {
        ring.size = cases[i].size;
        ring.desc = cases[i].desc;
        ring.driver = cases[i].driver;
        ring.device = cases[i].device;
        const char *rule = ring_start(&ring);
        assert_non_null(rule);
        assert_non_null(strstr(rule, cases[i].rule));
        assert_false(ring.live);
        assert_null(ring_take(&ring));
    }
}

/* A field that breaks a rule: of the queue's descriptor `entry`, or of its table's. */
struct lie {
    bool table;
    unsigned entry;
    unsigned field; /* into it */
    unsigned bytes;
    uint64_t value;
    const char *rule;
};

static inline void expect_lie(const struct lie *lie)
{
    if (lie->table) {
        (void)fake_driver_add_indirect(&driver, three, 3, TABLE);
    } else {
        (void)fake_driver_add(&driver, three, 3);
    }
    fake_ram_put((lie->table ? TABLE : driver.desc) + 16u * lie->entry + lie->field, &lie->value,
                 lie->bytes);
    expect_broken(lie->rule);
}

/* Where a table is said to be, and how long. */
struct table_case {
    uint64_t address;
    uint32_t bytes;
    const char *rule;
};

/* The queue has just begun. */
static inline void expect_bad_table(const struct table_case *table)
{
    (void)fake_driver_add_indirect(&driver, one, 1, TABLE);
    fake_ram_put(driver.desc, &table->address, 8);
    fake_ram_put(driver.desc + 8, &table->bytes, 4);
    expect_broken(table->rule);
}

/* A table as long as the queue, and one longer. */
static inline void expect_long_table(const char *rule)
{
    struct fake_part many[16];
    unsigned size = ring.size;

    assert_true(size < sizeof(many) / sizeof(many[0]));
    for (unsigned i = 0; i <= size; i++) {
        many[i] = one[0];
    }
    (void)fake_driver_add_indirect(&driver, many, size, TABLE);
    (void)expect_chain(many, size);
    (void)fake_driver_add_indirect(&driver, many, size + 1, TABLE);
    expect_broken(rule);
}

#endif /* RING_TEST_H */
