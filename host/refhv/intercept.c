/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Intercept messages (reference section 5) and their delivery: into the VP assist page with reason 3 where
 * VTL2 asked for the intercept page, else into SIMP slot 0 with reason 2.
 *
 * VTL0's PC still points at the instruction, so a message that finds no room is simply made again: VTL2 runs,
 * and when it returns without having done anything, the guest takes the same exit.
 */
#include "intercept.h"

#include "arm64.h"
#include "cpu.h"
#include "el2_regs.h"
#include "hv_message.h"
#include "vp.h"

#define ESR_IL_BYTES(esr) (((esr) & ESR_IL) != 0 ? 4u : 2u)
#define PAR_FAULT UINT64_C(1)
#define PAR_ADDRESS_MASK UINT64_C(0x000ffffffffff000)

/*
 * Where vtl0's address lies in GPA space; false if stage 1 faults. As a read at EL1, who may read whatever is
 * mapped (PAN has no part in it): a page that EL0 may only execute would fault as a read at EL0. Keeps PAR_EL1.
 */
static bool vtl0_translate(uint64_t address, uint64_t *result)
{
    const uint64_t kept = read_par_el1();

    __asm__ volatile("at s1e1r, %0" ::"r"(address) : "memory");
    isb();
    const uint64_t par = read_par_el1();
    write_par_el1(kept);
    *result = (par & PAR_ADDRESS_MASK) | (address & 0xfff);
    return (par & PAR_FAULT) == 0;
}

bool intercept_fault_gpa(uint64_t esr, uint64_t far, uint64_t *gpa)
{
    const bool walk = (esr & ESR_S1PTW) != 0;

    /* HPFAR_EL2 is unknown for a permission fault that is not on a stage 1 walk (Arm ARM D19.2.60). */
    if ((esr & ESR_FSC_TYPE_MASK) == ESR_FSC_PERMISSION && !walk) {
        return vtl0_translate(far, gpa);
    }
    *gpa = ((read_hpfar_el2() & UINT64_C(0x00000ffffffffff0)) << 8) | (walk ? 0 : far & 0xfff);
    return true;
}

static bool fetch_instruction(const struct vp *vp, uint8_t bytes[4])
{
    uint64_t gpa;

    if ((vp->pstate & PSTATE_AARCH32) != 0 || (vp->pc & 3) != 0 || !vtl0_translate(vp->pc, &gpa)) {
        return false;
    }
    const volatile uint32_t *from = stage2_guest_pointer(SLOT_VTL0, gpa, HV_MAP_READ);
    if (from == NULL) {
        return false;
    }
    const uint32_t instruction = *from;
    for (unsigned i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(instruction >> (8 * i));
    }
    return true;
}

static struct hv_intercept_header header_for(const struct vp *vp, uint8_t length, uint8_t access)
{
    return (struct hv_intercept_header){
        .vp_index = vp->index,
        .instruction_length = length,
        .access_type = access,
        .execution_state = (uint16_t)PSTATE_EL(vp->pstate),
        .pc = vp->pc,
        .cpsr = vp->pstate,
    };
}

/* Payloads are whole words: this runs at every intercept. */
static void put(struct hv_message *message, uint32_t type, const void *payload, uint8_t bytes)
{
    const uint64_t *from = payload;
    uint64_t *to = (uint64_t *)(void *)message->payload;

    message->type = type;
    message->payload_size = bytes;
    message->flags = 0;
    message->zero = 0;
    message->id = HV_PARTITION_ID_SELF;
    for (unsigned i = 0; i < bytes / sizeof(*from); i++) {
        to[i] = from[i];
    }
}
_Static_assert(offsetof(struct hv_message, payload) % 8 == 0 &&
                   sizeof(struct hv_memory_intercept) % 8 == 0 &&
                   sizeof(struct hv_hypercall_intercept) % 8 == 0 &&
                   sizeof(struct hv_reset_intercept) % 8 == 0 &&
                   sizeof(struct hv_sint_deliverable) % 8 == 0,
               "put() copies words");

/* Enters VTL2, with the message or, where SIMP slot 0 is still taken, without: then false. A VTL2 that takes
 * no intercept at all has left the guest alone: the guest gets an external abort. */
static bool deliver(struct vp *vp, uint32_t type, const void *payload, uint8_t bytes)
{
    struct hv_vp_assist_page *assist = switch_assist_page(vp);
    if (assist != NULL && (partition.vsm_config & HV_VSM_CONFIG_INTERCEPT_PAGE) != 0) {
        put(&assist->intercept_message, type, payload, bytes);
        switch_enter_vtl2(vp, HV_ENTRY_REASON_INTERCEPT);
        return true;
    }
    struct hv_message message = {0};
    put(&message, type, payload, bytes);
    const uint32_t status = synic_post(vp, SLOT_VTL2, HV_SINT_INTERCEPT, &message);
    if (status == HV_STATUS_INVALID_SYNIC_STATE) {
        const uint64_t class = (uint64_t)ESR_EC_DATA_ABORT << ESR_EC_SHIFT;
        exception_inject(vp, class | ESR_IL | ESR_FSC_EXTERNAL, vp->pc);
        return false;
    }
    switch_enter_vtl2(vp, HV_ENTRY_REASON_INTERRUPT);
    return status == HV_STATUS_SUCCESS;
}

void intercept_memory(struct vp *vp, uint64_t esr, uint64_t far, uint64_t gpa, uint32_t type)
{
    const bool execute = ESR_EC(esr) == ESR_EC_INSTR_ABORT_LOWER;
    const bool write = !execute && (esr & ESR_WNR) != 0;
    const uint8_t access = execute ? HV_INTERCEPT_EXECUTE
                           : write ? HV_INTERCEPT_WRITE
                                   : HV_INTERCEPT_READ;
    struct hv_memory_intercept payload = {
        .header = header_for(vp, (uint8_t)ESR_IL_BYTES(esr), access),
        .cache_type =
            type == HV_MESSAGE_GPA_INTERCEPT ? HV_CACHE_TYPE_WRITE_BACK : HV_CACHE_TYPE_UNCACHED,
        .gpa = gpa,
        .syndrome = esr,
    };

    if (!execute && (esr & ESR_ISV) == 0 && fetch_instruction(vp, payload.instruction_bytes)) {
        payload.instruction_byte_count = 4;
    }
    if ((esr & ESR_FNV) == 0 || (esr & ESR_FSC_MASK) != ESR_FSC_EXTERNAL) {
        payload.gva = far;
        payload.access_info = HV_ACCESS_INFO_GVA_VALID;
        if ((esr & ESR_S1PTW) == 0) {
            payload.access_info |= HV_ACCESS_INFO_GVA_GPA_VALID;
            vp->secure_tlb_lock = true;
        }
    }
    (void)deliver(vp, type, &payload, sizeof(payload));
}

void intercept_hypercall(struct vp *vp, uint16_t immediate)
{
    struct hv_hypercall_intercept payload = {
        .header = header_for(vp, 4, HV_INTERCEPT_EXECUTE),
        .immediate = immediate,
    };

    for (unsigned i = 0; i < HV_HYPERCALL_INTERCEPT_X_COUNT; i++) {
        payload.x[i] = vp->x[i];
    }
    (void)deliver(vp, HV_MESSAGE_HYPERCALL, &payload, sizeof(payload));
}

void intercept_reset(struct vp *vp, uint32_t type, uint32_t code)
{
    const struct hv_reset_intercept payload = {
        .header = header_for(vp, 4, HV_INTERCEPT_EXECUTE),
        .type = type,
        .code = code,
    };

    (void)deliver(vp, HV_MESSAGE_ARM64_RESET, &payload, sizeof(payload));
}

bool intercept_sint_deliverable(struct vp *vp, uint16_t sints)
{
    const struct hv_sint_deliverable payload = {
        .header = header_for(vp, 4, HV_INTERCEPT_READ),
        .deliverable_sints = sints,
    };

    return deliver(vp, HV_MESSAGE_SINT_DELIVERABLE, &payload, sizeof(payload));
}
