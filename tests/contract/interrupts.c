/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A GIC for each VTL (section 8.1): VTL2's interrupts enter VTL2 at once (5.7, 8.4 C9), VTL0's
 * are VTL0's alone, lines that VTL2 drives with AssertVirtualInterrupt (2.7) among them.
 */
#include "rt.h"

#define SPI 50u
#define SPI2 51u
#define PL011_IMSC 0x38u
#define PL011_IMSC_TX 0x20u
#define GICD_ISENABLER 0x100u

static volatile uint32_t go_on;

static uint64_t assert_line(uint32_t intid, bool level)
{
    uint64_t *input = hv_input_page();

    input[0] = HV_PARTITION_ID_SELF;
    input[1] = level ? HV_INTERRUPT_CONTROL_ASSERTED : 0;
    input[2] = 0;
    input[3] = intid;
    return hv_call(WAY_SMCCC_FAST, HV_CALL_ASSERT_VIRTUAL_INTERRUPT, 4, 0, NULL);
}

static void line(uint32_t intid, bool level)
{
    uint64_t result = assert_line(intid, level);

    if (result != 0) {
        check_eq("2.7 assert-interrupt", result, 0);
    }
}

/* ---- In VTL0 --------------------------------------------------------------------------------- */

static uint64_t guest_prepare(void)
{
    gic_distributor_init();
    gic_vp_init();
    return 0;
}

/* Takes what comes in a moment: how often intid came. The handler disables the SPI it takes. */
static uint64_t guest_take(uint64_t intid, uint64_t edge, uint64_t enable)
{
    uint16_t before = vp_self()->irq_count[intid];

    if (enable != 0) {
        gic_enable((uint32_t)intid, edge != 0);
    }
    irq_unmask();
    spin_ms(5);
    irq_mask();
    return (uint64_t)(vp_self()->irq_count[intid] - before);
}

static uint64_t guest_disable(uint64_t intid)
{
    gic_disable((uint32_t)intid);
    return 0;
}

static uint64_t guest_pending(uint64_t intid)
{
    return gic_is_pending((uint32_t)intid) ? 1 : 0;
}

static uint64_t guest_enabled(uint64_t intid)
{
    return read32(board.gicd + GICD_ISENABLER + intid / 32 * 4) >> intid % 32 & 1;
}

static uint64_t guest_sgi(uint64_t intid)
{
    uint16_t before = vp_self()->irq_count[intid];

    gic_enable((uint32_t)intid, true);
    irq_unmask();
    gic_sgi((uint32_t)intid, board.mpidr[vp_self_index()]);
    spin_ms(5);
    irq_mask();
    return (uint64_t)(vp_self()->irq_count[intid] - before);
}

static uint64_t guest_loop(void)
{
    return wait_for(&go_on, 1) ? 1 : 0;
}

static uint64_t guest_spin(uint64_t milliseconds)
{
    spin_ms(milliseconds);
    return 0;
}

#define GUEST(function, a0, a1, a2) vtl0_call((const void *)(function), a0, a1, a2)

/* ---- Lines ----------------------------------------------------------------------------------- */

static void check_level(void)
{
    line(SPI, true);
    check_eq("2.7 level: asserted, taken", GUEST(guest_take, SPI, 0, 1), 1);
    check_eq("2.7 level: still asserted, enabled again, taken again", GUEST(guest_take, SPI, 0, 1),
             1);
    line(SPI, false);
    check_eq("2.7 level: lowered, nothing more", GUEST(guest_take, SPI, 0, 1), 0);
    line(SPI, true);
    line(SPI, false);
    check_eq("2.7 level: raised and lowered before VTL0 runs, nothing",
             GUEST(guest_take, SPI, 0, 0), 0);
    (void)GUEST(guest_disable, SPI, 0, 0);
    line(SPI, true);
    check_eq("2.7 level: disabled, not taken", GUEST(guest_take, SPI, 0, 0), 0);
    check_eq("2.7 level: disabled, pending", GUEST(guest_pending, SPI, 0, 0), 1);
    check_eq("2.7 level: enabled, taken", GUEST(guest_take, SPI, 0, 1), 1);
    line(SPI, false);
    check_eq("2.7 level: lowered, not pending", GUEST(guest_pending, SPI, 0, 0), 0);
}

static void check_edge(void)
{
    (void)GUEST(guest_take, SPI2, 1, 1);
    line(SPI2, true);
    check_eq("2.7 edge: asserted, taken", GUEST(guest_take, SPI2, 1, 1), 1);
    check_eq("2.7 edge: still asserted, enabled again, nothing", GUEST(guest_take, SPI2, 1, 1), 0);
    line(SPI2, false);
    check_eq("2.7 edge: lowered, nothing", GUEST(guest_take, SPI2, 1, 1), 0);
    line(SPI2, true);
    check_eq("2.7 edge: raised again, taken", GUEST(guest_take, SPI2, 1, 1), 1);
    line(SPI2, false);
    line(SPI2, true);
    line(SPI2, false);
    check_eq("2.7 edge: a pulse is kept", GUEST(guest_take, SPI2, 1, 1), 1);
}

static void check_delivery(void)
{
    struct exit exit;

    /* VTL0 runs with IRQs masked while the line goes up; it finds the interrupt when it unmasks. */
    line(SPI, true);
    check_eq("8.1 VTL0 masked: it runs on", GUEST(guest_spin, 5, 0, 0), 0);
    check_eq("8.1 VTL0's line is no interrupt of VTL2", gic_is_pending(SPI) ? 1 : 0, 0);
    check_eq("8.1 VTL0 unmasked: taken", GUEST(guest_take, SPI, 0, 1), 1);
    line(SPI, false);
    check_eq("8.1 an SGI of VTL0 to itself", GUEST(guest_sgi, 3, 0, 0), 1);
    check_eq("8.1 VTL0's SGI is not VTL2's", vp_self()->irq_count[3], 0);
    gic_enable(4, true);
    gic_sgi(4, board.mpidr[0]);
    vtl0_start((const void *)guest_spin, 1, 0, 0);
    vtl0_run(&exit);
    check_eq("8.1 an SGI of VTL2 to itself is VTL2's", vp_self()->irq_count[4], 1);
    check_true("8.1 VTL0 goes on", vtl0_finish(&exit));
    check_eq("8.1 VTL2's SGI is not VTL0's", VTL0_OF(vps[0].irq_count[4]), 0);
}

/* ---- VTL2's ---------------------------------------------------------------------------------- */

static void check_device(void)
{
    struct exit exit;

    gic_route(INTID_PL011, board.mpidr[0]);
    gic_enable(INTID_PL011, false);
    check_eq("8.1 VTL2's enable is not VTL0's", GUEST(guest_enabled, INTID_PL011, 0, 0), 0);
    VTL0_OF(go_on) = 0;
    vtl0_start((const void *)guest_loop, 0, 0, 0);
    write32(board.pl011 + PL011_IMSC, PL011_IMSC_TX);
    vtl0_run(&exit);
    write32(board.pl011 + PL011_IMSC, 0);
    check_eq("5.7 a device of VTL2 enters VTL2", exit.kind, EXIT_INTERRUPT);
    check_eq("4.1 entry reason is interrupt", exit.reason, HV_ENTRY_REASON_INTERRUPT);
    check_eq("8.1 it is the device's SPI", vp_self()->irq_count[INTID_PL011], 1);
    check_eq("8.1 VTL0 doesn't see it pending", VTL0_OF(vps[0].irq_count[INTID_PL011]), 0);
    VTL0_OF(go_on) = 1;
    check_true("5.7 VTL0 goes on", vtl0_finish(&exit));
    gic_disable(INTID_PL011);
}

SYSREG(pmr, "S3_0_C4_C6_0")

/* Section 8.4, C9: DAIF doesn't hold an entry back (every other check runs with it masked), PMR
 * does. */
static void check_priority_mask(void)
{
    struct exit exit;
    uint64_t pmr = sysreg_read_pmr();

    sysreg_write_pmr(0);
    gic_enable(INTID_VTIMER, false);
    sysreg_write_cntv_cval_el0(counter_now() + counter_ms(5));
    sysreg_write_cntv_ctl_el0(1);
    vtl0_start((const void *)guest_spin, 20, 0, 0);
    vtl0_run(&exit);
    check_eq("8.4 C9 below VTL2's priority mask: no entry", exit.kind, EXIT_DOORBELL);
    sysreg_write_pmr(pmr);
    vtl0_start((const void *)guest_spin, 20, 0, 0);
    vtl0_run(&exit);
    check_eq("8.4 C9 above it again: entry", exit.kind, EXIT_INTERRUPT);
    check_true("5.7 VTL0 goes on", vtl0_finish(&exit));
}

/* VTL0's GIC is off altogether. */
static uint64_t guest_gic_off(void)
{
    sysreg_write_pmr(0);
    write32(board.gicd, 0);
    return wait_for(&go_on, 1) ? 1 : 0;
}

static void check_independence(void)
{
    struct exit exit;

    VTL0_OF(go_on) = 0;
    sysreg_write_cntv_cval_el0(counter_now() + counter_ms(10));
    sysreg_write_cntv_ctl_el0(1);
    vtl0_start((const void *)guest_gic_off, 0, 0, 0);
    vtl0_run(&exit);
    check_eq("8.1 VTL0's GIC is off: VTL2's interrupt comes all the same", exit.kind,
             EXIT_INTERRUPT);
    VTL0_OF(go_on) = 1;
    check_true("5.7 VTL0 goes on", vtl0_finish(&exit));
    check_eq("8.1 VTL0's GIC can be set up again", GUEST(guest_prepare, 0, 0, 0), 0);
}

/* ---- Between VPs ----------------------------------------------------------------------------- */

static volatile uint32_t other_ready;

static uint64_t guest_wait_for_sgi(uint64_t intid)
{
    gic_vp_init();
    gic_enable((uint32_t)intid, true);
    irq_unmask();
    other_ready = 1;
    bool came = wait_for(&vp_self()->irq_last, (uint32_t)intid);
    irq_mask();
    return came ? vp_self()->irq_count[intid] : 0;
}

static uint64_t other_guest(uint64_t intid)
{
    return GUEST(guest_wait_for_sgi, intid, 0, 0);
}

static uint64_t other_loop(uint64_t intid)
{
    struct exit exit;

    gic_enable((uint32_t)intid, true);
    vtl0_start((const void *)guest_loop, 0, 0, 0);
    vps[1].irq_last = 0;
    VTL0_OF(other_ready) = 1;
    vtl0_run(&exit);
    uint64_t kind = exit.kind;
    VTL0_OF(go_on) = 1;
    barrier();
    return kind | (uint64_t)vps[1].irq_last << 8 | (vtl0_finish(&exit) ? 1u << 16 : 0);
}

static uint64_t guest_send(uint64_t intid, uint64_t mpidr)
{
    gic_sgi((uint32_t)intid, mpidr);
    return 0;
}

static void check_smp(void)
{
    uint64_t value = 0;

    if (board.vp_count < 2 || !vps_start()) {
        return;
    }
    VTL0_OF(other_ready) = 0;
    vp_run(1, other_guest, 6);
    check_true("7.8 VTL0 of VP 1 runs", wait_for(&VTL0_OF(other_ready), 1));
    (void)GUEST(guest_send, 6, board.mpidr[1], 0);
    check_true("8.1 SGI from VTL0 to VTL0 of another VP: it ends", vp_join(1, &value));
    check_eq("8.1 SGI from VTL0 to VTL0 of another VP", value, 1);
    check_eq("8.1 that SGI is not VTL2's", vps[1].irq_count[6], 0);

    VTL0_OF(other_ready) = 0;
    VTL0_OF(go_on) = 0;
    vp_run(1, other_loop, 7);
    check_true("7.8 VTL0 of VP 1 runs", wait_for(&VTL0_OF(other_ready), 1));
    spin_ms(5);
    gic_sgi(7, board.mpidr[1]);
    check_true("8.1 SGI from VTL2 to VTL2 of a VP that runs VTL0: it ends", vp_join(1, &value));
    check_eq("8.1 SGI from VTL2 to VTL2 of a VP that runs VTL0", value,
             (uint64_t)EXIT_INTERRUPT | 7u << 8 | 1u << 16);

    VTL0_OF(other_ready) = 0;
    VTL0_OF(vps[1].irq_last) = 0;
    vp_run(1, other_guest, SPI);
    check_true("7.8 VTL0 of VP 1 runs", wait_for(&VTL0_OF(other_ready), 1));
    VTL0_OF(go_on) = 0;
    line(SPI, true);
    check_true("2.7 a line that VTL0 routed to another VP: it ends", vp_join(1, &value));
    check_eq("2.7 a line that VTL0 routed to another VP", value, 1);
    line(SPI, false);
}

static uint64_t guest_route(uint64_t intid, uint64_t mpidr)
{
    gic_route((uint32_t)intid, mpidr);
    return 0;
}

static void run(void)
{
    (void)GUEST(guest_prepare, 0, 0, 0);
    check_level();
    check_edge();
    check_delivery();
    check_device();
    check_priority_mask();
    check_independence();
    if (board.vp_count > 1) {
        (void)GUEST(guest_route, SPI, board.mpidr[1], 0);
        check_smp();
    }
}

const struct program program = {.main = run};
