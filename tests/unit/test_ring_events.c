/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a ring's two sides tell each other: interrupts for what was given back, notifications that
 * there is nothing to do for, and the wish for the next. Source: virtio 1.2, 2.7.7, 2.7.10, 2.8.10,
 * 2.8.14.
 */
#include "ring_events.h"

/* ---- Interrupts -------------------------------------------------------------------------------- */

/* 2.7.7.2: an entry that is written at index used_event must be told of. */
static void test_split_event(void **state)
{
    static const struct {
        unsigned before; /* entries, already told of */
        unsigned chains;
        uint16_t event;
        bool wanted;
    } rows[] = {
        {0, 1, 0, true},          {0, 1, 1, false},         {0, 2, 0, true},
        {0, 2, 1, true},          {0, 1, 65535, false},     {5, 1, 4, false},
        {65534, 1, 65534, true},  {65534, 1, 65535, false}, {65534, 2, 65535, true},
        {65534, 3, 65533, false}, {65535, 1, 65535, true},  {65535, 1, 0, false},
        {65535, 2, 0, true},      {65536, 1, 0, true},      {65536, 1, 65535, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start(false, true);
        give(rows[i].before, 1);
        (void)ring_wants_interrupt(&ring);
        /* The lower bit of flags must be ignored. */
        put16(DRIVER, 1);
        put16(DRIVER + 4 + 2 * SPLIT_SIZE, rows[i].event);
        give(rows[i].chains, 1);
        assert_int_equal(get16(DEVICE + 2), (uint16_t)(rows[i].before + rows[i].chains));
        assert_int_equal(ring_wants_interrupt(&ring), rows[i].wanted);
        assert_false(ring_wants_interrupt(&ring));
    }
}

/* 2.7.7.2 without VIRTIO_F_EVENT_IDX: flags, and used_event must be ignored. */
static void test_split_flags(void **state)
{
    (void)state;
    for (uint16_t event = 0; event < 3; event++) {
        start(false, false);
        put16(DRIVER + 4 + 2 * SPLIT_SIZE, event);
        assert_false(ring_wants_interrupt(&ring));
        give(1, 1);
        assert_true(ring_wants_interrupt(&ring));
        put16(DRIVER, 1);
        give(1, 1);
        assert_false(ring_wants_interrupt(&ring));
    }
}

/* 2.8.10, 2.8.14: a place and its lap. */
static void test_packed_event(void **state)
{
    static const struct {
        unsigned before; /* slots, already told of */
        unsigned chains;
        uint16_t slots; /* of each */
        uint16_t offset;
        bool wrap;
        bool wanted;
    } rows[] = {
        {0, 1, 1, 0, true, true},
        {0, 1, 1, 1, true, false},
        {0, 1, 1, 0, false, false},
        {0, 3, 1, 2, true, true},
        {0, 3, 1, 0, false, false},
        {2, 1, 1, 2, true, true},
        {2, 2, 1, 0, false, true},
        {2, 1, 2, 2, true, true},
        {2, 1, 2, 1, false, false},
        {3, 1, 1, 0, false, true},
        {3, 1, 1, 2, true, false},
        {5, 1, 1, 2, false, true},
        {5, 2, 1, 0, true, true},
        {5, 1, 1, 0, true, false},
        /* A lap and more between two looks: the driver has added what it got back meanwhile. */
        {0, 4, 1, 0, false, true},
        {0, 6, 1, 2, false, true},
        {1, 3, 2, 0, true, true},
        {0, 12, 1, 2, false, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start(true, true);
        give(rows[i].before, 1);
        (void)ring_wants_interrupt(&ring);
        put16(DRIVER, (uint16_t)(rows[i].offset | (rows[i].wrap ? 1u << 15 : 0)));
        put16(DRIVER + 2, 2);
        give(rows[i].chains, rows[i].slots);
        assert_int_equal(ring_wants_interrupt(&ring), rows[i].wanted);
        assert_false(ring_wants_interrupt(&ring));
    }
}

/* 2.8.10: enable and disable; the 14 reserved bits mean nothing. */
static void test_packed_flags(void **state)
{
    static const uint16_t flags[] = {0, 1, 0xfffc, 0xfffd};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        start(true, i % 2 != 0);
        put16(DRIVER, 0x8002);
        put16(DRIVER + 2, flags[i]);
        assert_false(ring_wants_interrupt(&ring));
        give(1, 1);
        assert_int_equal(ring_wants_interrupt(&ring), flags[i] % 2 == 0);
    }
}

/* What came before a broken rule is told of, once; what came before a reset is not. */
static void test_given_then_ended(void **state)
{
    (void)state;
    for (unsigned packed = 0; packed < 2; packed++) {
        start(packed != 0, true);
        put16(DRIVER + 4 + 2 * SPLIT_SIZE, 3); /* not yet */
        give(1, 1);
        ring_break(&ring, "a rule");
        assert_true(ring_wants_interrupt(&ring));
        assert_false(ring_wants_interrupt(&ring));

        start(packed != 0, false);
        give(1, 1);
        ring_stop(&ring);
        assert_false(ring_wants_interrupt(&ring));
    }
}

/* ---- Notifications ----------------------------------------------------------------------------- */

/* 2.7.10, with the index's end on the way: who asks for the next chain asks for that at `available`. */
static void test_split_rearm(void **state)
{
    (void)state;
    start(false, true);
    for (unsigned i = 0; i < 65538; i++) {
        assert_null(ring_take(&ring));
        assert_false(ring_rearm(&ring));
        assert_int_equal(get16(DEVICE + 4 + 8 * SPLIT_SIZE), (uint16_t)i);
        split_add();
        /* One that came before the wish: it may not be notified of. */
        assert_true(ring_rearm(&ring));
        assert_non_null(ring_take(&ring));
    }
    /* 2.7.10.1: flags are 0. */
    assert_int_equal(get16(DEVICE), 0);
}

static void test_packed_rearm(void **state)
{
    static const uint16_t wishes[] = {0x8000, 0x8001, 0x8002, 0x0000, 0x0001, 0x0002, 0x8000};

    (void)state;
    start(true, true);
    for (unsigned i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        assert_null(ring_take(&ring));
        assert_false(ring_rearm(&ring));
        assert_int_equal(get16(DEVICE), wishes[i]);
        assert_int_equal(get16(DEVICE + 2), 2);
        packed_add(1);
        assert_true(ring_rearm(&ring));
        assert_non_null(ring_take(&ring));
    }
}

/* Without event index no wish is written: each chain is notified of. */
static void test_rearm_without_event_index(void **state)
{
    (void)state;
    for (unsigned packed = 0; packed < 2; packed++) {
        start(packed != 0, false);
        assert_false(ring_rearm(&ring));
        for (unsigned i = 0; i < 0x100; i++) {
            assert_int_equal(fake.ram[DEVICE - FAKE_RAM_BASE + i], 0);
        }
    }
}

static void test_idle(void **state)
{
    uint64_t word;

    (void)state;
    for (unsigned packed = 0; packed < 2; packed++) {
        start(packed != 0, false);
        for (unsigned i = 0; i < 7; i++) {
            assert_true(ring_is_idle(&ring, &word));
            if (packed != 0) {
                packed_add(i % 2 + 1);
            } else {
                split_add();
            }
            assert_false(ring_is_idle(&ring, &word));
            assert_non_null(ring_take(&ring));
            assert_true(ring_is_idle(&ring, &word));
            ring_put_back(&ring);
            assert_false(ring_is_idle(&ring, &word));
            assert_non_null(ring_take(&ring));
        }
        fake.copy_error = PV_FAULT;
        assert_false(ring_is_idle(&ring, &word));
        fake.copy_error = PV_OK;
        ring_stop(&ring);
        assert_true(ring_is_idle(&ring, &word));
    }
}

/* Several chains go back as if they had not been taken, over the end of a lap. */
static void test_rewind(void **state)
{
    uint64_t word;

    (void)state;
    for (unsigned packed = 0; packed < 2; packed++) {
        start(packed != 0, false);
        for (unsigned before = 0; before < 7; before++) {
            struct ring_mark mark = ring_mark(&ring);

            for (unsigned i = 0; i < 2; i++) {
                if (packed != 0) {
                    packed_add(1);
                } else {
                    split_add();
                }
            }
            for (unsigned i = 0; i < 3; i++) {
                ring_rewind(&ring, mark);
                assert_false(ring_is_idle(&ring, &word));
                assert_int_equal(ring.taken, before * 2);
                assert_non_null(ring_take(&ring));
                assert_non_null(ring_take(&ring));
                assert_null(ring_take(&ring));
                assert_true(ring_is_idle(&ring, &word));
            }
        }
    }
}

/* Chains that are given back together are told of together, whichever the driver waits for. */
static void test_given_together(void **state)
{
    const struct ring_used used[] = {{{0, 1}, 0}, {{0, 1}, 0}, {{0, 1}, 0}};

    (void)state;
    for (unsigned packed = 0; packed < 2; packed++) {
        for (unsigned event = 0; event < 6; event++) {
            unsigned lap = event / PACKED_SIZE % 2 == 0 ? 1u << 15 : 0;

            start(packed != 0, true);
            give(1, 1);
            (void)ring_wants_interrupt(&ring);
            put16(DRIVER, (uint16_t)(event % PACKED_SIZE | lap));
            put16(DRIVER + 2, 2);
            put16(DRIVER + 4 + 2 * SPLIT_SIZE, (uint16_t)event);
            ring_give_all(&ring, used, 3);
            assert_int_equal(ring.given, 4);
            /* Written at 1, 2 and 3. */
            assert_int_equal(ring_wants_interrupt(&ring), event >= 1 && event <= 3);
        }
    }
}

/*
 * The look without the lock: a notification has seen a live ring, and then, before it looks at the
 * ring's memory, another VP resets the device and writes other places. No address that was not found
 * to be in RAM may be read: it could be VTL2's, or a device's.
 */
static void test_idle_while_set_up_anew(void **state)
{
    uint64_t word;

    (void)state;
    for (unsigned packed = 0; packed < 2; packed++) {
        start(packed != 0, false);
        ring_stop(&ring);
        ring.desc = 16;
        ring.driver = 16;
        ring.device = 16;
        ring.size = 0xffff;
        ring.packed = packed == 0;
        ring.live = true;
        (void)ring_is_idle(&ring, &word);
        ring.live = false;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split_event),
        cmocka_unit_test(test_split_flags),
        cmocka_unit_test(test_packed_event),
        cmocka_unit_test(test_packed_flags),
        cmocka_unit_test(test_given_then_ended),
        cmocka_unit_test(test_split_rearm),
        cmocka_unit_test(test_packed_rearm),
        cmocka_unit_test(test_rearm_without_event_index),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_rewind),
        cmocka_unit_test(test_given_together),
        cmocka_unit_test(test_idle_while_set_up_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
