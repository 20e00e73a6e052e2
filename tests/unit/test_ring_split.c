/* SPDX-License-Identifier: BSD-3-Clause */
/* The device's side of a split virtqueue: virtio 1.2, 2.7. */
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

static void chains_there_and_back(void **state)
{
    (void)state;
    uint16_t heads[3];

    assert_true(ring_idle());
    assert_null(ring_take(&ring));
    heads[0] = fake_driver_add(&driver, one, 1);
    heads[1] = fake_driver_add(&driver, three, 3);
    heads[2] = fake_driver_add(&driver, both, 2);
    assert_false(ring_idle());
    struct ring_token first = expect_chain(one, 1)->token;
    struct ring_token second = expect_chain(three, 3)->token;
    struct ring_token third = expect_chain(both, 2)->token;
    assert_true(ring_idle());
    assert_null(ring_take(&ring));
    expect_nothing_used();
    /* 2.7: in any order. 2.7.8.2: len is what the device has written. */
    ring_give(&ring, third, 32);
    ring_give(&ring, first, 0);
    ring_give(&ring, second, 33);
    expect_used(heads[2], 32);
    expect_used(heads[0], 0);
    expect_used(heads[1], 33);
    expect_nothing_used();
    assert_int_equal(ring.taken, 3);
    assert_int_equal(ring.given, 3);
    assert_null(ring.broken);
}

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

/* As many segments as the queue has, and a full available ring, break no rule. */
static void full(void **state)
{
    (void)state;
    struct fake_part parts[SIZE];

    for (unsigned i = 0; i < SIZE; i++) {
        parts[i] = (struct fake_part){DATA + 0x100u * i, i + 1, i >= 4};
    }
    uint16_t head = fake_driver_add(&driver, parts, SIZE);
    ring_give(&ring, expect_chain(parts, SIZE)->token, 5);
    expect_used(head, 5);
    for (unsigned i = 0; i < SIZE; i++) {
        (void)fake_driver_add(&driver, one, 1);
    }
    for (unsigned i = 0; i < SIZE; i++) {
        (void)expect_chain(one, 1);
    }
    assert_null(ring_take(&ring));
    assert_null(ring.broken);
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

/* Several at a time: each has its own entry, over the ring's end too. */
static void given_together(void **state)
{
    (void)state;
    for (uint16_t at = 0; at < SIZE; at++) {
        struct ring_used used[2];
        uint16_t ids[2];

        begin_at(at, true);
        ids[0] = fake_driver_add(&driver, three, 3);
        used[0] = (struct ring_used){expect_chain(three, 3)->token, 5};
        ids[1] = fake_driver_add(&driver, both, 2);
        used[1] = (struct ring_used){expect_chain(both, 2)->token, 6};
        ring_give_all(&ring, used, 2);
        expect_used(ids[0], 5);
        expect_used(ids[1], 6);
        expect_nothing_used();
    }
}

/* 2.4: a queue that was reset begins from 0; nothing that was out before is given back. */
static void stop_and_start(void **state)
{
    (void)state;
    turn();
    (void)fake_driver_add(&driver, both, 2);
    struct ring_token token = expect_chain(both, 2)->token;
    uint32_t generation = ring.generation;

    ring_stop(&ring);
    assert_int_not_equal(ring.generation, generation);
    ring_give(&ring, token, 1);
    assert_null(ring_take(&ring));
    assert_true(ring_idle());
    assert_false(ring_wants_interrupt(&ring));
    expect_nothing_used();
    uint32_t stopped = ring.generation;
    fake_driver_init(&driver, false, SIZE, RING_BASE);
    assert_null(ring_start(&ring));
    assert_int_not_equal(ring.generation, generation);
    assert_int_not_equal(ring.generation, stopped);
    turn();
    ring_break(&ring, "a device's own rule");
    ring_break(&ring, "a later one");
    expect_broken("a device's own rule");
    ring_stop(&ring);
    assert_null(ring.broken);
    fake_driver_init(&driver, false, SIZE, RING_BASE);
    assert_null(ring_start(&ring));
    turn();
}

/* ---- Bytes of a chain ---- */

static void bytes_of_a_chain(void **state)
{
    (void)state;
    static const struct fake_part parts[] = {{DATA, 3, false},
                                             {DATA + 0x100, 1, false},
                                             {DATA + 0x200, 4, false},
                                             {DATA + 0x300, 2, true},
                                             {DATA + 0x400, 5, true}};
    char text[16] = {0};

    fake_ram_put(DATA, "abc", 3);
    fake_ram_put(DATA + 0x100, "d", 1);
    fake_ram_put(DATA + 0x200, "efghX", 5);
    memset(fake_ram(DATA + 0x300), '.', 0x200);
    (void)fake_driver_add(&driver, parts, 5);
    const struct ring_chain *chain = expect_chain(parts, 5);

    struct ring_cursor cursor = ring_readable(chain);
    assert_int_equal(ring_read(&cursor, text, 2), 2);
    assert_int_equal(ring_skip(&cursor, 3), 3);
    assert_int_equal(ring_read(&cursor, text + 2, 14), 3);
    assert_string_equal(text, "abfgh");
    assert_int_equal(ring_read(&cursor, text, 1), 0);
    assert_int_equal(ring_skip(&cursor, 1), 0);

    cursor = ring_writable(chain);
    assert_int_equal(ring_skip(&cursor, 1), 1);
    assert_int_equal(ring_write(&cursor, "0123456789", 10), 6);
    assert_memory_equal(fake_ram(DATA + 0x300), ".0..", 4);
    assert_memory_equal(fake_ram(DATA + 0x400), "12345..", 7);
    assert_int_equal(ring_write(&cursor, "0", 1), 0);

    cursor = ring_readable(chain);
    fake.copy_error = PV_FAULT;
    assert_int_equal(ring_read(&cursor, text, 8), 0);
    cursor = ring_writable(chain);
    assert_int_equal(ring_write(&cursor, text, 7), 0);
    fake.copy_error = PV_OK;
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
    static const struct {
        uint16_t size;
        uint64_t desc;
        uint64_t driver;
        uint64_t device;
        const char *rule;
    } cases[] = {
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

    ring_stop(&ring);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
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
    /* The last places there are: 2.7 has 16 bytes a descriptor, 6 + 2, 6 + 8 an entry. */
    ring.size = 8;
    ring.desc = RAM_END - 8 * 16;
    ring.driver = RAM_END - (6 + 8 * 2);
    ring.device = RAM_END - (6 + 8 * 8) - 2;
    assert_null(ring_start(&ring));
}

/* A chain of three from descriptor 0 on, or its table, with a field that breaks a rule. */
static const struct lie {
    bool table;
    unsigned entry;
    unsigned field; /* into it */
    unsigned bytes;
    uint64_t value;
    const char *rule;
} lies[] = {
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
        const struct lie *lie = &lies[i];

        ring_begin(false, SIZE, true);
        if (lie->table) {
            (void)fake_driver_add_indirect(&driver, three, 3, TABLE);
        } else {
            (void)fake_driver_add(&driver, three, 3);
        }
        fake_ram_put((lie->table ? TABLE : driver.desc) + 16u * lie->entry + lie->field,
                     &lie->value, lie->bytes);
        expect_broken(lie->rule);
    }
}

/* 2.7.5.3: a table is descriptors, all in memory; the feature was agreed on. */
static void tables_that_break(void **state)
{
    (void)state;
    static const struct {
        uint64_t address;
        uint32_t bytes;
        const char *rule;
    } cases[] = {
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
        (void)fake_driver_add_indirect(&driver, one, 1, TABLE);
        fake_ram_put(driver.desc, &cases[i].address, 8);
        fake_ram_put(driver.desc + 8, &cases[i].bytes, 4);
        expect_broken(cases[i].rule);
    }
    /* 2.7.5.3.1: a chain in a table is no longer than the queue, which is not a table's length. */
    struct fake_part many[SIZE + 1];
    for (unsigned i = 0; i <= SIZE; i++) {
        many[i] = one[0];
    }
    ring_begin(false, SIZE, true);
    (void)fake_driver_add_indirect(&driver, many, SIZE, TABLE);
    (void)expect_chain(many, SIZE);
    (void)fake_driver_add_indirect(&driver, many, SIZE + 1, TABLE);
    expect_broken("2.7.5.2");
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

/* Memory that a host has taken away again: the queue breaks, whoever touches it. */
static void memory_that_faults(void **state)
{
    (void)state;
    (void)fake_driver_add(&driver, one, 1);
    fake.copy_error = PV_FAULT;
    assert_false(ring_idle());
    expect_broken("not there");

    ring_begin(false, SIZE, true);
    (void)fake_driver_add(&driver, one, 1);
    struct ring_token token = expect_chain(one, 1)->token;
    fake.copy_error = PV_FAULT;
    ring_give(&ring, token, 0);
    expect_broken("not there");
    expect_nothing_used();

    ring_begin(false, SIZE, true);
    fake.copy_error = PV_FAULT;
    assert_false(ring_rearm(&ring));
    expect_broken("not there");

    ring_begin(false, SIZE, true);
    turn();
    fake.copy_error = PV_FAULT;
    assert_false(ring_wants_interrupt(&ring));
    expect_broken("not there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(chains_there_and_back, set_up),
        cmocka_unit_test_setup(indexes_wrap, set_up),
        cmocka_unit_test_setup(every_size, set_up),
        cmocka_unit_test_setup(full, set_up),
        cmocka_unit_test_setup(indirect_tables, set_up),
        cmocka_unit_test_setup(put_back, set_up),
        cmocka_unit_test_setup(given_together, set_up),
        cmocka_unit_test_setup(stop_and_start, set_up),
        cmocka_unit_test_setup(bytes_of_a_chain, set_up),
        cmocka_unit_test_setup(interrupts_by_flag, set_up),
        cmocka_unit_test_setup(interrupts_by_event_index, set_up),
        cmocka_unit_test_setup(rearm, set_up),
        cmocka_unit_test_setup(queues_that_cannot_be, set_up),
        cmocka_unit_test_setup(chains_that_break, set_up),
        cmocka_unit_test_setup(tables_that_break, set_up),
        cmocka_unit_test_setup(available_ring_that_lies, set_up),
        cmocka_unit_test_setup(memory_that_faults, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
