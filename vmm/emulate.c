/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a memory exit to an access on the MMIO bus: by the syndrome where it says enough, else by
 * the instruction. What neither describes is an external abort to the guest.
 *
 * Source: Arm ARM (DDI 0487) ESR_EL2, "ISS encoding for an exception from a Data Abort".
 */
#include "emulate_syndrome.h"
#include "vtl/untrusted.h"

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

enum pv_status emulate_fetch_private(struct vtl_vp *vp, unsigned n, struct mmio_access *access)
{
    enum pv_status status = vtl_x_get(vp, n, &access->value);

    access->value = mmio_clip(access->value, access->bytes);
    return status;
}

enum vmm_verdict emulate_memory(struct vtl_vp *vp, const struct vtl_exit *exit)
{
    uint64_t esr = exit->memory.esr;
    uint64_t big_endian = PSTATE_AARCH32 | PSTATE32_E;
    struct mmio_access access;

    if (exit->memory.access == VTL_EXECUTE || !fault_is_emulated(esr) || (esr & ESR_S1PTW) != 0 ||
        (exit->pstate & big_endian) == big_endian) {
        return VMM_ABORT;
    }
    /* Cleaning or invalidating what no cache holds does nothing and reports nothing (DDI 0487,
     * "A64 Cache maintenance instructions"); AT, which sets CM too, faults with S1PTW. */
    if ((esr & ESR_CM) != 0) {
        return VMM_ADVANCE;
    }
    return (esr & ESR_ISV) != 0 ? emulate_syndrome(vp, exit, &access)
                                : emulate_instruction(vp, exit);
}
PV_UNTRUSTED(emulate_memory, guest, "fuzz_emulate");
