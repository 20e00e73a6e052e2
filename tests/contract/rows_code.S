/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Code that reaches each row of the register table, in the table's order, ROW_CODE_BYTES a row (rows.h):
 * read, write(x0), and swap(x0), which says what a write leaves and undoes it. Only X0 and X1 change.
 */
#define ROW_CODE_ALIGN 6
#define REGISTER(name, op0, op1, crn, crm, op2, ...) \
    row (op0 << 19 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5)

/* Arm ARM C6.2, MRS and MSR (register). */
    .macro row encoding
    .balign 1 << ROW_CODE_ALIGN
    .inst 0xd5200000 | \encoding
    ret
    .inst 0xd5000000 | \encoding
    isb
    ret
    .inst 0xd5200001 | \encoding
    .inst 0xd5000000 | \encoding
    isb
    .inst 0xd5200000 | \encoding
    .inst 0xd5000001 | \encoding
    isb
    ret
    .endm

    .section .text.row_code, "ax"
    .balign 1 << ROW_CODE_ALIGN
    .global row_code
row_code:
#include "registers.def"
