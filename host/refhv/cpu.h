/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The physical CPU as refhv configures it: EL2 controls, what is trapped for which VTL, which features
 * the guests may see. All CPUs of the board are taken to be alike.
 */
#ifndef REFHV_CPU_H
#define REFHV_CPU_H

#include <stdbool.h>
#include <stdint.h>

struct vp;

struct cpu_features {
    bool pauth;
    bool sve;
    bool sme;
    bool aarch32_el0;
    bool pan;
    bool mte;
    bool ssbs;
    uint64_t mdcr;
    uint64_t cptr;
};

extern struct cpu_features cpu;

/* EL2 controls of this CPU, vectors, vp as the current one. */
void cpu_init(struct vp *vp);

/* Traps that depend on who runs: VTL2 has neither SVE, SME, PMU nor debug registers of its own yet. */
void cpu_trap_vtl(unsigned slot);

/* A saved PSTATE as it may be loaded into SPSR_EL2: never EL2 or EL3. An illegal one becomes EL1h with IL. */
uint64_t cpu_guest_pstate(uint64_t pstate);

/* ID register in group 3 (op1 0, CRn 0, CRm 1..7): what a slot's VTL sees. False if it isn't one. */
bool cpu_id_register(unsigned slot, unsigned crm, unsigned op2, uint64_t *value);

#endif /* REFHV_CPU_H */
