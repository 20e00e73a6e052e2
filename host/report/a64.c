/* SPDX-License-Identifier: BSD-3-Clause */
#include "a64.h"

#define SP 31u

/* bits of instruction from low on, as a signed number. */
static int64_t signed_field(uint32_t instruction, unsigned low, unsigned bits)
{
    uint64_t value = (instruction >> low) & ((UINT32_C(1) << bits) - 1u);
    uint64_t sign = UINT64_C(1) << (bits - 1u);

    return (int64_t)(value ^ sign) - (int64_t)sign;
}

/* Where the offset, in instructions, leads to. */
static uint64_t branch(uint64_t pc, int64_t offset)
{
    return pc + (uint64_t)offset * 4u;
}

struct form {
    uint32_t mask;
    uint32_t value;
    enum a64_kind kind;
    unsigned low; /* of the offset, with how many bits */
    unsigned bits;
};

static const struct form forms[] = {
    {0xfc000000, 0x94000000, A64_CALL, 0, 26},         /* BL */
    {0xfc000000, 0x14000000, A64_JUMP, 0, 26},         /* B */
    {0xff000000, 0x54000000, A64_JUMP, 5, 19},         /* B.cond, BC.cond */
    {0x7e000000, 0x34000000, A64_JUMP, 5, 19},         /* CBZ, CBNZ */
    {0x7e000000, 0x36000000, A64_JUMP, 5, 14},         /* TBZ, TBNZ */
    {0xfffffc1f, 0xd63f0000, A64_CALL_REGISTER, 0, 0}, /* BLR */
    {0xfefff800, 0xd63f0800, A64_CALL_REGISTER, 0, 0}, /* BLRAA, BLRAAZ, BLRAB, BLRABZ */
    {0xfffffc1f, 0xd61f0000, A64_JUMP_REGISTER, 0, 0}, /* BR */
    {0xfefff800, 0xd61f0800, A64_JUMP_REGISTER, 0, 0}, /* BRAA, BRAAZ, BRAB, BRABZ */
    {0x9f000000, 0x90000000, A64_PAGE, 0, 0},          /* ADRP */
    {0x9f000000, 0x10000000, A64_ADDRESS, 0, 0},       /* ADR */
    {0xff800000, 0x91000000, A64_ADD, 0, 0},           /* ADD (immediate) */
};

/* Register pairs that are stored below the stack pointer, which follows: the bytes of one register. */
static const struct {
    uint32_t value;
    uint32_t bytes;
} pushes[] = {
    {0xa9800000, 8},  /* STP Xt, Xt */
    {0x29800000, 4},  /* STP Wt, Wt */
    {0x6d800000, 8},  /* STP Dt, Dt */
    {0xad800000, 16}, /* STP Qt, Qt */
};

static void decode_stack(uint32_t instruction, struct a64 *out)
{
    unsigned base = (instruction >> 5) & 31u;
    unsigned destination = instruction & 31u;

    if (base != SP) {
        return;
    }
    for (unsigned i = 0; i < sizeof(pushes) / sizeof(pushes[0]); i++) {
        int64_t offset = signed_field(instruction, 15, 7) * (int64_t)pushes[i].bytes;
        if ((instruction & 0xffc00000u) == pushes[i].value && offset < 0) {
            out->stack = (uint32_t)-offset;
        }
    }
    /* STR Xt, [SP, #-n]! */
    if ((instruction & 0xffe00c00u) == 0xf8000c00u && signed_field(instruction, 12, 9) < 0) {
        out->stack = (uint32_t)-signed_field(instruction, 12, 9);
    }
    /* SUB SP, SP, #n */
    if ((instruction & 0xff800000u) == 0xd1000000u && destination == SP) {
        out->stack = ((instruction >> 10) & 0xfffu) << ((instruction & 0x400000u) != 0 ? 12 : 0);
    }
    /* SUB SP, SP, Xn */
    if ((instruction & 0xffe00000u) == 0xcb200000u && destination == SP) {
        out->stack_unknown = true;
    }
}

/* ADR and ADRP: immhi 23:5, immlo 30:29. */
static int64_t page_offset(uint32_t instruction)
{
    return signed_field(instruction, 5, 19) * 4 + (int64_t)((instruction >> 29) & 3u);
}

struct a64 a64_decode(uint32_t instruction, uint64_t pc)
{
    struct a64 out = {
        .kind = A64_OTHER, .destination = instruction & 31u, .source = (instruction >> 5) & 31u};

    decode_stack(instruction, &out);
    for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const struct form *form = &forms[i];

        if ((instruction & form->mask) != form->value) {
            continue;
        }
        out.kind = form->kind;
        if (form->bits != 0) {
            out.target = branch(pc, signed_field(instruction, form->low, form->bits));
        }
        break;
    }
    if (out.kind == A64_PAGE) {
        out.target = (pc & ~UINT64_C(0xfff)) + (uint64_t)(page_offset(instruction) * 4096);
    } else if (out.kind == A64_ADDRESS) {
        out.target = pc + (uint64_t)page_offset(instruction);
    } else if (out.kind == A64_ADD) {
        out.constant = (uint64_t)((instruction >> 10) & 0xfffu)
                       << ((instruction & 0x400000u) != 0 ? 12 : 0);
    }
    return out;
}
