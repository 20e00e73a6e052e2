/* SPDX-License-Identifier: BSD-3-Clause */
/* SME instructions are given by encoding (Arm ARM C9), as older assemblers don't have them. */
#include "simd.h"

#include "sve.inc"

    .macro each_q op
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \op q\n, [x0, #(SIMD_Z + 16 * \n)]
    .endr
    .endm

    .macro load_control
    ldr x2, [x0, #SIMD_FPCR]
    msr fpcr, x2
    ldr x2, [x0, #SIMD_FPSR]
    msr fpsr, x2
    .endm

    .macro store_control
    mrs x2, fpcr
    str x2, [x0, #SIMD_FPCR]
    mrs x2, fpsr
    str x2, [x0, #SIMD_FPSR]
    .endm

function simd_load_q
    load_control
    each_q ldr
    ret

function simd_store_q
    store_control
    each_q str
    ret

function simd_load_z
    load_control
    add x1, x0, #SIMD_P & 0xfff
    add x1, x1, #SIMD_P & ~0xfff
    each_z ldr
    each_p ldr
    ret

function simd_store_z
    store_control
    add x1, x0, #SIMD_P & 0xfff
    add x1, x1, #SIMD_P & ~0xfff
    each_z str
    each_p str
    ret

/* Before simd_load_z and after simd_store_z: by way of P0. */
function simd_load_ffr
    add x1, x0, #SIMD_FFR & 0xfff
    add x1, x1, #SIMD_FFR & ~0xfff
    ldr p0, [x1]
    wrffr p0.b
    ret

function simd_store_ffr
    add x1, x0, #SIMD_FFR & 0xfff
    add x1, x1, #SIMD_FFR & ~0xfff
    rdffr p0.b
    str p0, [x1]
    ret

/* LDR ZA[W12, 0], [X2] and STR. */
    .macro each_za instruction
    add x2, x0, #SIMD_ZA & 0xfff
    add x2, x2, #SIMD_ZA & ~0xfff
    mov w12, #0
1:  .inst \instruction
    add x2, x2, x1
    add w12, w12, #1
    cmp w12, w1
    b.ne 1b
    ret
    .endm

function simd_load_za
    each_za 0xe1000040

function simd_store_za
    each_za 0xe1200040

/* LDR ZT0, [X1] and STR. */
function simd_load_zt0
    add x1, x0, #SIMD_ZT0 & 0xfff
    add x1, x1, #SIMD_ZT0 & ~0xfff
    .inst 0xe11f8020
    ret

function simd_store_zt0
    add x1, x0, #SIMD_ZT0 & 0xfff
    add x1, x1, #SIMD_ZT0 & ~0xfff
    .inst 0xe13f8020
    ret

function simd_vl
    rdvl x0, #1
    ret

/* RDSVL X0, #1 */
function simd_svl
    .inst 0x04bf5820
    ret

function simd_ldr_q
    ldr q5, [x0]
    ret

function simd_str_q
    str q6, [x0]
    ret
