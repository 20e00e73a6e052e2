/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * refhv_mutant: refhv with one row of registers.def not kept apart, which the contract tests must notice. The option
 * break=NAME names the row. In refhv itself nothing is broken, and nothing is left of the question.
 */
#ifndef REFHV_MUTATION_H
#define REFHV_MUTATION_H

#ifdef REFHV_MUTATION

#include "registers.h"

#include <stdbool.h>
#include <stdint.h>

enum mutation_row {
    MUTATION_NONE,
#define REGISTER(name, ...) MUTATION_##name,
#define STATE(name, ...) MUTATION_##name,
#include "registers.def"
};

/* The row that is broken. Set once, before VTLs run. */
extern uint32_t mutation;
#define BROKEN(name) (mutation == MUTATION_##name)

/* break=NAME; false if there is no such row. */
bool mutation_choose(const char *name, uint64_t bytes);

/* A trapped access of the broken row: neither undefined nor what it is otherwise. */
bool mutation_traps(uint32_t iss);
#define TRAP_BROKEN(iss) mutation_traps(iss)

/* What a switch loads when part of a register belongs to the broken row: that part of now, the rest of next. */
uint64_t mutation_vmcr(uint64_t next, uint64_t now);
uint64_t mutation_pstate(uint64_t next, uint64_t now);
#define MUTATED_VMCR(next, now) mutation_vmcr(next, now)
#define MUTATED_PSTATE(next, now) mutation_pstate(next, now)

#else

#define BROKEN(name) false
#define TRAP_BROKEN(iss) false
#define MUTATED_VMCR(next, now) (next)
#define MUTATED_PSTATE(next, now) (next)

#endif

/* What the broken row reads as where it is trapped. */
#define MUTATION_TRAP_VALUE UINT64_C(0x5a5a5a5a5a5a5a5a)

#endif /* REFHV_MUTATION_H */
