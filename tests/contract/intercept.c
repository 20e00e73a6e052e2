/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory intercepts (sections 5.3, 5.4, 5.7): every field of the message, for accesses with and
 * without a valid syndrome, to what is not mapped. Syndromes: Arm ARM D19.2.37, ISS of a Data
 * Abort.
 */
#include "intercept.h"

#define UNMAPPED_GPA UINT64_C(0x09010c40) /* the PL031's window: VTL2's alone */
#define NOWHERE_GPA UINT64_C(0x3000000000)

#define ISV ESR_ISV
#define SAS(log2) ((uint64_t)(log2) << ESR_SAS_SHIFT)
#define SRT(n) ((uint64_t)(n) << ESR_SRT_SHIFT)
#define SYNDROME_VALID \
    (ESR_SAS_MASK << ESR_SAS_SHIFT | ESR_SSE | ESR_SRT_MASK << ESR_SRT_SHIFT | ESR_SF)
#define READ HV_INTERCEPT_READ
#define WRITE HV_INTERCEPT_WRITE

const struct access_row access_rows[] = {
    {"ldrb", access_ldrb, ISV | SAS(0) | SRT(5), READ, false},
    {"ldrh", access_ldrh, ISV | SAS(1) | SRT(5), READ, false},
    {"ldr w", access_ldrw, ISV | SAS(2) | SRT(5), READ, false},
    {"ldr x", access_ldrx, ISV | SAS(3) | SRT(5) | ESR_SF, READ, false},
    {"ldrsb x", access_ldrsb, ISV | SAS(0) | SRT(5) | ESR_SF | ESR_SSE, READ, false},
    {"ldrsh w", access_ldrsh_w, ISV | SAS(1) | SRT(5) | ESR_SSE, READ, false},
    {"ldrsw", access_ldrsw, ISV | SAS(2) | SRT(5) | ESR_SF | ESR_SSE, READ, false},
    {"ldtr", access_ldtr, ISV | SAS(3) | SRT(5) | ESR_SF, READ, false},
    {"ldar w", access_ldar, ISV | SAS(2) | SRT(5), READ, false},
    {"strb", access_strb, ISV | SAS(0) | SRT(5) | ESR_WNR, WRITE, false},
    {"strh", access_strh, ISV | SAS(1) | SRT(5) | ESR_WNR, WRITE, false},
    {"str w", access_strw, ISV | SAS(2) | SRT(5) | ESR_WNR, WRITE, false},
    {"str x", access_strx, ISV | SAS(3) | SRT(5) | ESR_SF | ESR_WNR, WRITE, false},
    {"str xzr", access_strz, ISV | SAS(3) | SRT(31) | ESR_SF | ESR_WNR, WRITE, false},
    {"stlr x", access_stlr, ISV | SAS(3) | SRT(5) | ESR_SF | ESR_WNR, WRITE, false},
    {"str x29", access_str_x29, ISV | SAS(3) | SRT(29) | ESR_SF | ESR_WNR, WRITE, false},
    {"ldp", access_ldp, 0, READ, false},
    {"stp", access_stp, ESR_WNR, WRITE, false},
    {"ldr post-index", access_ldr_post, 0, READ, false},
    {"str pre-index", access_str_pre, ESR_WNR, WRITE, false},
    {"ldr q", access_ldr_q, 0, READ, false},
    {"str q", access_str_q, ESR_WNR, WRITE, false},
};
const size_t access_row_count = COUNT_OF(access_rows);

void access_start(void (*code)(void), uint64_t address, uint64_t x5, uint64_t x6, uint64_t pstate)
{
    struct vtl_regs *regs = &vp_self()->regs;

    vtl0_start((const void *)code, 0, address, 0);
    regs->x[5] = x5;
    regs->x[6] = x6;
    regs->x[29] = x5;
    hv_must_set(VTL0, HV_REGISTER_FP, x5);
    hv_must_set(VTL0, HV_REGISTER_cpacr_el1, 3 << 20); /* FP isn't trapped */
    hv_must_set(VTL0, HV_REGISTER_PC, (uintptr_t)vtl0_address((const void *)code));
    hv_must_set(VTL0, HV_REGISTER_PSTATE, pstate);
}

static void check_header(const struct hv_intercept_header *header, uint64_t pc, uint64_t pstate,
                         uint8_t access)
{
    check_eq("5.3 header: VP index", header->vp_index, vp_self_index());
    check_eq("5.3 header: instruction length", header->instruction_length, 4);
    check_eq("5.3 header: access type", header->access_type, access);
    check_eq("5.3 header: execution state, EL of VTL0 and nothing else", header->execution_state,
             PSTATE_EL(pstate));
    check_eq("5.3 header: PC at the instruction", header->pc, pc);
    check_eq("5.3 header: CPSR", header->cpsr & 0xf00003cf, pstate);
}

void access_check(const struct access_row *row, const struct exit *exit, uint32_t type,
                  uint64_t address, uint64_t pstate)
{
    const struct hv_memory_intercept *memory =
        (const struct hv_memory_intercept *)(const void *)exit->message.payload;
    uint64_t pc = (uintptr_t)vtl0_address((const void *)row->code);
    uint64_t mask = ESR_EC_MASK << ESR_EC_SHIFT | ESR_IL | ESR_ISV | ESR_WNR |
                    ((row->syndrome & ISV) != 0 ? SYNDROME_VALID : 0);

    check_way(row->name);
    check_eq("5.7 entry reason", exit->reason,
             rt_intercept_page ? HV_ENTRY_REASON_INTERCEPT : HV_ENTRY_REASON_INTERRUPT);
    check_eq("5.2 message type", exit->message.type, type);
    check_eq("5.1 payload size", exit->message.payload_size, sizeof(*memory));
    check_header(&memory->header, pc, pstate, row->access);
    check_eq("5.4 access info: GVA valid", memory->access_info & HV_ACCESS_INFO_GVA_VALID, 1);
    check_eq("5.4 GVA", memory->gva, address);
    check_eq("5.4 GPA", memory->gpa, address);
    check_eq("5.4 syndrome", memory->syndrome & mask,
             (uint64_t)ESR_EC_DATA_ABORT_LOWER << ESR_EC_SHIFT | ESR_IL | row->syndrome);
    /* What is taken away wholly may have no mapping below. */
    static const uint64_t classes[] = {ESR_FSC_TRANSLATION, ESR_FSC_PERMISSION};
    check_any("5.4 syndrome: fault class", memory->syndrome & ESR_FSC_TYPE_MASK, classes,
              type == HV_MESSAGE_UNMAPPED_GPA ? 1 : 2);
    if (memory->instruction_byte_count == 4) {
        check_eq("5.4 instruction bytes", read32((uintptr_t)memory->instruction_bytes), read32(pc));
    } else {
        check_eq("5.4 no instruction bytes", memory->instruction_byte_count, 0);
    }
    check_way("");
}

/* VTL2 carries the access out: VTL0 finds what VTL2 left in its registers. */
static void check_completion(const struct access_row *row)
{
    struct vtl_regs *regs = &vp_self()->regs;
    struct exit exit;

    check_way(row->name);
    if (row->access == WRITE) {
        check_eq("8.1 VTL2 finds VTL0's X5", regs->x[5], 0x0505050505050505);
        check_eq("8.1 VTL2 finds VTL0's X6", regs->x[6], 0x0606060606060606);
    }
    check_eq("8.1 VTL2 finds VTL0's X1", regs->x[1], UNMAPPED_GPA);
    regs->x[5] = 0x1111222233334444;
    vtl0_skip();
    vtl0_run(&exit);
    check_eq("8.1 VTL0 goes on behind the access", exit.kind, EXIT_DOORBELL);
    check_eq("8.1 VTL0 has what VTL2 left in X5", regs->x[7], 0x1111222233334445);
    check_way("");
}

static void check_unmapped(void)
{
    for (size_t i = 0; i < access_row_count; i++) {
        const struct access_row *row = &access_rows[i];
        struct exit exit;

        access_start(row->code, UNMAPPED_GPA, 0x0505050505050505, 0x0606060606060606, 0x600003c5);
        vtl0_run(&exit);
        /* A pre-indexed access is to what the index makes of X1. */
        uint64_t offset = row->code == access_str_pre ? 8 : 0;
        access_check(row, &exit, HV_MESSAGE_UNMAPPED_GPA, UNMAPPED_GPA + offset, 0x600003c5);
        check_completion(row);
    }
}

/* From EL0, and far beyond RAM. */
static void check_more_unmapped(void)
{
    struct access_row row = access_rows[3];
    struct exit exit;

    row.name = "ldr x at EL0";
    access_start(row.code, UNMAPPED_GPA, 0, 0, 0x800003c0);
    vtl0_run(&exit);
    access_check(&row, &exit, HV_MESSAGE_UNMAPPED_GPA, UNMAPPED_GPA, 0x800003c0);
    row.name = "ldr x at a high address";
    access_start(row.code, NOWHERE_GPA, 0, 0, 0x3c5);
    vtl0_run(&exit);
    access_check(&row, &exit, HV_MESSAGE_UNMAPPED_GPA, NOWHERE_GPA, 0x3c5);
    if ((sysreg_read_id_aa64isar0_el1() >> 20 & 0xf) != 0) {
        row = (struct access_row){"ldadd", access_ldadd, 0, WRITE, true};
        access_start(row.code, UNMAPPED_GPA, 0, 0, 0x3c5);
        vtl0_run(&exit);
        check_eq("5.2 message type [ldadd]", exit.message.type, HV_MESSAGE_UNMAPPED_GPA);
    }
}

static void check_execute(void)
{
    struct exit exit;
    const struct hv_memory_intercept *memory =
        (const struct hv_memory_intercept *)(const void *)exit.message.payload;

    check_way("execute");
    vtl0_start((const void *)access_nothing, 0, 0, 0);
    hv_must_set(VTL0, HV_REGISTER_PC, UNMAPPED_GPA);
    vtl0_run(&exit);
    check_eq("5.2 message type", exit.message.type, HV_MESSAGE_UNMAPPED_GPA);
    check_eq("5.3 header: access type", memory->header.access_type, HV_INTERCEPT_EXECUTE);
    check_eq("5.3 header: PC at the instruction", memory->header.pc, UNMAPPED_GPA);
    check_eq("5.4 GPA", memory->gpa, UNMAPPED_GPA);
    check_eq("5.4 GVA", memory->gva, UNMAPPED_GPA);
    check_eq("5.4 syndrome: class", ESR_EC(memory->syndrome), ESR_EC_INSTR_ABORT_LOWER);
    hv_must_set(VTL0, HV_REGISTER_PC, (uintptr_t)vtl0_address((const void *)access_nothing));
    vtl0_run(&exit);
    check_eq("5.4 VTL0 goes on elsewhere", exit.kind, EXIT_DOORBELL);
    check_way("");
}

static void run(void)
{
    check_unmapped();
    check_more_unmapped();
    check_execute();
    check_protection();
    check_own_region();
    check_hypercall_intercept();
    check_list_intercept();
    check_vtl_call();
    check_resets();
    check_smp_protection();
}

const struct program program = {.main = run};
