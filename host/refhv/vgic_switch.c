/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtual CPU interface as a whole: in and out of the hardware, and would it signal? Source: Arm IHI 0069H,
 * 4.8 (priorities), 12.4 (ICH_*).
 *
 * Between saves the hardware's list registers and active priorities of the slot that is not loaded are zero, so
 * that a load writes only what is in use. No MMIO, except where CNTV's interrupt is in hand.
 */
#include "vgic_switch.h"

#include "vgic_private.h"

#define PRIORITY_IDLE 0x100u

/* GICR_WAKER (IHI 0069, 12.11.18): the PE sleeps. */
#define WAKER_RESET 0x6u

uint32_t vgic_vmcr(const struct vgic_cpu *cpu)
{
    return (uint32_t)(cpu->loaded ? read_ich_vmcr_el2() : cpu->vmcr);
}

/* The first pair is all there is on most cores. */
static void active_priorities_save(struct vgic_cpu *cpu)
{
    cpu->ap0r[0] = (uint32_t)read_ich_ap0r0_el2();
    cpu->ap1r[0] = (uint32_t)read_ich_ap1r0_el2();
    if ((cpu->ap0r[0] | cpu->ap1r[0]) != 0) {
        hw_ap_write(0, BROKEN(icc_ap0r0_el1) ? cpu->ap0r[0] : 0,
                    BROKEN(icc_ap1r0_el1) ? cpu->ap1r[0] : 0);
    }
    for (unsigned n = 1; n < vgic_interface.apr_count && n < VGIC_APR_MAX; n++) {
        cpu->ap0r[n] = hw_ap0r_read(n);
        cpu->ap1r[n] = hw_ap1r_read(n);
        hw_ap_write(n, 0, 0);
    }
}

static void active_priorities_load(struct vgic_cpu *cpu)
{
    if ((cpu->ap0r[0] | cpu->ap1r[0]) != 0) {
        hw_ap_write(0, cpu->ap0r[0], cpu->ap1r[0]);
    }
    for (unsigned n = 1; n < vgic_interface.apr_count && n < VGIC_APR_MAX; n++) {
        hw_ap_write(n, cpu->ap0r[n], cpu->ap1r[n]);
    }
    for (unsigned n = 0; n < VGIC_APR_MAX; n++) {
        cpu->ap0r[n] = 0;
        cpu->ap1r[n] = 0;
    }
}

static void request_fold(struct vgic_cpu *cpu)
{
    atomic_fetch_or_explicit(&cpu->work, VGIC_WORK_RESYNC, memory_order_relaxed);
}

static void list_registers_save(struct vgic_cpu *cpu)
{
    cpu->live = 0;
    for (uint32_t used = cpu->used; used != 0; used &= used - 1) {
        /* The remainder changes nothing: it shows GCC 14's -Warray-bounds that no higher bit is set. */
        const unsigned n = (unsigned)__builtin_ctz(used) % VGIC_LR_MAX;
        const uint64_t lr = hw_lr_read(n);
        cpu->lr[n] = lr;
        if (lr == 0) {
            continue;
        }
        hw_lr_write(n, 0);
        if ((lr & ICH_LR_STATE) != 0) {
            cpu->live |= 1u << n;
        } else if (((cpu->hw >> n) & 1) == 0 && (lr & ICH_LR_EOI) != 0) {
            request_fold(cpu); /* its line was high at the end, and a maintenance interrupt due */
        }
    }
}

bool vgic_cntv_outstanding(const struct vp *vp, unsigned slot)
{
    const struct vgic_cpu *cpu = &vp->vtl[slot].gic;

    return cpu->cntv_linked &&
           (cpu->cntv_lr == VGIC_LR_NONE || (vgic_lr_get(cpu, cpu->cntv_lr) & ICH_LR_STATE) != 0);
}

void vgic_busy_update(struct vgic_cpu *cpu)
{
    cpu->busy = cpu->used != 0 || cpu->cntv_linked || vgic_interface.apr_count > 1;
}

/* Through with all that was listed: the switches to come are idle ones. */
static void fold_ended(struct vp *vp, unsigned slot)
{
    spin_lock(&vgic_instances[slot].lock);
    vgic_fold(vp, slot);
    vgic_cntv_settle(vp, slot);
    spin_unlock(&vgic_instances[slot].lock);
}

void vgic_save_rest(struct vp *vp, unsigned slot)
{
    struct vgic_cpu *cpu = &vp->vtl[slot].gic;

    /* PPI 27 must be free for the other VTL's timer. */
    if (cpu->cntv_linked) {
        cpu->cntv_linked = vgic_cntv_outstanding(vp, slot);
        if (cpu->cntv_linked) {
            gic_cntv_deactivate();
        }
    }
    active_priorities_save(cpu);
    if (cpu->used != 0) {
        list_registers_save(cpu);
    }
    if (cpu->hcr != ICH_HCR_EN) {
        cpu->eoi_count =
            (uint32_t)(read_ich_hcr_el2() >> ICH_HCR_EOI_COUNT_SHIFT) & ICH_HCR_EOI_COUNT_MASK;
        write_ich_hcr_el2(ICH_HCR_EN);
    }
    cpu->rest = true;
    cpu->loaded = false;
    if (cpu->used != 0 && cpu->live == 0) {
        fold_ended(vp, slot);
    } else if (cpu->used != 0 &&
               (slot == SLOT_VTL2 || atomic_load_explicit(&cpu->work, memory_order_relaxed) != 0)) {
        vp_attend(vp); /* VTL2's may interrupt VTL0 from now on; an ended one's line wants a look */
    }
    vgic_busy_update(cpu);
}

void vgic_load_rest(struct vgic_cpu *cpu)
{
    active_priorities_load(cpu);
    for (uint32_t live = cpu->live; live != 0; live &= live - 1) {
        const unsigned n = (unsigned)__builtin_ctz(live);
        hw_lr_write(n, cpu->lr[n]);
    }
    if (cpu->hcr != ICH_HCR_EN) {
        write_ich_hcr_el2(cpu->hcr | ((uint64_t)cpu->eoi_count << ICH_HCR_EOI_COUNT_SHIFT));
    }
    if (cpu->cntv_linked) {
        gic_cntv_activate();
    }
    cpu->rest = false;
}

void vgic_cpu_init(void)
{
    write_ich_hcr_el2(ICH_HCR_EN);
    write_ich_vmcr_el2(0);
    for (unsigned n = 0; n < vgic_interface.lr_count; n++) {
        hw_lr_write(n, 0);
    }
    for (unsigned n = 0; n < vgic_interface.apr_count && n < VGIC_APR_MAX; n++) {
        hw_ap_write(n, 0, 0);
    }
}

static uint32_t vmcr_reset(void)
{
    /* The lowest binary points that the preemption bits allow (IHI 0069, 4.8.3). */
    const uint32_t bpr0 = 7u - vgic_interface.preemption_bits;

    return ICH_VMCR_FIQ | bpr0 << ICH_VMCR_BPR0_SHIFT | (bpr0 + 1) << ICH_VMCR_BPR1_SHIFT;
}

void vgic_reset_cpu(struct vp *vp, unsigned slot)
{
    struct vgic_cpu *cpu = &vp->vtl[slot].gic;
    const bool loaded = cpu->loaded;

    if (loaded) {
        vgic_save(vp, slot);
    }
    spin_lock(&vgic_instances[slot].lock);
    vgic_fold(vp, slot);
    vgic_reset_private(cpu, vp->index);
    cpu->waker = WAKER_RESET;
    cpu->cntv_linked = false;
    cpu->vmcr = vmcr_reset();
    for (unsigned n = 0; n < VGIC_APR_MAX; n++) {
        cpu->ap0r[n] = 0;
        cpu->ap1r[n] = 0;
    }
    spin_unlock(&vgic_instances[slot].lock);
    if (loaded) {
        vgic_load(vp, slot);
    }
}

/* ---- What is signalled ---- */

struct mask {
    uint32_t vmcr;
    unsigned running; /* priority; PRIORITY_IDLE if nothing is active */
};

/* The lowest bit set of the active priorities stands for the running one (12.4.1, 12.4.2). */
static unsigned running_priority(const struct vgic_cpu *cpu)
{
    for (unsigned n = 0; n < vgic_interface.apr_count && n < VGIC_APR_MAX; n++) {
        const uint32_t group0 = cpu->loaded ? hw_ap0r_read(n) : cpu->ap0r[n];
        const uint32_t group1 = cpu->loaded ? hw_ap1r_read(n) : cpu->ap1r[n];
        if ((group0 | group1) != 0) {
            return (32 * n + (unsigned)__builtin_ctz(group0 | group1))
                   << (8 - vgic_interface.preemption_bits);
        }
    }
    return PRIORITY_IDLE;
}

/* Group priority bits: above the binary point (4.8.3). */
static uint32_t group_bits(uint32_t vmcr, bool group1)
{
    if (group1 && (vmcr & ICH_VMCR_CBPR) == 0) {
        return 0xffu << ((vmcr >> ICH_VMCR_BPR1_SHIFT) & 7);
    }
    return 0xffu << (((vmcr >> ICH_VMCR_BPR0_SHIFT) & 7) + 1);
}

static bool passes(const struct mask *mask, unsigned priority, bool group1)
{
    const uint32_t enable = group1 ? ICH_VMCR_GROUP1 : ICH_VMCR_GROUP0;

    return (mask->vmcr & enable) != 0 && priority < mask->vmcr >> ICH_VMCR_PMR_SHIFT &&
           (priority & group_bits(mask->vmcr, group1)) < mask->running;
}

/* mask NULL: anything that is pending will do. */
static bool ready_passes(const struct vp *vp, unsigned slot, const struct mask *mask)
{
    const struct vgic_cpu *cpu = &vp->vtl[slot].gic;

    for (unsigned word = 0; word < VGIC_WORDS; word++) {
        for (uint64_t bits = cpu->ready[word]; bits != 0; bits &= bits - 1) {
            const uint32_t intid = 64 * word + (uint32_t)__builtin_ctzll(bits);
            const struct vgic_irq *irq = vgic_irq_of(slot, vp->index, intid);
            if (mask == NULL || passes(mask, irq->priority, (irq->flags & VGIC_IRQ_GROUP1) != 0)) {
                return true;
            }
        }
    }
    return false;
}

static bool listed_passes(const struct vgic_cpu *cpu, const struct mask *mask)
{
    for (uint32_t used = cpu->loaded ? cpu->used : cpu->live; used != 0; used &= used - 1) {
        const uint64_t lr = vgic_lr_get(cpu, (unsigned)__builtin_ctz(used));
        if ((lr & ICH_LR_STATE) != ICH_LR_PENDING) {
            continue;
        }
        if (mask == NULL ||
            passes(mask, (lr >> ICH_LR_PRIORITY_SHIFT) & 0xff, (lr & ICH_LR_GROUP1) != 0)) {
            return true;
        }
    }
    return false;
}

static bool signals(struct vp *vp, unsigned slot, bool masked)
{
    struct vgic_cpu *cpu = &vp->vtl[slot].gic;
    struct mask mask;

    if (masked) {
        mask.vmcr = vgic_vmcr(cpu);
        mask.running = running_priority(cpu);
    }
    spin_lock(&vgic_instances[slot].lock);
    if ((atomic_load_explicit(&cpu->work, memory_order_relaxed) & VGIC_WORK_RESYNC) != 0) {
        vgic_fold(vp, slot);
    }
    vgic_cntv_settle(vp, slot);
    const bool result =
        listed_passes(cpu, masked ? &mask : NULL) || ready_passes(vp, slot, masked ? &mask : NULL);
    spin_unlock(&vgic_instances[slot].lock);
    return result;
}

static bool idle(const struct vgic_cpu *cpu)
{
    return atomic_load_explicit(&cpu->work, memory_order_acquire) == 0 &&
           (cpu->loaded ? cpu->used : cpu->live) == 0;
}

bool vgic_settled(const struct vp *vp)
{
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        const struct vgic_cpu *cpu = &vp->vtl[slot].gic;
        /* The timer that INTID 27 is listed for may be stopped by a write that nobody sees. */
        if (atomic_load_explicit(&cpu->work, memory_order_relaxed) != 0 ||
            cpu->cntv_lr != VGIC_LR_NONE) {
            return false;
        }
    }
    return true;
}

bool vgic_deliverable(struct vp *vp, unsigned slot)
{
    return !idle(&vp->vtl[slot].gic) && signals(vp, slot, true);
}

bool vgic_wakes(struct vp *vp, unsigned slot)
{
    return !idle(&vp->vtl[slot].gic) && signals(vp, slot, false);
}
