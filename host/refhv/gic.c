/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The board's GICv3 at EL2. Source: Arm IHI 0069H.
 *
 * Priority drop and deactivation are split (ICC_CTLR_EL1.EOImode 1): interrupts that a guest ends stay active
 * here until the guest's own EOI, through the link of its list register, ends them.
 */
#include "gic.h"

#include "arm64.h"
#include "console.h"
#include "vp.h"

#include <sysreg.h>

SYSREG_AS(icc_sre_el2, s3_4_c12_c9_5)
SYSREG_AS(icc_sre_el1, s3_0_c12_c12_5)
SYSREG_AS(icc_pmr_el1, s3_0_c4_c6_0)
SYSREG_AS(icc_bpr1_el1, s3_0_c12_c12_3)
SYSREG_AS(icc_ctlr_el1, s3_0_c12_c12_4)
SYSREG_AS(icc_igrpen1_el1, s3_0_c12_c12_7)
SYSREG_AS(icc_iar1_el1, s3_0_c12_c12_0)
SYSREG_AS(icc_eoir1_el1, s3_0_c12_c12_1)
SYSREG_AS(icc_dir_el1, s3_0_c12_c11_1)
SYSREG_AS(icc_sgi1r_el1, s3_0_c12_c11_5)
SYSREG_READ(mpidr_el1)

/* ICC_SRE_EL2 (12.2.25): system registers, no bypass, and EL1 may use its own ICC_SRE_EL1. */
#define SRE_SRE UINT64_C(0x1)
#define SRE_NO_BYPASS UINT64_C(0x6)
#define SRE_ENABLE UINT64_C(0x8)
#define CTLR_EOIMODE UINT64_C(0x2)

/* GICD (12.8). The bits of GICD_CTLR are the same for one security state and for the non-secure view of two. */
#define GICD_CTLR 0x0000u
#define GICD_CTLR_GROUP1 0x2u
#define GICD_CTLR_ARE 0x10u
#define GIC_RWP_GICD (UINT32_C(1) << 31)
#define GICD_PIDR2 0xffe8u
#define GICD_IROUTER 0x6000u

/* Both GICD and the SGI frame of GICR have these. */
#define GIC_IGROUPR 0x0080u
#define GIC_ISENABLER 0x0100u
#define GIC_ICENABLER 0x0180u
#define GIC_ICPENDR 0x0280u
#define GIC_ISACTIVER 0x0300u
#define GIC_ICACTIVER 0x0380u
#define GIC_IPRIORITYR 0x0400u
#define GIC_ICFGR 0x0c00u

/* GICR (12.10). */
#define GICR_STRIDE UINT64_C(0x20000)
#define GICR_CTLR 0x0000u
#define GICR_TYPER 0x0008u
#define GICR_WAKER 0x0014u
#define GICR_SGI_FRAME 0x10000u
#define GIC_RWP_GICR (UINT32_C(1) << 3)
#define GICR_WAKER_PROCESSOR_SLEEP 0x2u
#define GICR_WAKER_CHILDREN_ASLEEP 0x4u

#define PRIORITY_ALL UINT32_C(0xa0a0a0a0)
#define SPURIOUS_FIRST 1020u
#define POLLS_MAX 10000000u
#define BATCH_MAX 64u /* interrupts a call, so that a storm cannot hold this CPU at EL2 */

static uint64_t redistributors[MACHINE_CPU_MAX];

static uint32_t mmio_read(uint64_t address)
{
    return *(const volatile uint32_t *)(uintptr_t)address;
}

static uint64_t mmio_read64(uint64_t address)
{
    return *(const volatile uint64_t *)(uintptr_t)address;
}

static void mmio_write(uint64_t address, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)address = value;
}

static void mmio_write64(uint64_t address, uint64_t value)
{
    *(volatile uint64_t *)(uintptr_t)address = value;
}

static void wait_clear(uint64_t address, uint32_t bits)
{
    for (uint32_t i = 0; i < POLLS_MAX; i++) {
        if ((mmio_read(address) & bits) == 0) {
            return;
        }
    }
    console_fatal("the board's GIC does not answer: register 0x%llx", (unsigned long long)address);
}

static uint64_t word_address(uint64_t base, uint32_t reg, uint32_t intid)
{
    return base + reg + intid / 32 * 4;
}

/* ---- Start ---- */

static void spi_configure(const struct machine_device *device)
{
    const uint64_t base = machine.gicd.base;
    const uint64_t config = base + GIC_ICFGR + device->intid / 16 * 4;
    const uint32_t edge = 2u << (device->intid % 16 * 2);

    mmio_write(config, device->edge ? mmio_read(config) | edge : mmio_read(config) & ~edge);
    mmio_write64(base + GICD_IROUTER + UINT64_C(8) * device->intid, machine.cpu_mpidr[0]);
}

void gic_init(void)
{
    const uint64_t base = machine.gicd.base;

    if (((mmio_read(base + GICD_PIDR2) >> 4) & 0xf) < 3) {
        console_fatal("the board's interrupt controller is not a GICv3");
    }
    mmio_write(base + GICD_CTLR, 0);
    wait_clear(base + GICD_CTLR, GIC_RWP_GICD);
    mmio_write(base + GICD_CTLR, GICD_CTLR_ARE);
    wait_clear(base + GICD_CTLR, GIC_RWP_GICD);
    for (uint32_t intid = GIC_SPI_FIRST; intid < GIC_INTID_LIMIT; intid += 32) {
        mmio_write(word_address(base, GIC_ICENABLER, intid), UINT32_MAX);
        mmio_write(word_address(base, GIC_ICPENDR, intid), UINT32_MAX);
        mmio_write(word_address(base, GIC_ICACTIVER, intid), UINT32_MAX);
        mmio_write(word_address(base, GIC_IGROUPR, intid), UINT32_MAX);
    }
    for (uint32_t intid = GIC_SPI_FIRST; intid < GIC_INTID_LIMIT; intid += 4) {
        mmio_write(base + GIC_IPRIORITYR + intid, PRIORITY_ALL);
    }
    wait_clear(base + GICD_CTLR, GIC_RWP_GICD);
    for (uint32_t i = 0; i < machine.device_count; i++) {
        const uint32_t intid = machine.device[i].intid;
        if (intid >= GIC_SPI_FIRST && intid < GIC_INTID_LIMIT) {
            spi_configure(&machine.device[i]);
        }
    }
    mmio_write(base + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GROUP1);
    wait_clear(base + GICD_CTLR, GIC_RWP_GICD);
}

/* The frame whose GICR_TYPER holds this CPU's affinity (12.11.17). */
static uint64_t redistributor_find(uint64_t mpidr)
{
    const uint64_t wanted = ((mpidr >> 8) & 0xff000000u) | (mpidr & 0xffffffu);

    for (uint64_t offset = 0; offset + GICR_STRIDE <= machine.gicr.bytes; offset += GICR_STRIDE) {
        const uint64_t base = machine.gicr.base + offset;
        if (mmio_read64(base + GICR_TYPER) >> 32 == wanted) {
            return base;
        }
    }
    console_fatal("no GIC redistributor for CPU 0x%llx", (unsigned long long)mpidr);
}

static uint32_t cpu_index(uint64_t mpidr)
{
    for (uint32_t i = 0; i < machine.cpu_count; i++) {
        if (machine.cpu_mpidr[i] == mpidr) {
            return i;
        }
    }
    console_fatal("CPU 0x%llx is not in the device tree", (unsigned long long)mpidr);
}

static void redistributor_init(uint64_t base)
{
    const uint64_t sgi = base + GICR_SGI_FRAME;
    const uint32_t own =
        1u << GIC_SGI_KICK | 1u << GIC_PPI_MAINTENANCE | 1u << GIC_PPI_CNTHP | 1u << GIC_PPI_CNTV;

    mmio_write(base + GICR_WAKER, mmio_read(base + GICR_WAKER) & ~GICR_WAKER_PROCESSOR_SLEEP);
    wait_clear(base + GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP);
    mmio_write(sgi + GIC_ICENABLER, UINT32_MAX);
    wait_clear(base + GICR_CTLR, GIC_RWP_GICR);
    mmio_write(sgi + GIC_ICPENDR, UINT32_MAX);
    mmio_write(sgi + GIC_ICACTIVER, UINT32_MAX);
    mmio_write(sgi + GIC_IGROUPR, UINT32_MAX);
    for (uint32_t intid = 0; intid < GIC_SPI_FIRST; intid += 4) {
        mmio_write(sgi + GIC_IPRIORITYR + intid, PRIORITY_ALL);
    }
    mmio_write(sgi + GIC_ISENABLER, own);
    wait_clear(base + GICR_CTLR, GIC_RWP_GICR);
}

void gic_cpu_init(void)
{
    const uint64_t mpidr = read_mpidr_el1() & MPIDR_AFFINITY_MASK;
    const uint32_t index = cpu_index(mpidr);

    redistributors[index] = redistributor_find(mpidr);
    redistributor_init(redistributors[index]);

    write_icc_sre_el2(SRE_SRE | SRE_NO_BYPASS | SRE_ENABLE);
    isb();
    write_icc_sre_el1(SRE_SRE | SRE_NO_BYPASS);
    isb();
    write_icc_ctlr_el1(CTLR_EOIMODE);
    write_icc_bpr1_el1(0);
    write_icc_pmr_el1(0xff);
    write_icc_igrpen1_el1(1);
    vgic_cpu_init();
    isb();
}

/* ---- Interrupts ---- */

void gic_kick(const struct vp *target)
{
    const uint64_t mpidr = machine.cpu_mpidr[target->index];
    const uint64_t aff0 = mpidr & 0xff;

    dsb_ish(); /* the request is visible before the interrupt is */
    if (!atomic_load_explicit(&target->online, memory_order_acquire)) {
        return;
    }
    write_icc_sgi1r_el1(((mpidr >> 32) & 0xff) << 48 | (aff0 >> 4) << 44 |
                        ((mpidr >> 16) & 0xff) << 32 | (uint64_t)GIC_SGI_KICK << 24 |
                        ((mpidr >> 8) & 0xff) << 16 | UINT64_C(1) << (aff0 & 0xf));
    isb();
}

void gic_spi_enable(uint32_t intid, bool enable)
{
    mmio_write(word_address(machine.gicd.base, enable ? GIC_ISENABLER : GIC_ICENABLER, intid),
               1u << intid % 32);
}

void gic_spi_deactivate(uint32_t intid)
{
    mmio_write(word_address(machine.gicd.base, GIC_ICACTIVER, intid), 1u << intid % 32);
}

void gic_cntv_deactivate(void)
{
    write_icc_dir_el1(GIC_PPI_CNTV);
}

void gic_cntv_activate(void)
{
    mmio_write(redistributors[vp_current()->index] + GICR_SGI_FRAME + GIC_ISACTIVER,
               1u << GIC_PPI_CNTV);
}

/* An interrupt of refhv's own, or one that stays active until a guest ends it. True if it is over. */
static bool dispatch(struct vp *vp, uint32_t intid)
{
    switch (intid) {
    case GIC_PPI_CNTV:
        timer_cntv_fired(vp);
        return false;
    case GIC_PPI_CNTHP:
        timer_cnthp_fired(vp);
        return true;
    case GIC_PPI_MAINTENANCE:
        vgic_maintenance(vp);
        return true;
    default:
        if (intid >= GIC_SPI_FIRST) {
            vgic_hw_spi(intid);
            return false;
        }
        return true;
    }
}

void gic_handle_physical(struct vp *vp)
{
    for (unsigned i = 0; i < BATCH_MAX; i++) {
        const uint32_t intid = (uint32_t)read_icc_iar1_el1() & 0xffffffu;
        if (intid >= SPURIOUS_FIRST) {
            break;
        }
        dsb_sy(); /* acknowledged before the cause is looked at (IHI 0069, 4.1.1) */
        write_icc_eoir1_el1(intid);
        const bool over = dispatch(vp, intid);
        isb();
        if (over) {
            write_icc_dir_el1(intid);
            isb();
        }
    }
    vgic_take_requests(vp);
}
