/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers of both VTLs, with the vGIC behind them. A physical timer interrupt is a level: PPI 27 is there while the
 * loaded CNTV asserts it and it is not active at the board's GIC. Expectations: Arm ARM DDI 0487K.a, D11.2;
 * Hyper-V TLFS, timers.
 */
#include "refhv_gic/fake_refhv_gic_synic.h"
#include "vgic_test.h"

#define ENABLE 1u
#define IMASK 2u
#define ISTATUS 4u
#define HZ UINT64_C(62500000)

static uint64_t now;

static void at(uint64_t ticks)
{
    now = ticks;
    fake_refhv_gic_time(ticks);
}

static int setup(void **state)
{
    (void)state;
    at(0);
    fake_refhv_gic_synic = (struct fake_refhv_gic_synic){0, 0};
    guests_start(1, 4);
    interrupt_setup(SLOT_VTL0, 27, 0xa0, false);
    interrupt_setup(SLOT_VTL2, 27, 0xa0, false);
    interrupt_setup(SLOT_VTL0, 30, 0xa0, false);
    interrupt_setup(SLOT_VTL2, 30, 0xa0, false);
    enter();
    return 0;
}

/* The guest's own accesses to CNTV. */
static void cntv(uint64_t ctl, uint64_t cval)
{
    fake_refhv_gic_set("cntv_cval_el0", cval);
    fake_refhv_gic_set("cntv_ctl_el0", ctl);
}

static bool cntv_asserts(void)
{
    return (fake_refhv_gic_get("cntv_ctl_el0") & 3) == ENABLE &&
           now >= fake_refhv_gic_get("cntv_cval_el0");
}

/* Physical interrupts, as gic_handle_physical takes them, and the way back in. The number of them. */
static unsigned physical(void)
{
    unsigned count = 0;

    for (;;) {
        if (cntv_asserts() && !fake_board.cntv_active[0]) {
            fake_board.cntv_active[0] = true;
            timer_cntv_fired(vp_current());
        } else if ((fake_refhv_gic_get("cnthp_ctl_el2") & 3) == ENABLE &&
                   now >= fake_refhv_gic_get("cnthp_cval_el2")) {
            timer_cnthp_fired(vp_current());
        } else {
            break;
        }
        count++;
        assert_true(count < 10);
        enter();
    }
    return count;
}

static bool cnthp_at(uint64_t ticks)
{
    return (fake_refhv_gic_get("cnthp_ctl_el2") & 3) == ENABLE &&
           fake_refhv_gic_get("cnthp_cval_el2") == ticks;
}

/* The VP's earliest synthetic timer, as stimer_write() tells of it. */
static void synthetic_next(uint64_t reference)
{
    fake_refhv_gic_synic.next = reference;
    vp_attend(vp_current());
}

static bool cnthp_off(void)
{
    return (fake_refhv_gic_get("cnthp_ctl_el2") & ENABLE) == 0;
}

/* The usual life: expiry, acknowledge, new deadline, end. One exit a tick. */
static void cntv_life(void **state)
{
    (void)state;
    for (uint64_t tick = 100; tick < 1000; tick += 100) {
        cntv(ENABLE, tick);
        assert_int_equal(physical(), 0);
        assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
        at(tick);
        assert_int_equal(physical(), 1);
        assert_int_equal(guest_acknowledge(1), 27);
        cntv(ENABLE | IMASK, tick);
        cntv(ENABLE, tick + 100);
        guest_end(1, 27);
        assert_false(guest_maintenance());
        assert_int_equal(physical(), 0);
        enter();
    }
}

/* Ended without a new deadline: the level is still there. */
static void cntv_level(void **state)
{
    (void)state;
    cntv(ENABLE, 10);
    at(20);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_acknowledge(1), 27);
    guest_end(1, 27);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_signalled(1), 27);
}

/* Masked, or moved, while pending and not taken: gone. And it works again afterwards. */
static void cntv_withdrawn(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        cntv(ENABLE, now + 10);
        at(now + 20);
        assert_int_equal(physical(), 1);
        assert_int_equal(guest_signalled(1), 27);
        assert_true(bit_get(SLOT_VTL0, 27, ISPENDR));
        enter();
        if (how == 0) {
            cntv(ENABLE | IMASK, now - 10);
        } else if (how == 1) {
            cntv(ENABLE, now + 1000);
        } else {
            cntv(0, now - 10);
        }
        enter();
        assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
        assert_false(bit_get(SLOT_VTL0, 27, ISPENDR));
        assert_false(vgic_wakes(vp_current(), SLOT_VTL0));
        assert_false(fake_board.cntv_active[0]);
    }
}

/* Disabled at the redistributor: no storm of physical interrupts, and it comes when it is enabled. */
static void cntv_disabled(void **state)
{
    (void)state;
    bit_put(SLOT_VTL0, 27, ICENABLER);
    cntv(ENABLE, 10);
    at(20);
    assert_int_equal(physical(), 1);
    assert_int_equal(physical(), 0);
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_true(bit_get(SLOT_VTL0, 27, ISPENDR));
    bit_put(SLOT_VTL0, 27, ISENABLER);
    enter();
    assert_int_equal(guest_acknowledge(1), 27);
    cntv(0, 10);
    guest_end(1, 27);
    assert_false(fake_board.cntv_active[0]);
}

/* The same, and VTL2 comes in between: PPI 27 is not held active against VTL2's timer. */
static void cntv_disabled_switch(void **state)
{
    (void)state;
    bit_put(SLOT_VTL0, 27, ICENABLER);
    cntv(ENABLE, 10);
    at(20);
    assert_int_equal(physical(), 1);
    switch_to(SLOT_VTL2);
    assert_false(fake_board.cntv_active[0]);
    cntv(ENABLE, 30);
    at(30);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_acknowledge(1), 27);
}

/* Enabled only after the guest has moved the deadline. */
static void cntv_disabled_moved(void **state)
{
    (void)state;
    bit_put(SLOT_VTL0, 27, ICENABLER);
    cntv(ENABLE, 10);
    at(20);
    assert_int_equal(physical(), 1);
    cntv(ENABLE, 100);
    bit_put(SLOT_VTL0, 27, ISENABLER);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_false(fake_board.cntv_active[0]);
    at(100);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_signalled(1), 27);
}

/* VTL0 has taken its timer interrupt, and not ended it: VTL2's timer works, and VTL0's state comes back. */
static void active_blocks_nobody(void **state)
{
    (void)state;
    cntv(ENABLE, 10);
    at(20);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_acknowledge(1), 27);
    switch_to(SLOT_VTL2);
    enter();
    assert_int_equal(physical(), 0);
    cntv(ENABLE, 30);
    at(40);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_acknowledge(1), 27);
    /* Back, with VTL2's active in turn. VTL0's condition still holds, but its interrupt is active. */
    switch_to(SLOT_VTL0);
    enter();
    assert_int_equal(physical(), 0);
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    guest_end(1, 27);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_acknowledge(1), 27);
    cntv(ENABLE, 50);
    guest_end(1, 27);
    at(60);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_signalled(1), 27);
    switch_to(SLOT_VTL2);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    cntv(ENABLE, 70);
    guest_end(1, 27);
    enter();
    assert_false(fake_board.cntv_active[0]);
    at(80);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_signalled(1), 27);
}

/* Pending and not taken in VTL0 over a visit to VTL2; without a second physical interrupt. */
static void pending_over_switch(void **state)
{
    (void)state;
    cntv(ENABLE, 10);
    at(20);
    assert_int_equal(physical(), 1);
    switch_to(SLOT_VTL2);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_int_equal(physical(), 0);
    assert_true(cnthp_off()); /* it is known already */
    switch_to(SLOT_VTL0);
    enter();
    assert_int_equal(physical(), 0);
    assert_int_equal(guest_acknowledge(1), 27);
    cntv(0, 0);
    guest_end(1, 27);
    assert_int_equal(physical(), 0);
    assert_false(fake_board.cntv_active[0]);
}

/* VTL0 ended its interrupt, and the switch comes before any other exit: the link must not come back. */
static void ended_before_switch(void **state)
{
    (void)state;
    cntv(ENABLE, 10);
    at(20);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_acknowledge(1), 27);
    cntv(ENABLE, 30);
    guest_end(1, 27);
    switch_to(SLOT_VTL2);
    switch_to(SLOT_VTL0);
    enter();
    assert_false(fake_board.cntv_active[0]);
    at(30);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_signalled(1), 27);
}

/* VTL2's deadline passes while VTL0 runs. */
static void inactive_deadline(void **state)
{
    (void)state;
    switch_to(SLOT_VTL2);
    cntv(ENABLE, 100);
    switch_to(SLOT_VTL0);
    enter();
    assert_true(cnthp_at(100));
    assert_false(vgic_deliverable(vp_current(), SLOT_VTL2));
    at(100);
    assert_int_equal(physical(), 1);
    assert_true(cnthp_off());
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_true(vgic_deliverable(vp_current(), SLOT_VTL2));
    switch_to(SLOT_VTL2);
    enter();
    assert_int_equal(physical(), 0);
    assert_int_equal(guest_acknowledge(1), 27);
    cntv(ENABLE, 200);
    guest_end(1, 27);
    switch_to(SLOT_VTL0);
    enter();
    assert_true(cnthp_at(200));
    at(200);
    assert_int_equal(physical(), 1);
    assert_true(vgic_deliverable(vp_current(), SLOT_VTL2));
}

/* It expires between VTL2's last exit and the switch: nothing physical has come, nothing will. */
static void expired_at_switch(void **state)
{
    (void)state;
    switch_to(SLOT_VTL2);
    for (unsigned round = 0; round < 2; round++) {
        cntv(ENABLE, now + 10);
        at(now + 20);
        switch_to(SLOT_VTL0);
        enter();
        assert_true(vgic_deliverable(vp_current(), SLOT_VTL2));
        switch_to(SLOT_VTL2);
        enter();
        assert_int_equal(guest_acknowledge(1), 27);
        cntv(0, 0);
        guest_end(1, 27);
    }
}

/* VTL0's deadline passes while VTL2 runs: VTL2 is left alone, and VTL0 has its interrupt on its return. */
static void inactive_deadline_below(void **state)
{
    (void)state;
    cntv(ENABLE, 100);
    switch_to(SLOT_VTL2);
    vp_attend(vp_current());
    enter();
    assert_true(cnthp_off());
    at(150);
    assert_int_equal(physical(), 0);
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    switch_to(SLOT_VTL0);
    enter();
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_acknowledge(1), 27);
}

static bool asks(void)
{
    return vp_current()->attention;
}

/* VTL2 comes and goes with its timer set: only a deadline that CNTHP does not watch yet is news. */
static void watch_is_kept(void **state)
{
    (void)state;
    switch_to(SLOT_VTL2);
    cntv(ENABLE, 1000);
    switch_to(SLOT_VTL0);
    assert_true(asks());
    enter();
    assert_false(asks());
    assert_true(cnthp_at(1000));
    switch_to(SLOT_VTL2);
    assert_false(asks());
    cntv(ENABLE, 2000); /* later: CNTHP comes too early, and then is put right */
    switch_to(SLOT_VTL0);
    assert_false(asks());
    at(1000);
    assert_int_equal(physical(), 1);
    assert_true(cnthp_at(2000));
    assert_false(vgic_deliverable(vp_current(), SLOT_VTL2));
    switch_to(SLOT_VTL2);
    cntv(ENABLE, 1500);
    switch_to(SLOT_VTL0);
    enter();
    assert_true(cnthp_at(1500));
    switch_to(SLOT_VTL2);
    cntv(ENABLE | IMASK, 1200);
    switch_to(SLOT_VTL0);
    at(1500);
    (void)physical();
    assert_true(cnthp_off());
    assert_false(vgic_deliverable(vp_current(), SLOT_VTL2));
}

/* It fires while VTL2 itself runs: VTL2's own timer is the hardware's then, and is watched again afterwards. */
static void watch_fires_in_vtl2(void **state)
{
    (void)state;
    switch_to(SLOT_VTL2);
    cntv(ENABLE, 1000);
    switch_to(SLOT_VTL0);
    enter();
    switch_to(SLOT_VTL2);
    cntv(ENABLE, 3000);
    at(1000);
    assert_int_equal(physical(), 1);
    assert_true(cnthp_off());
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    switch_to(SLOT_VTL0);
    enter();
    assert_true(cnthp_at(3000));
}

/* VTL2's saved timer is changed from outside. */
static void changed_from_outside(void **state)
{
    (void)state;
    vp_current()->vtl[SLOT_VTL2].timer.cntv_ctl = ENABLE;
    vp_current()->vtl[SLOT_VTL2].timer.cntv_cval = 500;
    timer_changed(vp_current(), SLOT_VTL2);
    enter();
    assert_true(cnthp_at(500));
    at(600);
    assert_int_equal(physical(), 1);
    assert_true(vgic_deliverable(vp_current(), SLOT_VTL2));
    vp_current()->vtl[SLOT_VTL2].timer.cntv_ctl = ENABLE | IMASK;
    timer_changed(vp_current(), SLOT_VTL2);
    assert_false(vgic_deliverable(vp_current(), SLOT_VTL2));
}

static void registers_switch(void **state)
{
    (void)state;
    cntv(ENABLE | IMASK, 0x1234);
    fake_refhv_gic_set("cntkctl_el1", 0x3);
    switch_to(SLOT_VTL2);
    assert_int_equal(fake_refhv_gic_get("cntv_ctl_el0"), 0);
    assert_int_equal(fake_refhv_gic_get("cntkctl_el1"), 0);
    assert_int_equal(vp_current()->vtl[SLOT_VTL0].timer.cntv_ctl, ENABLE | IMASK);
    assert_int_equal(vp_current()->vtl[SLOT_VTL0].timer.cntv_cval, 0x1234);
    switch_to(SLOT_VTL0);
    assert_int_equal(fake_refhv_gic_get("cntv_ctl_el0"), ENABLE | IMASK);
    assert_int_equal(fake_refhv_gic_get("cntv_cval_el0"), 0x1234);
    assert_int_equal(fake_refhv_gic_get("cntkctl_el1"), 0x3);
}

/* CNTP: CTL 0, CVAL 1, TVAL 2. */
static void cntp(void **state)
{
    struct vp *vp = vp_current();

    (void)state;
    at(1000);
    timer_cntp_write(vp, 2, 0xffffffff); /* TVAL is signed: one before now */
    assert_int_equal(timer_cntp_read(vp, 1), 999);
    timer_cntp_write(vp, 2, 500);
    assert_int_equal(timer_cntp_read(vp, 1), 1500);
    assert_int_equal(timer_cntp_read(vp, 2), 500);
    timer_cntp_write(vp, 0, ENABLE | 0xf0);
    assert_int_equal(timer_cntp_read(vp, 0), ENABLE);
    enter();
    assert_true(cnthp_at(1500));
    at(1600);
    assert_int_equal(timer_cntp_read(vp, 2), 0xffffff9c); /* 32 bits of -100 */
    assert_int_equal(timer_cntp_read(vp, 0), ENABLE | ISTATUS);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_acknowledge(1), 30);
    assert_true(cnthp_off());
    timer_cntp_write(vp, 0, ENABLE | IMASK);
    assert_int_equal(timer_cntp_read(vp, 0), ENABLE | IMASK | ISTATUS);
    guest_end(1, 30);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    timer_cntp_write(vp, 0, ENABLE); /* the condition holds at once */
    enter();
    assert_int_equal(guest_signalled(1), 30);
    timer_cntp_write(vp, 1, 5000); /* and goes while it is pending */
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_true(cnthp_at(5000));
    switch_to(SLOT_VTL2);
    enter();
    assert_true(cnthp_at(5000)); /* VTL0's ticks on under VTL2 */
    assert_int_equal(timer_cntp_read(vp, 1), 0);
    at(5000);
    assert_int_equal(physical(), 1);
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_true(vgic_deliverable(vp, SLOT_VTL0));
    vp->vtl[SLOT_VTL0].timer.cntp_cval = 9000; /* by name: the line follows */
    timer_changed(vp, SLOT_VTL0);
    assert_false(vgic_deliverable(vp, SLOT_VTL0));
    enter();
    assert_true(cnthp_at(9000));
}

static void earliest_wins(void **state)
{
    struct vp *vp = vp_current();

    (void)state;
    switch_to(SLOT_VTL2);
    cntv(ENABLE, 3000);
    switch_to(SLOT_VTL0);
    timer_cntp_write(vp, 1, 2000);
    timer_cntp_write(vp, 0, ENABLE);
    cntv(ENABLE, 100);    /* the hardware's own */
    synthetic_next(1000); /* 100 us: 6250 ticks */
    enter();
    assert_true(cnthp_at(2000));
    timer_cntp_write(vp, 0, 0);
    enter();
    assert_true(cnthp_at(3000));
    synthetic_next(16); /* 1.6 us: 100 ticks */
    enter();
    assert_true(cnthp_at(100));
    synthetic_next(0);
    enter();
    assert_true(cnthp_at(3000));
}

static void nothing_changed_is_cheap(void **state)
{
    (void)state;
    synthetic_next(1000);
    timer_program(vp_current());
    (void)fake_refhv_gic_writes();
    timer_program(vp_current());
    timer_program(vp_current());
    assert_int_equal(fake_refhv_gic_writes(), 0);
}

/* A synthetic timer that stays due does not hold the CPU; one out of reach is none. */
static void synthetic(void **state)
{
    (void)state;
    synthetic_next(1000);
    at(6250);
    enter();
    assert_int_equal(physical(), 1);
    assert_int_equal(fake_refhv_gic_synic.runs, 1);
    assert_false(cnthp_off());
    assert_true(fake_refhv_gic_get("cnthp_cval_el2") > now);
    synthetic_next(UINT64_MAX);
    enter();
    assert_true(cnthp_off() || fake_refhv_gic_get("cnthp_cval_el2") > UINT64_MAX / 2);
}

static void reference_time(void **state)
{
    (void)state;
    assert_int_equal(timer_reference_time(), 0);
    at(HZ);
    assert_int_equal(timer_reference_time(), 10000000);
    at(HZ * 3 / 2);
    assert_int_equal(timer_reference_time(), 15000000);
    at(25);
    assert_int_equal(timer_reference_time(), 4);
    at(HZ * 86400 * 36500); /* a century */
    assert_int_equal(timer_reference_time(), UINT64_C(10000000) * 86400 * 36500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(cntv_life, setup),
        cmocka_unit_test_setup(cntv_level, setup),
        cmocka_unit_test_setup(cntv_withdrawn, setup),
        cmocka_unit_test_setup(cntv_disabled, setup),
        cmocka_unit_test_setup(cntv_disabled_switch, setup),
        cmocka_unit_test_setup(cntv_disabled_moved, setup),
        cmocka_unit_test_setup(active_blocks_nobody, setup),
        cmocka_unit_test_setup(pending_over_switch, setup),
        cmocka_unit_test_setup(ended_before_switch, setup),
        cmocka_unit_test_setup(inactive_deadline, setup),
        cmocka_unit_test_setup(inactive_deadline_below, setup),
        cmocka_unit_test_setup(watch_is_kept, setup),
        cmocka_unit_test_setup(watch_fires_in_vtl2, setup),
        cmocka_unit_test_setup(expired_at_switch, setup),
        cmocka_unit_test_setup(changed_from_outside, setup),
        cmocka_unit_test_setup(registers_switch, setup),
        cmocka_unit_test_setup(cntp, setup),
        cmocka_unit_test_setup(earliest_wins, setup),
        cmocka_unit_test_setup(nothing_changed_is_cheap, setup),
        cmocka_unit_test_setup(synthetic, setup),
        cmocka_unit_test_setup(reference_time, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
