/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deferred work, as vmm.h promises it: when, where, how often, and what VTL0 gets in between.
 */
#include "fake_vtl.h"
#include "irq.h"
#include "work.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define US UINT64_C(1000)
#define PAUSE (100 * US)
#define WORKS 8u
#define TESTS_MAX 24u

struct job {
    unsigned runs;
    uint32_t vp;          /* where it ran last */
    uint64_t takes_ns;    /* of the clock */
    uint64_t again_ns;    /* asks for itself again, */
    unsigned again_times; /* this often */
    bool rests;           /* tells of the time it takes */
};

static struct job jobs[WORKS];
/* Each test has its own: those of one that fails stay in the module's list. */
static struct vmm_work pool[TESTS_MAX][WORKS];
static struct vmm_work *works = pool[TESTS_MAX - 1];

static void run(void *device)
{
    struct job *job = device;

    job->runs++;
    job->vp = fake.index;
    fake.time_ns += job->takes_ns;
    if (job->rests) {
        vmm_rest(fake.time_ns - job->takes_ns);
    }
    if (job->again_times != 0) {
        job->again_times--;
        vmm_later(&works[job - jobs], job->again_ns);
    }
}

/* The timer's interrupt on a VP: the one thing that ever runs a work. */
static void interrupt(uint32_t vp)
{
    fake.index = vp;
    assert_true(fake.timer_ns[vp] != 0 && fake.timer_ns[vp] <= fake.time_ns);
    fake.irqs[0] = FAKE_TIMER_INTID;
    fake.irq_count = 1;
    fake.irq_next = 0;
    fake.irq_done_count = 0;
    assert_int_equal(irq_dispatch(), 0);
    assert_int_equal(fake.irq_done_count, 1);
    /* Off, or to come: or its interrupt would be there still. */
    assert_true(fake.timer_ns[vp] == 0 || fake.timer_ns[vp] > fake.time_ns);
}

/* Time goes on to the timer's deadline, which must be this. */
static void go_to(uint32_t vp, uint64_t time_ns)
{
    assert_int_equal(fake.timer_ns[vp], time_ns);
    fake.time_ns = time_ns;
    interrupt(vp);
}

static unsigned all_runs(void)
{
    unsigned runs = 0;

    for (unsigned i = 0; i < WORKS; i++) {
        runs += jobs[i].runs;
    }
    return runs;
}

/* As go_to; interrupts before, which find VTL0 at work in its pause, run nothing. */
static void wait_to(uint32_t vp, uint64_t time_ns)
{
    const unsigned runs = all_runs();

    while (fake.timer_ns[vp] < time_ns) {
        go_to(vp, fake.timer_ns[vp]);
        assert_int_equal(all_runs(), runs);
    }
    go_to(vp, time_ns);
}

/* The module's list and pauses are empty again: all that waits has run, and a second has passed. */
static uint64_t clock_ns = 1000 * US;

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    clock_ns += UINT64_C(1000000) * US;
    fake.time_ns = clock_ns;
    assert_int_equal(irq_set(NULL, 0), PV_OK);
    memset(jobs, 0, sizeof(jobs));
    works = works == pool[TESTS_MAX - 1] ? pool[0] : works + WORKS;
    for (unsigned i = 0; i < WORKS; i++) {
        works[i] = (struct vmm_work){.run = run, .device = &jobs[i]};
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (uint32_t vp = 0; vp < VTL_VP_MAX; vp++) {
        assert_int_equal(fake.timer_ns[vp], 0);
    }
    clock_ns = fake.time_ns;
    return 0;
}

static void test_once(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    vmm_later(&works[0], 50 * US);
    assert_int_equal(jobs[0].runs, 0);
    go_to(0, start + 50 * US);
    assert_int_equal(jobs[0].runs, 1);
}

/* Twice is once, and at the earlier time, whichever was asked for first. */
static void test_twice(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    vmm_later(&works[0], 500 * US);
    vmm_later(&works[0], 300 * US);
    vmm_later(&works[0], 400 * US);
    go_to(0, start + 300 * US);
    assert_int_equal(jobs[0].runs, 1);
}

/* On the VP that asked for the earlier time. */
static void test_other_vp(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    fake.index = 1;
    vmm_later(&works[0], 400 * US);
    vmm_later(&works[1], 500 * US);
    fake.index = 2;
    vmm_later(&works[0], 300 * US);
    vmm_later(&works[1], 600 * US);
    assert_int_equal(fake.timer_ns[1], start + 400 * US);
    go_to(2, start + 300 * US);
    assert_int_equal(jobs[0].runs, 1);
    assert_int_equal(jobs[0].vp, 2);
    go_to(1, start + 400 * US); /* the timer of the work that went away */
    assert_int_equal(jobs[0].runs, 1);
    go_to(1, start + 500 * US);
    assert_int_equal(jobs[1].runs, 1);
    assert_int_equal(jobs[1].vp, 1);
}

/* Another VP's call, by an interrupt of its own. */
static void called(uint32_t vp, unsigned times)
{
    assert_int_equal(fake.called[vp], times);
    fake.index = vp;
    fake.irqs[0] = FAKE_CALL_INTID;
    fake.irq_count = 1;
    fake.irq_next = 0;
    fake.irq_done_count = 0;
    assert_int_equal(irq_dispatch(), 0);
    assert_int_equal(fake.irq_done_count, 1);
}

/* On the next VP on which VTL2 runs, around from the last to the first. */
static void test_elsewhere(void **state)
{
    (void)state;
    fake.started[2] = true;
    assert_true(vmm_elsewhere(&works[0]));
    called(2, 1);
    assert_int_equal(jobs[0].runs, 1);
    assert_int_equal(jobs[0].vp, 2);
    assert_true(vmm_elsewhere(&works[1]));
    called(0, 1);
    assert_int_equal(jobs[1].runs, 1);
    assert_int_equal(jobs[1].vp, 0);
    assert_int_equal(fake.called[1], 0);
}

/* There is none: the work goes nowhere, and can be asked for here. */
static void test_nowhere(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    assert_false(vmm_elsewhere(&works[0]));
    for (uint32_t vp = 0; vp < VTL_VP_MAX; vp++) {
        assert_int_equal(fake.called[vp], 0);
    }
    vmm_later(&works[0], 50 * US);
    go_to(0, start + 50 * US);
    assert_int_equal(jobs[0].runs, 1);
}

/* VTL0's time there is its own: a work that another VP has asked for waits as any does. */
static void test_elsewhere_in_pause(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    fake.started[1] = true;
    jobs[1].takes_ns = 1000 * US;
    fake.index = 1;
    vmm_later(&works[1], 0);
    go_to(1, start);
    fake.index = 0;
    assert_true(vmm_elsewhere(&works[0]));
    called(1, 1);
    assert_int_equal(jobs[0].runs, 0);
    wait_to(1, start + 2000 * US);
    assert_int_equal(jobs[0].runs, 1);
    assert_int_equal(jobs[0].vp, 1);
}

/* After a short work, too: nothing brings VTL2 back before the end of that pause. */
static void test_elsewhere_in_short_pause(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    fake.started[1] = true;
    fake.index = 1;
    vmm_later(&works[1], 0);
    go_to(1, start);
    fake.time_ns += 20 * US;
    fake.index = 0;
    assert_true(vmm_elsewhere(&works[0]));
    called(1, 1);
    assert_int_equal(jobs[0].runs, 0);
    go_to(1, start + PAUSE);
    assert_int_equal(jobs[0].runs, 1);
}

static void test_order(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    vmm_later(&works[0], 900 * US);
    vmm_later(&works[1], 300 * US);
    vmm_later(&works[2], 600 * US);
    go_to(0, start + 300 * US);
    assert_int_equal(jobs[1].runs, 1);
    go_to(0, start + 600 * US);
    assert_int_equal(jobs[2].runs, 1);
    go_to(0, start + 900 * US);
    assert_int_equal(jobs[0].runs, 1);
}

/* Due at once: not before VTL0 has had as long as the work took, and 100 us at least. */
static void test_pause(void **state)
{
    static const uint64_t took[] = {0, 99 * US, 101 * US, 1000 * US};

    (void)state;
    for (size_t i = 0; i < sizeof(took) / sizeof(took[0]); i++) {
        uint64_t start = fake.time_ns;
        uint64_t pause = took[i] < PAUSE ? PAUSE : took[i];

        jobs[0] = (struct job){.takes_ns = took[i], .again_times = 2};
        vmm_later(&works[0], 0);
        go_to(0, start);
        wait_to(0, start + took[i] + pause);
        assert_int_equal(jobs[0].runs, 2);
        /* One that another exit asks for meanwhile waits as well. */
        fake.time_ns += US;
        vmm_later(&works[1], 0);
        wait_to(0, start + 2 * (took[i] + pause));
        assert_int_equal(jobs[0].runs, 3);
        if (took[i] >= PAUSE) {
            wait_to(0, start + 3 * (took[i] + pause));
        }
        assert_int_equal(jobs[1].runs, i + 1);
        fake.time_ns += 10000 * US;
    }
}

/* A VTL0 that waits is not kept waiting; whether it does is asked for only where it matters. */
static void test_no_pause_for_who_waits(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    fake.guest_waits = true;
    jobs[0] = (struct job){.takes_ns = 50 * US, .again_times = 2};
    vmm_later(&works[0], 0);
    go_to(0, start);
    assert_int_equal(fake.waits_asked, 0);
    jobs[0].takes_ns = 4000 * US;
    go_to(0, start + 150 * US);
    assert_int_equal(fake.waits_asked, 1);
    go_to(0, start + 4160 * US);
    assert_int_equal(jobs[0].runs, 3);
}

/* Calls of the timer that find VTL0 at work: at intervals of 100 us, or 10, and twice as many each time. */
static void look_in_vain(uint64_t end, uint64_t first, unsigned times)
{
    const unsigned runs = all_runs();

    for (unsigned i = 0; i < times; i++) {
        go_to(0, end + ((UINT64_C(2) << i) - 1) * first);
        assert_int_equal(all_runs(), runs);
    }
}

/* VTL0 works when a long turn ends: it has its half. When it waits, the rest of that is not its any more. */
static void test_pause_ends_when_it_waits(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    jobs[0] = (struct job){.takes_ns = 4000 * US, .again_times = 2};
    vmm_later(&works[0], 0);
    go_to(0, start);
    look_in_vain(start + 4000 * US, 100 * US, 5);
    go_to(0, start + 8000 * US); /* sooner than 6300 us after the turn */
    assert_int_equal(jobs[0].runs, 2);
    look_in_vain(start + 12000 * US, 100 * US, 2);
    fake.guest_waits = true;
    go_to(0, start + 12700 * US);
    assert_int_equal(jobs[0].runs, 3);
}

/* It waited, and woke up with the first thing that it was given time for. */
static void test_pause_of_who_wakes_up(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    fake.guest_waits = true;
    jobs[0] = (struct job){.takes_ns = 1000 * US, .again_times = 1};
    vmm_later(&works[0], 0);
    go_to(0, start);
    fake.guest_waits = false;
    look_in_vain(start + 1000 * US, 10 * US, 6);
    go_to(0, start + 2000 * US);
    assert_int_equal(jobs[0].runs, 2);
}

/* What becomes due in the pause waits for its end; what is due behind it comes at its own time. */
static void test_due_in_pause(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    jobs[0].takes_ns = 1000 * US;
    vmm_later(&works[0], 0);
    go_to(0, start);
    vmm_later(&works[1], 500 * US);
    vmm_later(&works[2], 1500 * US);
    wait_to(0, start + 2000 * US);
    assert_int_equal(jobs[1].runs, 1);
    go_to(0, start + 2500 * US);
    assert_int_equal(jobs[2].runs, 1);
}

/* What took long besides works: VTL0 has its time before the next of them, and interrupts know of it. */
static void test_rest(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    vmm_later(&works[0], 0);
    fake.time_ns += 50 * US;
    vmm_rest(start);
    assert_false(vmm_rests());
    fake.time_ns += 450 * US;
    vmm_rest(start);
    assert_true(vmm_rests());
    fake.index = 1; /* a VP of its own */
    assert_false(vmm_rests());
    fake.index = 0;
    wait_to(0, start + 1000 * US);
    assert_int_equal(jobs[0].runs, 1);
    assert_false(vmm_rests());
}

/* As behind a work that took long; what one that runs tells of is in that already. */
static void test_rests_behind_work(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    jobs[0] = (struct job){.takes_ns = 1000 * US, .rests = true};
    vmm_later(&works[0], 0);
    go_to(0, start);
    assert_true(vmm_rests());
    assert_int_equal(fake.waits_asked, 1);
    fake.time_ns = start + 1999 * US;
    assert_true(vmm_rests());
    fake.time_ns = start + 2000 * US;
    assert_false(vmm_rests());
    jobs[0].takes_ns = 50 * US;
    vmm_later(&works[0], 0);
    go_to(0, start + 2000 * US);
    assert_false(vmm_rests());
}

static void test_again(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    vmm_again(&works[0]);
    go_to(0, start + PAUSE);
    fake.guest_waits = true;
    fake.time_ns += 1000 * US;
    start = fake.time_ns;
    vmm_again(&works[0]);
    go_to(0, start + 10 * US);
    assert_int_equal(jobs[0].runs, 2);
}

/* vmm.h: VTL0 has had as long as the former work took before the next, due at the same time, runs. */
static void test_long_ends_turn(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        jobs[i].takes_ns = 3 * PAUSE;
        vmm_later(&works[i], 0);
    }
    for (unsigned turn = 1; turn <= 3; turn++) {
        wait_to(0, start);
        assert_int_equal(all_runs(), turn);
        start += 6 * PAUSE;
    }
}

/* A turn is bounded, and what asks for itself does not hold up another. */
static void test_bound(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WORKS; i++) {
        jobs[i].again_times = 1;
        vmm_later(&works[i], 0);
    }
    for (unsigned turn = 1; turn <= 2 * WORKS / WORK_TURN_MAX; turn++) {
        fake.time_ns = fake.timer_ns[0];
        interrupt(0);
        for (unsigned i = 0; i < WORKS; i++) {
            assert_true(turn < WORKS / WORK_TURN_MAX || jobs[i].runs >= 1);
        }
        assert_int_equal(all_runs(), turn * WORK_TURN_MAX);
    }
}

/* A time that 64 bits don't hold does not come; an earlier one still counts. */
static void test_never(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    vmm_later(&works[0], UINT64_MAX);
    assert_int_equal(fake.timer_ns[0], 0);
    vmm_later(&works[0], 5 * US);
    go_to(0, start + 5 * US);
    assert_int_equal(jobs[0].runs, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_vp, setup, teardown),
        cmocka_unit_test_setup_teardown(test_elsewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nowhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_elsewhere_in_pause, setup, teardown),
        cmocka_unit_test_setup_teardown(test_elsewhere_in_short_pause, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pause, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_pause_for_who_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pause_ends_when_it_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pause_of_who_wakes_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_due_in_pause, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rests_behind_work, setup, teardown),
        cmocka_unit_test_setup_teardown(test_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_ends_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_never, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
