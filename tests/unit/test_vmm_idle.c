/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting before VTL0 runs, as vmm.h promises it: interrupts are handled, deferred work is done, and a
 * sleep ends in time.
 */
#include "fake_vtl.h"
#include "irq.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define US UINT64_C(1000)
#define INTID 48u

static unsigned interrupts;
static unsigned runs;

static void handle(void *device)
{
    (void)device;
    interrupts++;
}

static void run(void *device)
{
    (void)device;
    runs++;
}

static const struct vmm_irq irqs[] = {{INTID, handle, NULL}};
static struct vmm_work work = {.run = run};

/* Time goes on from test to test, as the module's pauses do. */
static uint64_t clock_ns = 1000 * US;

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    clock_ns += UINT64_C(1000000) * US;
    fake.time_ns = clock_ns;
    interrupts = 0;
    runs = 0;
    assert_int_equal(irq_set(irqs, 1), PV_OK);
    return 0;
}

/* What is still to come of deferred work comes. */
static int teardown(void **state)
{
    (void)state;
    fake.sleep = NULL;
    while (fake.timer_ns[0] != 0) {
        vmm_idle(UINT64_MAX);
    }
    clock_ns = fake.time_ns;
    return 0;
}

static void raise_interrupt(void)
{
    fake.irqs[fake.irq_count++] = INTID;
}

static void test_until(void **state)
{
    uint64_t until = fake.time_ns + 500 * US;

    (void)state;
    vmm_idle(until);
    assert_int_equal(fake.sleeps, 1);
    assert_int_equal(fake.time_ns, until);
    /* It has come: nothing to wait for. */
    vmm_idle(until);
    assert_int_equal(fake.sleeps, 1);
}

/* What is there already is handled, however late it is, and the caller looks again before it sleeps. */
static void test_pending(void **state)
{
    (void)state;
    raise_interrupt();
    vmm_idle(0);
    assert_int_equal(interrupts, 1);
    assert_int_equal(fake.sleeps, 0);
}

/* More than one turn takes: the rest is for the next call. */
static void test_flood(void **state)
{
    (void)state;
    for (unsigned i = 0; i < IRQ_TURN_MAX + 1; i++) {
        raise_interrupt();
    }
    vmm_idle(UINT64_MAX);
    assert_int_equal(interrupts, IRQ_TURN_MAX);
    vmm_idle(UINT64_MAX);
    assert_int_equal(interrupts, IRQ_TURN_MAX + 1);
    assert_int_equal(fake.sleeps, 0);
}

/* One that ends the sleep is handled in the same call. */
static void test_wakes(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    fake.sleep = raise_interrupt;
    vmm_idle(start + 500 * US);
    assert_int_equal(fake.sleeps, 1);
    assert_int_equal(interrupts, 1);
    assert_int_equal(fake.irq_done_count, 1);
    assert_int_equal(fake.time_ns, start);
}

/* Somebody else's work is due before the end of the sleep. */
static void test_work(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    vmm_later(&work, 200 * US);
    vmm_idle(start + 500 * US);
    assert_int_equal(runs, 1);
    assert_int_equal(fake.time_ns, start + 200 * US);
    vmm_idle(start + 500 * US);
    assert_int_equal(fake.time_ns, start + 500 * US);
}

/* A sleep that was ended earlier does not keep a shorter one from its end. */
static void test_earlier(void **state)
{
    uint64_t start = fake.time_ns;

    (void)state;
    fake.sleep = raise_interrupt;
    vmm_idle(start + 5000 * US);
    fake.sleep = NULL;
    vmm_idle(start + 300 * US);
    assert_int_equal(fake.time_ns, start + 300 * US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_until, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wakes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_work, setup, teardown),
        cmocka_unit_test_setup_teardown(test_earlier, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
