/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An access whose syndrome says nothing: fetch the instruction, decode it, carry it out.
 */
#include "arm64.h"
#include "emulate.h"
#include "vtl/untrusted.h"

/* The opcode: from the record, else read where VTL0 fetched it. Instructions are little-endian
 * always. */
static enum vmm_verdict emulate_fetch(struct vtl_vp *vp, const struct vtl_exit *exit,
                                      uint32_t *instruction)
{
    enum pv_status status;
    gpa_t place;

    if (exit->memory.instruction_valid) {
        *instruction = exit->memory.instruction;
        return VMM_ADVANCE;
    }
    if ((exit->pc.raw & 3) != 0) {
        return VMM_ABORT;
    }
    status = vtl_translate(vp, exit->pc, VTL_EXECUTE, &place);
    if (status == PV_FAULT) {
        /* The guest took its code away meanwhile: its own fetch tells it. */
        return VMM_RETRY;
    }
    place = gpa((place.raw & ~UINT64_C(0xfff)) | (exit->pc.raw & 0xfff));
    if (status != PV_OK || guest_read(place, instruction, sizeof(*instruction)) != PV_OK) {
        return VMM_ABORT;
    }
    return VMM_ADVANCE;
}

enum vmm_verdict emulate_instruction(struct vtl_vp *vp, const struct vtl_exit *exit)
{
    struct emulate_op op;
    uint32_t instruction;
    enum vmm_verdict verdict;

    if ((exit->pstate & PSTATE_AARCH32) != 0) {
        return VMM_ABORT;
    }
    verdict = emulate_fetch(vp, exit, &instruction);
    if (verdict != VMM_ADVANCE) {
        return verdict;
    }
    return emulate_decode(instruction, &op) ? emulate_perform(vp, exit, &op) : VMM_ABORT;
}
PV_UNTRUSTED(emulate_instruction, guest, "fuzz_emulate");
