/* SPDX-License-Identifier: BSD-3-Clause */
/* The device's side of a virtqueue, what is the same of split and packed: virtio 1.2, 2.6 to 2.8. */
#include "ring_test.h"

struct layout {
    bool packed;
    uint16_t size;
};

static struct layout split = {false, 8};
/* 2.8: any size; one that is no power of two wraps at another place than an index would. */
static struct layout packed = {true, 7};

static const struct layout *layout;

static void begin(void)
{
    ring_begin(layout->packed, layout->size, true);
}

static int set_up(void **state)
{
    layout = *state;
    begin();
    return 0;
}

/* ---- Chains ---- */

static void chains_there_and_back(void **state)
{
    (void)state;
    uint16_t ids[3];

    assert_true(ring_idle());
    assert_null(ring_take(&ring));
    ids[0] = fake_driver_add(&driver, one, 1);
    ids[1] = fake_driver_add(&driver, three, 3);
    ids[2] = fake_driver_add(&driver, both, 2);
    assert_false(ring_idle());
    struct ring_token first = expect_chain(one, 1)->token;
    struct ring_token second = expect_chain(three, 3)->token;
    struct ring_token third = expect_chain(both, 2)->token;
    assert_true(ring_idle());
    assert_null(ring_take(&ring));
    expect_nothing_used();
    /* 2.7, 2.8.6: in any order; packed, each used descriptor behind the slots of the last. 2.7.8.2,
     * 2.8.6: the length is what the device has written. */
    ring_give(&ring, third, 32);
    ring_give(&ring, first, 0);
    ring_give(&ring, second, 33);
    expect_used(ids[2], 32);
    expect_used(ids[0], 0);
    expect_used(ids[1], 33);
    expect_nothing_used();
    assert_int_equal(ring.taken, 3);
    assert_int_equal(ring.given, 3);
    assert_null(ring.broken);
}

/* As many segments as the queue has, and as many chains, break no rule; what was used in the last lap
 * is not available. */
static void full(void **state)
{
    (void)state;
    struct fake_part parts[8];
    unsigned size = layout->size;

    for (unsigned i = 0; i < size; i++) {
        parts[i] = (struct fake_part){DATA + 0x100u * i, i + 1, i >= 4};
    }
    go_on(3);
    uint16_t id = fake_driver_add(&driver, parts, size);
    struct ring_token token = expect_chain(parts, size)->token;
    assert_true(ring_idle());
    assert_null(ring_take(&ring));
    ring_give(&ring, token, 5);
    expect_used(id, 5);
    for (unsigned i = 0; i < size; i++) {
        (void)fake_driver_add(&driver, one, 1);
    }
    for (unsigned i = 0; i < size; i++) {
        (void)expect_chain(one, 1);
    }
    assert_null(ring_take(&ring));
    assert_true(ring_idle());
    assert_null(ring.broken);
}

/* Several at a time: each has its own entry, over the ring's end too. */
static void given_together(void **state)
{
    (void)state;
    for (unsigned at = 0; at < layout->size; at++) {
        struct ring_used used[2];
        uint16_t ids[2];

        begin();
        go_on(at);
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

static void start_again(void)
{
    fake_driver_init(&driver, layout->packed, layout->size, RING_BASE);
    assert_null(ring_start(&ring));
}

/* 2.4, 2.8.1: a queue that was reset begins anew; nothing that was out before is given back. */
static void stop_and_start(void **state)
{
    (void)state;
    go_on(layout->size - 1u);
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
    start_again();
    assert_int_not_equal(ring.generation, generation);
    assert_int_not_equal(ring.generation, stopped);
    turn();
    ring_break(&ring, "a device's own rule");
    ring_break(&ring, "a later one");
    expect_broken("a device's own rule");
    ring_stop(&ring);
    assert_null(ring.broken);
    start_again();
    turn();
}

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

/* ---- What breaks a queue ---- */

/* Memory that a host has taken away again: the queue breaks, whoever touches it. */
static void memory_that_faults(void **state)
{
    (void)state;
    (void)fake_driver_add(&driver, one, 1);
    fake.copy_error = PV_FAULT;
    assert_false(ring_idle());
    expect_broken("not there");

    begin();
    (void)fake_driver_add(&driver, one, 1);
    struct ring_token token = expect_chain(one, 1)->token;
    fake.copy_error = PV_FAULT;
    ring_give(&ring, token, 0);
    expect_broken("not there");
    expect_nothing_used();

    begin();
    fake.copy_error = PV_FAULT;
    assert_false(ring_rearm(&ring));
    expect_broken("not there");

    begin();
    turn();
    fake.copy_error = PV_FAULT;
    assert_false(ring_wants_interrupt(&ring));
    expect_broken("not there");
}

#define BOTH(test)                                    \
    {#test ", split", test, set_up, NULL, &split},    \
    {                                                 \
        #test ", packed", test, set_up, NULL, &packed \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(chains_there_and_back), BOTH(full),
        BOTH(given_together),        BOTH(stop_and_start),
        BOTH(bytes_of_a_chain),      BOTH(memory_that_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
