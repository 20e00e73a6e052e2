/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTRACT_INTERCEPT_H
#define CONTRACT_INTERCEPT_H

#include "rt.h"

/* intercept_access.S, addresses in VTL2's image. */
/* clang-format off */
#define ACCESSES(DO) \
    DO(ldrb) DO(ldrh) DO(ldrw) DO(ldrx) DO(ldrsb) DO(ldrsh_w) DO(ldrsw) DO(ldtr) DO(ldar) \
    DO(strb) DO(strh) DO(strw) DO(strx) DO(strz) DO(stlr) DO(str_x29) \
    DO(ldp) DO(stp) DO(ldr_post) DO(str_pre) DO(ldr_q) DO(str_q) DO(ldadd) DO(nothing)
/* clang-format on */
#define ACCESS_DECLARE(name) void access_##name(void);
ACCESSES(ACCESS_DECLARE)
void call_smccc(void);
void call_native(void);
void call_vtl(void);
void call_vtl_after(void);

struct access_row {
    const char *name;
    void (*code)(void);
    uint64_t syndrome; /* ISV and what it makes valid, WnR; EC and IL are the same in all */
    uint8_t access;
    bool lse;
};

/* Starts the access with X1 = address and X5, X6 = data at pstate; PC at the instruction. */
void access_start(void (*code)(void), uint64_t address, uint64_t x5, uint64_t x6, uint64_t pstate);
/* Every field of a memory intercept of data. way goes behind the names. */
void access_check(const struct access_row *row, const struct exit *exit, uint32_t type,
                  uint64_t address, uint64_t pstate);
uint64_t protect(uint64_t gpa, uint64_t pages, uint32_t flags);

extern const struct access_row access_rows[];
extern const size_t access_row_count;
void check_protection(void);
void check_own_region(void);
void check_smp_protection(void);
void check_hypercall_intercept(void);
void check_list_intercept(void);
void check_vtl_call(void);
void check_resets(void);

#endif /* CONTRACT_INTERCEPT_H */
