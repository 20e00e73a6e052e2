/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The register table for assembly: MRS_ROW and MSR_ROW reach a register by its row, so that an
 * encoding stands in one place and no assembler needs to know the name. Encoding: Arm ARM C6.2, MRS
 * and MSR (register).
 */
#ifndef VTL_ABI_REGISTERS_ASM_H
#define VTL_ABI_REGISTERS_ASM_H

/* clang-format off */
/*
 * .Lrow_NAME: op0 to op2 where MRS and MSR have them. A label of this form is not in the symbol
 * table.
 */
#define REGISTER(name, op0, op1, crn, crm, op2, ...) \
    .set .Lrow_##name, ((op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#include "registers.def"

    .irp    number, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24
    .set    .Lrow_x\number, \number
    .endr
    .irp    number, 25,26,27,28,29,30
    .set    .Lrow_x\number, \number
    .endr
    .set    .Lrow_xzr, 31

.macro MRS_ROW to, name
    .inst   0xd5200000 | .Lrow_\name | .Lrow_\to
.endm

.macro MSR_ROW name, from
    .inst   0xd5000000 | .Lrow_\name | .Lrow_\from
.endm
/* clang-format on */

#endif /* VTL_ABI_REGISTERS_ASM_H */
