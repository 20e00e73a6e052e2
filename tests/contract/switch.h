/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTRACT_SWITCH_H
#define CONTRACT_SWITCH_H

#include "registers.h"
#include "rt.h"

/* How VTL2 is entered, and VTL0 is left. */
enum event { EVENT_INTERCEPT, EVENT_INTERRUPT, EVENT_VTL_CALL, EVENTS };
extern const char *const event_names[EVENTS];
/* Whether VTL0 can make a VTL call here (section 12, 4). */
bool event_offered(enum event event);
/* VTL0 until the event: an interrupt, VTL2's timer, counts when VTL0 waits for it. */
void event_run(enum event event, struct exit *exit);
void event_check(enum event event, const struct exit *exit);

/* In VTL0: makes the event happen; event_go is set by VTL2 once the interrupt has come. */
void event_happen(enum event event);
extern volatile uint32_t event_go;

/* The rows of the register table that MRS and MSR don't name. */
enum state {
#define STATE(name, ...) STATE_##name,
#include "registers.def"
    STATE_COUNT,
};
/* A line: the registers of the row, one bit each, that the VTL finds otherwise than the row says. */
void state_check_vtl2(enum state state, uint64_t wrong);
void state_check_vtl0(enum state state, uint64_t wrong);
/* Rows without a line. */
uint32_t states_unchecked(void);

/* switch_gpr.S, in VTL0: fills X0..X30 and NZCV, makes the event, stores them at gpr_after,
 * rings. */
void gpr_intercept(void);
void gpr_interrupt(void);
void gpr_interrupt_on(void);
void gpr_vtl_call(void);
/* Their instructions: what is intercepted or interrupted, and what follows the call. */
extern const uint32_t gpr_intercept_at[];
extern const uint32_t gpr_interrupt_at[];
extern const uint32_t gpr_vtl_call_after[];
struct gpr_block {
    uint64_t x[31];
    uint64_t sp;
    uint64_t nzcv;
};
extern struct gpr_block gpr_after;

void check_general_registers(enum event event);
void check_vector_registers(enum event event);
/* switch_vector.c: P0..P15, FFR, upper bits of Z0..Z31, ZA, ZT0. */
void find_vector_features(void);
void check_scalable_registers(enum event event);

#endif /* CONTRACT_SWITCH_H */
