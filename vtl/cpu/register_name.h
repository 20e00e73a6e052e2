/* SPDX-License-Identifier: BSD-3-Clause */
/* System registers as the register table calls them, for traces. */
#ifndef VTL_CPU_REGISTER_NAME_H
#define VTL_CPU_REGISTER_NAME_H

#include <stdint.h>

/* By ESR_ELx.ISS of a trapped MRS, MSR (EC 0x18). NULL: the table has no such row. */
const char *register_name_by_iss(uint64_t iss);

/* By the instruction. NULL also if it is no MRS and no MSR of a register. */
const char *register_name_by_instruction(uint32_t instruction);

#endif /* VTL_CPU_REGISTER_NAME_H */
