/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Realm Services (Arm DEN0137 1.0-rel0, chapter B5): measurements and attestation tokens for VTL2, nothing for VTL0;
 * and the VBS report (section 9).
 * Whether a token's signatures are good is for those who have a verifier: here it is its size and shape.
 */
#include "rsi.h"
#include "rt.h"

#include <string.h>

#define MARK(i) (UINT64_C(0xa0a0a0a000000000) + (i))
#define SLICES_MAX 4096u
#define TOKEN_MAX 16384u
#define NO_RAM UINT64_C(0x00fff000)

static uint8_t page[RSI_PAGE_BYTES] __attribute__((aligned(RSI_PAGE_BYTES)));
static uint8_t token[2][TOKEN_MAX];

struct rsi {
    struct call_regs regs;
    uint64_t status;
};

/* Registers that are no argument are marked. */
static void rsi(struct rsi *call, uint64_t function, size_t count, const uint64_t *arguments)
{
    for (size_t i = 0; i < CALL_X_COUNT; i++) {
        call->regs.x[i] = i > 0 && i <= count ? arguments[i - 1] : MARK(i);
    }
    call->regs.x[0] = function;
    raw_smc0(&call->regs);
    call->status = call->regs.x[0];
}

#define RSI(call, function, ...)                                                        \
    rsi((call), (function), sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), \
        (const uint64_t[]){__VA_ARGS__})

static bool kept_from(const struct rsi *call, size_t first)
{
    bool kept = true;

    for (size_t i = first; i < CALL_X_COUNT; i++) {
        kept &= call->regs.x[i] == MARK(i);
    }
    return kept;
}

/* ---- What is there --------------------------------------------------------------------------- */

static void check_version(void)
{
    struct rsi call;

    RSI(&call, RSI_VERSION, RSI_VERSION_1_0);
    check_eq("B5 RSI_VERSION of 1.0", call.status, RSI_SUCCESS);
    check_eq("B5 RSI_VERSION: lower revision", call.regs.x[1], RSI_VERSION_1_0);
    check_true("B5 RSI_VERSION: higher revision is a 1.x", call.regs.x[2] >> 16 == 1);
    check_true("B5 RSI_VERSION keeps X4 and on", kept_from(&call, 4));
    RSI(&call, RSI_VERSION, UINT64_C(0x7fff0000));
    check_eq("B5 RSI_VERSION of what can't be", call.status, RSI_ERROR_INPUT);
    check_true("B5 RSI_VERSION of what can't be: the highest revision is below",
               call.regs.x[2] < 0x7fff0000 && call.regs.x[2] >= RSI_VERSION_1_0);
    RSI(&call, RSI_FEATURES, 0);
    check_eq("B5 RSI_FEATURES 0", call.status, RSI_SUCCESS);
    RSI(&call, RSI_FEATURES, 1000);
    check_eq("B5 RSI_FEATURES beyond all", call.status, RSI_SUCCESS);
    check_eq("B5 RSI_FEATURES beyond all: none", call.regs.x[1], 0);
}

/* None of the six for VTL0, and by HVC for nobody. */
static uint64_t check_not_there(void)
{
    for (uint64_t function = RSI_VERSION; function <= RSI_ATTEST_TOKEN_CONTINUE; function++) {
        struct rsi call;

        check_eq("1.8 a Realm Service by HVC", smccc(function, RSI_VERSION_1_0, 0, 0),
                 SMCCC_NOT_SUPPORTED);
        if (rt_vtl == 0) {
            RSI(&call, function, 1);
            check_eq("1.8 a Realm Service for VTL0", call.status, SMCCC_NOT_SUPPORTED);
            check_true("1.8 a Realm Service for VTL0 changes X0 alone",
                       call.regs.x[1] == 1 && kept_from(&call, 2));
        }
    }
    return 0;
}

static void check_others_not_there(void)
{
    static const uint64_t others[] = {0xc4000196, 0xc4000198, 0xc4000199, 0xc40001a3, 0x84000190};
    struct rsi call;

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        RSI(&call, others[i], 0);
        check_eq("1.8 other calls of a realm", call.status & UINT32_MAX, UINT32_MAX);
    }
}

/* ---- Measurements ---------------------------------------------------------------------------- */

/* SHA-256 of 32 zeros, and of that digest and "abc". */
static const uint64_t extended[2][4] = {
    {UINT64_C(0x77bd62f8ad7a6866), UINT64_C(0x208e9f8e8bc18f6c), UINT64_C(0xb333e26e85149708),
     UINT64_C(0x25295f0d1d592a90)},
    {UINT64_C(0xaaf52accc81ac72a), UINT64_C(0xa9da743caf011359), UINT64_C(0xe88581a099ea69de),
     UINT64_C(0x2ffbe5625fd33e2d)},
};

static void check_value(const char *name, uint64_t index, const uint64_t *want)
{
    struct rsi call;

    RSI(&call, RSI_MEASUREMENT_READ, index);
    check_eq(name, call.status, RSI_SUCCESS);
    for (size_t i = 0; i < RSI_MEASUREMENT_WORDS; i++) {
        check_eq(name, call.regs.x[1 + i], i < 4 && want != NULL ? want[i] : 0);
    }
    check_true("B5 RSI_MEASUREMENT_READ keeps X9 and on", kept_from(&call, 9));
}

static uint64_t measurement_status(uint64_t function, uint64_t index, uint64_t bytes)
{
    struct rsi call;

    RSI(&call, function, index, bytes);
    return call.status;
}

static void check_measurements(void)
{
    struct rsi call;
    uint64_t any = 0;

    RSI(&call, RSI_MEASUREMENT_READ, 0);
    check_eq("A7.1 the initial measurement can be read", call.status, RSI_SUCCESS);
    for (size_t i = 1; i <= 4; i++) {
        any |= call.regs.x[i];
    }
    check_differs("A7.1 the initial measurement is of something", any, 0);
    check_eq("A7.1 the initial measurement can't be extended",
             measurement_status(RSI_MEASUREMENT_EXTEND, 0, 8), RSI_ERROR_INPUT);
    check_eq("B5 RSI_MEASUREMENT_EXTEND of no register",
             measurement_status(RSI_MEASUREMENT_EXTEND, 5, 8), RSI_ERROR_INPUT);
    check_eq("B5 RSI_MEASUREMENT_EXTEND with 65 bytes",
             measurement_status(RSI_MEASUREMENT_EXTEND, 1, 65), RSI_ERROR_INPUT);
    check_eq("B5 RSI_MEASUREMENT_READ of no register",
             measurement_status(RSI_MEASUREMENT_READ, 5, 0), RSI_ERROR_INPUT);
    check_value("A7.1 a register begins as zeros", 2, NULL);
    RSI(&call, RSI_MEASUREMENT_EXTEND, 2, 0);
    check_eq("B5 RSI_MEASUREMENT_EXTEND by nothing", call.status, RSI_SUCCESS);
    check_value("A7.1 a register is extended by nothing", 2, extended[0]);
    RSI(&call, RSI_MEASUREMENT_EXTEND, 2, 3, UINT64_C(0xffffffffff636261));
    check_eq("B5 RSI_MEASUREMENT_EXTEND by three bytes", call.status, RSI_SUCCESS);
    check_true("B5 RSI_MEASUREMENT_EXTEND keeps X4 and on", kept_from(&call, 4));
    check_value("A7.1 a register is extended by three bytes", 2, extended[1]);
    check_value("A7.1 another register stays", 3, NULL);
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static uint64_t token_init(uint64_t seed)
{
    struct rsi call;

    RSI(&call, RSI_ATTEST_TOKEN_INIT, seed, 1, 2, 3, 4, 5, 6, 7);
    return call.status == RSI_SUCCESS ? call.regs.x[1] : 0;
}

static uint64_t token_continue(uint64_t gpa, uint64_t offset, uint64_t room, uint64_t *got)
{
    struct rsi call;

    RSI(&call, RSI_ATTEST_TOKEN_CONTINUE, gpa, offset, room);
    *got = call.regs.x[1];
    return call.status;
}

/* Pieces of room bytes at the end of the page; what is before them stays. The token's size, 0 for none. */
static uint64_t token_get(uint8_t *to, uint64_t room)
{
    const uint64_t offset = RSI_PAGE_BYTES - room;
    uint64_t bytes = 0;
    uint64_t got;

    memset(page, 0x5a, sizeof(page));
    for (uint32_t i = 0; i < SLICES_MAX; i++) {
        const uint64_t status = token_continue((uintptr_t)page, offset, room, &got);
        if ((status != RSI_SUCCESS && status != RSI_INCOMPLETE) || got > room ||
            bytes + got > TOKEN_MAX) {
            return 0;
        }
        memcpy(to + bytes, page + offset, got);
        bytes += got;
        if (status == RSI_SUCCESS) {
            return bytes;
        }
    }
    return 0;
}

static const struct {
    const char *name;
    uint64_t gpa; /* 0: the program's page */
    uint64_t add;
    uint64_t offset;
    uint64_t room;
} bad_arguments[] = {
    {"B5 CONTINUE: page not aligned", 0, 8, 0, 64},
    {"B5 CONTINUE: offset of a page", 0, 0, 4096, 0},
    {"B5 CONTINUE: offset beyond", 0, 0, UINT64_MAX, 1},
    {"B5 CONTINUE: more than a page", 0, 0, 0, 4097},
    {"B5 CONTINUE: beyond the page's end", 0, 0, 4000, 97},
    {"B5 CONTINUE: a sum that wraps", 0, 0, 4000, UINT64_MAX - 3000},
    {"B5 CONTINUE: no memory", NO_RAM, 0, 0, 64},
    {"B5 CONTINUE: an address that can't be", UINT64_C(0xfffffffffffff000), 0, 0, 64},
};

static void check_bad_arguments(void)
{
    for (size_t i = 0; i < COUNT_OF(bad_arguments); i++) {
        const uint64_t gpa = bad_arguments[i].gpa == 0 ? (uintptr_t)page : bad_arguments[i].gpa;
        uint64_t got;

        check_eq(bad_arguments[i].name,
                 token_continue(gpa + bad_arguments[i].add, bad_arguments[i].offset,
                                bad_arguments[i].room, &got),
                 RSI_ERROR_INPUT);
    }
}

/* Outer form: DEN0137 1.0 has tag 399, what TF-RMM gives since is 907. */
static void check_token(uint64_t bytes, const uint8_t *from)
{
    const uint32_t tag = board_told("token=399") ? 399 : 907;

    check_true("A7.2 a token of some size", bytes > 600 && bytes <= TOKEN_MAX);
    check_eq("A7.2 it begins with its tag",
             (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2], 0xd90000 | tag);
    check_eq("A7.2 it is a map of two", from[3], 0xa2);
}

static void check_tokens(void)
{
    uint64_t got;

    check_eq("B5 CONTINUE before INIT", token_continue((uintptr_t)page, 0, 4096, &got),
             RSI_ERROR_STATE);
    const uint64_t limit = token_init(1);
    check_true("B5 INIT gives a limit", limit > 0 && limit <= TOKEN_MAX);
    check_bad_arguments();
    uint64_t bytes = token_get(token[0], 4096);
    check_token(bytes, token[0]);
    check_true("B5 the token is not larger than INIT said", bytes <= limit);
    check_eq("B5 CONTINUE after the end", token_continue((uintptr_t)page, 0, 4096, &got),
             RSI_ERROR_STATE);
    (void)token_init(2);
    bytes = token_get(token[1], 100);
    check_token(bytes, token[1]);
    bool kept = true;
    for (size_t i = 0; i < 3996; i++) {
        kept &= page[i] == 0x5a;
    }
    check_true("B5 CONTINUE leaves what is in front of the offset", kept);
    check_true("B5 another challenge, another token", memcmp(token[0], token[1], bytes) != 0);
}

/* An INIT drops what was under way: the token that comes is as long as any, and not the rest of one. */
static void check_init_again(void)
{
    uint64_t got = 0;

    (void)token_init(3);
    for (uint32_t i = 0; i < SLICES_MAX && got == 0; i++) {
        if (token_continue((uintptr_t)page, 0, 300, &got) != RSI_INCOMPLETE) {
            break;
        }
    }
    check_eq("B5 part of a token", got, 300);
    (void)token_init(4);
    check_token(token_get(token[0], 4096), token[0]);
    (void)token_init(5);
    (void)token_continue((uintptr_t)page, 0, 4096, &got);
    (void)token_init(6);
    check_token(token_get(token[0], 4096), token[0]);
}

static uint64_t on_other_vp(uint64_t ready)
{
    static uint8_t other_page[RSI_PAGE_BYTES] __attribute__((aligned(RSI_PAGE_BYTES)));
    uint64_t got;

    (void)ready;
    return token_continue((uintptr_t)other_page, 0, 4096, &got);
}

static void check_other_vp(void)
{
    uint64_t status = 0;

    (void)token_init(7);
    vp_run(1, on_other_vp, 0);
    check_true("B5 another VP answers", vp_join(1, &status));
    check_eq("B5 a token is the VP's that asked", status, RSI_ERROR_STATE);
    check_token(token_get(token[0], 4096), token[0]);
}

/* ---- The report of a hypervisor that has VBS -------------------------------------------------- */

static void check_report(void)
{
    const struct hv_vbs_report *report = (const void *)hv_output_page();
    struct rsi call;

    RSI(&call, RSI_MEASUREMENT_READ, 0);
    for (size_t i = 0; i < 8; i++) {
        hv_input_page()[i] = MARK(i);
    }
    check_eq("9.2 a report",
             HV_STATUS(hv_call(WAY_HVC1_MEMORY, HV_CALL_VBS_VM_CALL_REPORT, 8, 256, NULL)), 0);
    check_eq("9.1 its size", report->header.package_bytes, 0x230);
    check_true("9.1 the report data", memcmp(report->report_data, hv_input_page(), 64) == 0);
    check_true("9.1 the measurement is the initial one",
               memcmp(report->identity.measurement, &call.regs.x[1], 32) == 0);
    check_eq("9.1 the guest's VTL", report->identity.guest_vtl, 2);
    check_eq("9.1 VTLs that are enabled", report->identity.enabled_vtls, 5);
}

/* Each on a page of its own; signing takes turns. */
static uint64_t token_at_once(uint64_t index)
{
    static uint8_t pages[RT_VP_MAX][RSI_PAGE_BYTES] __attribute__((aligned(RSI_PAGE_BYTES)));
    uint64_t got;

    if (token_init(0x100 + index) == 0) {
        return 0;
    }
    for (uint32_t i = 0; i < SLICES_MAX; i++) {
        const uint64_t status = token_continue((uintptr_t)pages[index], 0, RSI_PAGE_BYTES, &got);
        if (status == RSI_SUCCESS) {
            return got;
        }
        if (status != RSI_INCOMPLETE) {
            break;
        }
    }
    return 0;
}

static void check_all_vps(void)
{
    uint64_t bytes = 0;

    for (uint32_t i = 1; i < board.vp_count; i++) {
        vp_run(i, token_at_once, i);
    }
    (void)token_init(9);
    check_token(token_get(token[0], RSI_PAGE_BYTES), token[0]);
    for (uint32_t i = 1; i < board.vp_count; i++) {
        check_true("B5 another VP has its token in time", vp_join(i, &bytes));
        check_true("B5 a token for each VP", bytes > 600);
    }
}

static void run(void)
{
    check_version();
    (void)check_not_there();
    check_others_not_there();
    check_measurements();
    check_tokens();
    check_init_again();
    check_report();
    if (board.vp_count > 1 && vps_start()) {
        check_other_vp();
        check_all_vps();
    }
    check_eq("1.8 VTL0 came to the end", vtl0_call((const void *)check_not_there, 0, 0, 0), 0);
}

const struct program program = {.main = run};
