/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An access by its syndrome: one general register, a power of two of bytes, no writeback. In line,
 * as it is the way of nearly every exit.
 *
 * Source: Arm ARM (DDI 0487) ESR_EL2, "ISS encoding for an exception from a Data Abort".
 */
#ifndef VMM_EMULATE_SYNDROME_H
#define VMM_EMULATE_SYNDROME_H

#include "arm64.h"
#include "emulate.h"
#include "mmio.h"
#include "resume.h"

/* What nearly every access is, told by one comparison: a translation fault below EL2 of an
 * instruction with a syndrome, neither for a table walk nor for a cache. */
#define EMULATE_USUAL_MASK \
    (ESR_EC_MASK << ESR_EC_SHIFT | ESR_ISV | ESR_CM | ESR_S1PTW | ESR_FSC_TYPE_MASK)
#define EMULATE_USUAL \
    ((uint64_t)ESR_EC_DATA_ABORT_LOWER << ESR_EC_SHIFT | ESR_ISV | ESR_FSC_TRANSLATION)

/* May this exit go to emulate_syndrome at once? A64, where data is little-endian; and after which
 * nothing but the PC changes (resume.h). */
static inline bool emulate_is_usual(const struct vtl_exit *exit)
{
    return exit->kind == VTL_EXIT_MEMORY &&
           (exit->memory.esr & EMULATE_USUAL_MASK) == EMULATE_USUAL && resume_is_plain(exit);
}

/* SRT is the AArch64 view of the register for AArch32 guests too. */
static inline unsigned syndrome_register(uint64_t esr)
{
    return (unsigned)((esr >> ESR_SRT_SHIFT) & ESR_SRT_MASK);
}

/* A register's value into access->value. Out of line, for one that is not live. */
PV_MUST_USE enum pv_status emulate_fetch_private(struct vtl_vp *vp, unsigned n,
                                                 struct mmio_access *access);

__attribute__((always_inline)) static inline enum vmm_verdict
syndrome_write(struct vtl_vp *vp, uint64_t esr, uint64_t mask, const struct mmio_range *range,
               struct mmio_access *access)
{
    unsigned n = syndrome_register(esr);

    access->write = true;
    if (vtl_x_is_one_of(n, VTL_X_READABLE)) {
        access->value = *vtl_x_live(vp, n) & mask;
    } else if (emulate_fetch_private(vp, n, access) != PV_OK) {
        return VMM_STOP;
    }
    return range->handler(range->device, access) ? VMM_ADVANCE : VMM_ABORT;
}

__attribute__((always_inline)) static inline enum vmm_verdict
syndrome_read(struct vtl_vp *vp, uint64_t esr, uint64_t mask, const struct mmio_range *range,
              struct mmio_access *access)
{
    uint64_t value;

    access->write = false;
    access->value = 0;
    if (!range->handler(range->device, access)) {
        return VMM_ABORT;
    }
    value = access->value & mask;
    if ((esr & ESR_SSE) != 0) {
        value = emulate_extend(value, access->bytes, true, (esr & ESR_SF) != 0);
    }
    return vtl_x_set(vp, syndrome_register(esr), value) == PV_OK ? VMM_ADVANCE : VMM_STOP;
}

/* access is the caller's, so that the way of every access has no buffer on its stack to guard. */
__attribute__((always_inline)) static inline enum vmm_verdict
emulate_syndrome(struct vtl_vp *vp, const struct vtl_exit *exit, struct mmio_access *access)
{
    uint64_t esr = exit->memory.esr;
    unsigned size = (unsigned)((esr >> ESR_SAS_SHIFT) & ESR_SAS_MASK);
    uint8_t bytes = (uint8_t)(1u << size);
    const struct mmio_range *range;
    uint64_t offset;

    range = mmio_find(exit->memory.gpa.raw, bytes, &offset);
    if (range == NULL) {
        return VMM_ABORT;
    }
    access->offset = offset;
    access->bytes = bytes;
    return (esr & ESR_WNR) != 0 ? syndrome_write(vp, esr, mmio_masks[size], range, access)
                                : syndrome_read(vp, esr, mmio_masks[size], range, access);
}

#endif /* VMM_EMULATE_SYNDROME_H */
