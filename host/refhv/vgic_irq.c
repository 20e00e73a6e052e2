/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * State machine of one virtual interrupt: pending, active, enabled, which VP. Source: Arm IHI 0069H, 4.1
 * (states), 3.2 (affinity routing).
 */
#include "arm64.h"
#include "vgic_private.h"

struct vgic_irq *vgic_irq_of(unsigned slot, uint32_t vp_index, uint32_t intid)
{
    if (intid < GIC_SPI_FIRST) {
        return &vgic_cpu_of(vp_index, slot)->irq[intid];
    }
    return &vgic_instances[slot].spi[intid - GIC_SPI_FIRST];
}

void vgic_request(unsigned slot, uint32_t vp_index, uint32_t work)
{
    struct vp *vp = &vps[vp_index];

    atomic_fetch_or_explicit(&vp->vtl[slot].gic.work, work, memory_order_release);
    vp_attend(vp);
    if (vp != vp_current()) {
        gic_kick(vp);
    }
}

static void bit_assign(uint64_t *words, uint32_t intid, bool set)
{
    const uint64_t bit = UINT64_C(1) << (intid % 64);

    if (set) {
        words[intid / 64] |= bit;
    } else {
        words[intid / 64] &= ~bit;
    }
}

/* GICD_IROUTER.Interrupt_Routing_Mode 1 leaves the choice of the PE to the GIC: the first that runs. */
static uint8_t route_any(unsigned slot)
{
    for (uint32_t i = 0; i < partition.vp_count; i++) {
        if (atomic_load_explicit(&vps[i].vtl[slot].run, memory_order_relaxed) != VTL_OFF) {
            return (uint8_t)i;
        }
    }
    return 0;
}

uint8_t vgic_irq_target(unsigned slot, uint32_t intid)
{
    const uint64_t router = vgic_instances[slot].router[intid - GIC_SPI_FIRST];
    const struct vp *vp;

    if ((router & VGIC_ROUTER_ANY) != 0) {
        return route_any(slot);
    }
    vp = vp_by_mpidr(router & MPIDR_AFFINITY_MASK);
    return vp != NULL ? (uint8_t)vp->index : VGIC_OWNER_NONE;
}

static void move(unsigned slot, struct vgic_irq *irq, uint32_t intid)
{
    const uint8_t target = vgic_irq_target(slot, intid);

    if (target == irq->owner) {
        return;
    }
    if (irq->owner != VGIC_OWNER_NONE) {
        struct vgic_cpu *from = vgic_cpu_of(irq->owner, slot);
        bit_assign(from->ready, intid, false);
        bit_assign(from->active, intid, false);
    }
    irq->owner = target;
}

void vgic_irq_update(unsigned slot, struct vgic_irq *irq, uint32_t intid)
{
    const bool active = (irq->flags & VGIC_IRQ_ACTIVE) != 0;
    const uint32_t group = (irq->flags & VGIC_IRQ_GROUP1) != 0 ? 2u : 1u;

    if ((irq->flags & VGIC_IRQ_LISTED) != 0) {
        return;
    }
    /* An active interrupt stays with the PE that took it. */
    if (intid >= GIC_SPI_FIRST && (!active || irq->owner == VGIC_OWNER_NONE)) {
        move(slot, irq, intid);
    }
    if (irq->owner == VGIC_OWNER_NONE) {
        return;
    }
    struct vgic_cpu *cpu = vgic_cpu_of(irq->owner, slot);
    const bool ready = !active && (irq->flags & VGIC_IRQ_ENABLED) != 0 && vgic_irq_pending(irq) &&
                       (vgic_instances[slot].ctlr & group) != 0;
    const bool news =
        (ready && !vgic_bit(cpu->ready, intid)) || (active && !vgic_bit(cpu->active, intid));
    bit_assign(cpu->ready, intid, ready);
    bit_assign(cpu->active, intid, active);
    if (news) {
        vgic_request(slot, irq->owner, VGIC_WORK_READY);
    }
}

void vgic_irq_changed(unsigned slot, struct vgic_irq *irq, uint32_t intid)
{
    if ((irq->flags & VGIC_IRQ_LISTED) != 0) {
        vgic_request(slot, irq->owner, VGIC_WORK_RESYNC);
    } else {
        vgic_irq_update(slot, irq, intid);
    }
}

void vgic_irq_deactivate(struct vgic_irq *irq, uint32_t intid)
{
    irq->flags &= (uint16_t)~VGIC_IRQ_ACTIVE;
    if ((irq->flags & (VGIC_IRQ_LINKED | VGIC_IRQ_LATCH)) == VGIC_IRQ_LINKED) {
        irq->flags &= (uint16_t)~VGIC_IRQ_LINKED;
        gic_spi_deactivate(intid);
    }
}

void vgic_update_all(unsigned slot)
{
    for (uint32_t i = 0; i < partition.vp_count; i++) {
        for (uint32_t intid = 0; intid < GIC_SPI_FIRST; intid++) {
            vgic_irq_changed(slot, vgic_irq_of(slot, i, intid), intid);
        }
    }
    for (uint32_t intid = GIC_SPI_FIRST; intid < GIC_INTID_LIMIT; intid++) {
        vgic_irq_changed(slot, vgic_irq_of(slot, 0, intid), intid);
    }
}

/* GICx_I{S,C}PENDR, GICx_I{S,C}ACTIVER of an interrupt whose state a list register of another VP has. */
static uint32_t listed_state(unsigned slot, const struct vgic_irq *irq, bool pending)
{
    const uint16_t flag = pending ? VGIC_IRQ_LISTED_LATCH : VGIC_IRQ_ACTIVE;

    /* The answer is the last one known; the next read gets a fresher one. */
    vgic_request(slot, irq->owner, VGIC_WORK_RESYNC);
    return (irq->flags & flag) != 0 || (pending && vgic_irq_pending(irq)) ? 1 : 0;
}

static uint32_t field_get(unsigned slot, const struct vgic_irq *irq, unsigned kind)
{
    const bool listed = (irq->flags & VGIC_IRQ_LISTED) != 0;

    switch (kind) {
    case VGIC_FIELD_GROUP:
        return (irq->flags & VGIC_IRQ_GROUP1) != 0 ? 1 : 0;
    case VGIC_FIELD_SET_ENABLE:
    case VGIC_FIELD_CLEAR_ENABLE:
        return (irq->flags & VGIC_IRQ_ENABLED) != 0 ? 1 : 0;
    case VGIC_FIELD_SET_PENDING:
    case VGIC_FIELD_CLEAR_PENDING:
        return listed ? listed_state(slot, irq, true) : vgic_irq_pending(irq);
    case VGIC_FIELD_SET_ACTIVE:
    case VGIC_FIELD_CLEAR_ACTIVE:
        return listed ? listed_state(slot, irq, false) : (irq->flags & VGIC_IRQ_ACTIVE) != 0;
    case VGIC_FIELD_PRIORITY:
        return irq->priority;
    case VGIC_FIELD_CONFIG:
        return (irq->flags & VGIC_IRQ_EDGE) != 0 ? 2 : 0;
    default:
        return 0;
    }
}

static void flag_assign(struct vgic_irq *irq, uint16_t flag, bool set)
{
    irq->flags = (uint16_t)(set ? irq->flags | flag : irq->flags & ~flag);
}

static void set_enable(struct vgic_irq *irq, uint32_t intid, bool enable)
{
    flag_assign(irq, VGIC_IRQ_ENABLED, enable);
    if ((irq->flags & VGIC_IRQ_BOARD) != 0) {
        gic_spi_enable(intid, enable);
    }
}

static void clear_pending(struct vgic_irq *irq, uint32_t intid)
{
    irq->flags &= (uint16_t)~VGIC_IRQ_LATCH;
    if ((irq->flags & VGIC_IRQ_LISTED) != 0) {
        irq->flags |= VGIC_IRQ_DROP_PENDING;
    } else if ((irq->flags & VGIC_IRQ_ACTIVE) == 0) {
        vgic_irq_deactivate(irq,
                            intid); /* a linked one was active at the board's GIC all the same */
    }
}

static void set_active(struct vgic_irq *irq, uint32_t intid, bool active)
{
    if ((irq->flags & VGIC_IRQ_LISTED) != 0) {
        flag_assign(irq, VGIC_IRQ_TAKE_ACTIVE, active);
        flag_assign(irq, VGIC_IRQ_DROP_ACTIVE, !active);
    } else if (active) {
        irq->flags |= VGIC_IRQ_ACTIVE;
    } else {
        vgic_irq_deactivate(irq, intid);
    }
}

static void field_set(struct vgic_irq *irq, uint32_t intid, unsigned kind, uint32_t value)
{
    switch (kind) {
    case VGIC_FIELD_GROUP:
        flag_assign(irq, VGIC_IRQ_GROUP1, value != 0);
        break;
    case VGIC_FIELD_SET_ENABLE:
    case VGIC_FIELD_CLEAR_ENABLE:
        set_enable(irq, intid, kind == VGIC_FIELD_SET_ENABLE);
        break;
    case VGIC_FIELD_SET_PENDING:
        irq->flags |= VGIC_IRQ_LATCH;
        break;
    case VGIC_FIELD_CLEAR_PENDING:
        clear_pending(irq, intid);
        break;
    case VGIC_FIELD_SET_ACTIVE:
    case VGIC_FIELD_CLEAR_ACTIVE:
        set_active(irq, intid, kind == VGIC_FIELD_SET_ACTIVE);
        break;
    case VGIC_FIELD_PRIORITY:
        irq->priority = (uint8_t)(value & vgic_interface.priority_mask);
        break;
    case VGIC_FIELD_CONFIG:
        if ((irq->flags & VGIC_IRQ_FIXED) == 0) {
            flag_assign(irq, VGIC_IRQ_EDGE, (value & 2) != 0);
        }
        break;
    default:
        break;
    }
}

/* Width of the field that each interrupt has in a register of the kind. */
static unsigned field_bits(unsigned kind)
{
    return kind == VGIC_FIELD_PRIORITY ? 8 : kind == VGIC_FIELD_CONFIG ? 2 : 1;
}

uint32_t vgic_field_read(unsigned slot, uint32_t vp_index, unsigned kind, uint32_t intid)
{
    const unsigned bits = field_bits(kind);
    uint32_t value = 0;

    for (unsigned shift = 0; shift < 32; shift += bits) {
        value |= field_get(slot, vgic_irq_of(slot, vp_index, intid + shift / bits), kind) << shift;
    }
    return value;
}

void vgic_field_write(unsigned slot, uint32_t vp_index, unsigned kind, uint32_t intid,
                      uint32_t value, uint32_t mask)
{
    const unsigned bits = field_bits(kind);
    const bool ones_only = kind >= VGIC_FIELD_SET_ENABLE && kind <= VGIC_FIELD_CLEAR_ACTIVE;

    for (unsigned shift = 0; shift < 32; shift += bits) {
        const uint32_t field_mask = (1u << bits) - 1;
        const uint32_t field = (value >> shift) & field_mask;
        const uint32_t one = intid + shift / bits;
        if (((mask >> shift) & field_mask) == 0 || (ones_only && field == 0)) {
            continue;
        }
        struct vgic_irq *irq = vgic_irq_of(slot, vp_index, one);
        field_set(irq, one, kind, field);
        vgic_irq_changed(slot, irq, one);
    }
}
