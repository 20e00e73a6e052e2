/* SPDX-License-Identifier: BSD-3-Clause */
/* read_NAME() and write_NAME() of the registers of EL1 and EL0, by the rows of registers.def. */
#ifndef REFHV_REGISTERS_EL1_H
#define REFHV_REGISTERS_EL1_H

#include "registers.h"

/* <sysreg.h> and not "sysreg.h": unit tests put their own register file before it in the search order. */
#include <sysreg.h>

#define EL1_RW(name, operand) SYSREG_ROW_READ(name, operand) SYSREG_ROW_WRITE(name, operand)
#define EL1_RO(name, operand) SYSREG_ROW_READ(name, operand)
#define EL1_WO(name, operand) SYSREG_ROW_WRITE(name, operand)
#define EL1_EL2(name, operand) EL1_RW(name, operand)
#define EL1_DEBUG_STATE(name, operand)

#define REGISTER(name, op0, op1, crn, crm, op2, access, ...) \
    EL1_##access(name, REGISTER_OPERAND(op0, op1, crn, crm, op2))
#include "registers.def"

/* The row as a syndrome of class 0x18 names it. */
enum {
    ISS_none = 0,
#define REGISTER(name, op0, op1, crn, crm, op2, ...) \
    ISS_##name = REGISTER_ISS(op0, op1, crn, crm, op2),
#include "registers.def"
};

#endif /* REFHV_REGISTERS_EL1_H */
