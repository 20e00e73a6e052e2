/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AArch32 at EL0, where the CPU has it: A32 and T32 accesses, conditions, IT blocks, the other byte order;
 * and AArch64 EL0 in the other byte order. Encodings: Arm ARM (DDI 0487) F5.1 and F6.1.
 */
#include "hostile.h"

#define MODE_USER PSTATE_AARCH32
#define MASKED (PSTATE_A | PSTATE_I | PSTATE_F)
#define T32 (UINT64_C(1) << 5)
#define BIG (UINT64_C(1) << 9)
#define FLAG_Z (UINT64_C(1) << 30)
#define SCTLR_E0E (UINT64_C(1) << 24)
#define EC_SVC32 0x11u
#define SVC_A32 0xef000000u
#define SVC_T32 0xdf00u
#define LOW UINT64_C(0xffffffff)
#define PL011_ID (GUEST_PL011 + 0xfe0)
#define PL011_IBRD (GUEST_PL011 + 0x24)

/* What a form does on the PL011. */
enum on_device {
    ANSWERED,     /* by its syndrome; R1 is what the register holds, R0 moves by step */
    REFUSED,      /* an external abort, as from where nothing is */
    NOT_EXECUTED, /* the condition does not hold: nothing happens, wherever R0 points to */
};

struct form {
    const char *name;
    uint32_t code[3]; /* words of A32, or of T32 with the first halfword below */
    uint64_t pstate;
    enum on_device device;
    uint64_t r1;
};

static const struct form forms[] = {
    {"aarch32 LDR", {0xe5901000}, 0, ANSWERED, 0x11},
    {"aarch32 LDRB", {0xe5d01000}, 0, ANSWERED, 0x11},
    {"aarch32 LDRH", {0xe1d010b0}, 0, ANSWERED, 0x11},
    {"aarch32 LDRSB", {0xe1d010d0}, 0, ANSWERED, 0x11},
    {"aarch32 LDRSH", {0xe1d010f0}, 0, ANSWERED, 0x11},
    {"aarch32 LDR register offset", {0xe7901003}, 0, ANSWERED, 0x11},
    {"aarch32 STR", {0xe5801000}, 0, ANSWERED, VALUE_KEEP},
    {"aarch32 STRB", {0xe5c01000}, 0, ANSWERED, VALUE_KEEP},
    {"aarch32 STRH", {0xe1c010b0}, 0, ANSWERED, VALUE_KEEP},
    {"aarch32 LDRD", {0xe1c020d0}, 0, REFUSED, 0},
    {"aarch32 STRD", {0xe1c020f0}, 0, REFUSED, 0},
    {"aarch32 LDM", {0xe8900006}, 0, REFUSED, 0},
    {"aarch32 LDM writeback", {0xe8b00006}, 0, REFUSED, 0},
    {"aarch32 STM", {0xe8800006}, 0, REFUSED, 0},
    {"aarch32 STMDB writeback", {0xe9200006}, 0, REFUSED, 0},
    {"aarch32 LDR post-indexed", {0xe4901004}, 0, REFUSED, 0},
    {"aarch32 LDR pre-indexed", {0xe5b01000}, 0, REFUSED, 0},
    {"aarch32 STR post-indexed", {0xe4801004}, 0, REFUSED, 0},
    {"aarch32 LDREX", {0xe1901f9f}, 0, REFUSED, 0},
    {"aarch32 LDREXD", {0xe1b02f9f}, 0, REFUSED, 0},
    {"aarch32 VLDR S", {0xed901a00}, 0, REFUSED, 0},
    {"aarch32 VLDR D", {0xed901b00}, 0, REFUSED, 0},
    {"aarch32 VLDM", {0xec901b04}, 0, REFUSED, 0},
    {"aarch32 VST1", {0xf4001a0f}, 0, REFUSED, 0},
    {"aarch32 LDRNE not executed", {0x15901000}, FLAG_Z, NOT_EXECUTED, 0},
    {"aarch32 LDREQ executed", {0x05901000}, FLAG_Z, ANSWERED, 0x11},
    {"aarch32 LDR big-endian", {0xe5901000}, BIG, REFUSED, 0},
    {"aarch32 STR big-endian", {0xe5801000}, BIG, REFUSED, 0},
    {"aarch32 LDM big-endian", {0xe8900006}, BIG, REFUSED, 0},
    {"aarch32 T32 LDR", {SVC_T32 << 16 | 0x6801}, T32, ANSWERED, 0x11},
    {"aarch32 T32 LDRB", {SVC_T32 << 16 | 0x7801}, T32, ANSWERED, 0x11},
    {"aarch32 T32 LDRH", {SVC_T32 << 16 | 0x8801}, T32, ANSWERED, 0x11},
    {"aarch32 T32 STR", {SVC_T32 << 16 | 0x6001}, T32, ANSWERED, VALUE_KEEP},
    {"aarch32 T32 STRB", {SVC_T32 << 16 | 0x7001}, T32, ANSWERED, VALUE_KEEP},
    {"aarch32 T32 LDR.W", {0x1000f8d0, SVC_T32}, T32, ANSWERED, 0x11},
    {"aarch32 T32 STR.W", {0x1000f8c0, SVC_T32}, T32, ANSWERED, VALUE_KEEP},
    {"aarch32 T32 LDRD", {0x1200e9d0, SVC_T32}, T32, REFUSED, 0},
    {"aarch32 T32 LDM", {SVC_T32 << 16 | 0xc806}, T32, REFUSED, 0},
    {"aarch32 T32 LDR big-endian", {SVC_T32 << 16 | 0x6801}, T32 | BIG, REFUSED, 0},
};

static const struct origin user = {"EL0 AArch32", MODE_USER | MASKED, false};

static struct guest_state user_state(const uint32_t *words, uint64_t pstate, uint64_t address)
{
    const uint32_t code[4] = {words[0], words[1] != 0 ? words[1] : SVC_A32, words[2], SVC_A32};
    struct guest_state state = state_for(code_set(code, 4), &user, address);

    state.pstate |= pstate;
    state.sp = 0;
    for (unsigned i = 0; i < 31; i++) {
        state.x[i] &= LOW;
    }
    return state;
}

static unsigned form_bytes(const struct form *form)
{
    return (form->pstate & T32) != 0 && form->code[1] == 0 ? 2 : 4;
}

static bool ended(const struct guest_state *before, const struct guest_state *after, unsigned bytes)
{
    /* SVC's return address is behind it. */
    unsigned svc = (before->pstate & T32) != 0 ? 2 : 4;

    return ESR_EC(after->esr) == EC_SVC32 && after->pc == before->pc + bytes + svc &&
           after->vector == GUEST_VECTOR_EL0_32 && after->x[0] == before->x[0] &&
           (after->pstate & (T32 | BIG | FLAG_Z)) == (before->pstate & (T32 | BIG | FLAG_Z));
}

/* STMDB writes below its base. */
static uint64_t judge_below(struct guest_state before, struct guest_state after)
{
    before.x[0] -= 64;
    after.x[0] -= 64;
    return judge_abort(&before, &after, 128);
}

static void attack_device(const struct form *form)
{
    struct guest_state before = user_state(form->code, form->pstate, PL011_ID);
    struct guest_state after = before;

    attack_go(&after, form->name);
    if (form->device == REFUSED) {
        check_eq(form->name, judge_below(before, after), 0);
        return;
    }
    uint64_t r1 = form->device == NOT_EXECUTED || form->r1 == VALUE_KEEP ? before.x[1] : form->r1;
    check_true(form->name, ended(&before, &after, form_bytes(form)) && (after.x[1] & LOW) == r1);
}

static void attack_nowhere(const struct form *form)
{
    uint64_t wrong = 0;

    for (uint32_t i = 0; i < place_count; i++) {
        struct guest_state before = user_state(form->code, form->pstate, places[i].address);
        struct guest_state after = before;

        if (places[i].address > LOW) {
            continue;
        }
        attack_go(&after, form->name);
        if (form->device == NOT_EXECUTED) {
            wrong |= ended(&before, &after, form_bytes(form)) ? 0 : 1;
        } else {
            wrong |= judge_below(before, after);
        }
    }
    check_eq(form->name, wrong, 0);
}

/* ITE EQ; LDREQ; MOVNE R2, #1; and ITE NE. Whether the first is executed or not, R2 is the other's. */
static void attack_it(bool equal)
{
    const uint32_t words[3] = {0x6801bf0c, SVC_T32 << 16 | 0x2201, 0};
    struct guest_state before = user_state(words, T32 | (equal ? FLAG_Z : 0), PL011_ID);
    struct guest_state after = before;

    attack_go(&after, "IT block");
    check_eq("aarch32 IT block: the access", after.x[1] & LOW, equal ? 0x11 : before.x[1]);
    check_eq("aarch32 IT block: the other instruction", after.x[2] & LOW, equal ? before.x[2] : 1);
    check_eq("aarch32 IT block: its end", after.pc, before.pc + 8);
    check_eq("aarch32 IT block: no condition is left", after.pstate & UINT64_C(0x0600fc00), 0);
}

static void attack_user_fetch(void)
{
    uint64_t wrong = 0;

    for (unsigned thumb = 0; thumb < 2; thumb++) {
        for (uint32_t i = 0; i < place_count; i++) {
            const uint32_t words[3] = {0};
            struct guest_state before = user_state(words, thumb != 0 ? T32 : 0, 0);

            if (places[i].address > LOW) {
                continue;
            }
            before.pc = places[i].address;
            struct guest_state after = before;
            attack_go(&after, "AArch32 fetch");
            wrong |= judge_fetch(&before, &after);
        }
    }
    check_eq("aarch32 fetch from where nothing is", wrong, 0);
}

void attack_aarch32(void)
{
    if (!guest_has_aarch32()) {
        note("AArch32 at EL0", 0);
        return;
    }
    for (unsigned i = 0; i < COUNT_OF(forms); i++) {
        check_way("PL011");
        attack_device(&forms[i]);
        check_way("nothing there");
        attack_nowhere(&forms[i]);
    }
    check_way("");
    attack_it(true);
    attack_it(false);
    attack_user_fetch();
}

/* SCTLR_EL1.E0E: vmm/README.md has its limit. */
void attack_big_endian(void)
{
    static const struct attack loads[] = {
        {"LDR W", 0xb9400001, 0, 4}, {"LDP W", 0x29400801, 0, 8}, {"LDR X", 0xf9400001, 0, 8}};
    uint64_t wrong = 0;

    sysreg_write_sctlr_el1(sysreg_read_sctlr_el1() | SCTLR_E0E);
    for (unsigned i = 0; i < COUNT_OF(loads); i++) {
        const uint32_t words[2] = {loads[i].word, BRK_1};
        for (uint32_t j = 0; j < place_count; j++) {
            struct guest_state before =
                state_for(code_set(words, 2), &origins[1], places[j].address);
            struct guest_state after = before;

            attack_go(&after, loads[i].name);
            wrong |= judge_abort(&before, &after, loads[i].bytes);
        }
        struct guest_state state = state_for(code_set(words, 2), &origins[1], PL011_ID);
        attack_go(&state, loads[i].name);
        check_true("endian big-endian EL0 gets a value or an abort",
                   ESR_EC(state.esr) == ESR_EC_BRK64 ||
                       ESR_EC(state.esr) == ESR_EC_DATA_ABORT_LOWER);
    }
    check_eq("endian big-endian EL0 where nothing is", wrong, 0);
    sysreg_write_sctlr_el1(sysreg_read_sctlr_el1() & ~SCTLR_E0E);
}
