/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the CPU interface shows and does of interrupts that are pending or active: VTL0 has some while VTL2 looks,
 * acknowledges and ends its own. Registers: Arm IHI 0069H, 12.2. Both VTLs have group 1 alone.
 */
#include "rows_program.h"

#define SGI_VTL0 3u
#define SGI_VTL2 5u
#define NO_INTERRUPT 1023u
#define IDLE_PRIORITY 0xffu
#define PRIORITY 0xa0u
#define ISR_IRQ UINT64_C(0x80)
#define CTLR_EOIMODE UINT64_C(2)
#define GICR_STRIDE UINT64_C(0x20000)
#define GICR_ISACTIVER0 UINT64_C(0x10300)

/* What a VTL sees at one time. */
struct sight {
    uint64_t hppir1;
    uint64_t rpr;
    uint64_t isr;
    uint64_t active;
};

/* VTL0's, at each step; VTL2's between them. */
enum step {
    PENDING,
    STILL_PENDING,
    ACTIVE,
    STILL_ACTIVE,
    ENDED,
    DROPPED,
    STILL_DROPPED,
    DONE,
    STEPS
};
static struct sight sights[STEPS];
static uint64_t acknowledged;
static uint64_t acknowledged_group0[2];
static uint8_t write_traps[4];

static uint64_t value(enum row_index index)
{
    return row_read(index).value;
}

static void look(struct sight *sight)
{
    barrier();
    sight->hppir1 = value(ROW_icc_hppir1_el1);
    sight->rpr = value(ROW_icc_rpr_el1);
    sight->isr = value(ROW_isr_el1);
    sight->active = read32(board.gicr + vp_self_index() * GICR_STRIDE + GICR_ISACTIVER0);
}

static void call_vtl2(void)
{
    struct call_regs regs = {0};

    raw_hvc2(&regs);
}

static uint64_t guest(void)
{
    gic_distributor_init();
    gic_vp_init();
    gic_enable(SGI_VTL0, true);
    gic_enable(SGI_VTL2, true);
    write_traps[0] = row_write(ROW_icc_asgi1r_el1, UINT64_C(1) | SGI_VTL0 << 24).trap;
    write_traps[1] = row_write(ROW_icc_sgi0r_el1, UINT64_C(1) | SGI_VTL0 << 24).trap;
    write_traps[2] = row_write(ROW_icc_eoir0_el1, NO_INTERRUPT).trap;
    acknowledged_group0[0] = value(ROW_icc_iar0_el1);
    acknowledged_group0[1] = value(ROW_icc_hppir0_el1);
    gic_sgi(SGI_VTL0, board.mpidr[vp_self_index()]);
    look(&sights[PENDING]);
    call_vtl2();
    look(&sights[STILL_PENDING]);
    acknowledged = value(ROW_icc_iar1_el1);
    look(&sights[ACTIVE]);
    call_vtl2();
    look(&sights[STILL_ACTIVE]);
    (void)row_write(ROW_icc_eoir1_el1, SGI_VTL0);
    look(&sights[ENDED]);

    (void)row_write(ROW_icc_ctlr_el1, value(ROW_icc_ctlr_el1) | CTLR_EOIMODE);
    gic_sgi(SGI_VTL0, board.mpidr[vp_self_index()]);
    (void)value(ROW_icc_iar1_el1);
    (void)row_write(ROW_icc_eoir1_el1, SGI_VTL0);
    look(&sights[DROPPED]);
    call_vtl2();
    look(&sights[STILL_DROPPED]);
    (void)row_write(ROW_icc_dir_el1, SGI_VTL0);
    look(&sights[DONE]);
    (void)row_write(ROW_icc_ctlr_el1, value(ROW_icc_ctlr_el1) & ~CTLR_EOIMODE);
    return 0;
}

/* ---- VTL2 -------------------------------------------------------------------------------------------- */

/* VTL2 has nothing while VTL0 has something, sends itself an SGI, takes and ends it, and tries VTL0's. */
struct own {
    struct sight before;
    struct sight pending;
    struct sight active;
    struct sight after;
    uint64_t nothing; /* acknowledged when VTL0 alone had one */
    uint64_t taken;
    uint64_t group0;
};

static void own_visit(struct own *own)
{
    look(&own->before);
    own->nothing = value(ROW_icc_iar1_el1);
    own->group0 = value(ROW_icc_iar0_el1) + value(ROW_icc_hppir0_el1);
    (void)row_write(ROW_icc_eoir0_el1, SGI_VTL0);
    (void)row_write(ROW_icc_asgi1r_el1, UINT64_C(1) | SGI_VTL2 << 24);
    (void)row_write(ROW_icc_sgi0r_el1, UINT64_C(1) | SGI_VTL2 << 24);
    gic_sgi(SGI_VTL2, board.mpidr[vp_self_index()]);
    look(&own->pending);
    own->taken = value(ROW_icc_iar1_el1);
    look(&own->active);
    (void)row_write(ROW_icc_eoir1_el1, SGI_VTL2);
    (void)row_write(ROW_icc_eoir1_el1, SGI_VTL0);
    (void)row_write(ROW_icc_dir_el1, SGI_VTL0);
    look(&own->after);
}

static bool is_idle(const struct sight *sight)
{
    return sight->hppir1 == NO_INTERRUPT && sight->rpr == IDLE_PRIORITY &&
           (sight->isr & ISR_IRQ) == 0 && (sight->active & 0xffff) == 0;
}

static void check_own(const struct own *own)
{
    check_true("8 icc_hppir1_el1: VTL2 sees nothing of VTL0's", own->before.hppir1 == NO_INTERRUPT);
    check_eq("8 icc_iar1_el1: VTL2 acknowledges nothing of VTL0's", own->nothing, NO_INTERRUPT);
    check_eq("8 icc_iar0_el1, icc_hppir0_el1: none of group 0", own->group0, 2ul * NO_INTERRUPT);
    check_true("8 icc_rpr_el1: VTL2 is idle", own->before.rpr == IDLE_PRIORITY);
    check_true("8 isr_el1: nothing waits for VTL2", (own->before.isr & ISR_IRQ) == 0);
    check_eq("8 icc_sgi1r_el1: VTL2's SGI is VTL2's", own->pending.hppir1, SGI_VTL2);
    check_true("8 isr_el1: VTL2's SGI waits", (own->pending.isr & ISR_IRQ) != 0);
    check_eq("8 icc_iar1_el1: VTL2 acknowledges its own", own->taken, SGI_VTL2);
    check_eq("8 icc_rpr_el1: of VTL2's own", own->active.rpr, PRIORITY);
    check_eq("8 icc_iar1_el1: VTL2's SGI is active", own->active.active, 1u << SGI_VTL2);
    check_true("8 icc_eoir1_el1: VTL2's ends", is_idle(&own->after));
}

static void check_same(const char *name, const struct sight *a, const struct sight *b)
{
    check_true(name, a->hppir1 == b->hppir1 && a->rpr == b->rpr && a->isr == b->isr &&
                         a->active == b->active);
}

static void check_guest(const struct sight *seen)
{
    const uint8_t *traps = VTL0_OF(write_traps);

    check_eq("8 icc_asgi1r_el1: goes nowhere", traps[0], 0);
    check_eq("8 icc_sgi0r_el1: goes nowhere", traps[1], 0);
    check_eq("8 icc_eoir0_el1: nothing to end", traps[2], 0);
    check_eq("8 icc_iar0_el1: none of group 0", VTL0_OF(acknowledged_group0)[0], NO_INTERRUPT);
    check_eq("8 icc_hppir0_el1: none of group 0", VTL0_OF(acknowledged_group0)[1], NO_INTERRUPT);
    check_eq("8 icc_sgi1r_el1: VTL0's SGI is VTL0's", seen[PENDING].hppir1, SGI_VTL0);
    check_true("8 isr_el1: VTL0's SGI waits", (seen[PENDING].isr & ISR_IRQ) != 0);
    check_same("8 icc_hppir1_el1, isr_el1: VTL0's SGI waits still", &seen[PENDING],
               &seen[STILL_PENDING]);
    check_eq("8 icc_iar1_el1: VTL0 acknowledges its own", VTL0_OF(acknowledged), SGI_VTL0);
    check_eq("8 icc_rpr_el1: of VTL0's own", seen[ACTIVE].rpr, PRIORITY);
    check_same("8 icc_eoir1_el1, icc_rpr_el1: VTL0's SGI is active still", &seen[ACTIVE],
               &seen[STILL_ACTIVE]);
    check_true("8 icc_eoir1_el1: VTL0's ends", is_idle(&seen[ENDED]));
    check_eq("8 icc_dir_el1: VTL0's is dropped and active", seen[DROPPED].active, 1u << SGI_VTL0);
    check_same("8 icc_dir_el1: VTL0's SGI is active still", &seen[DROPPED], &seen[STILL_DROPPED]);
    check_true("8 icc_dir_el1: VTL0's ends", is_idle(&seen[DONE]));
}

void check_gic(void)
{
    struct exit exit;
    struct own own;

    gic_enable(SGI_VTL2, true);
    gic_enable(SGI_VTL0, true);
    vtl0_start((const void *)guest, 0, 0, 0);
    check_way("interrupts");
    for (unsigned visit = 0; visit < 3; visit++) {
        vtl0_run(&exit);
        check_eq("8 VTL2 is called", exit.kind, EXIT_CALL);
        own_visit(&own);
        check_own(&own);
    }
    check_true("8 VTL0 comes to its end", vtl0_finish(&exit));
    check_guest(VTL0_OF(sights));
    check_way("");
}
