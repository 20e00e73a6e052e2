/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtual timer of each VTL (section 8.1: CNTV is private): the inactive VTL's timer goes on
 * and its interrupt finds its own VTL, VTL2 at once (section 5.7), VTL0 after the VTL return.
 */
#include "rt.h"

static volatile uint32_t go_on;
static volatile uint32_t count_at_once;
static volatile uint32_t count_later;

static uint16_t own_timer_count(void)
{
    return vp_self()->irq_count[INTID_VTIMER];
}

static void timer_set(uint64_t milliseconds, uint64_t control)
{
    sysreg_write_cntv_cval_el0(counter_now() + counter_ms(milliseconds));
    sysreg_write_cntv_ctl_el0(control);
}

static uint64_t guest_prepare(void)
{
    gic_distributor_init();
    gic_vp_init();
    gic_enable(INTID_VTIMER, false);
    sysreg_write_cntv_ctl_el0(0);
    return 0;
}

/* ---- VTL2's timer, VTL0 runs ----------------------------------------------------------------- */

static uint64_t guest_loop(void)
{
    return wait_for(&go_on, 1) ? 1 : 0;
}

/* Its own timer, masked, ends the wait in the end: VTL2's interrupt needn't. */
static uint64_t guest_wfi(void)
{
    timer_set(100, 1);
    while (go_on == 0) {
        __asm__ volatile("wfi" ::: "memory");
    }
    sysreg_write_cntv_ctl_el0(0);
    return 1;
}

static void check_vtl2_timer(const char *way, uint64_t (*guest)(void))
{
    struct exit exit;
    uint16_t before = own_timer_count();

    check_way(way);
    VTL0_OF(go_on) = 0;
    vtl0_start((const void *)guest, 0, 0, 0);
    uint64_t start = counter_now();
    timer_set(20, 1);
    vtl0_run(&exit);
    uint64_t took = counter_now() - start;
    check_eq("5.7 VTL2's timer enters VTL2 while VTL0 runs", exit.kind, EXIT_INTERRUPT);
    check_eq("4.1 entry reason is interrupt", exit.reason, HV_ENTRY_REASON_INTERRUPT);
    check_eq("8.1 the interrupt is VTL2's timer", own_timer_count() - before, 1);
    check_true("8.1 not before its time", took >= counter_ms(19));
    check_true("8.1 VTL0 didn't have to end first", took < counter_ms(3000));
    check_eq("8.1 VTL0 has taken nothing", VTL0_OF(vps[0].irq_total), 0);
    VTL0_OF(go_on) = 1;
    barrier();
    check_true("5.7 VTL0 goes on", vtl0_finish(&exit));
    check_eq("8.1 VTL0 came to its end", VTL0_OF(vtl0_result[0]), 1);
    check_way("");
}

/* ---- VTL0's timer, VTL2 runs ----------------------------------------------------------------- */

static uint64_t guest_arms(void)
{
    uint16_t before = own_timer_count();

    irq_unmask();
    timer_set(10, 1);
    doorbell(1);
    barrier();
    count_at_once = (uint32_t)(own_timer_count() - before);
    uint64_t end = counter_now() + counter_ms(2000);
    while (own_timer_count() == before && counter_now() < end) {
    }
    count_later = (uint32_t)(own_timer_count() - before);
    irq_mask();
    return 0;
}

static void check_vtl0_timer(void)
{
    struct exit exit;
    uint16_t before = own_timer_count();

    sysreg_write_cntv_ctl_el0(0);
    vtl0_start((const void *)guest_arms, 0, 0, 0);
    vtl0_run(&exit);
    check_eq("8.1 VTL0 has armed its timer", exit.kind, EXIT_DOORBELL);
    spin_ms(30);
    (void)irq_take();
    check_eq("8.1 VTL0's timer is no interrupt of VTL2", own_timer_count(), before);
    check_eq("8.1 VTL0's CNTV_CTL isn't VTL2's", sysreg_read_cntv_ctl_el0() & 1, 0);
    check_eq("8.1 VTL0's interrupt waits for the VTL return", VTL0_OF(vps[0].irq_count[27]), 0);
    check_true("8.1 VTL0 goes on", vtl0_finish(&exit));
    check_eq("8.1 VTL0 takes its timer's interrupt after the VTL return", VTL0_OF(count_later), 1);
    check_eq("8.1 and takes it at once", VTL0_OF(count_at_once), 1);
}

/* VTL0's own timer with VTL2 out of the way. */
static uint64_t guest_alone(uint64_t control)
{
    uint16_t before = own_timer_count();

    irq_unmask();
    timer_set(10, control);
    if (control == 1) {
        while (own_timer_count() == before) {
            __asm__ volatile("wfi" ::: "memory");
        }
    } else {
        spin_ms(30);
    }
    irq_mask();
    return (uint64_t)(own_timer_count() - before) | (sysreg_read_cntv_ctl_el0() & 7) << 8;
}

static void check_both(void)
{
    struct exit exit;
    uint16_t before = own_timer_count();

    vtl0_start((const void *)guest_arms, 0, 0, 0);
    vtl0_run(&exit);
    timer_set(40, 1);
    spin_ms(60);
    vtl0_run(&exit);
    check_eq("8.1 both have fired: VTL2 is entered first", exit.kind, EXIT_INTERRUPT);
    check_eq("8.1 both have fired: VTL2's is taken", own_timer_count() - before, 1);
    check_true("8.1 both have fired: VTL0 goes on", vtl0_finish(&exit));
    check_eq("8.1 both have fired: VTL0's is taken", VTL0_OF(count_later), 1);
}

static void run(void)
{
    gic_enable(INTID_VTIMER, false);
    (void)vtl0_call((const void *)guest_prepare, 0, 0, 0);
    check_vtl2_timer("VTL0 loops", guest_loop);
    check_vtl2_timer("VTL0 waits in WFI", guest_wfi);
    check_vtl0_timer();
    check_both();
    /* Control after the interrupt: 3, as the handler leaves it, and ISTATUS. */
    check_eq("8.1 VTL0's timer wakes it from WFI and is taken",
             vtl0_call((const void *)guest_alone, 1, 0, 0), 0x701);
    check_eq("8.1 VTL0's timer with IMASK gives no interrupt",
             vtl0_call((const void *)guest_alone, 3, 0, 0), 0x700);
    check_eq("8.1 VTL0's timer that is off gives no interrupt",
             vtl0_call((const void *)guest_alone, 0, 0, 0) & 0x2ff, 0);
    sysreg_write_cntv_ctl_el0(0);
}

const struct program program = {.main = run};
