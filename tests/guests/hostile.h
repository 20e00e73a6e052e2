/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guest "hostile": what VTL0 can throw at Paravane, with Paravane judged from the outside. After each
 * attack the guest has what the architecture gives it, Paravane answers, other VPs have gone on.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "guest.h"

/* ---- Attacks with an instruction that reaches memory (hostile_a64.S) ---------------------------- */

#define ATTACK_EMULATED 0x1u     /* a device answers it: vmm/README.md, "Memory exits" */
#define ATTACK_MAY_COMPLETE 0x2u /* the architecture lets it do nothing */
#define ATTACK_CACHE 0x4u        /* by address, without a value */
#define ATTACK_LOAD 0x8u         /* it reads, and an abort says so */
#define ATTACK_STORE 0x10u       /* it writes */

struct attack {
    const char *name;
    uint32_t word;
    uint16_t flags;
    uint16_t bytes;
};
extern const struct attack hostile_a64[];
extern const struct attack hostile_a64_end[];

struct value {
    const char *name;
    uint32_t word;
    uint32_t offset;
    uint64_t before;
    uint64_t x0;
    uint64_t x1;
    uint64_t x2;
    uint64_t after;
};
extern const struct value hostile_values[];
extern const struct value hostile_values_end[];
#define VALUE_KEEP (~UINT64_C(0))

/* From where an attack is made. */
struct origin {
    const char *name;
    uint64_t pstate;
    bool mmu; /* through the alias of everything */
};
#define ORIGIN_COUNT 4u
extern const struct origin origins[ORIGIN_COUNT];

/* Addresses that no access of VTL0 may reach, found by probing. */
#define PLACE_MAX 10u
struct place {
    const char *name;
    uint64_t address;
};
extern struct place places[PLACE_MAX];
extern uint32_t place_count;
extern uint64_t vtl2_address;                 /* a page in the middle of VTL2's memory */
#define UNMAPPED_ADDRESS UINT64_C(0x0b000000) /* no device of the board's there */
void places_find(void);
/* Where the MMU shows an address of places[] to EL0 and EL1. */
uint64_t place_alias(uint64_t address);

/* The code page of this VP, and what starts with data that the checks know. */
#define CODE_WORDS 16u
uint32_t *code_set(const uint32_t *words, unsigned count);
#define BRK_1 0xd4200020u
#define SVC_1 0xd4000021u
struct guest_state state_for(const uint32_t *code, const struct origin *origin, uint64_t address);
/* Runs it, and takes its time. */
void attack_go(struct guest_state *state, const char *name);

/* Was it an external abort on a data access to [address, address + bytes), or a fetch of address, with
 * nothing changed but the PC? 0, or what is wrong: reason in the top byte, over the syndrome. */
uint64_t judge_abort(const struct guest_state *before, const struct guest_state *after,
                     uint64_t bytes);
uint64_t judge_fetch(const struct guest_state *before, const struct guest_state *after);
#define WRONG(reason, value) ((uint64_t)(reason) << 56 | ((value) & UINT64_C(0xffffffffffffff)))

/* ---- Time: hostile_time.c ------------------------------------------------------------------------ */

void time_start(void);
void time_stop(const char *what);
/* A note of the longest since the last, and a check with -icount (the word "icount" in bootargs). */
void time_report(const char *name);
bool time_is_instructions(void);
/* In loops of the boot VP that wait for another, which may never wait for anything. */
void rest(void);
/* Time passes; with -icount sleep=off at once. */
void pause_ms(uint64_t milliseconds);

/* Heartbeats: VPs from first on count ticks of their virtual timer until beats_stop. */
void beats_start(uint32_t first);
void beats_stop(void);
/* A round begins; the check that each VP's heart has beaten in it. */
void beats_mark(void);
void beats_check(const char *name);
bool beats_went_on(void);
#define SGI_OTHERS 2u /* they take it, too */

/* Does Paravane's PL011 still answer? */
bool answers(void);

/* ---- Groups ---------------------------------------------------------------------------------------- */

void attack_memory(void);
void attack_values(void);
void attack_unaligned(void);
void attack_aarch32(void);
void attack_big_endian(void);
void attack_fetch(void);
void attack_walk(void);
void attack_stack(void);
void attack_pstate(void);
void attack_immediates(void);
void attack_smccc(void);
void attack_hypercalls(void);
void attack_wild_lists(void);
void attack_vtl_calls(void);
void attack_interrupts(void);
void attack_console(void);
void attack_gic(void);
void attack_waits(void);
/* With other VPs. */
void attack_vp_start(void);
void attack_vectors(void);
/* Does not come back. */
void attack_last(void);

/* xorshift64, the same numbers in each run. */
uint64_t random_next(void);

/* hostile_vectors.S */
uint64_t stack_attack(uint64_t sp, uint64_t times);
void vectors_attack(uint64_t vbar);

#endif /* HOSTILE_H */
