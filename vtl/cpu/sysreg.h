/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System registers and instructions at EL1: read_NAME() and write_NAME() of every row of the
 * register table that MRS and MSR reach at EL1. tests/fakes/vtl/cpu/sysreg.h stands in for it on
 * the host.
 */
#ifndef VTL_CPU_SYSREG_H
#define VTL_CPU_SYSREG_H

#include "registers.h"

#include <stdbool.h>
#include <stdint.h>

#define SYSREG_READ(name, operand)                                    \
    static inline uint64_t read_##name(void)                          \
    {                                                                 \
        uint64_t value;                                               \
        __asm__ volatile("mrs %0, " operand : "=r"(value)::"memory"); \
        return value;                                                 \
    }
#define SYSREG_WRITE(name, operand)                                        \
    static inline void write_##name(uint64_t value)                        \
    {                                                                      \
        __asm__ volatile("msr " operand ", %x0" ::"rZ"(value) : "memory"); \
    }
/* For RNDR and RNDRRS, which set Z when they have nothing: false then. */
#define SYSREG_READ_FLAG(name, operand)                           \
    static inline bool try_read_##name(uint64_t *value)           \
    {                                                             \
        uint64_t word;                                            \
        uint32_t ok;                                              \
        __asm__ volatile("mrs %0, " operand "\n\tcset %w1, ne"    \
                         : "=r"(word), "=r"(ok)::"cc", "memory"); \
        *value = word;                                            \
        return ok != 0;                                           \
    }

#define SYSREG_RW(name, operand) SYSREG_READ(name, operand) SYSREG_WRITE(name, operand)
#define SYSREG_RO(name, operand) SYSREG_READ(name, operand) SYSREG_READ_FLAG(name, operand)
#define SYSREG_WO(name, operand) SYSREG_WRITE(name, operand)
#define SYSREG_EL2(name, operand)
#define SYSREG_DEBUG_STATE(name, operand)

#define REGISTER(name, op0, op1, crn, crm, op2, access, ...) \
    SYSREG_##access(name, REGISTER_OPERAND(op0, op1, crn, crm, op2))
#include "registers.def"

static inline void isb(void)
{
    __asm__ volatile("isb" ::: "memory");
}

static inline void dsb_ish(void)
{
    __asm__ volatile("dsb ish" ::: "memory");
}

static inline void dsb_sy(void)
{
    __asm__ volatile("dsb sy" ::: "memory");
}

static inline void wait_for_interrupt(void)
{
    __asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

static inline void wait_for_event(void)
{
    __asm__ volatile("wfe" ::: "memory");
}

static inline void dc_cvac(uint64_t address)
{
    __asm__ volatile("dc cvac, %0" ::"r"(address) : "memory");
}

static inline void dc_ivac(uint64_t address)
{
    __asm__ volatile("dc ivac, %0" ::"r"(address) : "memory");
}

static inline void dc_zva(uint64_t address)
{
    __asm__ volatile("dc zva, %0" ::"r"(address) : "memory");
}

static inline void ic_ialluis(void)
{
    __asm__ volatile("ic ialluis" ::: "memory");
}

/* TLBI VAAE1IS takes VA[55:12]. */
static inline void tlbi_vaae1is(uint64_t address)
{
    __asm__ volatile("tlbi vaae1is, %0" ::"r"((address >> 12) & ((UINT64_C(1) << 44) - 1))
                     : "memory");
}

#endif /* VTL_CPU_SYSREG_H */
