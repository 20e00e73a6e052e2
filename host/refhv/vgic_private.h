/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtual GIC between its files: state of the distributor, state machine of one interrupt.
 *
 * One lock an instance (a VTL) guards all interrupts and the shared part of each struct vgic_cpu. An
 * interrupt in a list register is "listed": its pending and active state is then the register's, and only
 * the CPU of the VP that holds it may look. Others leave a request (VGIC_IRQ_DROP_* and the like), ask for
 * VGIC_WORK_RESYNC and kick.
 */
#ifndef REFHV_VGIC_PRIVATE_H
#define REFHV_VGIC_PRIVATE_H

#include "gic.h"
#include "spinlock.h"
#include "vp.h"

#include <stdbool.h>
#include <stdint.h>

#define VGIC_SPI_COUNT (GIC_INTID_LIMIT - GIC_SPI_FIRST)
#define VGIC_OWNER_NONE 0xffu
#define VGIC_LR_NONE 0xffu

#define VGIC_IRQ_ENABLED 0x0001u
#define VGIC_IRQ_GROUP1 0x0002u
#define VGIC_IRQ_EDGE 0x0004u
#define VGIC_IRQ_LINE 0x0008u         /* level of the line */
#define VGIC_IRQ_LATCH 0x0010u        /* pending, and stays so when the line falls */
#define VGIC_IRQ_ACTIVE 0x0020u       /* as far as is known, if listed */
#define VGIC_IRQ_LISTED 0x0040u       /* in a list register of owner */
#define VGIC_IRQ_LISTED_LATCH 0x0080u /* it went there with the latch set */
#define VGIC_IRQ_LINKED 0x0100u       /* an SPI that is active at the board's GIC for the guest */
#define VGIC_IRQ_BOARD 0x0200u        /* an SPI that the board's GIC delivers */
#define VGIC_IRQ_FIXED 0x0400u        /* GICx_ICFGR is read-only */
/* Requests to the CPU that has it listed. */
#define VGIC_IRQ_DROP_PENDING 0x0800u
#define VGIC_IRQ_DROP_ACTIVE 0x1000u
#define VGIC_IRQ_TAKE_ACTIVE 0x2000u
#define VGIC_IRQ_REQUESTS (VGIC_IRQ_DROP_PENDING | VGIC_IRQ_DROP_ACTIVE | VGIC_IRQ_TAKE_ACTIVE)

#define VGIC_WORK_READY 1u  /* there may be something to list */
#define VGIC_WORK_RESYNC 2u /* list registers must be read back */

/* GICD_CTLR, one security state (IHI 0069, 12.9.4). */
#define VGIC_CTLR_GROUPS 0x3u
#define VGIC_CTLR_ARE 0x10u
#define VGIC_CTLR_DS 0x40u
#define VGIC_CTLR_RWP (UINT32_C(1) << 31)

#define VGIC_ROUTER_ANY (UINT64_C(1) << 31)

struct vgic {
    struct spinlock lock;
    uint32_t ctlr; /* VGIC_CTLR_GROUPS */
    struct vgic_irq spi[VGIC_SPI_COUNT];
    uint64_t router[VGIC_SPI_COUNT];
};

extern struct vgic vgic_instances[SLOT_COUNT];

static inline struct vgic_cpu *vgic_cpu_of(uint32_t vp_index, unsigned slot)
{
    return &vps[vp_index].vtl[slot].gic;
}

static inline bool vgic_bit(const uint64_t *words, uint32_t intid)
{
    return ((words[intid / 64] >> (intid % 64)) & 1u) != 0;
}

/* The interrupt as the VP sees it; intid below GIC_INTID_LIMIT. */
struct vgic_irq *vgic_irq_of(unsigned slot, uint32_t vp_index, uint32_t intid);

/* The VP that an SPI's GICD_IROUTER names, or VGIC_OWNER_NONE. */
uint8_t vgic_irq_target(unsigned slot, uint32_t intid);

static inline bool vgic_irq_level(const struct vgic_irq *irq)
{
    return (irq->flags & VGIC_IRQ_EDGE) == 0;
}

static inline bool vgic_irq_pending(const struct vgic_irq *irq)
{
    return (irq->flags & VGIC_IRQ_LATCH) != 0 ||
           (irq->flags & (VGIC_IRQ_EDGE | VGIC_IRQ_LINE)) == VGIC_IRQ_LINE;
}

/* All below: the slot's lock is held. */

/* Something about the interrupt has changed: finds its VP and tells it, or has its list register read back. */
void vgic_irq_changed(unsigned slot, struct vgic_irq *irq, uint32_t intid);

/* The same for an interrupt that is in no list register. */
void vgic_irq_update(unsigned slot, struct vgic_irq *irq, uint32_t intid);

/* The same for all, after a change of GICD_CTLR. */
void vgic_update_all(unsigned slot);

/* Leaves the active state, and the board's GIC too if it is linked. In no list register. */
void vgic_irq_deactivate(struct vgic_irq *irq, uint32_t intid);

/* Work for the VP's own CPU, which is kicked. VGIC_WORK_RESYNC is for a VP that has something listed only: such
 * a one is up, and GICD_CTLR.RWP, which waits for it, comes to an end. */
void vgic_request(unsigned slot, uint32_t vp_index, uint32_t work);

/* Reads all list registers of the VP, on its own CPU, back into the interrupts, and empties them. */
void vgic_fold(struct vp *vp, unsigned slot);

/* The line of INTID 27 from the timer itself, and the board's GIC in step with it. Folded or not. */
void vgic_cntv_settle(struct vp *vp, unsigned slot);

/* A line of an interrupt that this CPU has listed, changed: true if the register could be put right. */
bool vgic_listed_line(struct vp *vp, unsigned slot, const struct vgic_irq *irq, uint32_t intid);

/* vgic_mmio.c's bit and field registers; words are 32 bits, mask says which of them a write touches. */
uint32_t vgic_field_read(unsigned slot, uint32_t vp_index, unsigned kind, uint32_t intid);
void vgic_field_write(unsigned slot, uint32_t vp_index, unsigned kind, uint32_t intid,
                      uint32_t value, uint32_t mask);

enum vgic_field {
    VGIC_FIELD_GROUP,
    VGIC_FIELD_SET_ENABLE,
    VGIC_FIELD_CLEAR_ENABLE,
    VGIC_FIELD_SET_PENDING,
    VGIC_FIELD_CLEAR_PENDING,
    VGIC_FIELD_SET_ACTIVE,
    VGIC_FIELD_CLEAR_ACTIVE,
    VGIC_FIELD_PRIORITY,
    VGIC_FIELD_CONFIG,
    VGIC_FIELD_COUNT,
};

/* What the hardware's virtual CPU interface has; filled by vgic_init, read-only afterwards. */
struct vgic_interface {
    uint8_t lr_count;
    uint8_t apr_count;
    uint8_t preemption_bits;
    uint8_t priority_mask; /* priority bits that it implements */
    bool traps_dir;        /* ICH_HCR_EL2.TDIR is there */
};

extern struct vgic_interface vgic_interface;
void vgic_interface_probe(void);

/* SGIs and PPIs of the VP at reset. Lock held, or before other CPUs run. */
void vgic_reset_private(struct vgic_cpu *cpu, uint32_t vp_index);

/* After a change of what struct vgic_cpu's busy tells of. Own CPU. */
void vgic_busy_update(struct vgic_cpu *cpu);

/* List register n of the slot: in the hardware, or saved. Own CPU. */
uint64_t vgic_lr_get(const struct vgic_cpu *cpu, unsigned n);

/* ICH_VMCR_EL2 of the slot: in the hardware, or saved. Own CPU. */
uint32_t vgic_vmcr(const struct vgic_cpu *cpu);

#endif /* REFHV_VGIC_PRIVATE_H */
