/* SPDX-License-Identifier: BSD-3-Clause */
/* See probe.h. Arm ARM C6.2, MRS: bit 20 is set, 19 to 5 are the low bit of op0, then op1, CRn, CRm, op2. */
#define SWEEP_COUNT 32768

    .section .text.sweep_code, "ax"
    .balign 4096
    .global sweep_code
sweep_code:
    .set encoding, 0
    .rept SWEEP_COUNT
    .inst 0xd530001f | (encoding << 5)
    .set encoding, encoding + 1
    .endr
    ret
