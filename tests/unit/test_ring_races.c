/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ring's two sides at once: neither sleeps through what the other does between any two of its
 * accesses to the ring. Source: virtio 1.2, 2.7.7, 2.7.10, 2.7.14, 2.8.14, 2.8.22.
 */
#include "ring_events.h"

/* What the driver does there before accesses number first and second; nothing when it is 0. */
static struct {
    unsigned first;
    unsigned second;
    unsigned accesses;
    bool busy;
    void (*act)(void);
    bool notified; /* and the notification found something */
    unsigned added;
    unsigned consumed;
    bool asleep; /* waits for an interrupt */
} other;

static void other_vp(void)
{
    if (other.busy) {
        return;
    }
    other.accesses++;
    if (other.accesses == other.first || other.accesses == other.second) {
        other.busy = true;
        other.act();
        other.busy = false;
    }
}

static void other_start(void (*act)(void), unsigned first, unsigned second)
{
    memset(&other, 0, sizeof(other));
    other.first = first;
    other.second = second;
    other.act = act;
    fake.meanwhile = other_vp;
}

/* 2.7.10.1, 2.8.14: must the driver notify of the chain of one slot that it has added last? */
static bool must_notify(void)
{
    unsigned last = next_slot - 1;

    if (!ring.packed) {
        return !ring.event_index || get16(DEVICE + 4 + 8 * SPLIT_SIZE) == (uint16_t)last;
    }
    if (get16(DEVICE + 2) != 2) {
        return get16(DEVICE + 2) == 0;
    }
    return get16(DEVICE) ==
           (last % PACKED_SIZE | (last / PACKED_SIZE % 2 == 0 ? UINT16_C(1) << 15 : 0));
}

static void add_and_notify(void)
{
    uint64_t word;

    if (ring.packed) {
        packed_add(1);
    } else {
        split_add();
    }
    other.added++;
    if (must_notify() && !ring_is_idle(&ring, &word)) {
        other.notified = true;
    }
}

/* What a device does about a notification. */
static unsigned serve(void)
{
    unsigned taken = 0;

    for (;;) {
        const struct ring_chain *chain = ring_take(&ring);

        if (chain != NULL) {
            ring_give(&ring, chain->token, 0);
            taken++;
        } else if (!ring_rearm(&ring)) {
            return taken;
        }
    }
}

/* After so many chains, a notification of one more, with others that come meanwhile: all are taken.
 * True: both came. */
static bool serve_with_two_more(bool packed, bool event_index, unsigned before, unsigned first,
                                unsigned second)
{
    unsigned taken = 0;

    start(packed, event_index);
    for (unsigned i = 0; i < before; i++) {
        add_and_notify();
        (void)serve();
    }
    other_start(add_and_notify, first, second);
    other.busy = true;
    add_and_notify();
    other.busy = false;
    while (other.notified) {
        other.notified = false;
        taken += serve();
    }
    assert_int_equal(taken, other.added);
    return other.added == 3;
}

static void test_no_notification_is_lost(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        unsigned cases = 0;

        for (unsigned before = 0; before < 7; before++) {
            for (unsigned first = 1; first < 60; first++) {
                for (unsigned second = first + 1; second < 60; second++) {
                    cases +=
                        serve_with_two_more(kind % 2 != 0, kind / 2 != 0, before, first, second);
                }
            }
        }
        assert_true(cases > 300);
    }
}

static bool used_is_there(void)
{
    unsigned flags;

    if (!ring.packed) {
        return get16(DEVICE + 2) != (uint16_t)other.consumed;
    }
    flags = get16(DESC + 16 * (other.consumed % PACKED_SIZE) + 14);
    /* 2.8.1: both bits as the lap is. */
    return (flags & 0x8080) == (other.consumed / PACKED_SIZE % 2 == 0 ? 0x8080 : 0);
}

/* Takes what is there, asks for an interrupt for the next, and has looked again (2.7.14, 2.8.22). */
static void consume_and_sleep(void)
{
    unsigned lap;

    while (used_is_there()) {
        other.consumed++;
    }
    lap = other.consumed / PACKED_SIZE % 2 == 0 ? 1u << 15 : 0;
    if (!ring.packed) {
        put16(DRIVER, 0);
        put16(DRIVER + 4 + 2 * SPLIT_SIZE, (uint16_t)other.consumed);
    } else {
        put16(DRIVER, (uint16_t)(other.consumed % PACKED_SIZE | lap));
        put16(DRIVER + 2, ring.event_index ? 2 : 0);
    }
    other.asleep = true;
}

/* The driver wants none, and goes to sleep while three are given back. True: it came to that. */
static bool give_with_sleep(bool packed, bool event_index, unsigned before, unsigned each,
                            unsigned first)
{
    bool woken = false;

    start(packed, event_index);
    give(before, 1);
    (void)ring_wants_interrupt(&ring);
    put16(DRIVER, packed ? 0 : 1);
    put16(DRIVER + 4 + 2 * SPLIT_SIZE, (uint16_t)(before + 0x8000));
    if (packed) {
        put16(DRIVER + 2, 1);
    }
    other_start(consume_and_sleep, first, 0);
    other.consumed = before;
    for (unsigned i = 0; i < 3; i++) {
        give(1, 1);
        if ((i + 1) % each == 0 && ring_wants_interrupt(&ring)) {
            woken = woken || other.asleep;
        }
    }
    if (ring_wants_interrupt(&ring)) {
        woken = woken || other.asleep;
    }
    assert_true(!other.asleep || other.consumed == before + 3 || woken);
    return other.asleep;
}

static void test_no_interrupt_is_lost(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        unsigned cases = 0;

        for (unsigned before = 0; before < 7; before++) {
            for (unsigned each = 1; each < 4; each++) {
                for (unsigned first = 1; first < 30; first++) {
                    cases += give_with_sleep(kind % 2 != 0, kind / 2 != 0, before, each, first);
                }
            }
        }
        assert_true(cases > 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_notification_is_lost),
        cmocka_unit_test(test_no_interrupt_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
