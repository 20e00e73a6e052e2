/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Per VP, per VTL part of a virtual GIC: redistributor and virtual CPU interface. Private to vgic*.c.
 *
 * Ownership: "own CPU" fields belong to the CPU that runs the VP and need no lock. "shared" fields change
 * under the lock of the slot's vGIC (vgic_private.h); work is also read without it, to skip what is idle.
 */
#ifndef REFHV_VGIC_CPU_H
#define REFHV_VGIC_CPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define VGIC_LR_MAX 16u
#define VGIC_APR_MAX 4u
#define VGIC_PRIVATE_COUNT 32u
#define VGIC_WORDS 5u /* 64-bit words that hold a bit an INTID */

/* One interrupt. Flags: VGIC_IRQ_* of vgic_private.h. */
struct vgic_irq {
    uint16_t flags;
    uint8_t priority;
    uint8_t owner; /* VP whose redistributor gets it, or whose list register holds it */
};

struct vgic_cpu {
    /* Own CPU. */
    bool loaded;        /* the interface is in the hardware, not here */
    bool busy;          /* more than VMCR may need saving; never false then */
    bool rest;          /* more than VMCR was saved */
    bool cntv_linked;   /* PPI 27 is active at the board's GIC for this slot; load restores it */
    uint8_t cntv_lr;    /* list register that holds INTID 27, or VGIC_LR_NONE */
    uint32_t used;      /* list registers filled, whether or not the guest is through with them */
    uint32_t live;      /* of those, valid at the last save */
    uint32_t hw;        /* of those used, tied to the board's GIC */
    uint32_t hcr;       /* ICH_HCR_EL2 as last written, EOIcount excepted */
    uint32_t eoi_count; /* ICH_HCR_EL2.EOIcount at the last save */
    uint64_t vmcr;
    uint64_t lr[VGIC_LR_MAX];
    uint16_t lr_intid[VGIC_LR_MAX];
    uint32_t ap0r[VGIC_APR_MAX]; /* zero while loaded */
    uint32_t ap1r[VGIC_APR_MAX];

    /* Shared. */
    _Atomic uint32_t work; /* VGIC_WORK_*: zero says that a guest entry has nothing to do here */
    uint64_t ready[VGIC_WORDS];  /* to be signalled here, in no list register */
    uint64_t active[VGIC_WORDS]; /* active here, in no list register */
    struct vgic_irq irq[VGIC_PRIVATE_COUNT];
    uint32_t waker;
};

#endif /* REFHV_VGIC_CPU_H */
