/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System registers and instructions at EL1: read_NAME(), write_NAME(), one line a register.
 * Registers that an older assembler lacks are given by encoding. tests/fakes/vtl/cpu/sysreg.h
 * stands in for it on the host.
 */
#ifndef VTL_CPU_SYSREG_H
#define VTL_CPU_SYSREG_H

#include <stdbool.h>
#include <stdint.h>

#define SYSREG_READ_AS(name, encoding)                                  \
    static inline uint64_t read_##name(void)                            \
    {                                                                   \
        uint64_t value;                                                 \
        __asm__ volatile("mrs %0, " #encoding : "=r"(value)::"memory"); \
        return value;                                                   \
    }
#define SYSREG_WRITE_AS(name, encoding)                                      \
    static inline void write_##name(uint64_t value)                          \
    {                                                                        \
        __asm__ volatile("msr " #encoding ", %x0" ::"rZ"(value) : "memory"); \
    }
#define SYSREG_READ(name) SYSREG_READ_AS(name, name)
#define SYSREG_WRITE(name) SYSREG_WRITE_AS(name, name)

SYSREG_READ(id_aa64mmfr0_el1)
SYSREG_READ(id_aa64isar0_el1)
SYSREG_READ(id_aa64isar1_el1)
SYSREG_READ_AS(id_aa64isar2_el1, s3_0_c0_c6_2)
SYSREG_READ(id_aa64pfr1_el1)
SYSREG_READ(id_aa64dfr0_el1)
SYSREG_READ(mpidr_el1)
SYSREG_READ(sctlr_el1)
SYSREG_READ(ctr_el0)
SYSREG_READ(cntvct_el0)
SYSREG_READ(cntfrq_el0)
SYSREG_READ(tpidr_el1)
SYSREG_WRITE(tpidr_el1)
/* PMBIDR_EL1 and TRBIDR_EL1: bit 4, P, says that EL1 does not own the buffer. */
SYSREG_READ_AS(pmbidr_el1, s3_0_c9_c10_7)
SYSREG_READ_AS(trbidr_el1, s3_0_c9_c11_7)
/* GIC CPU interface (Arm IHI 0069H, 12.2). */
SYSREG_READ_AS(icc_iar1_el1, s3_0_c12_c12_0)
SYSREG_WRITE_AS(icc_eoir1_el1, s3_0_c12_c12_1)
SYSREG_WRITE_AS(icc_pmr_el1, s3_0_c4_c6_0)
SYSREG_WRITE_AS(icc_bpr1_el1, s3_0_c12_c12_3)
SYSREG_WRITE_AS(icc_ctlr_el1, s3_0_c12_c12_4)
SYSREG_WRITE_AS(icc_igrpen1_el1, s3_0_c12_c12_7)
SYSREG_READ_AS(icc_sre_el1, s3_0_c12_c12_5)
SYSREG_WRITE_AS(icc_sre_el1, s3_0_c12_c12_5)

/* RNDR (FEAT_RNG): false when the generator had nothing in reasonable time; it then sets Z. */
static inline bool read_rndr(uint64_t *value)
{
    uint64_t word;
    uint32_t ok;
    __asm__ volatile("mrs %0, s3_3_c2_c4_0\n\tcset %w1, ne" : "=r"(word), "=r"(ok)::"cc", "memory");
    *value = word;
    return ok != 0;
}

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
