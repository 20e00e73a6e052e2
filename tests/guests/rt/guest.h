/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runtime of the guests: bare-metal programs that run in VTL0 under Paravane, as a Linux Image does. It
 * is that of the contract programs (rt.h: checks, hypercalls, GIC, registers, time) without VTL2's
 * part, and with the guest's own start, VPs, exceptions, EL0 and translation.
 *
 * A guest defines guest_main(). It runs on the boot VP at EL1h with a stack, DAIF masked, the MMU
 * off, its GIC and CPU interface up. Its end powers the machine off. Only the boot VP prints.
 */
#ifndef GUEST_H
#define GUEST_H

#include "rt.h"

/* The program. checks_done() follows its return: "done P F", and SYSTEM_OFF. */
void guest_main(void);

/* What guest devices have where: boot/fdt_out.h has the same, board.pl011 is from the tree. */
#define GUEST_PL011 UINT64_C(0x09000000)
#define GUEST_PL031 UINT64_C(0x09010000)

/* ---- Running code in another state, until it takes an exception -------------------------------- */

/*
 * The registers of a VP. In: what the code starts with (esr, far, vector are not read). Out: what they
 * held when it took an exception, and which. Also the frame that exceptions are handled on.
 */
struct guest_state {
    uint64_t x[31];
    uint64_t sp; /* SP_EL0 */
    uint64_t pc;
    uint64_t pstate;
    uint64_t esr;
    uint64_t far;
    uint64_t vector; /* GUEST_VECTOR_* */
    uint64_t zero;
};
#define GUEST_VECTOR_EL1T 0u /* + 0 synchronous, 1 IRQ, 2 FIQ, 3 SError */
#define GUEST_VECTOR_EL1H 4u
#define GUEST_VECTOR_EL0 8u
#define GUEST_VECTOR_EL0_32 12u

/*
 * Runs from state->pc in state->pstate: EL0 (AArch64, AArch32) or EL1t. Comes back at the first exception
 * that is no IRQ, with the state at it; IRQs are taken (irq_take) where pstate has them unmasked. By
 * convention code ends with BRK (AArch64) or SVC. DAIF is as before, SP_EL0 is not kept.
 */
void guest_run(struct guest_state *state);

/* Can EL0 of this CPU run AArch32? */
bool guest_has_aarch32(void);

/* Synchronous exceptions at EL1h: exception_expect(), exception_took() (rt.h) skip the instruction. */

/* Called for an exception at EL1h that nobody expects, if not NULL; false: it is fatal. */
extern bool (*guest_exception_hook)(struct guest_state *frame);

/* Makes what was written at [code, code + bytes) what is executed there, on this VP and the others. */
void guest_code_sync(const void *code, size_t bytes);

/* ---- Other VPs ----------------------------------------------------------------------------------- */

/* Starts every other VP of the board (PSCI CPU_ON); a check a VP. vp_run(), vp_join() (rt.h) give
 * them work: they wait for it with WFE. */
bool guest_vps_start(void);
/* The one, for a guest that turns VPs off (PSCI CPU_OFF from the VP's work). False: it did not come. */
bool guest_vp_start(uint32_t index);

/* ---- Translation ----------------------------------------------------------------------------------- */

/*
 * MMU of this VP. 4 KiB granule, 48 bits, TTBR0. Identity map of the first 8 GiB for EL1 alone (the first
 * GiB Device-nGnRnE and not executable, the rest Normal); and the alias below. Tables are shared.
 */
void guest_mmu_on(void);
void guest_mmu_off(void);
/* TCR_EL1 that guest_mmu_on sets; 0: its own again. */
void guest_mmu_tcr(uint64_t tcr);
/* A second view of the same: Normal non-cacheable, read and write for EL0 and EL1, executable at EL0. */
#define GUEST_ALIAS(gpa) ((uint64_t)(gpa) | UINT64_C(1) << 39)
/*
 * One more view for tests to change: GUEST_WINDOW_PAGES pages of 4 KiB at GUEST_WINDOW. Writes the
 * descriptor of one (0: not mapped), and invalidates it in the TLBs of all VPs.
 */
#define GUEST_WINDOW (UINT64_C(2) << 39)
#define GUEST_WINDOW_PAGES 512u
void guest_window_set(unsigned page, uint64_t descriptor);
#define GUEST_PAGE_NORMAL UINT64_C(0x70b) /* valid page, AF, inner shareable, index 2: EL1 RWX */
#define GUEST_PAGE_EL0 UINT64_C(0x74b)    /* the same with EL0 RWX, EL1 RW */
/* The tables of the window at levels 0 to 3, and a fourth entry of level 0 with nothing behind it. */
uint64_t *guest_table(unsigned level);

/* ---- Time ------------------------------------------------------------------------------------------ */

/* Counter ticks in nanoseconds; with -icount shift=0 one instruction is one nanosecond. */
uint64_t guest_ns(uint64_t ticks);

SYSREG(sctlr_el1, "sctlr_el1")
SYSREG(tcr_el1, "tcr_el1")
SYSREG(mair_el1, "mair_el1")
SYSREG(ttbr0_el1, "ttbr0_el1")
SYSREG(vbar_el1, "vbar_el1")
SYSREG(cpacr_el1, "cpacr_el1")
SYSREG(mdscr_el1, "mdscr_el1")
SYSREG_READER(id_aa64mmfr0_el1, "id_aa64mmfr0_el1")

#endif /* GUEST_H */
