/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A64 loads, stores and atomics and what they do, from the Arm ARM (DDI 0487, the sections named), for
 * test_emulate.c. Encodings were compared with two assemblers.
 */
#ifndef TESTS_EMULATE_TABLE_H
#define TESTS_EMULATE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define BASE_SP 31
#define BASE_PC 32

struct plain_row {
    uint32_t encoding;
    const char *text;
    enum { LOAD, STORE } kind;
    uint8_t bytes; /* of one register */
    uint8_t count; /* registers */
    uint8_t sign;  /* sign-extended to this many bits; 0 zero-extended */
    bool simd;
    uint8_t rt;
    uint8_t rt2;
    uint8_t rn;
    int16_t offset;    /* from the base as it is before */
    int16_t writeback; /* added to the base; 0 none */
};

/* clang-format off */
static const struct plain_row plain_rows[] = {
    /* C6.2 LDR/STR and LDRB.. (immediate), unsigned offset. */
    {0x39401441, "ldrb w1, [x2, #5]", LOAD, 1, 1, 0, false, 1, 0, 2, 5, 0},
    {0x79400c83, "ldrh w3, [x4, #6]", LOAD, 2, 1, 0, false, 3, 0, 4, 6, 0},
    {0xb94008c5, "ldr w5, [x6, #8]", LOAD, 4, 1, 0, false, 5, 0, 6, 8, 0},
    {0xf9400907, "ldr x7, [x8, #16]", LOAD, 8, 1, 0, false, 7, 0, 8, 16, 0},
    {0x39c00549, "ldrsb w9, [x10, #1]", LOAD, 1, 1, 32, false, 9, 0, 10, 1, 0},
    {0x39800549, "ldrsb x9, [x10, #1]", LOAD, 1, 1, 64, false, 9, 0, 10, 1, 0},
    {0x79c0058b, "ldrsh w11, [x12, #2]", LOAD, 2, 1, 32, false, 11, 0, 12, 2, 0},
    {0x7980058b, "ldrsh x11, [x12, #2]", LOAD, 2, 1, 64, false, 11, 0, 12, 2, 0},
    {0xb98005cd, "ldrsw x13, [x14, #4]", LOAD, 4, 1, 64, false, 13, 0, 14, 4, 0},
    {0x39001e0f, "strb w15, [x16, #7]", STORE, 1, 1, 0, false, 15, 0, 16, 7, 0},
    {0x79001e51, "strh w17, [x18, #14]", STORE, 2, 1, 0, false, 17, 0, 18, 14, 0},
    {0xb9001693, "str w19, [x20, #20]", STORE, 4, 1, 0, false, 19, 0, 20, 20, 0},
    {0xf9000ed5, "str x21, [x22, #24]", STORE, 8, 1, 0, false, 21, 0, 22, 24, 0},
    {0xf94013f7, "ldr x23, [sp, #32]", LOAD, 8, 1, 0, false, 23, 0, BASE_SP, 32, 0},
    {0xb90003f8, "str w24, [sp]", STORE, 4, 1, 0, false, 24, 0, BASE_SP, 0, 0},
    {0xf900043f, "str xzr, [x1, #8]", STORE, 8, 1, 0, false, 31, 0, 1, 8, 0},
    {0xb940043f, "ldr wzr, [x1, #4]", LOAD, 4, 1, 0, false, 31, 0, 1, 4, 0},
    {0xf9400442, "ldr x2, [x2, #8]", LOAD, 8, 1, 0, false, 2, 0, 2, 8, 0},
    {0xf943ffbe, "ldr x30, [x29, #2040]", LOAD, 8, 1, 0, false, 30, 0, 29, 2040, 0},
    {0xf94003b2, "ldr x18, [x29]", LOAD, 8, 1, 0, false, 18, 0, 29, 0, 0},
    /* C6.2 LDR/STR (immediate), post-index. */
    {0x38401441, "ldrb w1, [x2], #1", LOAD, 1, 1, 0, false, 1, 0, 2, 0, 1},
    {0x785fe441, "ldrh w1, [x2], #-2", LOAD, 2, 1, 0, false, 1, 0, 2, 0, -2},
    {0xb8404441, "ldr w1, [x2], #4", LOAD, 4, 1, 0, false, 1, 0, 2, 0, 4},
    {0xf8500441, "ldr x1, [x2], #-256", LOAD, 8, 1, 0, false, 1, 0, 2, 0, -256},
    {0xb88ff441, "ldrsw x1, [x2], #255", LOAD, 4, 1, 64, false, 1, 0, 2, 0, 255},
    {0x38803441, "ldrsb x1, [x2], #3", LOAD, 1, 1, 64, false, 1, 0, 2, 0, 3},
    {0x78c107e1, "ldrsh w1, [sp], #16", LOAD, 2, 1, 32, false, 1, 0, BASE_SP, 0, 16},
    {0x38001483, "strb w3, [x4], #1", STORE, 1, 1, 0, false, 3, 0, 4, 0, 1},
    {0x78002483, "strh w3, [x4], #2", STORE, 2, 1, 0, false, 3, 0, 4, 0, 2},
    {0xb8004483, "str w3, [x4], #4", STORE, 4, 1, 0, false, 3, 0, 4, 0, 4},
    {0xf80107e3, "str x3, [sp], #16", STORE, 8, 1, 0, false, 3, 0, BASE_SP, 0, 16},
    /* C6.2 LDR/STR (immediate), pre-index. */
    {0x38401c41, "ldrb w1, [x2, #1]!", LOAD, 1, 1, 0, false, 1, 0, 2, 1, 1},
    {0xb8404c41, "ldr w1, [x2, #4]!", LOAD, 4, 1, 0, false, 1, 0, 2, 4, 4},
    {0xf85f0fe1, "ldr x1, [sp, #-16]!", LOAD, 8, 1, 0, false, 1, 0, BASE_SP, -16, -16},
    {0x38dffc41, "ldrsb w1, [x2, #-1]!", LOAD, 1, 1, 32, false, 1, 0, 2, -1, -1},
    {0x78806c41, "ldrsh x1, [x2, #6]!", LOAD, 2, 1, 64, false, 1, 0, 2, 6, 6},
    {0xb89f8c41, "ldrsw x1, [x2, #-8]!", LOAD, 4, 1, 64, false, 1, 0, 2, -8, -8},
    {0xb800cc83, "str w3, [x4, #12]!", STORE, 4, 1, 0, false, 3, 0, 4, 12, 12},
    {0xf81f8c83, "str x3, [x4, #-8]!", STORE, 8, 1, 0, false, 3, 0, 4, -8, -8},
    {0xf81f0fff, "str xzr, [sp, #-16]!", STORE, 8, 1, 0, false, 31, 0, BASE_SP, -16, -16},
    /* C6.2 LDUR/STUR. */
    {0x385ff041, "ldurb w1, [x2, #-1]", LOAD, 1, 1, 0, false, 1, 0, 2, -1, 0},
    {0x785fe041, "ldurh w1, [x2, #-2]", LOAD, 2, 1, 0, false, 1, 0, 2, -2, 0},
    {0xb85fc041, "ldur w1, [x2, #-4]", LOAD, 4, 1, 0, false, 1, 0, 2, -4, 0},
    {0xf85f8041, "ldur x1, [x2, #-8]", LOAD, 8, 1, 0, false, 1, 0, 2, -8, 0},
    {0x389fd041, "ldursb x1, [x2, #-3]", LOAD, 1, 1, 64, false, 1, 0, 2, -3, 0},
    {0x78dfa041, "ldursh w1, [x2, #-6]", LOAD, 2, 1, 32, false, 1, 0, 2, -6, 0},
    {0xb89f4041, "ldursw x1, [x2, #-12]", LOAD, 4, 1, 64, false, 1, 0, 2, -12, 0},
    {0xb81fc0c5, "stur w5, [x6, #-4]", STORE, 4, 1, 0, false, 5, 0, 6, -4, 0},
    {0xf81f00c5, "stur x5, [x6, #-16]", STORE, 8, 1, 0, false, 5, 0, 6, -16, 0},
    {0x381fb0c5, "sturb w5, [x6, #-5]", STORE, 1, 1, 0, false, 5, 0, 6, -5, 0},
    {0x781fa3e5, "sturh w5, [sp, #-6]", STORE, 2, 1, 0, false, 5, 0, BASE_SP, -6, 0},
    /* C6.2 LDTR/STTR (unprivileged). */
    {0x38401841, "ldtrb w1, [x2, #1]", LOAD, 1, 1, 0, false, 1, 0, 2, 1, 0},
    {0x78402841, "ldtrh w1, [x2, #2]", LOAD, 2, 1, 0, false, 1, 0, 2, 2, 0},
    {0xb8404841, "ldtr w1, [x2, #4]", LOAD, 4, 1, 0, false, 1, 0, 2, 4, 0},
    {0xf8408841, "ldtr x1, [x2, #8]", LOAD, 8, 1, 0, false, 1, 0, 2, 8, 0},
    {0x38c01841, "ldtrsb w1, [x2, #1]", LOAD, 1, 1, 32, false, 1, 0, 2, 1, 0},
    {0x78802841, "ldtrsh x1, [x2, #2]", LOAD, 2, 1, 64, false, 1, 0, 2, 2, 0},
    {0xb8804841, "ldtrsw x1, [x2, #4]", LOAD, 4, 1, 64, false, 1, 0, 2, 4, 0},
    {0xb8004841, "sttr w1, [x2, #4]", STORE, 4, 1, 0, false, 1, 0, 2, 4, 0},
    {0xf81f8841, "sttr x1, [x2, #-8]", STORE, 8, 1, 0, false, 1, 0, 2, -8, 0},
    {0x38000841, "sttrb w1, [x2]", STORE, 1, 1, 0, false, 1, 0, 2, 0, 0},
    {0x78002841, "sttrh w1, [x2, #2]", STORE, 2, 1, 0, false, 1, 0, 2, 2, 0},
    /* C6.2 LDAPUR/STLUR. */
    {0x19403041, "ldapurb w1, [x2, #3]", LOAD, 1, 1, 0, false, 1, 0, 2, 3, 0},
    {0x995fc041, "ldapur w1, [x2, #-4]", LOAD, 4, 1, 0, false, 1, 0, 2, -4, 0},
    {0xd9408041, "ldapur x1, [x2, #8]", LOAD, 8, 1, 0, false, 1, 0, 2, 8, 0},
    {0x19801041, "ldapursb x1, [x2, #1]", LOAD, 1, 1, 64, false, 1, 0, 2, 1, 0},
    {0x59c02041, "ldapursh w1, [x2, #2]", LOAD, 2, 1, 32, false, 1, 0, 2, 2, 0},
    {0x99804041, "ldapursw x1, [x2, #4]", LOAD, 4, 1, 64, false, 1, 0, 2, 4, 0},
    {0x59002041, "stlurh w1, [x2, #2]", STORE, 2, 1, 0, false, 1, 0, 2, 2, 0},
    {0xd91f8041, "stlur x1, [x2, #-8]", STORE, 8, 1, 0, false, 1, 0, 2, -8, 0},
    /* C6.2 LDAR, LDLAR, LDAPR, STLR, STLLR. */
    {0x08dffc41, "ldarb w1, [x2]", LOAD, 1, 1, 0, false, 1, 0, 2, 0, 0},
    {0x48dffc41, "ldarh w1, [x2]", LOAD, 2, 1, 0, false, 1, 0, 2, 0, 0},
    {0x88dffc41, "ldar w1, [x2]", LOAD, 4, 1, 0, false, 1, 0, 2, 0, 0},
    {0xc8dfffe1, "ldar x1, [sp]", LOAD, 8, 1, 0, false, 1, 0, BASE_SP, 0, 0},
    {0x88df7c41, "ldlar w1, [x2]", LOAD, 4, 1, 0, false, 1, 0, 2, 0, 0},
    {0x38bfc041, "ldaprb w1, [x2]", LOAD, 1, 1, 0, false, 1, 0, 2, 0, 0},
    {0x78bfc041, "ldaprh w1, [x2]", LOAD, 2, 1, 0, false, 1, 0, 2, 0, 0},
    {0xb8bfc041, "ldapr w1, [x2]", LOAD, 4, 1, 0, false, 1, 0, 2, 0, 0},
    {0xf8bfc041, "ldapr x1, [x2]", LOAD, 8, 1, 0, false, 1, 0, 2, 0, 0},
    {0x089ffc41, "stlrb w1, [x2]", STORE, 1, 1, 0, false, 1, 0, 2, 0, 0},
    {0x489ffc41, "stlrh w1, [x2]", STORE, 2, 1, 0, false, 1, 0, 2, 0, 0},
    {0x889ffc41, "stlr w1, [x2]", STORE, 4, 1, 0, false, 1, 0, 2, 0, 0},
    {0xc89ffc41, "stlr x1, [x2]", STORE, 8, 1, 0, false, 1, 0, 2, 0, 0},
    {0xc89f7c41, "stllr x1, [x2]", STORE, 8, 1, 0, false, 1, 0, 2, 0, 0},
    /* C6.2 LDP, LDNP, LDPSW, STP, STNP. */
    {0x29410861, "ldp w1, w2, [x3, #8]", LOAD, 4, 2, 0, false, 1, 2, 3, 8, 0},
    {0xa9410861, "ldp x1, x2, [x3, #16]", LOAD, 8, 2, 0, false, 1, 2, 3, 16, 0},
    {0xa8c10861, "ldp x1, x2, [x3], #16", LOAD, 8, 2, 0, false, 1, 2, 3, 0, 16},
    {0xa9fe7bfd, "ldp x29, x30, [sp, #-32]!", LOAD, 8, 2, 0, false, 29, 30, BASE_SP, -32, -32},
    {0x29e00861, "ldp w1, w2, [x3, #-256]!", LOAD, 4, 2, 0, false, 1, 2, 3, -256, -256},
    {0xa9401063, "ldp x3, x4, [x3]", LOAD, 8, 2, 0, false, 3, 4, 3, 0, 0},
    {0xa940107f, "ldp xzr, x4, [x3]", LOAD, 8, 2, 0, false, 31, 4, 3, 0, 0},
    {0x69408861, "ldpsw x1, x2, [x3, #4]", LOAD, 4, 2, 64, false, 1, 2, 3, 4, 0},
    {0x68ff0861, "ldpsw x1, x2, [x3], #-8", LOAD, 4, 2, 64, false, 1, 2, 3, 0, -8},
    {0x69c10861, "ldpsw x1, x2, [x3, #8]!", LOAD, 4, 2, 64, false, 1, 2, 3, 8, 8},
    {0x28408861, "ldnp w1, w2, [x3, #4]", LOAD, 4, 2, 0, false, 1, 2, 3, 4, 0},
    {0xa87f0861, "ldnp x1, x2, [x3, #-16]", LOAD, 8, 2, 0, false, 1, 2, 3, -16, 0},
    {0x29010861, "stp w1, w2, [x3, #8]", STORE, 4, 2, 0, false, 1, 2, 3, 8, 0},
    {0xa91f8861, "stp x1, x2, [x3, #504]", STORE, 8, 2, 0, false, 1, 2, 3, 504, 0},
    {0xa8810be1, "stp x1, x2, [sp], #16", STORE, 8, 2, 0, false, 1, 2, BASE_SP, 0, 16},
    {0xa9bf7bfd, "stp x29, x30, [sp, #-16]!", STORE, 8, 2, 0, false, 29, 30, BASE_SP, -16, -16},
    {0xa9007c7f, "stp xzr, xzr, [x3]", STORE, 8, 2, 0, false, 31, 31, 3, 0, 0},
    {0x29811064, "stp w4, w4, [x3, #8]!", STORE, 4, 2, 0, false, 4, 4, 3, 8, 8},
    {0xa8008861, "stnp x1, x2, [x3, #8]", STORE, 8, 2, 0, false, 1, 2, 3, 8, 0},
    {0x28000861, "stnp w1, w2, [x3]", STORE, 4, 2, 0, false, 1, 2, 3, 0, 0},
    /* C6.2 LDR (literal), LDRSW (literal); C7.2 LDR (literal, SIMD&FP): the base is the PC. */
    {0x18000201, "ldr w1, #64", LOAD, 4, 1, 0, false, 1, 0, BASE_PC, 64, 0},
    {0x58fffc01, "ldr x1, #-128", LOAD, 8, 1, 0, false, 1, 0, BASE_PC, -128, 0},
    {0x98000041, "ldrsw x1, #8", LOAD, 4, 1, 64, false, 1, 0, BASE_PC, 8, 0},
    {0x1c000021, "ldr s1, #4", LOAD, 4, 1, 0, true, 1, 0, BASE_PC, 4, 0},
    {0x5c000041, "ldr d1, #8", LOAD, 8, 1, 0, true, 1, 0, BASE_PC, 8, 0},
    {0x9cffff81, "ldr q1, #-16", LOAD, 16, 1, 0, true, 1, 0, BASE_PC, -16, 0},
    /* C7.2 LDR/STR (immediate, SIMD&FP). */
    {0x3d400441, "ldr b1, [x2, #1]", LOAD, 1, 1, 0, true, 1, 0, 2, 1, 0},
    {0x7d400441, "ldr h1, [x2, #2]", LOAD, 2, 1, 0, true, 1, 0, 2, 2, 0},
    {0xbd400441, "ldr s1, [x2, #4]", LOAD, 4, 1, 0, true, 1, 0, 2, 4, 0},
    {0xfd400441, "ldr d1, [x2, #8]", LOAD, 8, 1, 0, true, 1, 0, 2, 8, 0},
    {0x3dc00441, "ldr q1, [x2, #16]", LOAD, 16, 1, 0, true, 1, 0, 2, 16, 0},
    {0x3dc00fff, "ldr q31, [sp, #48]", LOAD, 16, 1, 0, true, 31, 0, BASE_SP, 48, 0},
    {0x3d000441, "str b1, [x2, #1]", STORE, 1, 1, 0, true, 1, 0, 2, 1, 0},
    {0x7d000441, "str h1, [x2, #2]", STORE, 2, 1, 0, true, 1, 0, 2, 2, 0},
    {0xbd000441, "str s1, [x2, #4]", STORE, 4, 1, 0, true, 1, 0, 2, 4, 0},
    {0xfd000441, "str d1, [x2, #8]", STORE, 8, 1, 0, true, 1, 0, 2, 8, 0},
    {0x3d800441, "str q1, [x2, #16]", STORE, 16, 1, 0, true, 1, 0, 2, 16, 0},
    {0x3cc10442, "ldr q2, [x2], #16", LOAD, 16, 1, 0, true, 2, 0, 2, 0, 16},
    {0x3c9f0c83, "str q3, [x4, #-16]!", STORE, 16, 1, 0, true, 3, 0, 4, -16, -16},
    {0xfc408ca5, "ldr d5, [x5, #8]!", LOAD, 8, 1, 0, true, 5, 0, 5, 8, 8},
    {0x3cdf8041, "ldur q1, [x2, #-8]", LOAD, 16, 1, 0, true, 1, 0, 2, -8, 0},
    {0x7c1fe041, "stur h1, [x2, #-2]", STORE, 2, 1, 0, true, 1, 0, 2, -2, 0},
    {0xbc1fc041, "stur s1, [x2, #-4]", STORE, 4, 1, 0, true, 1, 0, 2, -4, 0},
    /* C7.2 LDP, LDNP, STP, STNP (SIMD&FP). */
    {0x2d410861, "ldp s1, s2, [x3, #8]", LOAD, 4, 2, 0, true, 1, 2, 3, 8, 0},
    {0x6d410861, "ldp d1, d2, [x3, #16]", LOAD, 8, 2, 0, true, 1, 2, 3, 16, 0},
    {0xad410861, "ldp q1, q2, [x3, #32]", LOAD, 16, 2, 0, true, 1, 2, 3, 32, 0},
    {0xacc11063, "ldp q3, q4, [x3], #32", LOAD, 16, 2, 0, true, 3, 4, 3, 0, 32},
    {0xac7f0861, "ldnp q1, q2, [x3, #-32]", LOAD, 16, 2, 0, true, 1, 2, 3, -32, 0},
    {0x2d3f0861, "stp s1, s2, [x3, #-8]", STORE, 4, 2, 0, true, 1, 2, 3, -8, 0},
    {0x6d808861, "stp d1, d2, [x3, #8]!", STORE, 8, 2, 0, true, 1, 2, 3, 8, 8},
    {0xadbe0be1, "stp q1, q2, [sp, #-64]!", STORE, 16, 2, 0, true, 1, 2, BASE_SP, -64, -64},
    {0xad001465, "stp q5, q5, [x3]", STORE, 16, 2, 0, true, 5, 5, 3, 0, 0},
    {0x6c000861, "stnp d1, d2, [x3]", STORE, 8, 2, 0, true, 1, 2, 3, 0, 0},
};

/* Register offset: with rm_value in Rm, the access is `offset` from the base. */
struct offset_row {
    uint32_t encoding;
    const char *text;
    uint8_t kind;
    uint8_t bytes;
    uint8_t sign;
    bool simd;
    uint8_t rt;
    uint8_t rn;
    uint8_t rm;
    uint64_t rm_value;
    int16_t offset;
};

/* C6.2 and C7.2 LDR/STR (register): UXTW, LSL, SXTW, SXTX, with and without shift. */
static const struct offset_row offset_rows[] = {
    {0xb8636841, "ldr w1, [x2, x3]", LOAD, 4, 0, false, 1, 2, 3, UINT64_C(0x10), 16},
    {0xf8637841, "ldr x1, [x2, x3, lsl #3]", LOAD, 8, 0, false, 1, 2, 3, UINT64_C(0x2), 16},
    {0xf8636841, "ldr x1, [x2, x3]", LOAD, 8, 0, false, 1, 2, 3, UINT64_C(0xfffffffffffffff8), -8},
    {0xb8634841, "ldr w1, [x2, w3, uxtw]", LOAD, 4, 0, false, 1, 2, 3, UINT64_C(0xffffffff00000020), 32},
    {0xb8635841, "ldr w1, [x2, w3, uxtw #2]", LOAD, 4, 0, false, 1, 2, 3, UINT64_C(0xdeadbeef00000009), 36},
    {0xb863c841, "ldr w1, [x2, w3, sxtw]", LOAD, 4, 0, false, 1, 2, 3, UINT64_C(0x00000000fffffffc), -4},
    {0xf863d841, "ldr x1, [x2, w3, sxtw #3]", LOAD, 8, 0, false, 1, 2, 3, UINT64_C(0x12345678fffffffe), -16},
    {0xf863e841, "ldr x1, [x2, x3, sxtx]", LOAD, 8, 0, false, 1, 2, 3, UINT64_C(0xfffffffffffffff0), -16},
    {0xf863f841, "ldr x1, [x2, x3, sxtx #3]", LOAD, 8, 0, false, 1, 2, 3, UINT64_C(0xffffffffffffffff), -8},
    {0x38636841, "ldrb w1, [x2, x3]", LOAD, 1, 0, false, 1, 2, 3, UINT64_C(0x3), 3},
    {0x38637841, "ldrb w1, [x2, x3, lsl #0]", LOAD, 1, 0, false, 1, 2, 3, UINT64_C(0x3), 3},
    {0x38a36841, "ldrsb x1, [x2, x3]", LOAD, 1, 64, false, 1, 2, 3, UINT64_C(0x1), 1},
    {0x7863d841, "ldrh w1, [x2, w3, sxtw #1]", LOAD, 2, 0, false, 1, 2, 3, UINT64_C(0xffffffff), -2},
    {0x78e37841, "ldrsh w1, [x2, x3, lsl #1]", LOAD, 2, 32, false, 1, 2, 3, UINT64_C(0x5), 10},
    {0xb8a37841, "ldrsw x1, [x2, x3, lsl #2]", LOAD, 4, 64, false, 1, 2, 3, UINT64_C(0x4), 16},
    {0xf87f6841, "ldr x1, [x2, xzr]", LOAD, 8, 0, false, 1, 2, 31, UINT64_C(0x0), 0},
    {0xf8637be1, "ldr x1, [sp, x3, lsl #3]", LOAD, 8, 0, false, 1, BASE_SP, 3, UINT64_C(0x3), 24},
    {0x38234841, "strb w1, [x2, w3, uxtw]", STORE, 1, 0, false, 1, 2, 3, UINT64_C(0x100000004), 4},
    {0x78237841, "strh w1, [x2, x3, lsl #1]", STORE, 2, 0, false, 1, 2, 3, UINT64_C(0x7), 14},
    {0xb8236841, "str w1, [x2, x3]", STORE, 4, 0, false, 1, 2, 3, UINT64_C(0x8), 8},
    {0xf823c841, "str x1, [x2, w3, sxtw]", STORE, 8, 0, false, 1, 2, 3, UINT64_C(0x80000000fffffff8), -8},
    {0xf8237843, "str x3, [x2, x3, lsl #3]", STORE, 8, 0, false, 3, 2, 3, UINT64_C(0x1), 8},
    {0x3c636841, "ldr b1, [x2, x3]", LOAD, 1, 0, true, 1, 2, 3, UINT64_C(0x5), 5},
    {0x3ce37841, "ldr q1, [x2, x3, lsl #4]", LOAD, 16, 0, true, 1, 2, 3, UINT64_C(0x2), 32},
    {0x3ca35841, "str q1, [x2, w3, uxtw #4]", STORE, 16, 0, true, 1, 2, 3, UINT64_C(0x3), 48},
    {0xfc23d841, "str d1, [x2, w3, sxtw #3]", STORE, 8, 0, true, 1, 2, 3, UINT64_C(0xffffffff), -8},
};

/* Atomics at offset 0 of X3 or SP: registers and memory before and after. */
struct atomic_row {
    uint32_t encoding;
    const char *text;
    uint8_t bytes;
    uint8_t rs;
    uint8_t rt;
    uint64_t rs_before;
    uint64_t rt_before;
    uint64_t memory;
    bool written;
    uint64_t memory_after;
    uint64_t rs_after;
    uint64_t rt_after;
};

/* C6.2 LD<op>, ST<op>, SWP, CAS. */
static const struct atomic_row atomic_rows[] = {
    {0xb8210062, "ldadd w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0xaaaaaaaa00000001), UINT64_C(0x9), UINT64_C(0xffffffff), true, UINT64_C(0x0), UINT64_C(0xaaaaaaaa00000001), UINT64_C(0xffffffff)},
    {0xf8210062, "ldadd x1, x2, [x3]", 8, 1, 2,
     UINT64_C(0x1), UINT64_C(0x9), UINT64_C(0xffffffff), true, UINT64_C(0x100000000), UINT64_C(0x1), UINT64_C(0xffffffff)},
    {0x38a10062, "ldaddab w1, w2, [x3]", 1, 1, 2,
     UINT64_C(0x1ff), UINT64_C(0x9), UINT64_C(0x2), true, UINT64_C(0x1), UINT64_C(0x1ff), UINT64_C(0x2)},
    {0x78e103e2, "ldaddalh w1, w2, [sp]", 2, 1, 2,
     UINT64_C(0x10001), UINT64_C(0x9), UINT64_C(0x7fff), true, UINT64_C(0x8000), UINT64_C(0x10001), UINT64_C(0x7fff)},
    {0xb8211062, "ldclr w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0x0f0f0f0f), 0, UINT64_C(0xffffffff), true, UINT64_C(0xf0f0f0f0), UINT64_C(0x0f0f0f0f), UINT64_C(0xffffffff)},
    {0xf8611062, "ldclrl x1, x2, [x3]", 8, 1, 2,
     UINT64_C(0xff), 0, UINT64_C(0x1234), true, UINT64_C(0x1200), UINT64_C(0xff), UINT64_C(0x1234)},
    {0xf8212062, "ldeor x1, x2, [x3]", 8, 1, 2,
     UINT64_C(0xffffffffffffffff), 0, UINT64_C(0x00ff00ff00ff00ff), true, UINT64_C(0xff00ff00ff00ff00), UINT64_C(0xffffffffffffffff), UINT64_C(0x00ff00ff00ff00ff)},
    {0xb8a12062, "ldeora w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0x3), 0, UINT64_C(0x5), true, UINT64_C(0x6), UINT64_C(0x3), UINT64_C(0x5)},
    {0xb8213062, "ldset w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0x80), 0, UINT64_C(0x1), true, UINT64_C(0x81), UINT64_C(0x80), UINT64_C(0x1)},
    {0x78213062, "ldseth w1, w2, [x3]", 2, 1, 2,
     UINT64_C(0x12340080), 0, UINT64_C(0x1), true, UINT64_C(0x81), UINT64_C(0x12340080), UINT64_C(0x1)},
    {0xb8214062, "ldsmax w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0xffffffff), 0, UINT64_C(0x1), true, UINT64_C(0x1), UINT64_C(0xffffffff), UINT64_C(0x1)},
    {0xf8214062, "ldsmax x1, x2, [x3]", 8, 1, 2,
     UINT64_C(0xffffffff), 0, UINT64_C(0x1), true, UINT64_C(0xffffffff), UINT64_C(0xffffffff), UINT64_C(0x1)},
    {0x38214062, "ldsmaxb w1, w2, [x3]", 1, 1, 2,
     UINT64_C(0x7f), 0, UINT64_C(0x80), true, UINT64_C(0x7f), UINT64_C(0x7f), UINT64_C(0x80)},
    {0xb8215062, "ldsmin w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0xffffffff), 0, UINT64_C(0x1), true, UINT64_C(0xffffffff), UINT64_C(0xffffffff), UINT64_C(0x1)},
    {0x78215062, "ldsminh w1, w2, [x3]", 2, 1, 2,
     UINT64_C(0x7fff), 0, UINT64_C(0x8000), true, UINT64_C(0x8000), UINT64_C(0x7fff), UINT64_C(0x8000)},
    {0xb8216062, "ldumax w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0xffffffff), 0, UINT64_C(0x1), true, UINT64_C(0xffffffff), UINT64_C(0xffffffff), UINT64_C(0x1)},
    {0x38216062, "ldumaxb w1, w2, [x3]", 1, 1, 2,
     UINT64_C(0x17f), 0, UINT64_C(0x80), true, UINT64_C(0x80), UINT64_C(0x17f), UINT64_C(0x80)},
    {0xf8217062, "ldumin x1, x2, [x3]", 8, 1, 2,
     UINT64_C(0xffffffffffffffff), 0, UINT64_C(0x1), true, UINT64_C(0x1), UINT64_C(0xffffffffffffffff), UINT64_C(0x1)},
    {0xb8e17062, "lduminal w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0x5), 0, UINT64_C(0x80000000), true, UINT64_C(0x5), UINT64_C(0x5), UINT64_C(0x80000000)},
    {0xb8218062, "swp w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0x1122334455667788), 0, UINT64_C(0xcafef00d), true, UINT64_C(0x55667788), UINT64_C(0x1122334455667788), UINT64_C(0xcafef00d)},
    {0xf8e18062, "swpal x1, x2, [x3]", 8, 1, 2,
     UINT64_C(0x1122334455667788), 0, UINT64_C(0xcafef00dcafef00d), true, UINT64_C(0x1122334455667788), UINT64_C(0x1122334455667788), UINT64_C(0xcafef00dcafef00d)},
    {0x38218062, "swpb w1, w2, [x3]", 1, 1, 2,
     UINT64_C(0x1122334455667788), 0, UINT64_C(0x5a), true, UINT64_C(0x88), UINT64_C(0x1122334455667788), UINT64_C(0x5a)},
    {0x7821807f, "swph w1, wzr, [x3]", 2, 1, 31,
     UINT64_C(0x1122334455667788), 0, UINT64_C(0x5a5a), true, UINT64_C(0x7788), UINT64_C(0x1122334455667788), 0},
    {0xb821007f, "stadd w1, [x3]", 4, 1, 31,
     UINT64_C(0x5), 0, UINT64_C(0x10), true, UINT64_C(0x15), UINT64_C(0x5), 0},
    {0xf83f0062, "ldadd xzr, x2, [x3]", 8, 31, 2,
     0, 0, UINT64_C(0x10), true, UINT64_C(0x10), 0, UINT64_C(0x10)},
    {0xb8220062, "ldadd w2, w2, [x3]", 4, 2, 2,
     UINT64_C(0x3), UINT64_C(0x3), UINT64_C(0xf0000000), true, UINT64_C(0xf0000003), UINT64_C(0xf0000000), UINT64_C(0xf0000000)},
    {0x88a17c62, "cas w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0xffffffff00000007), UINT64_C(0x1122334455667788), UINT64_C(0x7), true, UINT64_C(0x55667788), UINT64_C(0x7), UINT64_C(0x1122334455667788)},
    {0x88a17c62, "cas w1, w2, [x3]", 4, 1, 2,
     UINT64_C(0x8), UINT64_C(0x1122334455667788), UINT64_C(0x7), false, 0, UINT64_C(0x7), UINT64_C(0x1122334455667788)},
    {0xc8e1fc62, "casal x1, x2, [x3]", 8, 1, 2,
     UINT64_C(0x8877665544332211), UINT64_C(0x1122334455667788), UINT64_C(0x8877665544332211), true, UINT64_C(0x1122334455667788), UINT64_C(0x8877665544332211), UINT64_C(0x1122334455667788)},
    {0xc8a17c62, "cas x1, x2, [x3]", 8, 1, 2,
     UINT64_C(0x0000000044332211), UINT64_C(0x1122334455667788), UINT64_C(0x8877665544332211), false, 0, UINT64_C(0x8877665544332211), UINT64_C(0x1122334455667788)},
    {0x08e17c62, "casab w1, w2, [x3]", 1, 1, 2,
     UINT64_C(0xffffff42), UINT64_C(0x1122334455667788), UINT64_C(0x42), true, UINT64_C(0x88), UINT64_C(0x42), UINT64_C(0x1122334455667788)},
    {0x48a1ffe2, "caslh w1, w2, [sp]", 2, 1, 2,
     UINT64_C(0x1), UINT64_C(0x1122334455667788), UINT64_C(0x8001), false, 0, UINT64_C(0x8001), UINT64_C(0x1122334455667788)},
};

/* What must be an abort: not emulated, unallocated, or CONSTRAINED UNPREDICTABLE. */
struct refused_row {
    uint32_t encoding;
    const char *text;
};

static const struct refused_row refused_rows[] = {
    {0x885f7c41, "ldxr w1, [x2]"},
    {0x085f7c41, "ldxrb w1, [x2]"},
    {0xc85ffc41, "ldaxr x1, [x2]"},
    {0xc8037c41, "stxr w3, x1, [x2]"},
    {0x4803fc41, "stlxrh w3, w1, [x2]"},
    {0xc87f0861, "ldxp x1, x2, [x3]"},
    {0xc8248861, "stlxp w4, x1, x2, [x3]"},
    {0x48227cc4, "casp x2, x3, x4, x5, [x6]"},
    {0x0862fcc4, "caspal w2, w3, w4, w5, [x6]"},
    {0xf8200441, "ldraa x1, [x2]"},
    {0xf8a01c41, "ldrab x1, [x2, #8]!"},
    {0xf9800040, "prfm pldl1keep, [x2]"},
    {0xf8a36840, "prfm pldl1keep, [x2, x3]"},
    {0xf89ff040, "prfum pldl1keep, [x2, #-1]"},
    {0xd8000200, "prfm pldl1keep, #64"},
    {0x4c407041, "ld1 { v1.16b }, [x2]"},
    {0x4cdfa041, "ld1 { v1.16b, v2.16b }, [x2], #32"},
    {0x0d009041, "st1 { v1.s }[1], [x2]"},
    {0x4d40c841, "ld1r { v1.4s }, [x2]"},
    {0xd9600041, "ldg x1, [x2]"},
    {0xd9200841, "stg x1, [x2]"},
    {0x69000861, "stgp x1, x2, [x3]"},
    {0xf83fd040, "ld64b x0, [x2]"},
    {0xf83f9040, "st64b x0, [x2]"},
    {0xd50b7422, "dc zva, x2"},
    {0xd50b7e22, "dc civac, x2"},
    {0xd5087802, "at s1e1r, x2"},
    {0xd503201f, "nop"},
    {0xd4200000, "brk #0"},
    {0xd4000001, "svc #0"},
    {0x8b030041, "add x1, x2, x3"},
    {0x14000001, "b #4"},
    {0xd65f03c0, "ret"},
    {0xf8408442, "ldr x2, [x2], #8: the base is loaded (K1.2)"},
    {0xf8408c42, "ldr x2, [x2, #8]!"},
    {0xf8008442, "str x2, [x2], #8"},
    {0xa8c10c42, "ldp x2, x3, [x2], #16"},
    {0xa8c10843, "ldp x3, x2, [x2], #16"},
    {0xa9810c42, "stp x2, x3, [x2, #16]!"},
    {0xa9400461, "ldp x1, x1, [x3]: one register twice"},
    {0x6d400461, "ldp d1, d1, [x3]"},
    {0x69000861, "opc 01, L 0: STGP"},
    {0x68400000, "opc 01 without allocation"},
    {0xe9400861, "opc 11 of a pair"},
    {0xed400861, "opc 11 of a SIMD pair"},
    {0xdc000001, "opc 11 of a SIMD literal"},
    {0xf8630841, "option 000 of a register offset"},
    {0xf8632841, "option 001"},
    {0xf8638841, "option 100"},
    {0xf863a841, "option 101"},
    {0xb9c00041, "size 10, opc 11: no sign extension of 32 bits to 32"},
    {0xf9c00041, "size 11, opc 11"},
    {0x7d800041, "SIMD: size 01, opc 10"},
    {0xfdc00041, "SIMD: size 11, opc 11"},
    {0x3c000841, "SIMD unprivileged"},
    {0xb8e19041, "atomic opc 001 with o3"},
    {0xb8e1f041, "atomic opc 111 with o3"},
    {0xb8a1c041, "LDAPR with Rs 00001"},
    {0xb8ffc041, "LDAPR with R set"},
    {0xb87fc041, "LDAPR with A clear and R set"},
    {0xbc210041, "atomic with V set"},
    {0x88c0fc41, "LDAR with Rs 00000"},
    {0x88df8041, "LDAR with Rt2 00000"},
    {0xd9c00041, "LDAPUR: size 11, opc 11"},
    {0xd9800041, "LDAPUR: size 11, opc 10"},
    {0x00000000, "UDF"},
    {0xffffffff, "unallocated"},
};
/* clang-format on */

#endif /* TESTS_EMULATE_TABLE_H */
