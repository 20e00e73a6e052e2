/* SPDX-License-Identifier: BSD-3-Clause */
/* Hypercall intercepts (2.12, 5.5, 6.3), resets (5.5, 6.5), VTL call. */
#include "intercept.h"

#define UNKNOWN_CONNECTION UINT64_C(0x00abcdef)

static uint64_t identify(void)
{
    return hv_set(OWN_VTL, HV_REGISTER_GUEST_OS_ID, GUEST_OS_ID_PROGRAM);
}

static uint64_t install(void)
{
    uint64_t *input = hv_input_page();

    input[0] = HV_PARTITION_ID_SELF;
    input[1] = HV_INTERCEPT_ACCESS_EXECUTE | (uint64_t)HV_INTERCEPT_TYPE_UNKNOWN_SYNIC_CONNECTION
                                                 << 32;
    input[2] = 0;
    return HV_STATUS(hv_call(WAY_SMCCC_FAST, HV_CALL_INSTALL_INTERCEPT, 3, 0, NULL));
}

static void check_one_hypercall(void (*code)(void), uint16_t immediate)
{
    struct vtl_regs *regs = &vp_self()->regs;
    struct exit exit;
    const struct hv_hypercall_intercept *message =
        (const struct hv_hypercall_intercept *)(const void *)exit.message.payload;
    size_t first = immediate == 0 ? 1 : 0;
    uint64_t pc = (uintptr_t)vtl0_address((const void *)code);
    uint64_t want[HV_HYPERCALL_INTERCEPT_X_COUNT];
    bool same = true;

    access_start(code, 0, 0, 0, 0x3c5);
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        regs->x[i] = 0x4400 + i;
    }
    regs->x[0] = HV_SMCCC_HYPERCALL;
    regs->x[first] = HV_CALL_SIGNAL_EVENT | HV_CONTROL_FAST;
    regs->x[first + 1] = UNKNOWN_CONNECTION;
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        want[i] = regs->x[i];
    }
    vtl0_run(&exit);
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        same &= message->x[i] == want[i] && regs->x[i] == want[i];
    }
    check_eq("5.2 hypercall intercept: message type", exit.message.type, HV_MESSAGE_HYPERCALL);
    check_eq("5.1 hypercall intercept: payload size", exit.message.payload_size, sizeof(*message));
    check_eq("5.5 hypercall intercept: immediate", message->immediate, immediate);
    check_true("5.5 hypercall intercept: X0..X17, in the message and live", same);
    check_eq("1.6 hypercall intercept: PC at the HVC", message->header.pc, pc);
    check_eq("1.6 hypercall intercept: VTL0's PC at the HVC", hv_must_get(VTL0, HV_REGISTER_PC),
             pc);
    check_eq("5.3 hypercall intercept: VP index", message->header.vp_index, vp_self_index());
    check_eq("5.3 hypercall intercept: EL1 of VTL0", message->header.execution_state, 1);
    regs->x[0] = HV_STATUS_INVALID_CONNECTION_ID;
    regs->x[5] = 0x77;
    vtl0_skip();
    vtl0_run(&exit);
    check_eq("6.3 VTL0 goes on with VTL2's result", exit.kind, EXIT_DOORBELL);
    check_eq("6.3 VTL0's X0", regs->x[0], HV_STATUS_INVALID_CONNECTION_ID);
    check_eq("6.3 VTL0's X7", regs->x[7], 0x78);
}

void check_hypercall_intercept(void)
{
    check_eq("1.9 VTL0 sets its GuestOsId", vtl0_call((const void *)identify, 0, 0, 0), 0);
    check_eq("2.12 install-intercept: unknown connection", install(), 0);
    check_way("smccc");
    check_one_hypercall(call_smccc, HV_HVC_SMCCC);
    check_way("hvc1");
    check_one_hypercall(call_native, HV_HVC_HYPERCALL);
    check_way("");
}

/* Section 1.2: a list that VTL0 can't reach is a memory intercept, not a status. */
void check_list_intercept(void)
{
    struct vtl_regs *regs = &vp_self()->regs;
    struct exit exit;
    const struct hv_memory_intercept *message =
        (const struct hv_memory_intercept *)(const void *)exit.message.payload;
    uint64_t pc = (uintptr_t)vtl0_address((const void *)call_native);

    access_start(call_native, 0x09010100, 0, 0, 0x3c5);
    regs->x[0] = HV_REP(HV_CALL_GET_VP_REGISTERS, 1);
    regs->x[2] = VTL0_SCRATCH_GPA;
    vtl0_run(&exit);
    check_eq("1.2 input list out of reach: message type", exit.message.type,
             HV_MESSAGE_UNMAPPED_GPA);
    check_eq("1.2 input list out of reach: GPA's page", message->gpa & ~UINT64_C(0xfff),
             0x09010000);
    check_eq("1.2 input list out of reach: a read", message->header.access_type, HV_INTERCEPT_READ);
    check_eq("1.2 input list out of reach: PC at the HVC", message->header.pc, pc);
    check_eq("1.7 input list out of reach: X0 is unchanged", regs->x[0],
             HV_REP(HV_CALL_GET_VP_REGISTERS, 1));
    write64(VTL0_SCRATCH_GPA, HV_PARTITION_ID_SELF);
    write64(VTL0_SCRATCH_GPA + 8, HV_VP_INDEX_SELF);
    write64(VTL0_SCRATCH_GPA + 16, HV_REGISTER_GUEST_OS_ID);
    regs->x[1] = VTL0_SCRATCH_GPA;
    regs->x[2] = 0x09010200;
    vtl0_run(&exit);
    check_eq("1.2 output list out of reach: message type", exit.message.type,
             HV_MESSAGE_UNMAPPED_GPA);
    check_eq("1.2 output list out of reach: GPA's page", message->gpa & ~UINT64_C(0xfff),
             0x09010000);
    check_eq("1.2 output list out of reach: a write", message->header.access_type,
             HV_INTERCEPT_WRITE);
    regs->x[2] = VTL0_SCRATCH_GPA + 64;
    vtl0_run(&exit);
    check_eq("1.2 lists in reach: the call is made again and done", exit.kind, EXIT_DOORBELL);
    check_eq("1.2 lists in reach: result", regs->x[0], UINT64_C(1) << HV_RESULT_REP_SHIFT);
    check_eq("1.2 lists in reach: value", read64(VTL0_SCRATCH_GPA + 64), GUEST_OS_ID_PROGRAM);
}

/* Section 12, 4: whether VTL0 can reach VTL2 by HVC #2 is not specified. It may be undefined; if
 * it enters VTL2, the reason is 1 and VTL0 goes on behind the call. */
void check_vtl_call(void)
{
    struct exit exit;
    struct vp *guest = &VTL0_OF(vps[0]);

    access_start(call_vtl, 0, 0x1000, 0, 0x3c5);
    hv_must_set(VTL0, HV_REGISTER_sp_el1, (uintptr_t)guest->stack + RT_STACK_BYTES);
    hv_must_set(VTL0, HV_REGISTER_vbar_el1, (uintptr_t)vtl0_address(vectors));
    guest->exception_expected = 1;
    guest->exception.count = 0;
    vtl0_run(&exit);
    if (exit.kind == EXIT_CALL) {
        check_eq("4.1 VTL call: entry reason", exit.reason, HV_ENTRY_REASON_VTL_CALL);
        check_eq("8.1 VTL call: X5 is VTL0's", vp_self()->regs.x[5], 0x1000);
        vtl0_run(&exit);
        check_eq("1.1 VTL call: VTL0 goes on behind it", exit.kind, EXIT_DOORBELL);
        check_eq("1.1 VTL call: VTL0's registers", vp_self()->regs.x[7], 0x1001);
    } else {
        check_eq("1.1 VTL call is undefined: VTL0 goes on", exit.kind, EXIT_DOORBELL);
        check_eq("1.1 VTL call is undefined", guest->exception.count, 1);
        check_eq("1.1 VTL call is undefined: class", ESR_EC(guest->exception.esr), ESR_EC_UNKNOWN);
    }
    guest->exception_expected = 0;
}

/* ---- Resets ---------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint32_t function;
    uint64_t argument;
    uint64_t types[2];
    uint32_t code;
} reset_rows[] = {
    {"SYSTEM_OFF", PSCI_SYSTEM_OFF, 0, {HV_RESET_POWER_OFF, HV_RESET_POWER_OFF}, 0},
    {"SYSTEM_RESET", PSCI_SYSTEM_RESET, 0, {HV_RESET_REBOOT, HV_RESET_SYSTEM_RESET}, 0},
    {"SYSTEM_RESET2, warm",
     PSCI_SYSTEM_RESET2,
     0,
     {HV_RESET_SYSTEM_RESET, HV_RESET_SYSTEM_RESET},
     0},
    {"SYSTEM_RESET2, vendor",
     PSCI_SYSTEM_RESET2,
     0x80000007,
     {HV_RESET_SYSTEM_RESET, HV_RESET_SYSTEM_RESET},
     0x80000007},
    {"SYSTEM_RESET2, 64-bit",
     PSCI_SYSTEM_RESET2 | PSCI_64BIT,
     0,
     {HV_RESET_SYSTEM_RESET, HV_RESET_SYSTEM_RESET},
     0},
};

static uint64_t offered(uint64_t function)
{
    return (uint32_t)psci(PSCI_FEATURES, function, 0, 0) == (uint32_t)PSCI_NOT_SUPPORTED ? 0 : 1;
}

static uint64_t ask(uint64_t function, uint64_t argument)
{
    return smccc(function, argument, 0x1234, 0);
}

void check_resets(void)
{
    struct exit exit;
    const struct hv_reset_intercept *message =
        (const struct hv_reset_intercept *)(const void *)exit.message.payload;
    uint64_t capabilities = hv_must_get(OWN_VTL, HV_REGISTER_VSM_CAPABILITIES);

    if ((capabilities & HV_VSM_CAP_INTERCEPT_SYSTEM_RESET) == 0) {
        note("3.4 no reset intercept offered", capabilities);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(reset_rows); i++) {
        if (vtl0_call((const void *)offered, reset_rows[i].function, 0, 0) == 0) {
            continue;
        }
        vtl0_start((const void *)ask, reset_rows[i].function, reset_rows[i].argument, 0);
        do {
            vtl0_run(&exit);
        } while (exit.kind == EXIT_INTERRUPT);
        check_way(reset_rows[i].name);
        check_eq("5.2 reset: message type", exit.message.type, HV_MESSAGE_ARM64_RESET);
        check_eq("5.1 reset: payload size", exit.message.payload_size, sizeof(*message));
        check_any("5.5 reset: type", message->type, reset_rows[i].types, 2);
        check_eq("5.5 reset: code", message->code, reset_rows[i].code);
        check_eq("5.3 reset: VP index", message->header.vp_index, 0);
        check_eq("5.3 reset: EL1 of VTL0", message->header.execution_state, 1);
        check_way("");
        check_eq("6.5 VTL0 can run again", vtl0_call((const void *)vp_self_index, 0, 0, 0), 0);
    }
}
