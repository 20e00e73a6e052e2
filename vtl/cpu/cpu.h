/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A CPU as VTL2 has it: one a VP. TPIDR_EL1 points to its struct cpu from the first instructions
 * on. Written by the VP that starts it, before it runs; then by its own VP only. Offsets are for
 * assembly.
 */
#ifndef VTL_CPU_CPU_H
#define VTL_CPU_CPU_H

#define CPU_STACK_TOP 0
#define CPU_KEY 8
#define CPU_SIMD_TAKEN 56
#define CPU_RECORD 64
#define CPU_SIMD_Q 384

/* struct cpu_translation, for cpu_enable. */
#define TRANSLATION_TTBR0 0
#define TRANSLATION_MAIR 16
#define TRANSLATION_SCTLR 24

#define CPU_STACK_BYTES 8192 /* of every VP but the boot VP */

#define CPACR_FPEN 0x300000 /* CPACR_EL1.FPEN: the unit does not trap */
#define SIMD_Q_COUNT 32
#define SIMD_Q_BYTES 16

#ifndef __ASSEMBLER__

#include "vtl/vtl.h"

#include <stdatomic.h>

/* Registers at an exception that VTL2 does not survive; vectors.S fills it in. */
struct cpu_record {
    uint64_t x[31];
    uint64_t sp;
    uint64_t elr;
    uint64_t spsr;
    uint64_t esr;
    uint64_t far;
    uint64_t vector;
};

_Static_assert(offsetof(struct cpu_record, sp) == 248, "vectors.S");
_Static_assert(offsetof(struct cpu_record, elr) == 256, "vectors.S");
_Static_assert(offsetof(struct cpu_record, esr) == 272, "vectors.S");
_Static_assert(offsetof(struct cpu_record, vector) == 288, "vectors.S");

struct cpu {
    uint64_t stack_top;
    uint64_t key[2]; /* PAC instruction key A */
    uint64_t stack_base;
    vtl_vp_entry_t entry;
    uint32_t index;
    _Atomic uint32_t started;
    uint32_t taken_intid; /* acknowledged, not yet handed to vtl_irq_take; 0: none */
    /* What is to be done before the next VTL return, asked for by one look. */
    union {
        uint64_t before_return;
        struct {
            uint32_t simd_taken; /* VTL0's Q registers lie in simd_q, the unit is VTL2's */
            uint32_t stop;       /* another CPU reports a fault; written by that one */
        };
    };
    struct cpu_record record __attribute__((aligned(64)));
    /* Of VTL0; not wiped when given back, as they are no secret of VTL2's. */
    uint8_t simd_q[SIMD_Q_COUNT][SIMD_Q_BYTES] __attribute__((aligned(64)));
};

_Static_assert(offsetof(struct cpu, stack_top) == CPU_STACK_TOP, "start.S");
_Static_assert(offsetof(struct cpu, key) == CPU_KEY, "start.S");
_Static_assert(offsetof(struct cpu, record) == CPU_RECORD, "vectors.S");
_Static_assert(offsetof(struct cpu, simd_taken) == CPU_SIMD_TAKEN, "vectors.S, simd.S");
_Static_assert(offsetof(struct cpu, simd_q) == CPU_SIMD_Q, "vectors.S, simd.S");

struct cpu_translation {
    uint64_t ttbr0;
    uint64_t tcr;
    uint64_t mair;
    uint64_t sctlr;
};

_Static_assert(offsetof(struct cpu_translation, sctlr) == TRANSLATION_SCTLR, "start.S");

extern struct cpu cpus[VTL_VP_MAX];
extern struct cpu_translation cpu_translation;

struct cpu *cpu_current(void);

/* Called by boot/entry.S, in this order, on the boot CPU: with the MMU off, then on. */
void cpu_early(uint64_t image_base);
void cpu_early_secrets(uint64_t image_base, uint64_t parameter_offset);

/*
 * Gives another CPU its stack and keys; then secondary_entry, with the struct in x0 and the MMU
 * off, runs it.
 */
PV_MUST_USE enum pv_status cpu_prepare(uint32_t index, vtl_vp_entry_t entry);
void secondary_entry(void);
__attribute__((noreturn)) void cpu_secondary_main(struct cpu *cpu);

/* Makes stores visible to instruction fetch. */
void cache_clean_code(const void *from, size_t bytes);

/* First and last byte plus one of the image, where it runs. */
uint64_t image_base(void);
uint64_t image_end(void);

#endif /* __ASSEMBLER__ */
#endif /* VTL_CPU_CPU_H */
