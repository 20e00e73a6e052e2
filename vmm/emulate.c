/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a memory exit to an access on the MMIO bus: by the syndrome where it says enough, else by
 * the instruction. What neither describes is an external abort to the guest.
 *
 * Source: Arm ARM (DDI 0487) ESR_EL2, "ISS encoding for an exception from a Data Abort".
 */
#include "emulate.h"

#include "arm64.h"
#include "mmio.h"

/* CPSR.E of an AArch32 guest: data accesses are big-endian. */
#define PSTATE32_E (UINT64_C(1) << 9)

/* Faults of stage 2 that mean "nothing is mapped there for this": translation, access flag,
 * permission. */
static bool fault_is_emulated(uint64_t esr)
{
    uint64_t ec = ESR_EC(esr);
    uint64_t type = esr & ESR_FSC_TYPE_MASK;

    if (ec != ESR_EC_DATA_ABORT_LOWER && ec != ESR_EC_DATA_ABORT) {
        return false;
    }
    return type == ESR_FSC_TRANSLATION || type == ESR_FSC_ACCESS || type == ESR_FSC_PERMISSION;
}

/* ISV is set: one general register, a power of two of bytes, no writeback. SRT is the AArch64 view
 * of the register for AArch32 guests too. */
static unsigned syndrome_register(uint64_t esr)
{
    return (unsigned)((esr >> ESR_SRT_SHIFT) & ESR_SRT_MASK);
}

static uint8_t syndrome_bytes(uint64_t esr)
{
    return (uint8_t)(1u << ((esr >> ESR_SAS_SHIFT) & ESR_SAS_MASK));
}

static enum vmm_verdict syndrome_read(struct vtl_vp *vp, const struct vtl_exit *exit)
{
    uint64_t esr = exit->memory.esr;
    uint8_t bytes = syndrome_bytes(esr);
    struct mmio_access access = {.bytes = bytes};
    uint64_t value;

    if (!mmio_perform(exit->memory.gpa, &access)) {
        return VMM_ABORT;
    }
    value = emulate_extend(access.value, bytes, (esr & ESR_SSE) != 0, (esr & ESR_SF) != 0);
    return vtl_x_set(vp, syndrome_register(esr), value) == PV_OK ? VMM_ADVANCE : VMM_STOP;
}

static enum vmm_verdict syndrome_write(struct vtl_vp *vp, const struct vtl_exit *exit)
{
    uint64_t esr = exit->memory.esr;
    struct mmio_access access = {.bytes = syndrome_bytes(esr), .write = true};

    if (vtl_x_get(vp, syndrome_register(esr), &access.value) != PV_OK) {
        return VMM_STOP;
    }
    return mmio_perform(exit->memory.gpa, &access) ? VMM_ADVANCE : VMM_ABORT;
}

static enum vmm_verdict emulate_syndrome(struct vtl_vp *vp, const struct vtl_exit *exit)
{
    return (exit->memory.esr & ESR_WNR) != 0 ? syndrome_write(vp, exit) : syndrome_read(vp, exit);
}

static enum vmm_verdict emulate_unusual(struct vtl_vp *vp, const struct vtl_exit *exit)
{
    uint64_t esr = exit->memory.esr;
    uint64_t big_endian = PSTATE_AARCH32 | PSTATE32_E;

    if (exit->memory.access == VTL_EXECUTE || !fault_is_emulated(esr) || (esr & ESR_S1PTW) != 0 ||
        (exit->pstate & big_endian) == big_endian) {
        return VMM_ABORT;
    }
    /* Cleaning or invalidating what no cache holds does nothing and reports nothing (DDI 0487,
     * "A64 Cache maintenance instructions"); AT, which sets CM too, faults with S1PTW. */
    if ((esr & ESR_CM) != 0) {
        return VMM_ADVANCE;
    }
    return (esr & ESR_ISV) != 0 ? emulate_syndrome(vp, exit) : emulate_instruction(vp, exit);
}

/* What nearly every access is, told by one comparison: a translation fault below EL2 of an A64
 * instruction with a syndrome, neither for a table walk nor for a cache. */
#define USUAL_MASK (ESR_EC_MASK << ESR_EC_SHIFT | ESR_ISV | ESR_CM | ESR_S1PTW | ESR_FSC_TYPE_MASK)
#define USUAL ((uint64_t)ESR_EC_DATA_ABORT_LOWER << ESR_EC_SHIFT | ESR_ISV | ESR_FSC_TRANSLATION)

enum vmm_verdict emulate_memory(struct vtl_vp *vp, const struct vtl_exit *exit)
{
    if ((exit->memory.esr & USUAL_MASK) == USUAL && exit->memory.access != VTL_EXECUTE &&
        (exit->pstate & PSTATE_AARCH32) == 0) {
        return emulate_syndrome(vp, exit);
    }
    return emulate_unusual(vp, exit);
}
