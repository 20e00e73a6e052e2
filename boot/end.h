/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the machine ends: each way has its code in the crash registers, and its line on the console.
 */
#ifndef BOOT_END_H
#define BOOT_END_H

#include "vmm/vmm.h"

#define END_CODE_BOOT UINT64_C(0x544f4f4256415250)  /* "PRAVBOOT": a is the stage's number */
#define END_CODE_GUEST UINT64_C(0x5453554756415250) /* "PRAVGUST": a is the VP */

/* Paravane could not start: "cannot start: STAGE: REASON". */
__attribute__((noreturn)) void end_boot(uint64_t stage, const char *name, const char *reason);

/* vmm's vmm_end_t. */
void end_guest(enum vmm_end end, uint32_t vp, const char *reason);

#endif /* BOOT_END_H */
