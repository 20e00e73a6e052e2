/* SPDX-License-Identifier: BSD-3-Clause */
/* The program rows: a line for each row of the table, and one more for each way to enter VTL2. */
#ifndef CONTRACT_ROWS_PROGRAM_H
#define CONTRACT_ROWS_PROGRAM_H

#include "rows_side.h"

/* Whether VTL0 can make a VTL call, and VTL2 an SMCCC return. */
bool route_offered(enum route route);

/* The lines' values: what is wrong with a row; 0 is right. */
#define WRONG_VTL0_READ 0x0001u /* undefined, or not, against the table */
#define WRONG_VTL0_WRITE 0x0002u
#define WRONG_VTL0_EL0 0x0004u
#define WRONG_VTL0_VALUE 0x0008u /* changes between two reads, or isn't what the table says */
#define WRONG_VTL2_READ 0x0010u
#define WRONG_VTL2_WRITE 0x0020u
#define WRONG_VTL2_EL0 0x0040u
#define WRONG_VTL2_VALUE 0x0080u
#define WRONG_BOTH_VALUE 0x0100u /* the VTLs see different things */
#define WRONG_VTL2_FOUND 0x1000u /* VTL2 finds another value than its own, or than none */
#define WRONG_VTL0_FOUND 0x2000u /* VTL0 finds another value than its own */
#define WRONG_PATTERNS 0x4000u   /* both had the same, or no bit at all */

/* Whatever the way: rows_fixed.c. */
void check_fixed(void);
/* Values that cross by each way: rows_switch.c. */
void check_switch(enum route route);
/* What the CPU interface has of an interrupt: rows_gic.c. */
void check_gic(void);
/* Counters stand still while VTL2 runs: rows_pmu.c. */
void check_pmu(void);

#endif /* CONTRACT_ROWS_PROGRAM_H */
