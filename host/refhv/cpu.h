/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The physical CPU as refhv configures it: EL2 controls, what is trapped for which VTL, which features
 * the guests may see. All CPUs of the board are taken to be alike.
 */
#ifndef REFHV_CPU_H
#define REFHV_CPU_H

#include "registers.h"
#include "stage2.h"

#include <stdbool.h>
#include <stdint.h>

struct vp;

/* EL2 controls that depend on who runs. */
struct cpu_traps {
    uint64_t cptr;
    uint64_t mdcr;
    uint64_t vttbr;
};

struct cpu_features {
    bool pauth;
    bool auxiliary; /* AFSR0, AFSR1 or AMAIR holds something */
    bool sve;
    bool sme;
    bool fa64; /* with SME: FFR exists in streaming mode */
    bool pmu;
    bool ras;
    bool aarch32_el0;
    bool pan;
    bool mte;
    bool ssbs;
    uint32_t switched; /* CPU_* below */
    struct cpu_traps traps[SLOT_COUNT];
};

/* What of it a switch asks for, in one word. */
#define CPU_PAUTH 1u
#define CPU_AUXILIARY 2u
#define CPU_PMU 4u
#define CPU_RAS 8u
#define CPU_SME 16u

extern struct cpu_features cpu;

/* EL2 controls of this CPU, vectors, vp as the current one. */
void cpu_init(struct vp *vp);

/* Has the CPU the vector state that VTLs take turns with (fp.h)? VTL2's first use of the unit then traps. */
static inline bool cpu_lends_fp(void)
{
    return cpu.sve || cpu.sme;
}

/* A saved PSTATE as it may be loaded into SPSR_EL2: never EL2 or EL3. An illegal one becomes EL1h with IL. */
uint64_t cpu_guest_pstate(uint64_t pstate);

/* ID register in group 3 (op1 0, CRn 0, CRm 1..7): what a slot's VTL sees. False if it isn't one. */
bool cpu_id_register(unsigned slot, unsigned crm, unsigned op2, uint64_t *value);

/* Is the slot's VTL told that it has the feature? */
bool cpu_offers(unsigned slot, enum register_feature feature);

#endif /* REFHV_CPU_H */
