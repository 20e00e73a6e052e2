/* SPDX-License-Identifier: BSD-3-Clause */
/* SMCCC identification and the HVC immediates (sections 1.1 and 1.8), from VTL2 and from VTL0. */
#include "smccc_program.h"

#define OWNER_VENDOR_HYP_UNKNOWN 0x86001234u
#define NOT_SUPPORTED32 UINT64_C(0xffffffff)

static void check_uid(void)
{
    struct call_regs regs = {.x = {SMCCC_VENDOR_HYP_UID}};

    for (size_t i = 4; i < CALL_X_COUNT; i++) {
        regs.x[i] = 0x1000 + i;
    }
    raw_hvc0(&regs);
    check_eq("1.8 vendor UID word 0", regs.x[0], HV_SMCCC_UID0);
    check_eq("1.8 vendor UID word 1", regs.x[1], HV_SMCCC_UID1);
    check_eq("1.8 vendor UID word 2", regs.x[2], HV_SMCCC_UID2);
    check_eq("1.8 vendor UID word 3", regs.x[3], HV_SMCCC_UID3);
    bool kept = true;
    for (size_t i = 4; i < CALL_X_COUNT; i++) {
        kept &= regs.x[i] == 0x1000 + i;
    }
    check_true("1.7 the vendor call keeps X4..X17", kept);
}

/* SMCCC (DEN0028) 5.2: an unknown function gives -1 in W0 or X0. */
static const struct {
    const char *name;
    uint64_t function;
    uint64_t argument;
    uint64_t want;
    uint64_t mask;
} functions[] = {
    {"1.8 ARCH_FEATURES of itself", SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, NOT_SUPPORTED32},
    {"1.8 ARCH_FEATURES of VERSION", SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, NOT_SUPPORTED32},
    {"1.8 ARCH_FEATURES of nothing", SMCCC_ARCH_FEATURES, 0x80001234, NOT_SUPPORTED32,
     NOT_SUPPORTED32},
    {"1.8 unknown architecture call", 0x80001234, 0, NOT_SUPPORTED32, NOT_SUPPORTED32},
    {"1.8 unknown 64-bit architecture call", 0xc0001234, 0, SMCCC_NOT_SUPPORTED, ~UINT64_C(0)},
    {"1.8 unknown vendor call", OWNER_VENDOR_HYP_UNKNOWN, 0, NOT_SUPPORTED32, NOT_SUPPORTED32},
    {"1.8 unknown 64-bit vendor call", 0xc6001234, 0, SMCCC_NOT_SUPPORTED, ~UINT64_C(0)},
    {"1.8 unknown yielding call", 0x46001234, 0, SMCCC_NOT_SUPPORTED, ~UINT64_C(0)},
    {"1.8 the UID number as a 64-bit call", 0xc600ff01, 0, SMCCC_NOT_SUPPORTED, ~UINT64_C(0)},
    {"1.8 unknown PSCI call", 0x8400001f, 0, NOT_SUPPORTED32, NOT_SUPPORTED32},
    {"1.8 trusted OS call", 0xb2000001, 0, NOT_SUPPORTED32, NOT_SUPPORTED32},
};

static void check_functions(void)
{
    uint64_t version = smccc(SMCCC_VERSION, 0, 0, 0);

    check_true("1.8 SMCCC_VERSION is at least 1.1", version >= 0x10001 && version < 0x20000);
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        uint64_t got = smccc(functions[i].function, functions[i].argument, 0, 0);
        check_eq(functions[i].name, got & functions[i].mask, functions[i].want);
    }
}

/* A call, undefined or answered: 0 if it was an exception. */
static uint64_t try_call(void (*call)(struct call_regs *), struct call_regs *regs)
{
    exception_expect();
    call(regs);
    return exception_took() == 0 ? 1 : 0;
}

static void check_immediates(void)
{
    static const struct {
        const char *name;
        void (*call)(struct call_regs *);
    } others[] = {
        {"1.1 HVC #4 with nothing to launch gives -1 and goes on", raw_hvc4},
        {"1.1 HVC #5 gives -1 and goes on", raw_hvc5},
        {"1.1 HVC #0xffff gives -1 and goes on", raw_hvc_ffff},
        {"1.1 SMC #1 gives -1 and goes on", raw_smc1},
    };
    struct call_regs regs;

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        regs = (struct call_regs){.x = {0x1234, 0x5678}};
        uint64_t answered = try_call(others[i].call, &regs);
        check_eq(others[i].name, answered == 1 ? regs.x[0] : 0, ~UINT64_C(0));
    }
    regs = (struct call_regs){.x = {PSCI_VERSION}};
    uint64_t answered = try_call(raw_smc0, &regs);
    check_true("1.1 SMC #0 is SMCCC, undefined or refused",
               answered == 0 || regs.x[0] == ~UINT64_C(0) || regs.x[0] >> 16 == 1);
}

/* Section 1.1: undefined if the target VTL isn't there. */
static void check_undefined(const char *name, void (*call)(struct call_regs *))
{
    struct call_regs regs = {0};
    uint64_t answered = try_call(call, &regs);
    const struct exception *taken = &vp_self()->exception;

    check_eq(name, answered == 0 ? ESR_EC(taken->esr) : ~UINT64_C(0), ESR_EC_UNKNOWN);
}

static uint64_t everything(void)
{
    check_uid();
    check_functions();
    check_immediates();
    if (rt_vtl == 2) {
        check_undefined("1.1 VTL call from the highest VTL is undefined", raw_hvc2);
    } else {
        check_undefined("1.1 VTL return from the lowest VTL is undefined", raw_hvc3);
    }
    return 0;
}

static void run(void)
{
    (void)everything();
    check_vtl_switch();
    check_eq("1.8 VTL0 came to the end", vtl0_call((const void *)everything, 0, 0, 0), 0);
}

/* The vendor call has to work before anything else does. */
static void early(void)
{
    check_uid();
}

const struct program program = {.early = early, .main = run};
