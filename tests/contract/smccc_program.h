/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of the program smccc. */
#ifndef CONTRACT_SMCCC_PROGRAM_H
#define CONTRACT_SMCCC_PROGRAM_H

#include "rt.h"

/* VTL call and VTL return as SMCCC functions; from VTL2. */
void check_vtl_switch(void);

#endif /* CONTRACT_SMCCC_PROGRAM_H */
