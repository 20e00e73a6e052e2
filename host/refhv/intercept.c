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

#include <stddef.h>

#define ESR_IL_BYTES(esr) (((esr) & ESR_IL) != 0 ? 4u : 2u)
#define PAR_FAULT UINT64_C(1)
#define PAR_ADDRESS_MASK UINT64_C(0x000ffffffffff000)

/* Keeps what is rare out of the functions on the way of a device access. */
#define COLD __attribute__((noinline, cold))

/* SIMP slot 0 is VTL2's to read while a message is put together: here, and then all of it there. A VP's own CPU. */
static struct hv_message for_simp[MACHINE_CPU_MAX];

bool intercept_translate(uint64_t address, uint64_t *gpa)
{
    const uint64_t kept = read_par_el1();

    __asm__ volatile("at s1e1r, %0" ::"r"(address) : "memory");
    isb();
    const uint64_t par = read_par_el1();
    write_par_el1(kept);
    *gpa = (par & PAR_ADDRESS_MASK) | (address & 0xfff);
    return (par & PAR_FAULT) == 0;
}

/* The instruction at VTL0's PC; false if it can't be read. */
static bool fetch_instruction(const struct vp *vp, uint32_t *instruction)
{
    uint64_t gpa;

    if ((vp->pstate & PSTATE_AARCH32) != 0 || (vp->pc & 3) != 0 ||
        !intercept_translate(vp->pc, &gpa)) {
        return false;
    }
    const volatile uint32_t *from = stage2_guest_pointer(SLOT_VTL0, gpa, HV_MAP_READ);
    if (from == NULL) {
        return false;
    }
    *instruction = *from;
    return true;
}

/* Where VTL2 wants the messages of its VTL0; NULL: in SIMP slot 0. */
static struct hv_message *message_in_page(struct vp *vp)
{
    struct hv_vp_assist_page *assist = switch_assist_page(vp);

    return assist != NULL && (partition.vsm_config & HV_VSM_CONFIG_INTERCEPT_PAGE) != 0
               ? &assist->intercept_message
               : NULL;
}

static struct hv_message *message_for_simp(const struct vp *vp)
{
    struct hv_message *message = &for_simp[vp->index];

    *message = (struct hv_message){0};
    return message;
}

/*
 * Words of a message: its head, the header of its payload, and the rest of a memory intercept. They are put together in
 * registers, and stored in pairs: this runs at every access to a device.
 */
enum { WORD_HEAD, WORD_ID, WORD_STATE, WORD_PC, WORD_CPSR, WORD_INFO, WORD_INSTRUCTION, WORD_GVA };

#define IN_PAYLOAD(type, field) (offsetof(struct hv_message, payload) + offsetof(type, field))
#define IN_MEMORY(field) IN_PAYLOAD(struct hv_memory_intercept, field)
_Static_assert(offsetof(struct hv_message, payload_size) == 4, "WORD_HEAD");
_Static_assert(offsetof(struct hv_message, id) == 8 * WORD_ID, "WORD_ID");
_Static_assert(IN_PAYLOAD(struct hv_intercept_header, vp_index) == 8 * WORD_STATE &&
                   IN_PAYLOAD(struct hv_intercept_header, instruction_length) ==
                       8 * WORD_STATE + 4 &&
                   IN_PAYLOAD(struct hv_intercept_header, access_type) == 8 * WORD_STATE + 5 &&
                   IN_PAYLOAD(struct hv_intercept_header, execution_state) == 8 * WORD_STATE + 6,
               "WORD_STATE");
_Static_assert(IN_PAYLOAD(struct hv_intercept_header, pc) == 8 * WORD_PC &&
                   IN_PAYLOAD(struct hv_intercept_header, cpsr) == 8 * WORD_CPSR,
               "WORD_PC, WORD_CPSR");
_Static_assert(IN_MEMORY(cache_type) == 8 * WORD_INFO &&
                   IN_MEMORY(instruction_byte_count) == 8 * WORD_INFO + 4 &&
                   IN_MEMORY(access_info) == 8 * WORD_INFO + 5 &&
                   IN_MEMORY(zero0) == 8 * WORD_INFO + 6,
               "WORD_INFO");
_Static_assert(IN_MEMORY(instruction_bytes) == 8 * WORD_INSTRUCTION &&
                   IN_MEMORY(zero1) == 8 * WORD_INSTRUCTION + 4 && IN_MEMORY(gva) == 8 * WORD_GVA &&
                   IN_MEMORY(gpa) == 8 * WORD_GVA + 8 && IN_MEMORY(syndrome) == 8 * WORD_GVA + 16,
               "WORD_INSTRUCTION, WORD_GVA");

/* An address that VTL2 is told with its GPA stays so until the return (reference section 6.7). */
#define INFO_GVA_VALID ((uint64_t)HV_ACCESS_INFO_GVA_VALID << 40)
#define INFO_GVA_GPA_VALID ((uint64_t)HV_ACCESS_INFO_GVA_GPA_VALID << 40)

/* The head of a message and the header of its payload. */
static void header_fill(struct hv_message *message, const struct vp *vp, uint32_t type,
                        uint64_t bytes, uint64_t length, uint64_t access)
{
    uint64_t *words = (uint64_t *)(void *)message;
    const uint64_t pc = vp->pc;
    const uint64_t pstate = vp->pstate;
    const uint64_t state = vp->index | length << 32 | access << 40 | PSTATE_EL(pstate) << 48;

    words[WORD_HEAD] = type | bytes << 32;
    words[WORD_ID] = HV_PARTITION_ID_SELF;
    words[WORD_STATE] = state;
    words[WORD_PC] = pc;
    words[WORD_CPSR] = pstate;
}

COLD static bool deliver_by_simp(struct vp *vp, const struct hv_message *message)
{
    const uint32_t status = synic_post(vp, SLOT_VTL2, HV_SINT_INTERCEPT, message);

    if (status == HV_STATUS_INVALID_SYNIC_STATE) {
        const uint64_t class = (uint64_t)ESR_EC_DATA_ABORT << ESR_EC_SHIFT;
        exception_inject(vp, class | ESR_IL | ESR_FSC_EXTERNAL, vp->pc);
        return false;
    }
    switch_enter_vtl2(vp, HV_ENTRY_REASON_INTERRUPT);
    return status == HV_STATUS_SUCCESS;
}

/* The rarer kinds of message, to be completed and handed to deliver(). */
static struct hv_message *message_begin(struct vp *vp, uint32_t type, uint64_t bytes,
                                        uint64_t access)
{
    struct hv_message *page = message_in_page(vp);
    struct hv_message *message = page != NULL ? page : message_for_simp(vp);

    header_fill(message, vp, type, bytes, 4, access);
    return message;
}

/* Enters VTL2, with the message or, where SIMP slot 0 is still taken, without: then false. A VTL2 that takes
 * no intercept at all has left the guest alone: the guest gets an external abort. */
static bool deliver(struct vp *vp, const struct hv_message *message)
{
    if (message == &for_simp[vp->index]) {
        return deliver_by_simp(vp, message);
    }
    switch_enter_vtl2(vp, HV_ENTRY_REASON_INTERCEPT);
    return true;
}

/* What only an access without a syndrome needs. */
COLD static void instruction_add(struct hv_message *message, const struct vp *vp)
{
    struct hv_memory_intercept *to = (void *)message->payload;
    uint32_t instruction;

    if (!fetch_instruction(vp, &instruction)) {
        return;
    }
    to->instruction_byte_count = sizeof(instruction);
    for (unsigned i = 0; i < sizeof(instruction); i++) {
        to->instruction_bytes[i] = (uint8_t)(instruction >> (8 * i));
    }
}

/* What is told about an access; info is the word of cache type, instruction byte count and access info. */
struct access {
    uint64_t type;
    uint64_t info;
    uint64_t gva;
    uint64_t gpa;
    uint64_t syndrome;
};

static inline void memory_fill(struct hv_message *message, const struct vp *vp, uint32_t type,
                               struct access access)
{
    uint64_t *words = (uint64_t *)(void *)message;

    header_fill(message, vp, type, sizeof(struct hv_memory_intercept),
                ESR_IL_BYTES(access.syndrome), access.type);
    words[WORD_INFO] = access.info;
    words[WORD_INSTRUCTION] = 0;
    words[WORD_GVA] = access.gva;
    words[WORD_GVA + 1] = access.gpa;
    words[WORD_GVA + 2] = access.syndrome;
}

/* FAR_EL2 holds the address of all aborts but some external ones (Arm ARM D19.2.37, FnV). */
static bool far_is_valid(uint64_t esr)
{
    return (esr & ESR_FNV) == 0 || (esr & ESR_FSC_MASK) != ESR_FSC_EXTERNAL;
}

void intercept_memory(struct vp *vp, uint64_t esr, uint64_t far, uint64_t gpa, uint32_t type)
{
    struct hv_message *page = message_in_page(vp);
    struct hv_message *message = page != NULL ? page : message_for_simp(vp);
    const bool execute = ESR_EC(esr) == ESR_EC_INSTR_ABORT_LOWER;
    const bool valid = far_is_valid(esr);
    struct access access = {
        .type = execute                ? HV_INTERCEPT_EXECUTE
                : (esr & ESR_WNR) != 0 ? HV_INTERCEPT_WRITE
                                       : HV_INTERCEPT_READ,
        .info =
            type == HV_MESSAGE_GPA_INTERCEPT ? HV_CACHE_TYPE_WRITE_BACK : HV_CACHE_TYPE_UNCACHED,
        .gva = valid ? far : 0,
        .gpa = gpa,
        .syndrome = esr,
    };

    access.info |= valid ? INFO_GVA_VALID : 0;
    if (valid && (esr & ESR_S1PTW) == 0) {
        access.info |= INFO_GVA_GPA_VALID;
        vp->secure_tlb_lock = true;
    }
    memory_fill(message, vp, type, access);
    if (!execute && (esr & ESR_ISV) == 0) {
        instruction_add(message, vp);
    }
    (void)deliver(vp, message);
}

void intercept_device(struct vp *vp, uint64_t esr, uint64_t far, uint64_t gpa)
{
    struct hv_vp_assist_page *assist = switch_assist_page(vp);

    if (__builtin_expect(
            assist == NULL || (partition.vsm_config & HV_VSM_CONFIG_INTERCEPT_PAGE) == 0, false)) {
        intercept_memory(vp, esr, far, gpa, HV_MESSAGE_UNMAPPED_GPA);
        return;
    }
    vp->secure_tlb_lock = true;
    memory_fill(&assist->intercept_message, vp, HV_MESSAGE_UNMAPPED_GPA,
                (struct access){
                    .type = (esr & ESR_WNR) != 0 ? HV_INTERCEPT_WRITE : HV_INTERCEPT_READ,
                    .info = HV_CACHE_TYPE_UNCACHED | INFO_GVA_VALID | INFO_GVA_GPA_VALID,
                    .gva = far,
                    .gpa = gpa,
                    .syndrome = esr,
                });
    switch_enter_vtl2(vp, HV_ENTRY_REASON_INTERCEPT);
}

void intercept_hypercall(struct vp *vp, uint16_t immediate)
{
    struct hv_message *message = message_begin(
        vp, HV_MESSAGE_HYPERCALL, sizeof(struct hv_hypercall_intercept), HV_INTERCEPT_EXECUTE);
    struct hv_hypercall_intercept *to = (void *)message->payload;

    to->immediate = immediate;
    to->zero = 0;
    to->flags = 0;
    for (unsigned i = 0; i < HV_HYPERCALL_INTERCEPT_X_COUNT; i++) {
        to->x[i] = vp->x[i];
    }
    (void)deliver(vp, message);
}

void intercept_reset(struct vp *vp, uint32_t type, uint32_t code)
{
    struct hv_message *message = message_begin(
        vp, HV_MESSAGE_ARM64_RESET, sizeof(struct hv_reset_intercept), HV_INTERCEPT_EXECUTE);
    struct hv_reset_intercept *to = (void *)message->payload;

    to->type = type;
    to->code = code;
    (void)deliver(vp, message);
}

bool intercept_sint_deliverable(struct vp *vp, uint16_t sints)
{
    struct hv_message *message = message_begin(
        vp, HV_MESSAGE_SINT_DELIVERABLE, sizeof(struct hv_sint_deliverable), HV_INTERCEPT_READ);
    struct hv_sint_deliverable *to = (void *)message->payload;

    to->deliverable_sints = sints;
    to->zero0 = 0;
    to->zero1 = 0;
    return deliver(vp, message);
}
