/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The GIC of the VTL that runs: each VTL has its own, at the same addresses.
 * Registers: Arm GIC Architecture Specification (IHI 0069H), sections 12.2, 12.8 to 12.11.
 */
#include "rt.h"

#define GICD_CTLR 0x0000u
#define GICD_CTLR_GROUP1_ARE 0x12u
#define GICD_TYPER 0x0004u
#define GIC_IGROUPR 0x0080u
#define GIC_ISENABLER 0x0100u
#define GIC_ICENABLER 0x0180u
#define GIC_ISPENDR 0x0200u
#define GIC_IPRIORITYR 0x0400u
#define GIC_ICFGR 0x0c00u
#define GICD_IROUTER 0x6000u
#define GICR_WAKER 0x0014u
#define GICR_STRIDE 0x20000u
#define GICR_SGI 0x10000u
#define GICR_WAKER_SLEEP 0x2u
#define GICR_WAKER_ASLEEP 0x4u
#define PRIORITY 0xa0a0a0a0u

SYSREG(icc_sre_el1, "S3_0_C12_C12_5")
SYSREG_WRITER(icc_pmr_el1, "S3_0_C4_C6_0")
SYSREG_WRITER(icc_igrpen1_el1, "S3_0_C12_C12_7")
SYSREG_READER(icc_iar1_el1, "S3_0_C12_C12_0")
SYSREG_WRITER(icc_eoir1_el1, "S3_0_C12_C12_1")
SYSREG_WRITER(icc_sgi1r_el1, "S3_0_C12_C11_5")

static uint64_t frame(uint32_t intid)
{
    if (intid >= 32) {
        return board.gicd;
    }
    return board.gicr + (uint64_t)vp_self_index() * GICR_STRIDE + GICR_SGI;
}

void gic_distributor_init(void)
{
    uint32_t lines = ((read32(board.gicd + GICD_TYPER) & 0x1f) + 1) * 32;

    write32(board.gicd + GICD_CTLR, GICD_CTLR_GROUP1_ARE);
    for (uint32_t intid = 32; intid < lines; intid += 32) {
        write32(board.gicd + GIC_IGROUPR + intid / 8, ~0u);
        write32(board.gicd + GIC_ICENABLER + intid / 8, ~0u);
    }
    for (uint32_t intid = 32; intid < lines; intid += 4) {
        write32(board.gicd + GIC_IPRIORITYR + intid, PRIORITY);
    }
}

void gic_vp_init(void)
{
    uint64_t redistributor = board.gicr + (uint64_t)vp_self_index() * GICR_STRIDE;

    write32(redistributor + GICR_WAKER, read32(redistributor + GICR_WAKER) & ~GICR_WAKER_SLEEP);
    for (unsigned i = 0; i < 100000; i++) {
        if ((read32(redistributor + GICR_WAKER) & GICR_WAKER_ASLEEP) == 0) {
            break;
        }
    }
    write32(redistributor + GICR_SGI + GIC_IGROUPR, ~0u);
    write32(redistributor + GICR_SGI + GIC_ICENABLER, ~0u);
    for (uint32_t intid = 0; intid < 32; intid += 4) {
        write32(redistributor + GICR_SGI + GIC_IPRIORITYR + intid, PRIORITY);
    }
    sysreg_write_icc_sre_el1(sysreg_read_icc_sre_el1() | 1);
    sysreg_write_icc_pmr_el1(0xf0);
    sysreg_write_icc_igrpen1_el1(1);
}

void gic_enable(uint32_t intid, bool edge)
{
    if (intid >= 16) {
        uint64_t config = frame(intid) + GIC_ICFGR + intid / 16 * 4;
        uint32_t bit = 2u << intid % 16 * 2;
        write32(config, edge ? read32(config) | bit : read32(config) & ~bit);
    }
    write32(frame(intid) + GIC_ISENABLER + intid / 32 * 4, 1u << intid % 32);
    barrier();
}

void gic_disable(uint32_t intid)
{
    write32(frame(intid) + GIC_ICENABLER + intid / 32 * 4, 1u << intid % 32);
    barrier();
}

void gic_route(uint32_t intid, uint64_t mpidr)
{
    write64(board.gicd + GICD_IROUTER + (uint64_t)intid * 8, mpidr);
}

bool gic_is_pending(uint32_t intid)
{
    return (read32(frame(intid) + GIC_ISPENDR + intid / 32 * 4) & (1u << intid % 32)) != 0;
}

void gic_set_pending(uint32_t intid)
{
    write32(frame(intid) + GIC_ISPENDR + intid / 32 * 4, 1u << intid % 32);
    barrier();
}

void gic_sgi(uint32_t intid, uint64_t mpidr)
{
    barrier();
    sysreg_write_icc_sgi1r_el1((mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32 |
                               (uint64_t)intid << 24 | (mpidr >> 8 & 0xff) << 16 |
                               UINT64_C(1) << (mpidr & 0xf));
}

uint32_t gic_acknowledge(void)
{
    uint32_t intid = (uint32_t)(sysreg_read_icc_iar1_el1() & 0xffffff);

    barrier();
    return intid;
}

void gic_end(uint32_t intid)
{
    sysreg_write_icc_eoir1_el1(intid);
}

void irq_unmask(void)
{
    __asm__ volatile("msr daifclr, #2\n\tisb" ::: "memory");
}

void irq_mask(void)
{
    __asm__ volatile("msr daifset, #2\n\tisb" ::: "memory");
}
