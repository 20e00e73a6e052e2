/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of the attacks. Each group is a round: heartbeats of the other VPs, the longest stay. */
#include "hostile.h"

#define SCTLR_UCI (UINT64_C(1) << 26)
#define SCTLR_UCT (UINT64_C(1) << 15)
#define SCTLR_DZE (UINT64_C(1) << 14)
#define SCTLR_NTWI (UINT64_C(1) << 16)
#define SCTLR_NTWE (UINT64_C(1) << 18)
#define ZEN (UINT64_C(3) << 16)
#define HAS_SVE(pfr0) (((pfr0) >> 32 & 0xf) != 0)

static const struct {
    const char *name;
    void (*attack)(void);
} rounds[] = {
    {"places", places_find},           {"memory", attack_memory},
    {"values", attack_values},         {"unaligned", attack_unaligned},
    {"AArch32", attack_aarch32},       {"byte order", attack_big_endian},
    {"fetch", attack_fetch},           {"walk", attack_walk},
    {"stack", attack_stack},           {"PSTATE", attack_pstate},
    {"immediates", attack_immediates}, {"SMCCC", attack_smccc},
    {"lists", attack_wild_lists},      {"hypercalls", attack_hypercalls},
    {"VTL calls", attack_vtl_calls},   {"interrupts", attack_interrupts},
    {"console", attack_console},       {"GIC", attack_gic},
    {"waits", attack_waits},           {"VPs", attack_vp_start},
    {"vectors", attack_vectors},
};

uint64_t random_next(void)
{
    static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* EL0 may do all that EL1 can let it. */
static void open_up(void)
{
    sysreg_write_sctlr_el1((sysreg_read_sctlr_el1() & ~(SCTLR_ITD | SCTLR_SED)) | SCTLR_UCI |
                           SCTLR_UCT | SCTLR_DZE | SCTLR_NTWI | SCTLR_NTWE);
    if (HAS_SVE(sysreg_read_id_aa64pfr0_el1())) {
        sysreg_write_cpacr_el1(sysreg_read_cpacr_el1() | ZEN);
        __asm__ volatile(".arch_extension sve\n\tptrue p0.b");
    }
}

void guest_main(void)
{
    open_up();
    (void)guest_vps_start();
    beats_start(2);
    for (unsigned i = 0; i < COUNT_OF(rounds); i++) {
        if (board_told("only") && !board_told(rounds[i].name)) {
            continue;
        }
        beats_mark();
        rounds[i].attack();
        time_report(rounds[i].name);
        check_true("end Paravane's PL011 answers", answers());
        beats_check(rounds[i].name);
    }
    beats_stop();
    attack_last();
}
