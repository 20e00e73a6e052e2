/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The board's GICv3 as refhv drives it, and the two virtual GICs, one a VTL, that guests see.
 *
 * Both VTLs see a GICD and GICRs (one a VP) at the board's addresses, emulated, each with its own state;
 * the CPU interface is the hardware's virtual one, on list registers. Only the active VTL of a VP is loaded.
 * INTIDs 0..15 SGI, 16..31 PPI, 32..GIC_INTID_LIMIT-1 SPI. Neither LPIs nor ITS.
 */
#ifndef REFHV_GIC_H
#define REFHV_GIC_H

#include <stdbool.h>
#include <stdint.h>

#define GIC_INTID_LIMIT 288u
#define GIC_SPI_FIRST 32u
#define GIC_PPI_CNTHP 26u
#define GIC_PPI_MAINTENANCE 25u
#define GIC_PPI_CNTV 27u
#define GIC_PPI_CNTP 30u
#define GIC_SGI_KICK 0u /* refhv's own, between CPUs */

struct vp;

/* Board GIC: once on the boot CPU; then on each CPU. */
void gic_init(void);
void gic_cpu_init(void);

/*
 * Takes every pending physical interrupt of this CPU: SPIs of device windows become lines of VTL2's vGIC,
 * timers are handed to timer.h, a kick is just a wake-up. Called at each exit by interrupt and when idle.
 */
void gic_handle_physical(struct vp *vp);

/* Makes another CPU leave its guest, or its idle loop, and look at its requests. */
void gic_kick(const struct vp *target);

/* vGIC: state of both VTLs for all VPs, at reset. */
void vgic_init(void);

/* Its load into the hardware and its save are in vgic_switch.h. */

/* Before a guest entry of the active slot: puts deliverable interrupts into free list registers. */
void vgic_flush(struct vp *vp);

/* Neither slot has anything that the next exit must look at: vgic_flush and vgic_deliverable find no work until
 * somebody calls vp_attend(). */
bool vgic_settled(const struct vp *vp);

/* Would the slot's GIC signal an interrupt to this VP now (enabled, group on, above mask and running priority)?
 * Works for the active slot (hardware state) and the inactive one (saved state). */
bool vgic_deliverable(struct vp *vp, unsigned slot);

/* Is anything pending and enabled for the slot, whatever the priority mask? What ends a WFI. */
bool vgic_wakes(struct vp *vp, unsigned slot);

/* Drives the line of an SPI (vp may be NULL), or of a PPI of vp, of the slot's GIC. Kicks the VP that gets it.
 * Edge or level is the guest's own configuration. False if intid is not a line. */
bool vgic_set_line(unsigned slot, struct vp *vp, uint32_t intid, bool level);

/* A device SPI came from the board for VTL2: pending with a hardware link, so that VTL2's deactivation
 * reaches the board's GIC. */
void vgic_hw_spi(uint32_t intid);

/* Is gpa in the GICD or a GICR window? */
bool vgic_window(uint64_t gpa);

/* Guest access inside GICD or GICR windows. Returns false if gpa is in neither window.
 * size 1, 2, 4 or 8 bytes; a read puts the value into *value. Bad offsets read as zero, writes are ignored. */
bool vgic_mmio(struct vp *vp, unsigned slot, uint64_t gpa, unsigned size, bool write,
               uint64_t *value);

/* Guest write of ICC_SGI1R_EL1. With one security state it may raise SGIs of either group. */
void vgic_sgi(struct vp *vp, unsigned slot, uint64_t value);

/* Guest write of ICC_DIR_EL1, trapped while active interrupts are more than list registers. */
void vgic_dir(struct vp *vp, unsigned slot, uint64_t value);

/* The VP's slot goes back to reset (CPU_OFF, CPU_ON). On the VP's own CPU. */
void vgic_reset_cpu(struct vp *vp, unsigned slot);

/*
 * Between gic.c, timer.c and vgic*.c.
 */

/* The board's GIC: enable of a device's SPI; leave the active state of an SPI, and of this CPU's PPI 27; make
 * PPI 27 active, so that its line is not signalled. */
void gic_spi_enable(uint32_t intid, bool enable);
void gic_spi_deactivate(uint32_t intid);
void gic_cntv_deactivate(void);
void gic_cntv_activate(void);

/* Empties this CPU's virtual interface, at start. */
void vgic_cpu_init(void);

/* PPI 25: the virtual interface wants its list registers looked at. On return it no longer asks. */
void vgic_maintenance(struct vp *vp);

/* Does what other CPUs asked of this VP's list registers. */
void vgic_take_requests(struct vp *vp);

/* PPI 27 was taken and is active at the board's GIC: the active slot's timer. */
void vgic_cntv_fired(struct vp *vp);

/* Has the slot an interrupt of CNTV in hand that the guest has not ended? The line need not be driven again. */
bool vgic_cntv_outstanding(const struct vp *vp, unsigned slot);

#endif /* REFHV_GIC_H */
