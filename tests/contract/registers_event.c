/* SPDX-License-Identifier: BSD-3-Clause */
/* Exceptions that VTL2 puts on VTL0: section 3.6. */
#include "registers_program.h"

#define INJECTED_FAR UINT64_C(0xffff800012345678)

static void inject(uint64_t esr, uint64_t far)
{
    check_eq("3.6 PendingEvent1 can be set", hv_set(VTL0, HV_REGISTER_PENDING_EVENT1, far), 0);
    check_eq("3.6 PendingEvent0 can be set",
             hv_set128(VTL0, HV_REGISTER_PENDING_EVENT0, HV_PENDING_EVENT_PENDING, esr), 0);
}

struct event_row {
    const char *name;
    uint64_t pstate;
    uint64_t esr;
    uint64_t want;
};

static const struct event_row event_rows[] = {
    {"3.6 data abort at EL1", 0x600003c5, 0x96000045, 0x96000045},
    {"3.6 instruction abort at EL1", 0x600003c5, 0x86000004, 0x86000004},
    {"3.6 data abort at EL0 has the lower EL's class", 0x600003c0, 0x96000045, 0x92000045},
    {"3.6 instruction abort at EL0 has the lower EL's class", 0x600003c0, 0x86000004, 0x82000004},
    {"3.6 unknown reason at EL0 keeps its class", 0x600003c0, 0x02000000, 0x02000000},
};

/* VTL0 rings at probe_doorbells; the event comes at the instruction after the store, whose
 * successor the handler goes on with. */
static void check_event(const struct event_row *row)
{
    struct exit exit;
    struct vp *guest = &VTL0_OF(vps[0]);
    uint64_t entry = (uintptr_t)vtl0_address((const void *)probe_doorbells);

    vtl0_start((const void *)probe_doorbells, 0, 0, 0);
    hv_must_set(VTL0, HV_REGISTER_PC, entry);
    hv_must_set(VTL0, HV_REGISTER_PSTATE, row->pstate);
    hv_must_set(VTL0, HV_REGISTER_sp_el1, (uintptr_t)guest->stack + RT_STACK_BYTES);
    hv_must_set(VTL0, HV_REGISTER_vbar_el1, (uintptr_t)vtl0_address(vectors));
    guest->exception_expected = 1;
    guest->exception.count = 0;
    vtl0_run(&exit);
    check_eq(row->name, exit.kind, EXIT_DOORBELL);
    inject(row->esr, INJECTED_FAR);
    vtl0_run(&exit);
    check_eq("3.6 one exception was taken", guest->exception.count, 1);
    check_eq(row->name, guest->exception.esr, row->want);
    check_eq("3.6 FAR_EL1 of the event", guest->exception.far, INJECTED_FAR);
    check_eq("3.6 ELR_EL1 is the PC of VTL0", guest->exception.elr, entry + 12);
    check_eq("3.6 SPSR_EL1 is the PSTATE of VTL0", guest->exception.spsr & 0xf00003ff, row->pstate);
    check_eq("3.6 VTL0 went on", exit.kind, EXIT_DOORBELL);
    check_eq("3.6 the event is no longer pending",
             hv_must_get(VTL0, HV_REGISTER_PENDING_EVENT0) & HV_PENDING_EVENT_PENDING, 0);
    guest->exception_expected = 0;
}

void check_events(void)
{
    for (size_t i = 0; i < COUNT_OF(event_rows); i++) {
        check_event(&event_rows[i]);
    }
}
