/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The switch's part of vgic_switch.c, inline: the virtual CPU interface of a VTL out of the hardware and into it. What
 * is not idle (list registers in use, active priorities, CNTV's interrupt in hand) goes the long way.
 */
#ifndef REFHV_VGIC_SWITCH_H
#define REFHV_VGIC_SWITCH_H

#include "mutation.h"
#include "vgic_hw.h"
#include "vp.h"

void vgic_save_rest(struct vp *vp, unsigned slot);
void vgic_load_rest(struct vgic_cpu *gic);

/* The slot's interface is loaded. */
static inline void vgic_save(struct vp *vp, unsigned slot)
{
    struct vgic_cpu *gic = &vp->vtl[slot].gic;
    const uint64_t active = read_ich_ap0r0_el2() | read_ich_ap1r0_el2();

    gic->vmcr = read_ich_vmcr_el2();
    if (__builtin_expect((active | gic->busy) != 0, false)) {
        vgic_save_rest(vp, slot);
    }
    gic->loaded = false;
}

/* The other slot's is not loaded. */
static inline void vgic_load(struct vp *vp, unsigned slot)
{
    struct vgic_cpu *gic = &vp->vtl[slot].gic;

    write_ich_vmcr_el2(MUTATED_VMCR(gic->vmcr, read_ich_vmcr_el2()));
    if (__builtin_expect(gic->rest, false)) {
        vgic_load_rest(gic);
    }
    gic->loaded = true;
}

#endif /* REFHV_VGIC_SWITCH_H */
