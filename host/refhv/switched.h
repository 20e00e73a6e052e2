/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rows of registers.def that refhv saves and loads at each switch, saver SWITCH, and where they wait.
 *
 * A client makes a REGISTER of IF_SWITCHED_##saver(IF_group_##feature(...)) and includes the table: once for each
 * group, so that a switch asks for each group once and a row costs a load and a store.
 */
#ifndef REFHV_SWITCHED_H
#define REFHV_SWITCHED_H

#include "arm64.h" /* SCTLR_RES1, a row's reset value */
#include "registers.h"

#define IF_SWITCHED_NONE(...)
#define IF_SWITCHED_SWITCH(...) __VA_ARGS__
#define IF_SWITCHED_EXIT(...)
#define IF_SWITCHED_PSTATE(...)
#define IF_SWITCHED_TIMER(...)
#define IF_SWITCHED_GIC(...)
#define IF_SWITCHED_SERROR(...)
#define IF_SWITCHED_LAZY(...)
#define IF_SWITCHED_HELD(...)
#define IF_SWITCHED_VTL2(...)
#define IF_SWITCHED_GUARD(...)
#define IF_SWITCHED_TRAP(...)

/* On every CPU; with pointer authentication; with SME; where AFSR and AMAIR hold anything (cpu.h). */
#define IF_ALWAYS_BASE(...) __VA_ARGS__
#define IF_ALWAYS_DEBUG(...) __VA_ARGS__
#define IF_ALWAYS_PAUTH(...)
#define IF_ALWAYS_SME(...)
#define IF_ALWAYS_AUXILIARY(...)
#define IF_PAUTH_BASE(...)
#define IF_PAUTH_DEBUG(...)
#define IF_PAUTH_PAUTH(...) __VA_ARGS__
#define IF_PAUTH_SME(...)
#define IF_PAUTH_AUXILIARY(...)
#define IF_SME_BASE(...)
#define IF_SME_DEBUG(...)
#define IF_SME_PAUTH(...)
#define IF_SME_SME(...) __VA_ARGS__
#define IF_SME_AUXILIARY(...)
#define IF_AUXILIARY_BASE(...)
#define IF_AUXILIARY_DEBUG(...)
#define IF_AUXILIARY_PAUTH(...)
#define IF_AUXILIARY_SME(...)
#define IF_AUXILIARY_AUXILIARY(...) __VA_ARGS__

/* Group by group, each without gaps: the switch moves two at a time. */
struct private_regs {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_ALWAYS_##feature(uint64_t name;))
#include "registers.def"
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_PAUTH_##feature(uint64_t name;))
#include "registers.def"
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_SME_##feature(uint64_t name;))
#include "registers.def"
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver(IF_AUXILIARY_##feature(uint64_t name;))
#include "registers.def"
};

#endif /* REFHV_SWITCHED_H */
