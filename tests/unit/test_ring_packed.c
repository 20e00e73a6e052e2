/* SPDX-License-Identifier: BSD-3-Clause */
/* The device's side of a packed virtqueue: virtio 1.2, 2.8; test_ring_layouts.c has what is no layout's own. */
#include "ring_test.h"

/* 2.8: any size; one that is no power of two wraps at another place than an index would. */
#define SIZE 7u

static int set_up(void **state)
{
    (void)state;
    ring_begin(true, SIZE, true);
    return 0;
}

/* A queue of `size` whose next chain begins at `slot`. */
static void begin_at(uint16_t size, uint16_t slot, bool event_index)
{
    ring_begin(true, size, event_index);
    go_on(slot);
    (void)ring_wants_interrupt(&ring);
    assert_int_equal(ring.available, slot % size);
}

/* ---- Chains ---- */

/* 2.8.1: the counters turn at the last slot, in the middle of a chain as well. */
static void laps(void **state)
{
    (void)state;
    for (unsigned size = 2; size <= RING_SIZE_MAX; size = size < 20 ? size + 1 : size * 2 - 13) {
        ring_begin(true, (uint16_t)size, true);
        for (unsigned i = 0; i < 3 * size; i++) {
            turn();
        }
        assert_null(ring.broken);
        assert_true(ring_idle());
    }
    ring_begin(true, 1, true);
    for (unsigned i = 0; i < 5; i++) {
        uint16_t id = fake_driver_add(&driver, one, 1);

        assert_false(ring_idle());
        ring_give(&ring, expect_chain(one, 1)->token, 0);
        assert_true(ring_idle());
        expect_used(id, 0);
    }
}

/* 2.8.22, 2.8.4.1: of a used descriptor the id, the length, and three flags: WRITE says that there
 * is a length. The address stays, as do the slots that it skips. */
static void what_a_used_descriptor_is(void **state)
{
    (void)state;
    struct virtio_packed_desc before[2];
    struct virtio_packed_desc after[2];

    (void)fake_driver_add(&driver, both, 2);
    memcpy(before, fake_ram(driver.desc), sizeof(before));
    ring_give(&ring, expect_chain(both, 2)->token, 7);
    memcpy(after, fake_ram(driver.desc), sizeof(after));
    assert_int_equal(after[0].address, before[0].address);
    assert_int_equal(after[0].bytes, 7);
    assert_int_equal(after[0].flags, 0x8082);
    assert_memory_equal(&after[1], &before[1], sizeof(before[1]));

    (void)fake_driver_add(&driver, one, 1);
    ring_give(&ring, expect_chain(one, 1)->token, 0);
    assert_int_equal(fake_ram_get16(fake_driver_flags(&driver, 2)), 0x8080);

    begin_at(SIZE, SIZE, true);
    (void)fake_driver_add(&driver, both, 2);
    ring_give(&ring, expect_chain(both, 2)->token, 7);
    assert_int_equal(fake_ram_get16(fake_driver_flags(&driver, 0)), 2);
}

/* 2.8.6: the id is the last descriptor's. */
static void id_of_the_last(void **state)
{
    (void)state;
    uint16_t id = fake_driver_add(&driver, three, 3);

    fake_ram_put16(fake_driver_desc(&driver, 0) + 12, 0x1234);
    fake_ram_put16(fake_driver_desc(&driver, 1) + 12, 0x4321);
    struct ring_token token = expect_chain(three, 3)->token;
    assert_int_equal(token.id, id);
    assert_int_equal(token.slots, 3);
}

/* 2.8.7: a table takes one slot; of its entries WRITE is the only flag, the rest is ignored. */
static void indirect_tables(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * SIZE; i++) {
        uint16_t id = fake_driver_add_indirect(&driver, three, 3, TABLE);

        fake_ram_put16(TABLE + 14, (uint16_t)~VIRTIO_DESC_WRITE);
        fake_ram_put16(TABLE + 16 + 14, UINT16_MAX);
        fake_ram_put16(TABLE + 12, 0x7777);
        struct ring_token token = expect_chain(three, 3)->token;
        assert_int_equal(token.id, id);
        assert_int_equal(token.slots, 1);
        ring_give(&ring, token, 33);
        expect_used(id, 33);
    }
    /* WRITE of the descriptor that refers to it means nothing (2.8.7). */
    begin_at(SIZE, 0, true);
    (void)fake_driver_add_indirect(&driver, three, 3, TABLE);
    fake_ram_put16(fake_driver_flags(&driver, 0),
                   VIRTIO_DESC_AVAIL | VIRTIO_DESC_INDIRECT | VIRTIO_DESC_WRITE);
    (void)expect_chain(three, 3);
}

/* A chain goes back, also one that lies over the end of the ring. */
static void put_back(void **state)
{
    (void)state;
    for (uint16_t slot = 0; slot < 2 * SIZE; slot++) {
        begin_at(SIZE, slot, true);
        (void)fake_driver_add(&driver, both, 2);
        uint16_t id = fake_driver_add(&driver, three, 3);
        struct ring_token first = expect_chain(both, 2)->token;

        ring_put_back(&ring);
        assert_false(ring_idle());
        first = expect_chain(both, 2)->token;
        (void)expect_chain(three, 3);
        ring_put_back(&ring);
        assert_false(ring_idle());
        ring_give(&ring, first, 1);
        ring_give(&ring, expect_chain(three, 3)->token, 9);
        expect_used((uint16_t)(id - 1), 1);
        expect_used(id, 9);
        assert_true(ring_idle());
        assert_int_equal(ring.taken, slot + 2u);
    }
    /* All slots at once. */
    begin_at(2, 1, true);
    (void)fake_driver_add(&driver, both, 2);
    (void)expect_chain(both, 2);
    ring_put_back(&ring);
    ring_give(&ring, expect_chain(both, 2)->token, 1);
    expect_used(1, 1);
}

/* 2.8.1: a queue that was reset begins with slot 0, and counters of 1. */
static void start_again(void **state)
{
    (void)state;
    begin_at(SIZE, SIZE - 1, true);
    ring_stop(&ring);
    fake_driver_init(&driver, true, SIZE, RING_BASE);
    assert_null(ring_start(&ring));
    turn();
    assert_int_equal(fake_ram_get16(fake_driver_flags(&driver, 0)), 0x8082);
}

/* ---- Interrupts and notifications ---- */

/* 2.8.10, 2.8.14: enable, disable; 2 only counts with event index, 3 is reserved. */
static void interrupts_by_flag(void **state)
{
    (void)state;
    static const struct {
        uint16_t flags;
        bool event_index;
        bool wanted;
    } cases[] = {
        {0, false, true}, {1, false, false},    {0, true, true},
        {1, true, false}, {0xfffc, true, true}, {0xfffd, true, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin_at(SIZE, 0, cases[i].event_index);
        fake_ram_put16(driver.driver + 2, cases[i].flags);
        assert_false(ring_wants_interrupt(&ring));
        turn();
        assert_int_equal(ring_wants_interrupt(&ring), cases[i].wanted);
        assert_false(ring_wants_interrupt(&ring));
    }
    /* A whole lap at once is something given back too. */
    begin_at(2, 0, false);
    turn();
    assert_true(ring_wants_interrupt(&ring));
}

/* 2.8.10.1: when a descriptor at this place in this lap has been given back. */
static void interrupts_by_event_index(void **state)
{
    (void)state;
    static const struct {
        uint16_t from; /* slot of the first */
        uint16_t count;
        uint16_t slot;
        bool wrap;
        bool wanted;
    } cases[] = {
        {0, 1, 0, true, true},
        {0, 1, 1, true, false},
        {0, 3, 2, true, true},
        {0, 3, 3, true, false},
        {4, 1, 3, true, false},
        {4, 1, 4, true, true},
        {4, 2, 5, true, true},
        {4, 2, 6, true, false},
        /* The lap that ends with slot 6. */
        {6, 1, 6, true, true},
        {6, 1, 0, false, false},
        {5, 3, 6, true, true},
        {5, 3, 0, false, true},
        {5, 3, 1, false, false},
        {5, 3, 4, true, false},
        {5, 3, 0, true, false},
        {0, 7, 6, true, true},
        {0, 7, 0, true, true},
        {0, 7, 0, false, false},
        {3, 7, 2, false, true},
        {3, 7, 3, true, true},
        {3, 7, 3, false, false},
        /* The next lap: its counter is 0. */
        {7, 1, 0, false, true},
        {7, 1, 1, false, false},
        {7, 1, 6, true, false},
        {13, 2, 0, true, true},
        {13, 2, 6, false, true},
        {13, 2, 1, true, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin_at(SIZE, cases[i].from, true);
        fake_driver_want(&driver, cases[i].slot, cases[i].wrap);
        for (unsigned n = 0; n < cases[i].count; n++) {
            (void)fake_driver_add(&driver, one, 1);
            ring_give(&ring, expect_chain(one, 1)->token, 0);
        }
        assert_int_equal(ring_wants_interrupt(&ring), cases[i].wanted);
        assert_false(ring_wants_interrupt(&ring));
    }
    /* A place inside of a chain is passed with it. */
    begin_at(SIZE, 5, true);
    fake_driver_want(&driver, 0, false);
    (void)fake_driver_add(&driver, three, 3);
    ring_give(&ring, expect_chain(three, 3)->token, 1);
    assert_true(ring_wants_interrupt(&ring));
}

/* 2.8.10, 2.8.14: place and lap of the next chain, flags 2; a chain that came between is seen. */
static void rearm(void **state)
{
    (void)state;
    begin_at(SIZE, 0, true);
    assert_false(ring_rearm(&ring));
    assert_int_equal(fake_ram_get32(driver.device), 0x28000);
    begin_at(SIZE, 5, true);
    turn();
    assert_false(ring_rearm(&ring));
    assert_int_equal(fake_ram_get32(driver.device), 0x20000);
    (void)fake_driver_add(&driver, one, 1);
    assert_true(ring_rearm(&ring));
    (void)expect_chain(one, 1);
    assert_false(ring_rearm(&ring));
    assert_int_equal(fake_ram_get32(driver.device), 0x20001);

    /* Without event index flags 2 is not for use: every chain is notified of. */
    begin_at(SIZE, 0, false);
    turn();
    assert_false(ring_rearm(&ring));
    assert_int_equal(fake_ram_get32(driver.device), 0);
}

/* ---- What breaks a queue ---- */

static void queues_that_cannot_be(void **state)
{
    (void)state;
    static const struct queue_case cases[] = {
        {0, RING_BASE, RING_BASE, RING_BASE, "(2.8)"},
        {7, RING_BASE + 8, RING_BASE, RING_BASE, "(2.8.10.1)"},
        {7, RING_BASE, RING_BASE + 2, RING_BASE, "(2.8.10.1)"},
        {7, RING_BASE, RING_BASE, RING_BASE + 1, "(2.8.10.1)"},
        {7, RING_BASE - 16, RING_BASE, RING_BASE, "outside"},
        {7, RAM_END - 7 * 16 + 16, RING_BASE, RING_BASE, "outside"},
        {7, UINT64_MAX - 15, RING_BASE, RING_BASE, "outside"},
        {7, RING_BASE, RAM_END, RING_BASE, "outside"},
        {7, RING_BASE, RING_BASE, UINT64_MAX - 3, "outside"},
        {7, RING_BASE, 0, RING_BASE, "outside"},
    };

    expect_refused(cases, sizeof(cases) / sizeof(cases[0]));
    ring.size = 7;
    ring.desc = RAM_END - 7 * 16;
    ring.driver = RAM_END - 4;
    ring.device = RAM_END - 4;
    assert_null(ring_start(&ring));
}

/* A chain of three from slot 5 on (5, 6, 0), or its table, with a field that breaks a rule. The
 * flags keep the lap: 0x80 for 5 and 6, 0x8000 for 0. */
static const struct lie lies[] = {
    /* 2.8.21: all of a list is available with its first. */
    {false, 6, 14, 2, 0x8083, "2.8.21"},
    {false, 6, 14, 2, 0x0003, "2.8.21"},
    {false, 0, 14, 2, 0x0082, "2.8.21"},
    {false, 0, 14, 2, 0x8003, "2.8.21"},
    /* 2.7.4.2 is said of all queues: readable first. */
    {false, 0, 14, 2, 0x8000, "2.7.4.2"},
    {true, 2, 14, 2, 0, "2.7.4.2"},
    {false, 5, 8, 4, 0, "no bytes"},
    {false, 0, 8, 4, 0, "no bytes"},
    {true, 1, 8, 4, 0, "no bytes"},
    {false, 5, 0, 8, 0, "outside memory"},
    {false, 6, 0, 8, RAM_END - 31, "outside memory"},
    {false, 0, 0, 8, UINT64_MAX, "outside memory"},
    {true, 2, 0, 8, RAM_END, "outside memory"},
    {true, 1, 8, 4, UINT32_MAX, "outside memory"},
    /* 2.8.19: an indirect descriptor is no part of a list. */
    {false, 5, 14, 2, 0x0085, "2.8.19"},
    {false, 6, 14, 2, 0x0084, "2.8.19"},
    {false, 0, 14, 2, 0x8004, "2.8.19"},
};

static void chains_that_break(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        begin_at(SIZE, 5, true);
        expect_lie(&lies[i]);
    }
}

/* 2.8.19: a list, or a table, is no longer than the queue. */
static void lists_without_end(void **state)
{
    (void)state;
    struct fake_part parts[SIZE];

    for (unsigned i = 0; i < SIZE; i++) {
        parts[i] = one[0];
    }
    (void)fake_driver_add(&driver, parts, SIZE);
    fake_ram_put16(fake_driver_flags(&driver, SIZE - 1), 0x81);
    /* The slot behind the last is the first, of the lap before. */
    expect_broken("2.8.21");

    ring_begin(true, SIZE, true);
    expect_long_table("2.8.19");
}

static void tables_that_break(void **state)
{
    (void)state;
    static const struct table_case cases[] = {
        {TABLE, 0, "not made of descriptors"},
        {TABLE, 15, "not made of descriptors"},
        {TABLE, 47, "not made of descriptors"},
        {RAM_END - 32, 48, "outside memory"},
        {0, 16, "outside memory"},
        {UINT64_MAX - 15, 48, "outside memory"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ring_begin(true, SIZE, true);
        expect_bad_table(&cases[i]);
    }
    ring_begin(true, SIZE, true);
    ring.indirect = false;
    (void)fake_driver_add_indirect(&driver, one, 1, TABLE);
    expect_broken("2.8.19");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(laps, set_up),
        cmocka_unit_test_setup(what_a_used_descriptor_is, set_up),
        cmocka_unit_test_setup(id_of_the_last, set_up),
        cmocka_unit_test_setup(indirect_tables, set_up),
        cmocka_unit_test_setup(put_back, set_up),
        cmocka_unit_test_setup(start_again, set_up),
        cmocka_unit_test_setup(interrupts_by_flag, set_up),
        cmocka_unit_test_setup(interrupts_by_event_index, set_up),
        cmocka_unit_test_setup(rearm, set_up),
        cmocka_unit_test_setup(queues_that_cannot_be, set_up),
        cmocka_unit_test_setup(chains_that_break, set_up),
        cmocka_unit_test_setup(lists_without_end, set_up),
        cmocka_unit_test_setup(tables_that_break, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
