/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GICv3 driver for VTL2's own interrupts: group 1, two priorities, no LPIs. Interrupts are never
 * taken as exceptions: they bring VTL2 in (TLFS vsm, "VTL Interrupt Management") and are then
 * polled from ICC_IAR1_EL1. Source: Arm IHI 0069H, 12.9 (GICD), 12.11 (GICR), 12.2 (ICC).
 */
#include "cpu/gic.h"

#include "arm64.h"
#include "cpu/cpu.h"
#include "cpu/sysreg.h"
#include "vtl/untrusted.h"

#define GICD_BYTES UINT64_C(0x10000)
#define GICD_CTLR 0x0000u
#define GICD_TYPER 0x0004u
#define GICD_IROUTER 0x6000u
#define GICD_CTLR_RWP (UINT32_C(1) << 31)
#define GICD_CTLR_VALUE UINT32_C(0x12) /* ARE, group 1: either view of the register */

#define GICR_STRIDE UINT64_C(0x20000)
#define GICR_TYPER 0x0008u
#define GICR_WAKER 0x0014u
#define GICR_WAKER_SLEEP UINT32_C(2)
#define GICR_WAKER_ASLEEP UINT32_C(4)
#define GICR_SGI_FRAME UINT64_C(0x10000)

/* Both frames have these at the same place; a bit, or two, or eight, an interrupt. */
#define GIC_IGROUPR 0x0080u
#define GIC_ISENABLER 0x0100u
#define GIC_ICENABLER 0x0180u
#define GIC_IPRIORITYR 0x0400u
#define GIC_ICFGR 0x0c00u

#define CALL_INTID 1u /* the SGI by which a VP calls another */
/* ICC_SGI1R_EL1 (IHI 0069, 12.2.20). */
#define SGI_AFF1_SHIFT 16
#define SGI_INTID_SHIFT 24
#define SGI_AFF2_SHIFT 32
#define SGI_RANGE_SHIFT 44
#define SGI_AFF3_SHIFT 48
#define SGI_RANGE_TARGETS 16u

#define PRIORITY UINT32_C(0xa0)
/*
 * Which of several interrupts of one priority is acknowledged first is the implementation's choice
 * (IHI 0069, 4.8). The one that announces messages goes before devices: a device's that is taken in
 * its place would stay active, and hold up all others, for as long as messages come.
 */
#define PRIORITY_MESSAGES UINT32_C(0x80)
#define PPI_FIRST 16u
#define SPI_FIRST 32u
#define SPI_LAST 1019u
#define SPECIAL_FIRST 1020u
#define INTID_MASK 0xffffffu
#define WAIT_TRIES 100000u /* reads of a register that the hardware changes by itself */

static struct {
    struct vtl_lock lock;
    uint64_t gicd;
    uint64_t gicr;
    uint64_t boot_affinity;
    uint64_t affinity[VTL_VP_MAX]; /* as in MPIDR_EL1; of those that have been started */
    uint32_t spi_end;
    uint32_t timer_intid;
} gic;

static bool wait_clear(uint64_t address, uint32_t bits)
{
    for (uint32_t i = 0; i < WAIT_TRIES; i++) {
        if ((mmio_read32(address) & bits) == 0) {
            return true;
        }
    }
    return false;
}

/* Sets the field of width bits that belongs to intid in a bank of 32-bit registers. */
static void field_set(uint64_t bank, uint32_t intid, unsigned width, uint32_t value)
{
    uint64_t address = bank + (uint64_t)intid * width / 32u * 4u;
    unsigned shift = intid * width % 32u;
    uint32_t mask = ((UINT32_C(1) << width) - 1u) << shift;
    mmio_write32(address, (mmio_read32(address) & ~mask) | value << shift);
}

static void configure(uint64_t frame, uint32_t intid, uint32_t priority, bool edge)
{
    field_set(frame + GIC_IGROUPR, intid, 1, 1);
    field_set(frame + GIC_IPRIORITYR, intid, 8, priority);
    field_set(frame + GIC_ICFGR, intid, 2, edge ? 2 : 0);
}

enum pv_status vtl_irq_init(uint64_t gicd_base, uint64_t gicr_base, uint32_t timer_intid)
{
    if (timer_intid < PPI_FIRST || timer_intid >= SPI_FIRST) {
        return PV_INVALID;
    }
    enum pv_status status = vtl_map(gicd_base, GICD_BYTES, VTL_MAP_DEVICE);
    if (status == PV_OK) {
        status = vtl_map(gicr_base, GICR_STRIDE * VTL_VP_MAX, VTL_MAP_DEVICE);
    }
    if (status != PV_OK) {
        return status;
    }
    gic.gicd = gicd_base;
    gic.gicr = gicr_base;
    gic.timer_intid = timer_intid;
    gic.boot_affinity = read_mpidr_el1() & MPIDR_AFFINITY_MASK;
    uint32_t end = 32u * ((mmio_read32(gicd_base + GICD_TYPER) & 0x1fu) + 1u);
    gic.spi_end = end > SPI_LAST + 1u ? SPI_LAST + 1u : end;
    mmio_write32(gicd_base + GICD_CTLR, GICD_CTLR_VALUE);
    return wait_clear(gicd_base + GICD_CTLR, GICD_CTLR_RWP) ? PV_OK : PV_IO;
}

enum pv_status vtl_irq_enable(uint32_t intid, bool edge)
{
    if (intid < SPI_FIRST || intid >= gic.spi_end) {
        return PV_INVALID;
    }
    vtl_lock(&gic.lock);
    configure(gic.gicd, intid, PRIORITY, edge);
    uint64_t router = gic.gicd + GICD_IROUTER + UINT64_C(8) * intid;
    mmio_write32(router, (uint32_t)gic.boot_affinity);
    mmio_write32(router + 4u, (uint32_t)(gic.boot_affinity >> 32));
    mmio_write32(gic.gicd + GIC_ISENABLER + intid / 32u * 4u, UINT32_C(1) << (intid % 32u));
    vtl_unlock(&gic.lock);
    return PV_OK;
}

/* GICR_TYPER 63:32 and MPIDR_EL1 hold the same affinity in different places. */
static uint32_t packed_affinity(uint64_t mpidr)
{
    return (uint32_t)(mpidr & 0xffffffu) | (uint32_t)(mpidr >> 32 & 0xffu) << 24;
}

static uint64_t redistributor(uint32_t index)
{
    return gic.gicr + GICR_STRIDE * index;
}

static void private_enable(uint32_t index, uint32_t intid, uint32_t priority, bool edge)
{
    uint64_t frame = redistributor(index) + GICR_SGI_FRAME;
    configure(frame, intid, priority, edge);
    mmio_write32(frame + GIC_ISENABLER, UINT32_C(1) << intid);
}

enum pv_status gic_cpu_init(uint32_t index)
{
    if (gic.gicr == 0) {
        return PV_OK;
    }
    uint64_t frame = redistributor(index);
    if (mmio_read32(frame + GICR_TYPER + 4u) != packed_affinity(read_mpidr_el1())) {
        return PV_NOT_FOUND;
    }
    mmio_write32(frame + GICR_WAKER, mmio_read32(frame + GICR_WAKER) & ~GICR_WAKER_SLEEP);
    if (!wait_clear(frame + GICR_WAKER, GICR_WAKER_ASLEEP)) {
        return PV_IO;
    }
    /* None of the private interrupts comes unasked, the timer's neither: a reset need not stop it. */
    mmio_write32(frame + GICR_SGI_FRAME + GIC_ICENABLER, UINT32_MAX);
    vtl_timer_set(0);
    __atomic_store_n(&gic.affinity[index], read_mpidr_el1() & MPIDR_AFFINITY_MASK,
                     __ATOMIC_RELAXED);
    private_enable(index, CALL_INTID, PRIORITY, true);
    private_enable(index, gic.timer_intid, PRIORITY, false);
    write_icc_sre_el1(read_icc_sre_el1() | 1u);
    isb();
    write_icc_pmr_el1(0xff);
    write_icc_bpr1_el1(0);
    write_icc_ctlr_el1(0); /* EOImode 0: one write drops the priority and deactivates */
    write_icc_igrpen1_el1(1);
    isb();
    return PV_OK;
}

enum pv_status gic_messages_enable(uint32_t index, uint32_t intid)
{
    if (gic.gicr == 0 || intid >= SPI_FIRST) {
        return PV_INVALID;
    }
    private_enable(index, intid, PRIORITY_MESSAGES, true);
    return PV_OK;
}

static uint32_t acknowledge(void)
{
    uint32_t intid = (uint32_t)read_icc_iar1_el1() & INTID_MASK;
    dsb_sy();
    return intid < SPECIAL_FIRST ? intid : 0;
}

uint32_t vtl_irq_take(void)
{
    struct cpu *cpu = cpu_current();
    uint32_t kept = cpu->taken_intid;
    cpu->taken_intid = 0;
    return kept != 0 ? kept : acknowledge();
}
PV_UNTRUSTED(vtl_irq_take, host, "");

bool vtl_irq_pending(void)
{
    uint32_t intid = (uint32_t)read_icc_hppir1_el1() & INTID_MASK;
    return intid < SPECIAL_FIRST || cpu_current()->taken_intid != 0;
}
PV_UNTRUSTED(vtl_irq_pending, host, "");

void vtl_irq_done(uint32_t intid)
{
    write_icc_eoir1_el1(intid);
    isb();
}

/* What is pending ends a WFI, masked or not, and also one that begins after it (Arm ARM D1.6.3). */
void vtl_irq_wait(void)
{
    if (cpu_current()->taken_intid == 0) {
        wait_for_interrupt();
    }
}

bool vtl_irq_is_timer(uint32_t intid)
{
    return intid == gic.timer_intid;
}

void vtl_irq_call(uint32_t index)
{
    uint64_t affinity = __atomic_load_n(&gic.affinity[index], __ATOMIC_RELAXED);
    uint64_t aff0 = affinity & 0xffu;

    /* What was written before is there for who is called (IHI 0069, 4.1.1). */
    dsb_sy();
    write_icc_sgi1r_el1(
        (uint64_t)CALL_INTID << SGI_INTID_SHIFT | (affinity >> 32 & 0xffu) << SGI_AFF3_SHIFT |
        (affinity >> 16 & 0xffu) << SGI_AFF2_SHIFT | (affinity >> 8 & 0xffu) << SGI_AFF1_SHIFT |
        aff0 / SGI_RANGE_TARGETS << SGI_RANGE_SHIFT | UINT64_C(1) << aff0 % SGI_RANGE_TARGETS);
    isb();
}

bool vtl_irq_is_call(uint32_t intid)
{
    return intid == CALL_INTID;
}

void gic_messages_ack(uint32_t intid)
{
    struct cpu *cpu = cpu_current();
    if (gic.gicr == 0 || cpu->taken_intid != 0) {
        return;
    }
    uint32_t due = acknowledge();
    if (due == intid) {
        vtl_irq_done(due);
    } else {
        cpu->taken_intid = due;
    }
}
