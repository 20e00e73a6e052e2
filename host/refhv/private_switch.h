/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Save, load and reset of struct private_regs, generated from registers.def. Private to switch.c.
 *
 * Rows go to memory and back in pairs: the first of a pair waits in a register for the second. Which of the two a row
 * is, and whether the last one of a group is alone, is known when this is compiled.
 */
#ifndef REFHV_PRIVATE_SWITCH_H
#define REFHV_PRIVATE_SWITCH_H

#include "cpu.h"
#include "mutation.h"
#include "registers_el1.h"
#include "switched.h"

#include <stdbool.h>

/* These run at every switch: each is compiled for its VTL, and costs what it loads and stores. */
#define ALWAYS_INLINE __attribute__((always_inline)) static inline
#define UNLIKELY(condition) __builtin_expect((condition), false)

/* Places in struct private_regs, in 64-bit words. */
enum {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_ALWAYS_##feature(PLACE_##name, ))
#include "registers.def"
    ALWAYS_END,
    PAUTH_BEFORE = ALWAYS_END - 1,
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_PAUTH_##feature(PLACE_##name, ))
#include "registers.def"
    PAUTH_END
};

#define SAVE(name, first, end)                 \
    if ((PLACE_##name - (first)) % 2 != 0) {   \
        const uint64_t second = read_##name(); \
        words[PLACE_##name - 1] = waiting;     \
        words[PLACE_##name] = second;          \
    } else if (PLACE_##name + 1 == (end)) {    \
        words[PLACE_##name] = read_##name();   \
    } else {                                   \
        waiting = read_##name();               \
    }

/* At a switch, refhv_mutant leaves the other VTL's value. */
#define WRITE(name, value)               \
    if (!(from_other && BROKEN(name))) { \
        write_##name(value);             \
    }
#define LOAD(name, first, end)                                             \
    if ((PLACE_##name - (first)) % 2 != 0) {                               \
        WRITE(name, waiting)                                               \
    } else {                                                               \
        const uint64_t value = words[PLACE_##name];                        \
        waiting = PLACE_##name + 1 == (end) ? 0 : words[PLACE_##name + 1]; \
        WRITE(name, value)                                                 \
    }

/* has: cpu.switched. */
ALWAYS_INLINE void private_save(struct private_regs *regs, uint32_t has)
{
    uint64_t *const words = (uint64_t *)(void *)regs;
    uint64_t waiting = 0;

#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_ALWAYS_##feature(SAVE(name, 0, ALWAYS_END)))
#include "registers.def"
    if ((has & CPU_PAUTH) != 0) {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_PAUTH_##feature(SAVE(name, ALWAYS_END, PAUTH_END)))
#include "registers.def"
    }
    if ((has & CPU_SME) != 0) {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_SME_##feature(regs->name = read_##name();))
#include "registers.def"
    }
    if (UNLIKELY((has & CPU_AUXILIARY) != 0)) {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_AUXILIARY_##feature(regs->name = read_##name();))
#include "registers.def"
    }
}

ALWAYS_INLINE void private_load(const struct private_regs *regs, uint32_t has,
                                const bool from_other)
{
    const uint64_t *const words = (const uint64_t *)(const void *)regs;
    uint64_t waiting = 0;

    (void)from_other;
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_ALWAYS_##feature(LOAD(name, 0, ALWAYS_END)))
#include "registers.def"
    if ((has & CPU_PAUTH) != 0) {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_PAUTH_##feature(LOAD(name, ALWAYS_END, PAUTH_END)))
#include "registers.def"
    }
    if ((has & CPU_SME) != 0) {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_SME_##feature(WRITE(name, regs->name)))
#include "registers.def"
    }
    if (UNLIKELY((has & CPU_AUXILIARY) != 0)) {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_AUXILIARY_##feature(WRITE(name, regs->name)))
#include "registers.def"
    }
}

static inline void private_reset(struct private_regs *regs)
{
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, hyperv, reset, ...) \
    IF_SWITCHED_##saver(regs->name = (reset);)
#include "registers.def"
    if (!cpu.aarch32_el0) {
        regs->sctlr_el1 |= SCTLR_ITD | SCTLR_SED;
    }
}

#undef SAVE
#undef LOAD
#undef WRITE

#endif /* REFHV_PRIVATE_SWITCH_H */
