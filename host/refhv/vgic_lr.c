/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * List registers: interrupts into them before a guest entry, and back. Source: Arm IHI 0069H, 6.3, 12.4.
 *
 * What is listed stays listed until something asks for it ("lazy"): most exits and switches find no work.
 *
 * More interrupts than registers: the most urgent pending ones are listed, and as many active ones as fit.
 * NPIE then ends the guest's run when it has taken all that it was shown; LRENPIE counts the EOIs of active
 * interrupts that are not listed (in EOI order the most urgent first); TDIR traps deactivations by INTID.
 */
#include "vgic_hw.h"
#include "vgic_private.h"

struct vgic_interface vgic_interface;

void vgic_interface_probe(void)
{
    const uint64_t vtr = read_ich_vtr_el2();
    const unsigned lr_count = ICH_VTR_LR_COUNT(vtr);
    const unsigned preemption = ICH_VTR_PREEMPTION_BITS(vtr);
    const unsigned priority = ICH_VTR_PRIORITY_BITS(vtr);

    vgic_interface = (struct vgic_interface){
        .lr_count = (uint8_t)(lr_count < VGIC_LR_MAX ? lr_count : VGIC_LR_MAX),
        .apr_count = preemption >= 7   ? 4
                     : preemption == 6 ? 2
                                       : 1,
        .preemption_bits = (uint8_t)preemption,
        .priority_mask = (uint8_t)(0xff00u >> priority),
        .traps_dir = (vtr & ICH_VTR_TDS) != 0,
    };
}

uint64_t vgic_lr_get(const struct vgic_cpu *cpu, unsigned n)
{
    return cpu->loaded ? hw_lr_read(n) : cpu->lr[n];
}

static void hcr_set(struct vgic_cpu *cpu, uint32_t hcr)
{
    if (cpu->hcr != hcr) {
        cpu->hcr = hcr;
        if (cpu->loaded) {
            write_ich_hcr_el2(hcr);
        }
    }
}

/* ---- Back from list registers ---- */

/* The most urgent of a set: lowest priority value, then lowest INTID; GIC_INTID_LIMIT if it is empty. */
static uint32_t most_urgent(unsigned slot, uint32_t vp_index, const uint64_t *words)
{
    uint32_t best = GIC_INTID_LIMIT;
    unsigned best_priority = 0x100;

    for (unsigned word = 0; word < VGIC_WORDS; word++) {
        for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1) {
            const uint32_t intid = 64 * word + (uint32_t)__builtin_ctzll(bits);
            const unsigned priority = vgic_irq_of(slot, vp_index, intid)->priority;
            if (priority < best_priority) {
                best = intid;
                best_priority = priority;
            }
        }
    }
    return best;
}

/* EOIs of interrupts that were not listed. A guest's EOIs follow its running priority (IHI 0069, 4.1.2). */
static void take_unlisted_eois(struct vp *vp, unsigned slot, struct vgic_cpu *cpu)
{
    if ((cpu->hcr & ICH_HCR_LRENPIE) == 0) {
        return;
    }
    uint32_t count = cpu->eoi_count;
    if (cpu->loaded) {
        count = (uint32_t)(read_ich_hcr_el2() >> ICH_HCR_EOI_COUNT_SHIFT) & ICH_HCR_EOI_COUNT_MASK;
    }
    for (; count != 0; count--) {
        const uint32_t intid = most_urgent(slot, vp->index, cpu->active);
        if (intid == GIC_INTID_LIMIT) {
            break;
        }
        struct vgic_irq *irq = vgic_irq_of(slot, vp->index, intid);
        vgic_irq_deactivate(irq, intid);
        vgic_irq_update(slot, irq, intid);
    }
    cpu->eoi_count = 0;
}

/* Pending and active state of a list register, and requests of other CPUs, become the interrupt's. */
static uint16_t unlisted_flags(const struct vgic_irq *irq, uint64_t lr)
{
    const uint16_t sticky = VGIC_IRQ_EDGE | VGIC_IRQ_BOARD | VGIC_IRQ_LISTED_LATCH;
    unsigned flags = irq->flags;
    bool active = (lr & ICH_LR_ACTIVE) != 0;

    /* What the line alone made pending is pending no longer than the line says. */
    if ((lr & ICH_LR_PENDING) != 0 && (flags & sticky) != 0 &&
        (flags & VGIC_IRQ_DROP_PENDING) == 0) {
        flags |= VGIC_IRQ_LATCH;
    }
    active = (active && (flags & VGIC_IRQ_DROP_ACTIVE) == 0) || (flags & VGIC_IRQ_TAKE_ACTIVE) != 0;
    flags &= ~(VGIC_IRQ_REQUESTS | VGIC_IRQ_LISTED | VGIC_IRQ_LISTED_LATCH | VGIC_IRQ_ACTIVE);
    return (uint16_t)(flags | (active ? VGIC_IRQ_ACTIVE : 0));
}

static void fold_one(struct vp *vp, unsigned slot, struct vgic_cpu *cpu, unsigned n)
{
    const uint32_t intid = cpu->lr_intid[n];
    const uint64_t lr = vgic_lr_get(cpu, n);
    const bool by_hardware = ((cpu->hw >> n) & 1) != 0 && (lr & ICH_LR_STATE) == 0;
    struct vgic_irq *irq = vgic_irq_of(slot, vp->index, intid);

    if (cpu->loaded && lr != 0) {
        hw_lr_write(n, 0);
    }
    irq->flags = unlisted_flags(irq, lr);
    if (intid == GIC_PPI_CNTV) {
        cpu->cntv_linked = cpu->cntv_linked && !by_hardware;
    } else if ((irq->flags & (VGIC_IRQ_LINKED | VGIC_IRQ_ACTIVE | VGIC_IRQ_LATCH)) ==
               VGIC_IRQ_LINKED) {
        /* Through: the guest's EOI reached the board's GIC by itself if the register had the link. */
        irq->flags &= (uint16_t)~VGIC_IRQ_LINKED;
        if (!by_hardware) {
            gic_spi_deactivate(intid);
        }
    }
    vgic_irq_update(slot, irq, intid);
}

void vgic_fold(struct vp *vp, unsigned slot)
{
    struct vgic_cpu *cpu = &vp->vtl[slot].gic;

    take_unlisted_eois(vp, slot, cpu);
    for (uint32_t used = cpu->used; used != 0; used &= used - 1) {
        fold_one(vp, slot, cpu, (unsigned)__builtin_ctz(used));
    }
    cpu->used = 0;
    cpu->live = 0;
    cpu->hw = 0;
    cpu->cntv_lr = VGIC_LR_NONE;
    hcr_set(cpu, ICH_HCR_EN);
    vgic_busy_update(cpu);
    atomic_fetch_and_explicit(&cpu->work, ~VGIC_WORK_RESYNC, memory_order_relaxed);
}

void vgic_cntv_settle(struct vp *vp, unsigned slot)
{
    struct vgic_cpu *cpu = &vp->vtl[slot].gic;
    struct vgic_irq *irq = &cpu->irq[GIC_PPI_CNTV];

    if ((irq->flags & VGIC_IRQ_LISTED) != 0 ||
        (!cpu->cntv_linked && (irq->flags & VGIC_IRQ_LINE) == 0)) {
        return;
    }
    const uint16_t before = irq->flags;

    if (timer_cntv_asserted(vp, slot)) {
        irq->flags |= VGIC_IRQ_LINE;
    } else {
        irq->flags &= (uint16_t)~VGIC_IRQ_LINE;
        /* Ready for the next expiry, which the board's GIC holds back while PPI 27 is active. */
        if (cpu->cntv_linked && (irq->flags & VGIC_IRQ_ACTIVE) == 0) {
            cpu->cntv_linked = false;
            if (cpu->loaded) {
                gic_cntv_deactivate();
            }
        }
    }
    if (irq->flags != before) {
        vgic_irq_update(slot, irq, GIC_PPI_CNTV);
    }
}

bool vgic_listed_line(struct vp *vp, unsigned slot, const struct vgic_irq *irq, uint32_t intid)
{
    struct vgic_cpu *cpu = &vp->vtl[slot].gic;

    if (!vgic_irq_level(irq)) {
        return false;
    }
    for (uint32_t used = cpu->used & ~cpu->hw; used != 0; used &= used - 1) {
        const unsigned n = (unsigned)__builtin_ctz(used);
        if (cpu->lr_intid[n] != intid) {
            continue;
        }
        uint64_t lr = vgic_lr_get(cpu, n);
        if ((lr & ICH_LR_STATE) != ICH_LR_ACTIVE) {
            return false;
        }
        /* Only an end with the line high needs a look at the line. */
        lr = (irq->flags & VGIC_IRQ_LINE) != 0 ? lr | ICH_LR_EOI : lr & ~ICH_LR_EOI;
        if (cpu->loaded) {
            hw_lr_write(n, lr);
        } else {
            cpu->lr[n] = lr;
        }
        return true;
    }
    return false;
}

/* ---- Into list registers ---- */

static bool to_be_signalled(unsigned slot, const struct vgic_irq *irq)
{
    const uint32_t group = (irq->flags & VGIC_IRQ_GROUP1) != 0 ? 2u : 1u;

    return (irq->flags & VGIC_IRQ_ENABLED) != 0 && vgic_irq_pending(irq) &&
           (vgic_instances[slot].ctlr & group) != 0;
}

/* The register for the interrupt; *link says whether it is tied to the board's. */
static uint64_t compose(unsigned slot, const struct vgic_irq *irq, uint32_t intid, bool *link)
{
    const bool active = (irq->flags & VGIC_IRQ_ACTIVE) != 0;
    bool pending = to_be_signalled(slot, irq);
    uint64_t lr = intid | ((uint64_t)irq->priority << ICH_LR_PRIORITY_SHIFT);

    *link = (irq->flags & VGIC_IRQ_LINKED) != 0 || intid == GIC_PPI_CNTV;
    if (active && (*link || vgic_irq_level(irq))) {
        /* Linked: active and pending is no state of it (12.4.6). Level: pending is up to the line, later. */
        pending = false;
        *link = *link && (irq->flags & VGIC_IRQ_LATCH) == 0;
    } else if (active && pending && intid >= GIC_SPI_FIRST) {
        pending = vgic_irq_target(slot, intid) == irq->owner; /* else it is for another VP */
    }
    if (*link) {
        lr |= ICH_LR_HW | ((uint64_t)intid << ICH_LR_PINTID_SHIFT);
    } else if ((pending && vgic_irq_level(irq)) || (active && !pending && vgic_irq_pending(irq))) {
        lr |= ICH_LR_EOI;
    }
    lr |= (irq->flags & VGIC_IRQ_GROUP1) != 0 ? ICH_LR_GROUP1 : 0;
    return lr | (active ? ICH_LR_ACTIVE : 0) | (pending ? ICH_LR_PENDING : 0);
}

static void list(struct vgic_cpu *cpu, unsigned slot, struct vgic_irq *irq, uint32_t intid)
{
    const unsigned n = (unsigned)__builtin_ctz(~cpu->used);
    bool link;
    const uint64_t lr = compose(slot, irq, intid, &link);

    if ((lr & ICH_LR_PENDING) != 0 && (irq->flags & VGIC_IRQ_LATCH) != 0) {
        irq->flags = (uint16_t)((irq->flags & ~VGIC_IRQ_LATCH) | VGIC_IRQ_LISTED_LATCH);
    }
    irq->flags |= VGIC_IRQ_LISTED;
    cpu->ready[intid / 64] &= ~(UINT64_C(1) << (intid % 64));
    cpu->active[intid / 64] &= ~(UINT64_C(1) << (intid % 64));
    cpu->lr_intid[n] = (uint16_t)intid;
    cpu->used |= 1u << n;
    cpu->busy = true;
    if (link) {
        cpu->hw |= 1u << n;
    }
    if (intid == GIC_PPI_CNTV) {
        cpu->cntv_lr = (uint8_t)n;
        if (link && !cpu->cntv_linked) {
            cpu->cntv_linked = true;
            gic_cntv_activate();
        }
    }
    hw_lr_write(n, lr);
}

static unsigned set_count(const uint64_t *words)
{
    unsigned count = 0;
    uint64_t any = 0;

    for (unsigned word = 0; word < VGIC_WORDS; word++) {
        any |= words[word];
    }
    if (any == 0) {
        return 0;
    }

    for (unsigned word = 0; word < VGIC_WORDS; word++) {
        for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1) {
            count++;
        }
    }
    return count;
}

static unsigned free_count(const struct vgic_cpu *cpu)
{
    unsigned count = vgic_interface.lr_count;

    for (uint32_t used = cpu->used; used != 0; used &= used - 1) {
        count--;
    }
    return count;
}

static void list_most_urgent(struct vp *vp, unsigned slot, const uint64_t *words, unsigned count)
{
    for (; count != 0; count--) {
        const uint32_t intid = most_urgent(slot, vp->index, words);
        list(&vp->vtl[slot].gic, slot, vgic_irq_of(slot, vp->index, intid), intid);
    }
}

static void fill(struct vp *vp, unsigned slot, struct vgic_cpu *cpu, unsigned room, unsigned ready,
                 unsigned active)
{
    unsigned ready_listed = ready;
    uint32_t hcr = ICH_HCR_EN;

    if (ready + active > room) {
        /* At least one register for what is pending, or the guest would never see it. */
        const unsigned kept = active < room ? active : room - 1;
        ready_listed = ready < room - kept ? ready : room - kept;
    }
    const unsigned active_room = room - ready_listed;
    const unsigned active_listed = active < active_room ? active : active_room;
    list_most_urgent(vp, slot, cpu->ready, ready_listed);
    list_most_urgent(vp, slot, cpu->active, active_listed);
    if (ready > ready_listed) {
        hcr |= ICH_HCR_NPIE;
    }
    if (active > active_listed) {
        hcr |= ICH_HCR_LRENPIE | (vgic_interface.traps_dir ? ICH_HCR_TDIR : 0);
    }
    hcr_set(cpu, hcr);
    atomic_store_explicit(&cpu->work, hcr != ICH_HCR_EN ? VGIC_WORK_READY : 0,
                          memory_order_relaxed);
}

/* INTID 27 is listed: has the guest finished with it, or did it stop the timer before it took it? */
__attribute__((noinline)) static void check_listed_cntv(struct vp *vp, struct vgic_cpu *cpu)
{
    if (!timer_cntv_asserted(vp, vp->active) &&
        (hw_lr_read(cpu->cntv_lr) & ICH_LR_STATE) != ICH_LR_ACTIVE) {
        atomic_fetch_or_explicit(&cpu->work, VGIC_WORK_RESYNC, memory_order_relaxed);
    }
}

__attribute__((noinline)) static void flush(struct vp *vp, unsigned slot, struct vgic_cpu *cpu)
{
    spin_lock(&vgic_instances[slot].lock);
    vgic_cntv_settle(vp, slot);
    unsigned room = free_count(cpu);
    unsigned ready = set_count(cpu->ready);
    unsigned active = set_count(cpu->active);
    if ((atomic_load_explicit(&cpu->work, memory_order_relaxed) & VGIC_WORK_RESYNC) != 0 ||
        ready + active > room) {
        vgic_fold(vp, slot);
        vgic_cntv_settle(vp, slot);
        room = vgic_interface.lr_count;
        ready = set_count(cpu->ready);
        active = set_count(cpu->active);
    }
    fill(vp, slot, cpu, room, ready, active);
    spin_unlock(&vgic_instances[slot].lock);
}

void vgic_flush(struct vp *vp)
{
    const unsigned slot = vp->active;
    struct vgic_cpu *cpu = &vp->vtl[slot].gic;

    if (cpu->cntv_lr != VGIC_LR_NONE) {
        check_listed_cntv(vp, cpu);
    }
    if (atomic_load_explicit(&cpu->work, memory_order_acquire) != 0) {
        flush(vp, slot, cpu);
    }
}
