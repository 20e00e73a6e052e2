/* SPDX-License-Identifier: BSD-3-Clause */
/* Where struct cross (rows_cross.h) has what assembly sets and looks at. */
#ifndef CONTRACT_ROWS_CROSS_ASM_H
#define CONTRACT_ROWS_CROSS_ASM_H

#define CROSS_BITS 10
#define CROSS_X 0x00
#define CROSS_OWN 0x60
#define CROSS_WANT 0x80
#define CROSS_SET 0xc0
#define CROSS_FOUND 0x100
#define CROSS_KEPT 0x140

/* In WANT, SET and FOUND: the order of enum critical. */
#define SCTLR 0x00
#define CPACR 0x08
#define VBAR 0x10
#define SP 0x18
#define SPSEL 0x20
#define DAIF 0x28
#define NZCV 0x30

#endif /* CONTRACT_ROWS_CROSS_ASM_H */
