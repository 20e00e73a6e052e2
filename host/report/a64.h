/* SPDX-License-Identifier: BSD-3-Clause */
/* As much of A64 as calls, addresses and stack frames take. Source: Arm ARM C4.1, C6.2. */
#ifndef REPORT_A64_H
#define REPORT_A64_H

#include <stdbool.h>
#include <stdint.h>

enum a64_kind {
    A64_OTHER,
    A64_CALL,          /* BL: target */
    A64_JUMP,          /* B, B.cond, CBZ, TBZ and their like: target */
    A64_CALL_REGISTER, /* BLR and its authenticating forms: source */
    A64_JUMP_REGISTER, /* BR, the same */
    A64_PAGE,          /* ADRP: destination, target */
    A64_ADDRESS,       /* ADR: destination, target */
    A64_ADD,           /* ADD of a constant, 64 bits: destination, source, constant */
};

struct a64 {
    enum a64_kind kind;
    uint64_t target;
    uint64_t constant;
    unsigned destination;
    unsigned source;
    uint32_t stack;     /* bytes that it takes the stack pointer down */
    bool stack_unknown; /* takes it down by a register */
};

struct a64 a64_decode(uint32_t instruction, uint64_t pc);

#endif /* REPORT_A64_H */
