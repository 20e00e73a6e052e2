/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Crossing from a VTL to the other and back: the registers that code can't do without are set right before the
 * instruction that leaves, and looked at right after it.
 */
#ifndef CONTRACT_ROWS_CROSS_H
#define CONTRACT_ROWS_CROSS_H

#include "rows.h"
#include "rows_cross_asm.h"

/* Those registers; rows_cross_asm.h has the order. */
enum critical {
    CRITICAL_SCTLR,
    CRITICAL_CPACR,
    CRITICAL_VBAR,
    CRITICAL_SP,
    CRITICAL_SPSEL,
    CRITICAL_DAIF,
    CRITICAL_NZCV,
    CRITICAL_COUNT,
};

/* Instructions that leave; the first four are VTL0's, SMCCC and HVC3 VTL2's. */
enum crossing { CROSSING_STORE, CROSSING_SPIN, CROSSING_HVC2, CROSSING_SMCCC, CROSSING_HVC3 };

/* One a VP and VTL; rows_cross_asm.h has the layout. */
struct cross {
    uint64_t x[3]; /* X0 to X2 at the instruction */
    uint64_t x9;
    uint64_t unused[8];
    uint64_t own[4]; /* SCTLR_EL1, CPACR_EL1, VBAR_EL1, DAIF of the code that calls */
    uint64_t want[8];
    uint64_t set[8];   /* of want, what read back */
    uint64_t found[8]; /* on arrival */
    uint64_t kept[14];
} __attribute__((aligned(1024)));
_Static_assert(offsetof(struct cross, own) == CROSS_OWN, "rows_cross_asm.h");
_Static_assert(offsetof(struct cross, want) == CROSS_WANT, "rows_cross_asm.h");
_Static_assert(offsetof(struct cross, set) == CROSS_SET, "rows_cross_asm.h");
_Static_assert(offsetof(struct cross, found) == CROSS_FOUND, "rows_cross_asm.h");
_Static_assert(offsetof(struct cross, kept) == CROSS_KEPT, "rows_cross_asm.h");
_Static_assert(sizeof(struct cross) == 1u << CROSS_BITS, "rows_cross_asm.h");
extern struct cross cross_blocks[RT_VP_MAX];

uint64_t cross(enum crossing crossing);
/* Where VTL0 waits for an interrupt of VTL2, and where it goes on. */
extern const uint32_t cross_spin[];
extern const uint32_t cross_arrived[];

/* How VTL2 is entered, and how it had left. */
enum route {
    ROUTE_INTERCEPT,
    ROUTE_CALL,
    ROUTE_SMCCC_INTERCEPT, /* after a VTL return by SMCCC */
    ROUTE_SMCCC_CALL,      /* the same, and a VTL call by SMCCC */
    ROUTE_INTERRUPT,
    ROUTE_COUNT,
};
extern const char *const route_names[ROUTE_COUNT];

/* The registers of enum critical as code has them. */
void cross_as_is(void);
/* VTL2 leaves as the route says; VTL0 gets X0 to X2 and X9 of vp_self()->regs, which gets VTL0's X0. */
void route_leave(enum route route);
/* As vtl0_finish and vtl0_call, by cross. */
bool guest_finish(struct exit *exit);
uint64_t guest_call(const void *function, uint64_t a0, uint64_t a1);

#endif /* CONTRACT_ROWS_CROSS_H */
