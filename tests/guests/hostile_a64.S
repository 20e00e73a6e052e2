/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The A64 instructions that reach memory, of each form one, as words for hostile_memory.c to place and to
 * run: X0 is the address, X1, X2 and X6..X9 and Q1..Q4 are data, X3 is 0, W4 a status, P0 all true. A row
 * is a struct attack (hostile.h): name, word, flags, bytes that it accesses.
 */
    .arch armv8.5-a+memtag+sve

/* ATTACK_ of hostile.h. */
#define EMULATED 0x1
#define MAY_COMPLETE 0x2
#define CACHE 0x4
#define LOAD 0x8
#define STORE 0x10

    .section .data.rel.ro.hostile_a64, "aw"
    .balign 8
    .global hostile_a64
hostile_a64:

    .macro attack flags, bytes, instruction:vararg
    .section .rodata.hostile_a64, "a"
101: .asciz "memory \instruction"
    .section .data.rel.ro.hostile_a64, "aw"
    .quad 101b
    \instruction
    .hword \flags, \bytes
    .endm

/* Single registers: every size, extension and way of addressing. */
    attack EMULATED + LOAD, 1, ldrb w1, [x0]
    attack EMULATED + LOAD, 1, ldrsb w1, [x0]
    attack EMULATED + LOAD, 1, ldrsb x1, [x0]
    attack EMULATED + LOAD, 2, ldrh w1, [x0]
    attack EMULATED + LOAD, 2, ldrsh w1, [x0]
    attack EMULATED + LOAD, 2, ldrsh x1, [x0]
    attack EMULATED + LOAD, 4, ldr w1, [x0]
    attack EMULATED + LOAD, 4, ldrsw x1, [x0]
    attack LOAD, 8, ldr x1, [x0]
    attack EMULATED + LOAD, 4, ldr wzr, [x0]
    attack EMULATED + LOAD, 4, ldr w1, [x0, x3]
    attack EMULATED + LOAD, 4, ldr w1, [x0, w3, sxtw #2]
    attack EMULATED + LOAD, 4, ldur w1, [x0]
    attack EMULATED + LOAD, 4, ldtr w1, [x0]
    attack EMULATED + STORE, 1, strb w1, [x0]
    attack EMULATED + STORE, 2, strh w1, [x0]
    attack EMULATED + STORE, 4, str w1, [x0]
    attack STORE, 8, str x1, [x0]
    attack EMULATED + STORE, 4, str wzr, [x0]
    attack EMULATED + STORE, 4, str w1, [x0, x3]
    attack EMULATED + STORE, 4, stur w1, [x0]
    attack EMULATED + STORE, 4, sttr w1, [x0]
    attack EMULATED + LOAD, 4, ldr w1, [x0], #4
    attack EMULATED + LOAD, 1, ldrb w1, [x0, #0]!
    attack LOAD, 8, ldr x1, [x0], #8
    attack EMULATED + STORE, 4, str w1, [x0], #-4
    attack EMULATED + STORE, 2, strh w1, [x0, #0]!
    attack STORE, 8, str x1, [x0], #8

/* Pairs. */
    attack EMULATED + LOAD, 8, ldp w1, w2, [x0]
    attack LOAD, 16, ldp x1, x2, [x0]
    attack EMULATED + LOAD, 8, ldpsw x1, x2, [x0]
    attack EMULATED + STORE, 8, stp w1, w2, [x0]
    attack STORE, 16, stp x1, x2, [x0]
    attack EMULATED + LOAD, 8, ldnp w1, w2, [x0]
    attack EMULATED + STORE, 8, stnp w1, w2, [x0]
    attack EMULATED + LOAD, 8, ldp w1, w2, [x0], #8
    attack EMULATED + STORE, 8, stp w1, w2, [x0, #0]!
    attack LOAD, 16, ldp x1, x2, [x0], #16
    attack STORE, 16, stp x1, x2, [x0], #-16

/* Ordered, exclusive, atomic. */
    attack EMULATED + LOAD, 4, ldar w1, [x0]
    attack EMULATED + LOAD, 1, ldarb w1, [x0]
    attack EMULATED + STORE, 4, stlr w1, [x0]
    attack EMULATED + STORE, 2, stlrh w1, [x0]
    attack EMULATED + LOAD, 4, ldlar w1, [x0]
    attack EMULATED + STORE, 4, stllr w1, [x0]
    attack EMULATED + LOAD, 4, ldapr w1, [x0]
    attack EMULATED + LOAD, 4, ldapur w1, [x0]
    attack EMULATED + STORE, 4, stlur w1, [x0]
    attack EMULATED + LOAD, 1, ldapursb x1, [x0]
    attack LOAD, 4, ldxr w1, [x0]
    attack LOAD, 8, ldxr x1, [x0]
    attack LOAD, 1, ldaxrb w1, [x0]
    attack LOAD, 8, ldxp w1, w2, [x0]
    attack LOAD, 16, ldaxp x1, x2, [x0]
    attack MAY_COMPLETE + STORE, 4, stxr w4, w1, [x0]
    attack MAY_COMPLETE + STORE, 8, stlxr w4, x1, [x0]
    attack MAY_COMPLETE + STORE, 16, stxp w4, x1, x2, [x0]
    attack EMULATED, 4, ldadd w1, w2, [x0]
    attack EMULATED, 1, ldclrb w1, w2, [x0]
    attack EMULATED, 2, ldeorh w1, w2, [x0]
    attack EMULATED, 4, ldsetal w1, w2, [x0]
    attack EMULATED, 4, ldsmax w1, w2, [x0]
    attack EMULATED, 4, ldsmina w1, w2, [x0]
    attack EMULATED, 4, ldumaxl w1, w2, [x0]
    attack EMULATED, 4, ldumin w1, w2, [x0]
    attack EMULATED, 4, swpal w1, w2, [x0]
    attack EMULATED, 4, stadd w1, [x0]
    attack 0, 8, ldadd x1, x2, [x0]
    attack EMULATED, 4, cas w1, w2, [x0]
    attack EMULATED, 1, casalb w1, w2, [x0]
    attack 0, 8, casal x1, x2, [x0]
    attack 0, 8, casp w6, w7, w8, w9, [x0]
    attack 0, 16, caspal x6, x7, x8, x9, [x0]

/* FP and SIMD. */
    attack EMULATED + LOAD, 1, ldr b1, [x0]
    attack EMULATED + LOAD, 2, ldr h1, [x0]
    attack EMULATED + LOAD, 4, ldr s1, [x0]
    attack LOAD, 8, ldr d1, [x0]
    attack LOAD, 16, ldr q1, [x0]
    attack EMULATED + STORE, 4, str s1, [x0]
    attack STORE, 8, str d1, [x0]
    attack STORE, 16, str q1, [x0]
    attack EMULATED + LOAD, 4, ldr s1, [x0], #4
    attack STORE, 16, str q1, [x0, #0]!
    attack EMULATED + LOAD, 8, ldp s1, s2, [x0]
    attack LOAD, 16, ldp d1, d2, [x0]
    attack LOAD, 32, ldp q1, q2, [x0]
    attack STORE, 32, stp q1, q2, [x0], #32
    attack STORE, 16, stnp d1, d2, [x0]
    attack LOAD, 1, ld1 {v1.b}[3], [x0]
    attack LOAD, 4, ld1r {v1.4s}, [x0]
    attack LOAD, 16, ld1 {v1.16b}, [x0]
    attack LOAD, 64, ld1 {v1.16b-v4.16b}, [x0], #64
    attack LOAD, 32, ld2 {v1.4s, v2.4s}, [x0]
    attack LOAD, 48, ld3 {v1.2d-v3.2d}, [x0]
    attack LOAD, 64, ld4 {v1.8h-v4.8h}, [x0]
    attack STORE, 8, st1 {v1.d}[1], [x0]
    attack STORE, 16, st1 {v1.16b}, [x0]
    attack STORE, 64, st4 {v1.16b-v4.16b}, [x0], #64

/* SVE. */
    attack LOAD, 256, ld1b {z1.b}, p0/z, [x0]
    attack LOAD, 256, ld1d {z1.d}, p0/z, [x0, x3, lsl #3]
    attack LOAD, 16, ld1rqw {z1.s}, p0/z, [x0]
    attack LOAD, 256, ldff1w {z1.s}, p0/z, [x0, x3, lsl #2]
    attack MAY_COMPLETE + LOAD, 256, ldnf1w {z1.s}, p0/z, [x0]
    attack LOAD, 1024, ld4w {z1.s-z4.s}, p0/z, [x0]
    attack LOAD, 256, ldr z1, [x0]
    attack LOAD, 32, ldr p1, [x0]
    attack STORE, 256, st1b {z1.b}, p0, [x0]
    attack STORE, 256, str z1, [x0]
    attack MAY_COMPLETE, 256, prfw pldl1keep, p0, [x0]

/* Tags and pointer authentication. X0 is no signed pointer: LDRAA's own check may refuse it. */
    attack MAY_COMPLETE + LOAD, 8, ldraa x1, [x0]
    attack MAY_COMPLETE + LOAD, 8, ldrab x1, [x0, #0]!
    attack MAY_COMPLETE, 16, ldg x1, [x0]
    attack MAY_COMPLETE + STORE, 16, stg x0, [x0]
    attack STORE, 16, stzg x0, [x0]
    attack STORE, 16, stgp x1, x2, [x0]

/* Caches, prefetches. */
    attack STORE, 2048, dc zva, x0
    attack CACHE, 2048, dc civac, x0
    attack CACHE, 2048, dc cvac, x0
    attack CACHE, 2048, dc cvau, x0
    attack CACHE, 2048, dc cvap, x0
    attack CACHE, 2048, dc ivac, x0
    attack CACHE, 2048, ic ivau, x0
    attack MAY_COMPLETE, 4, prfm pldl1keep, [x0]
    attack MAY_COMPLETE, 4, prfm pstl1strm, [x0, x3]
    attack MAY_COMPLETE, 4, prfum plil1keep, [x0]

    .section .data.rel.ro.hostile_a64, "aw"
    .global hostile_a64_end
hostile_a64_end:

/*
 * What an access of Paravane's PL011 gives: struct value (hostile.h). From the register's offset; the
 * register is set first, where the row says; then X0 (less the address), X1, X2, the low half of Q1, and
 * the register afterwards. Arm DDI 0183G: 0xfe0.. are 0x11, 0x10, 0x34, 0; 0xff0.. are 0x0d, 0xf0, 0x05,
 * 0xb1; IBRD 0x24 has 16 bits, FBRD 0x28 has 6.
 */
    .section .data.rel.ro.hostile_values, "aw"
    .balign 8
    .global hostile_values
hostile_values:

#define KEEP 0xffffffffffffffff

    .macro value offset, before, x0, x1, x2, after, instruction:vararg
    .section .rodata.hostile_a64, "a"
101: .asciz "value \instruction"
    .section .data.rel.ro.hostile_values, "aw"
    .quad 101b
    \instruction
    .long \offset
    .quad \before, \x0, \x1, \x2, \after
    .endm

    value 0xfe0, KEEP, 0, 0x11, KEEP, KEEP, ldr w1, [x0]
    value 0xfe4, KEEP, 0, 0x10, KEEP, KEEP, ldrb w1, [x0]
    value 0xffc, KEEP, 0, 0xffffffb1, KEEP, KEEP, ldrsb w1, [x0]
    value 0xffc, KEEP, 0, 0xffffffffffffffb1, KEEP, KEEP, ldrsb x1, [x0]
    value 0xffc, KEEP, 0, 0xb1, KEEP, KEEP, ldrsh x1, [x0]
    value 0xffc, KEEP, 0, 0xb1, KEEP, KEEP, ldrsw x1, [x0]
    value 0xfe0, KEEP, 4, 0x11, KEEP, KEEP, ldr w1, [x0], #4
    value 0xfe4, KEEP, -4, 0x11, KEEP, KEEP, ldr w1, [x0, #-4]!
    value 0xfe0, KEEP, 0, 0x11, 0x10, KEEP, ldp w1, w2, [x0]
    value 0xff8, KEEP, 0, 0x05, 0xb1, KEEP, ldpsw x1, x2, [x0]
    value 0xff0, KEEP, 8, 0x0d, 0xf0, KEEP, ldp w1, w2, [x0], #8
    value 0xfe8, KEEP, 0, 0x34, KEEP, KEEP, ldar w1, [x0]
    value 0x24, 7, 0, KEEP, KEEP, 0x1111, str w1, [x0]
    value 0x24, 7, 0, KEEP, KEEP, 0, str wzr, [x0]
    value 0x24, 7, -8, KEEP, KEEP, 0x1111, str w1, [x0], #-8
    value 0x24, 7, 0, KEEP, KEEP, 0x1111, stp w1, w2, [x0]
    value 0x24, 7, 0, KEEP, KEEP, 0x1111, stlr w1, [x0]
    value 0x24, 7, 0, KEEP, 7, 0x1118, ldadd w1, w2, [x0]
    value 0x24, 0x1113, 0, KEEP, 0x1113, 0x2, ldclral w1, w2, [x0]
    value 0x24, 0x1113, 0, KEEP, 0x1113, 0x2, ldeor w1, w2, [x0]
    value 0x24, 0x7000, 0, KEEP, 0x7000, 0x7111, ldset w1, w2, [x0]
    value 0x24, 0x7000, 0, KEEP, 0x7000, 0x7000, ldumin w1, w2, [x0]
    value 0x24, 0x7000, 0, KEEP, 0x7000, 0x1111, swpal w1, w2, [x0]
    value 0x24, 7, 0, 7, KEEP, 7, cas w1, w2, [x0]
    .section .data.rel.ro.hostile_values, "aw"
    .global hostile_values_end
hostile_values_end:
