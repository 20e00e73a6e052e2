/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two virtual GICs: start, lines, SGIs, interrupts of the board. Source: Arm IHI 0069H.
 * Accesses by the guest are in vgic_mmio.c, list registers in vgic_lr.c.
 */
#include "vgic_hw.h"
#include "vgic_private.h"

#define SGI_COUNT 16u

/* ICC_SGI1R_EL1 (IHI 0069, 12.2.20). */
#define SGI_INTID(value) ((uint32_t)((value) >> 24) & 0xfu)
#define SGI_ALL_BUT_SELF (UINT64_C(1) << 40)
#define SGI_RANGE(value) (((value) >> 44) & 0xfu)

struct vgic vgic_instances[SLOT_COUNT];

static bool is_timer(uint32_t intid)
{
    return intid == GIC_PPI_CNTV || intid == GIC_PPI_CNTP;
}

/* IHI 0069, 4.2.2 leaves groups and priorities unknown at reset: group 1 is what every guest here wants. */
static struct vgic_irq reset_private(uint32_t intid, uint8_t vp_index)
{
    struct vgic_irq irq = {.flags = VGIC_IRQ_GROUP1, .owner = vp_index};

    if (intid < SGI_COUNT) {
        irq.flags |= VGIC_IRQ_EDGE | VGIC_IRQ_FIXED;
    } else if (is_timer(intid)) {
        irq.flags |= VGIC_IRQ_FIXED;
    }
    return irq;
}

static void init_board_spis(void)
{
    struct vgic *vgic = &vgic_instances[SLOT_VTL2];

    for (uint32_t i = 0; i < machine.device_count; i++) {
        const struct machine_device *device = &machine.device[i];
        if (device->intid < GIC_SPI_FIRST || device->intid >= GIC_INTID_LIMIT) {
            continue;
        }
        uint16_t flags = VGIC_IRQ_GROUP1 | VGIC_IRQ_BOARD | VGIC_IRQ_FIXED;
        if (device->edge) {
            flags |= VGIC_IRQ_EDGE;
        }
        vgic->spi[device->intid - GIC_SPI_FIRST].flags = flags;
    }
}

void vgic_init(void)
{
    vgic_interface_probe();
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        struct vgic *vgic = &vgic_instances[slot];
        vgic->ctlr = 0;
        for (uint32_t i = 0; i < VGIC_SPI_COUNT; i++) {
            vgic->spi[i] = (struct vgic_irq){.flags = VGIC_IRQ_GROUP1, .owner = VGIC_OWNER_NONE};
            vgic->router[i] = 0;
        }
        for (uint32_t i = 0; i < partition.vp_count; i++) {
            vgic_cpu_of(i, slot)->loaded = false;
            vgic_cpu_of(i, slot)->used = 0;
            vgic_reset_cpu(&vps[i], slot);
        }
    }
    init_board_spis();
}

void vgic_reset_private(struct vgic_cpu *cpu, uint32_t vp_index)
{
    const uint64_t shared = ~UINT64_C(0xffffffff); /* of the first word: SPIs */

    for (uint32_t intid = 0; intid < VGIC_PRIVATE_COUNT; intid++) {
        cpu->irq[intid] = reset_private(intid, (uint8_t)vp_index);
    }
    cpu->ready[0] &= shared;
    cpu->active[0] &= shared;
}

/* What a change of the line does to the latch: an edge-triggered interrupt is pending from each rise on. A
 * caller that never lowers the line means a rise each time. True if there is news. */
static bool drive(struct vgic_irq *irq, uint32_t intid, bool level)
{
    const bool before = (irq->flags & VGIC_IRQ_LINE) != 0;

    if (level) {
        irq->flags |= VGIC_IRQ_LINE;
    } else {
        irq->flags &= (uint16_t)~VGIC_IRQ_LINE;
    }
    if (!vgic_irq_level(irq)) {
        irq->flags |= level ? VGIC_IRQ_LATCH : 0;
        return level;
    }
    /* The flag for CNTV is a copy, and may be out of date. */
    return level != before || intid == GIC_PPI_CNTV;
}

bool vgic_set_line(unsigned slot, struct vp *vp, uint32_t intid, bool level)
{
    if (intid < SGI_COUNT || intid >= GIC_INTID_LIMIT || (intid < GIC_SPI_FIRST && vp == NULL)) {
        return false;
    }
    struct vgic *vgic = &vgic_instances[slot];
    struct vgic_irq *irq = vgic_irq_of(slot, vp != NULL ? vp->index : 0, intid);
    struct vp *self = vp_current();

    spin_lock(&vgic->lock);
    if (drive(irq, intid, level)) {
        const bool listed_here = (irq->flags & VGIC_IRQ_LISTED) != 0 && irq->owner == self->index;
        if (!listed_here || !vgic_listed_line(self, slot, irq, intid)) {
            vgic_irq_changed(slot, irq, intid);
        }
    }
    spin_unlock(&vgic->lock);
    return true;
}

void vgic_hw_spi(uint32_t intid)
{
    struct vgic *vgic = &vgic_instances[SLOT_VTL2];

    if (intid < GIC_SPI_FIRST || intid >= GIC_INTID_LIMIT ||
        (vgic->spi[intid - GIC_SPI_FIRST].flags & VGIC_IRQ_BOARD) == 0) {
        gic_spi_deactivate(intid);
        return;
    }
    struct vgic_irq *irq = &vgic->spi[intid - GIC_SPI_FIRST];
    spin_lock(&vgic->lock);
    irq->flags |= VGIC_IRQ_LINKED | VGIC_IRQ_LATCH;
    vgic_irq_changed(SLOT_VTL2, irq, intid);
    spin_unlock(&vgic->lock);
}

/* Affinity in the layout of MPIDR_EL1 against Aff3.Aff2.Aff1, range selector and target list. */
static bool sgi_targets(uint64_t value, uint64_t mpidr)
{
    const uint64_t aff0 = mpidr & 0xff;
    const bool cluster = ((value >> 48) & 0xff) == ((mpidr >> 32) & 0xff) &&
                         ((value >> 32) & 0xff) == ((mpidr >> 16) & 0xff) &&
                         ((value >> 16) & 0xff) == ((mpidr >> 8) & 0xff);

    return cluster && SGI_RANGE(value) == aff0 >> 4 && ((value >> (aff0 & 0xf)) & 1) != 0;
}

void vgic_sgi(struct vp *vp, unsigned slot, uint64_t value)
{
    struct vgic *vgic = &vgic_instances[slot];
    const uint32_t intid = SGI_INTID(value);

    spin_lock(&vgic->lock);
    for (uint32_t i = 0; i < partition.vp_count; i++) {
        const bool hit = (value & SGI_ALL_BUT_SELF) != 0 ? i != vp->index
                                                         : sgi_targets(value, machine.cpu_mpidr[i]);
        if (hit) {
            struct vgic_irq *irq = vgic_irq_of(slot, i, intid);
            irq->flags |= VGIC_IRQ_LATCH;
            vgic_irq_changed(slot, irq, intid);
        }
    }
    spin_unlock(&vgic->lock);
}

void vgic_dir(struct vp *vp, unsigned slot, uint64_t value)
{
    struct vgic *vgic = &vgic_instances[slot];
    const uint32_t intid = (uint32_t)value & 0xffffffu;

    if (intid >= GIC_INTID_LIMIT || (vgic_vmcr(&vp->vtl[slot].gic) & ICH_VMCR_EOIM) == 0) {
        return;
    }
    spin_lock(&vgic->lock);
    vgic_fold(vp, slot);
    struct vgic_irq *irq = vgic_irq_of(slot, vp->index, intid);
    if ((irq->flags & (VGIC_IRQ_ACTIVE | VGIC_IRQ_LISTED)) == VGIC_IRQ_ACTIVE) {
        vgic_irq_deactivate(irq, intid);
        vgic_irq_update(slot, irq, intid);
    }
    vgic_cntv_settle(vp, slot);
    spin_unlock(&vgic->lock);
}

void vgic_take_requests(struct vp *vp)
{
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        const uint32_t work = atomic_load_explicit(&vp->vtl[slot].gic.work, memory_order_acquire);
        if ((work & VGIC_WORK_RESYNC) != 0) {
            spin_lock(&vgic_instances[slot].lock);
            vgic_fold(vp, slot);
            vgic_cntv_settle(vp, slot);
            spin_unlock(&vgic_instances[slot].lock);
        }
    }
}

void vgic_maintenance(struct vp *vp)
{
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        struct vgic_cpu *cpu = &vp->vtl[slot].gic;
        if (cpu->loaded) {
            atomic_fetch_or_explicit(&cpu->work, VGIC_WORK_RESYNC, memory_order_relaxed);
        }
    }
    vgic_take_requests(vp);
}

void vgic_cntv_fired(struct vp *vp)
{
    const unsigned slot = vp->active;
    struct vgic_cpu *cpu = &vp->vtl[slot].gic;

    spin_lock(&vgic_instances[slot].lock);
    if (cpu->cntv_lr != VGIC_LR_NONE) {
        vgic_fold(vp, slot);
    }
    cpu->cntv_linked = true;
    cpu->busy = true;
    vgic_cntv_settle(vp, slot);
    spin_unlock(&vgic_instances[slot].lock);
}
