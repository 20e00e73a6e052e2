/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTRACT_SWITCH_H
#define CONTRACT_SWITCH_H

#include "rt.h"

/* How VTL2 is entered, and VTL0 is left. */
enum event { EVENT_INTERCEPT, EVENT_INTERRUPT, EVENT_VTL_CALL, EVENTS };
extern const char *const event_names[EVENTS];
/* Whether VTL0 can make a VTL call here (section 12, 4). */
bool event_offered(enum event event);
/* Before the VTL return that runs into the event: VTL2's timer, for an interrupt. */
void event_arm(enum event event);
void event_check(enum event event, const struct exit *exit);

/* In VTL0: makes the event happen; event_go is set by VTL2 once the interrupt has come. */
void event_happen(enum event event);
extern volatile uint32_t event_go;

/* switch_gpr.S, in VTL0: fills X0..X30 and NZCV, makes the event, stores them at gpr_after,
 * rings. */
void gpr_intercept(void);
void gpr_interrupt(void);
void gpr_interrupt_on(void);
void gpr_vtl_call(void);
struct gpr_block {
    uint64_t x[31];
    uint64_t sp;
    uint64_t nzcv;
};
extern struct gpr_block gpr_after;

/* switch_sve.S: 16 predicates and FFR, 32 bytes each at most; the vector length in bytes. */
struct predicates {
    uint8_t bytes[17][32] __attribute__((aligned(16)));
};
void predicates_load(const struct predicates *from);
void predicates_store(struct predicates *to);

void find_features(void);
void check_general_registers(enum event event);
void check_vector_registers(enum event event);
void check_system_registers(enum event event);
void check_predicates(enum event event);

#endif /* CONTRACT_SWITCH_H */
