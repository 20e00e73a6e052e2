/* SPDX-License-Identifier: BSD-3-Clause */
/* The device's side of a split virtqueue: virtio 1.2, 2.7; test_ring_layouts.c has what is no layout's own. */
#include "ring_test.h"

#define SIZE 8u

static int set_up(void **state)
{
    (void)state;
    ring_begin(false, SIZE, true);
    return 0;
}

/* A queue that has gone round: the next chain is number `index`. */
static void begin_at(uint16_t index, bool event_index)
{
    ring_begin(false, SIZE, event_index);
    fake_driver_count_from(&driver, index);
    ring.available = index;
    ring.used = index;
}

/* ---- Chains ---- */

/* 2.7.6, 2.7.8: both indexes count on without end, modulo 2^16. */
static void indexes_wrap(void **state)
{
    (void)state;
    begin_at(65533, true);
    for (unsigned i = 0; i < 3 * SIZE; i++) {
        turn();
    }
    assert_int_equal(fake_ram_get16(driver.device + 2), (uint16_t)(65533 + 3 * SIZE));
    assert_null(ring.broken);
}

/* 2.7: the queue size is a power of two up to what is offered; a ring of one has a next chain too. */
static void every_size(void **state)
{
    (void)state;
    for (unsigned size = 1; size <= RING_SIZE_MAX; size *= 2) {
        ring_begin(false, (uint16_t)size, true);
        for (unsigned i = 0; i < 2 * size + 1; i++) {
            uint16_t head = fake_driver_add(&driver, one, 1);

            ring_give(&ring, expect_chain(one, 1)->token, 0);
            expect_used(head, 0);
        }
    }
}

/* 2.7.5.3: a table; one behind descriptors of the ring (2.7.5.3.2); its WRITE flag means nothing. */
static void indirect_tables(void **state)
{
    (void)state;
    uint16_t head = fake_driver_add_indirect(&driver, three, 3, TABLE);

    ring_give(&ring, expect_chain(three, 3)->token, 33);
    expect_used(head, 33);

    head = fake_driver_add_indirect(&driver, three, 3, TABLE);
    fake_ram_put16(fake_driver_flags(&driver, head), VIRTIO_DESC_INDIRECT | VIRTIO_DESC_WRITE);
    ring_give(&ring, expect_chain(three, 3)->token, 1);
    expect_used(head, 1);

    /* Out of order: entry 0, then 2, then 1. */
    head = fake_driver_add_indirect(&driver, three, 3, TABLE);
    const struct fake_part turned[] = {three[0], three[2], three[1]};
    fake_ram_put16(TABLE + 14, 2);
    fake_ram_put16(TABLE + 16 + 12, VIRTIO_DESC_WRITE);
    fake_ram_put16(TABLE + 32 + 12, VIRTIO_DESC_WRITE | VIRTIO_DESC_NEXT);
    fake_ram_put16(TABLE + 32 + 14, 1);
    ring_give(&ring, expect_chain(turned, 3)->token, 2);
    expect_used(head, 2);

    /* A descriptor, and then what the last but one was. */
    const struct fake_part whole[] = {one[0], {TABLE, 48, false}};
    const struct fake_part parts[] = {one[0], three[0], three[2], three[1]};
    head = fake_driver_add(&driver, whole, 2);
    fake_ram_put16(fake_driver_flags(&driver, (head + 1u) % SIZE), VIRTIO_DESC_INDIRECT);
    ring_give(&ring, expect_chain(parts, 4)->token, 3);
    expect_used(head, 3);
}

static void put_back(void **state)
{
    (void)state;
    begin_at(65535, true);
    (void)fake_driver_add(&driver, one, 1);
    uint16_t head = fake_driver_add(&driver, three, 3);
    (void)expect_chain(one, 1);
    ring_put_back(&ring);
    assert_false(ring_idle());
    (void)expect_chain(one, 1);
    (void)expect_chain(three, 3);
    ring_put_back(&ring);
    assert_false(ring_idle());
    ring_give(&ring, expect_chain(three, 3)->token, 9);
    expect_used(head, 9);
    assert_int_equal(ring.taken, 2);
    assert_null(ring_take(&ring));
}

/* ---- Interrupts and notifications ---- */

/* 2.7.7: without event index the flag says it. */
static void interrupts_by_flag(void **state)
{
    (void)state;
    begin_at(0, false);
    assert_false(ring_wants_interrupt(&ring));
    turn();
    assert_true(ring_wants_interrupt(&ring));
    assert_false(ring_wants_interrupt(&ring));
    fake_ram_put16(driver.driver, VIRTIO_AVAIL_NO_INTERRUPT);
    turn();
    assert_false(ring_wants_interrupt(&ring));
    fake_ram_put16(driver.driver, 0);
    /* What the driver did not want to know of then, it does not now. */
    assert_false(ring_wants_interrupt(&ring));
    turn();
    assert_true(ring_wants_interrupt(&ring));
    /* 2.7.7.1: used_event is not looked at. */
    fake_driver_want(&driver, 1000, false);
    turn();
    assert_true(ring_wants_interrupt(&ring));
}

/* 2.7.7.1: when the entry with this index is written; the flag is ignored. */
static void interrupts_by_event_index(void **state)
{
    (void)state;
    static const struct {
        uint16_t from; /* used index before */
        uint16_t count;
        uint16_t event;
        bool wanted;
    } cases[] = {
        {0, 1, 0, true},      {0, 1, 1, false},    {0, 3, 2, true},          {0, 3, 3, false},
        {5, 2, 4, false},     {5, 2, 5, true},     {5, 2, 6, true},          {5, 2, 7, false},
        {65535, 1, 0, false}, {65535, 2, 0, true}, {65535, 1, 65535, true},  {65534, 4, 1, true},
        {65534, 4, 2, false}, {65534, 4, 1, true}, {65534, 4, 65533, false}, {32768, 1, 0, false},
        {0, 1, 65535, false}, {65535, 8, 6, true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin_at(cases[i].from, true);
        fake_driver_want(&driver, cases[i].event, false);
        fake_ram_put16(driver.driver, VIRTIO_AVAIL_NO_INTERRUPT);
        for (unsigned n = 0; n < cases[i].count; n++) {
            turn();
        }
        assert_int_equal(ring_wants_interrupt(&ring), cases[i].wanted);
        assert_false(ring_wants_interrupt(&ring));
    }
}

/* 2.7.10: avail_event is the index that the device waits for; a chain that came between is seen. */
static void rearm(void **state)
{
    (void)state;
    uint64_t event = driver.device + 4 + 8u * SIZE;

    begin_at(65534, true);
    assert_false(ring_rearm(&ring));
    assert_int_equal(fake_ram_get16(event), 65534);
    turn();
    turn();
    assert_false(ring_rearm(&ring));
    assert_int_equal(fake_ram_get16(event), 0);
    (void)fake_driver_add(&driver, one, 1);
    assert_true(ring_rearm(&ring));
    (void)expect_chain(one, 1);
    assert_false(ring_rearm(&ring));
    assert_int_equal(fake_ram_get16(event), 1);

    /* Without event index there is no such field: the byte behind the used ring is the driver's. */
    begin_at(0, false);
    fake_ram_put16(event, 0x5a5a);
    turn();
    assert_false(ring_rearm(&ring));
    assert_int_equal(fake_ram_get16(event), 0x5a5a);
    /* 2.7.10: flags 0, every chain is notified of. */
    assert_int_equal(fake_ram_get16(driver.device), 0);
}

/* ---- What breaks a queue ---- */

static void queues_that_cannot_be(void **state)
{
    (void)state;
    static const struct queue_case cases[] = {
        {0, RING_BASE, RING_BASE, RING_BASE, "(2.7)"},
        {3, RING_BASE, RING_BASE, RING_BASE, "(2.7)"},
        {96, RING_BASE, RING_BASE, RING_BASE, "(2.7)"},
        {8, RING_BASE + 8, RING_BASE, RING_BASE, "(2.7)"},
        {8, RING_BASE, RING_BASE + 1, RING_BASE, "(2.7)"},
        {8, RING_BASE, RING_BASE, RING_BASE + 2, "(2.7)"},
        {8, RING_BASE - 16, RING_BASE, RING_BASE, "outside"},
        {8, RAM_END - 8 * 16 + 16, RING_BASE, RING_BASE, "outside"},
        {8, UINT64_MAX - 15, RING_BASE, RING_BASE, "outside"},
        {8, RING_BASE, RAM_END - (6 + 8 * 2) + 2, RING_BASE, "outside"},
        {8, RING_BASE, UINT64_MAX - 1, RING_BASE, "outside"},
        {8, RING_BASE, RING_BASE, RAM_END - (6 + 8 * 8) + 2, "outside"},
        {8, RING_BASE, RING_BASE, UINT64_MAX - 3, "outside"},
        {8, RING_BASE, RING_BASE, 0, "outside"},
    };

    expect_refused(cases, sizeof(cases) / sizeof(cases[0]));
    /* The last places there are: 2.7 has 16 bytes a descriptor, 6 + 2, 6 + 8 an entry. */
    ring.size = 8;
    ring.desc = RAM_END - 8 * 16;
    ring.driver = RAM_END - (6 + 8 * 2);
    ring.device = RAM_END - (6 + 8 * 8) - 2;
    assert_null(ring_start(&ring));
}

/* A chain of three from descriptor 0 on, or its table, with a field that breaks a rule. */
static const struct lie lies[] = {
    /* 2.7.5: next is an index of the table. */
    {false, 0, 14, 2, SIZE, "2.7.5"},
    {false, 1, 14, 2, 0xffff, "2.7.5"},
    /* 2.7.5.2: a chain is no longer than the queue: it does not loop. */
    {false, 2, 12, 4, 0x20003, "2.7.5.2"},
    {false, 2, 12, 4, 0x10003, "2.7.5.2"},
    /* 2.7.4.2: readable first. */
    {false, 2, 12, 2, 0, "2.7.4.2"},
    {true, 2, 12, 2, 0, "2.7.4.2"},
    {false, 0, 8, 4, 0, "no bytes"},
    {true, 1, 8, 4, 0, "no bytes"},
    {false, 0, 0, 8, 0, "outside memory"},
    {false, 1, 0, 8, RAM_END - 31, "outside memory"},
    {false, 2, 0, 8, UINT64_MAX, "outside memory"},
    {false, 1, 8, 4, UINT32_MAX, "outside memory"},
    {true, 2, 0, 8, RAM_END, "outside memory"},
    /* 2.7.5.3.1: not both of INDIRECT and NEXT; no table in a table; next in the table. */
    {false, 1, 12, 2, 5, "2.7.5.3.1"},
    {true, 0, 12, 2, 4, "2.7.5.3.1"},
    {true, 2, 12, 2, 6, "2.7.5.3.1"},
    {true, 0, 14, 2, 3, "2.7.5.3.1"},
    {true, 2, 12, 4, 0xffff0003, "2.7.5.3.1"},
    {true, 2, 12, 4, 0x20003, "2.7.5.2"},
};

static void chains_that_break(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        ring_begin(false, SIZE, true);
        expect_lie(&lies[i]);
    }
}

/* 2.7.5.3: a table is descriptors, all in memory; the feature was agreed on. */
static void tables_that_break(void **state)
{
    (void)state;
    static const struct table_case cases[] = {
        {TABLE, 0, "2.7.5.3"},
        {TABLE, 15, "2.7.5.3"},
        {TABLE, 47, "2.7.5.3"},
        {RAM_END - 32, 48, "outside memory"},
        {0, 16, "outside memory"},
        {TABLE, UINT32_MAX - 15, "outside memory"},
        {UINT64_MAX - 15, 48, "outside memory"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ring_begin(false, SIZE, true);
        expect_bad_table(&cases[i]);
    }
    /* 2.7.5.3.1: a chain in a table is no longer than the queue, which is not a table's length. */
    ring_begin(false, SIZE, true);
    expect_long_table("2.7.5.2");
    ring_begin(false, SIZE, true);
    ring.indirect = false;
    (void)fake_driver_add_indirect(&driver, one, 1, TABLE);
    expect_broken("2.7.5.3.1");
}

static void available_ring_that_lies(void **state)
{
    (void)state;
    /* 2.7.6: an entry is the head of a chain. */
    (void)fake_driver_add(&driver, one, 1);
    fake_ram_put16(fake_driver_entry(&driver, 0), SIZE);
    expect_broken("2.7.5");
    /* 2.7.13.3.1: no more chains than the queue has entries; nor does the index go back. */
    begin_at(65530, true);
    fake_ram_put16(driver.driver + 2, (uint16_t)(65530 + SIZE + 1));
    expect_broken("2.7.13.3.1");
    begin_at(65530, true);
    fake_ram_put16(driver.driver + 2, 65529);
    expect_broken("2.7.13.3.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(indexes_wrap, set_up),
        cmocka_unit_test_setup(every_size, set_up),
        cmocka_unit_test_setup(indirect_tables, set_up),
        cmocka_unit_test_setup(put_back, set_up),
        cmocka_unit_test_setup(interrupts_by_flag, set_up),
        cmocka_unit_test_setup(interrupts_by_event_index, set_up),
        cmocka_unit_test_setup(rearm, set_up),
        cmocka_unit_test_setup(queues_that_cannot_be, set_up),
        cmocka_unit_test_setup(chains_that_break, set_up),
        cmocka_unit_test_setup(tables_that_break, set_up),
        cmocka_unit_test_setup(available_ring_that_lies, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
