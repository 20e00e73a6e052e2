/* SPDX-License-Identifier: BSD-3-Clause */
/* Stands in for vtl/cpu/sysreg.h on the host: the registers are fields of fake_cpu. */
#ifndef VTL_CPU_SYSREG_H
#define VTL_CPU_SYSREG_H

#include "fake_cpu.h"

#define FAKE_READ(name)                      \
    static inline uint64_t read_##name(void) \
    {                                        \
        return fake_cpu.name;                \
    }
#define FAKE_WRITE(name)                            \
    static inline void write_##name(uint64_t value) \
    {                                               \
        fake_cpu.name = value;                      \
    }

FAKE_READ(id_aa64mmfr0_el1)
FAKE_READ(id_aa64isar0_el1)
FAKE_READ(id_aa64pfr1_el1)
FAKE_READ(id_aa64dfr0_el1)
FAKE_READ(mpidr_el1)
FAKE_READ(ctr_el0)
FAKE_READ(tpidr_el1)
FAKE_READ(cntvct_el0)
FAKE_READ(cntfrq_el0)
FAKE_READ(pmbidr_el1)
FAKE_READ(trbidr_el1)
FAKE_WRITE(icc_pmr_el1)
FAKE_WRITE(icc_bpr1_el1)
FAKE_WRITE(icc_ctlr_el1)
FAKE_WRITE(icc_igrpen1_el1)
FAKE_READ(icc_sre_el1)
FAKE_WRITE(icc_sre_el1)

static inline uint64_t read_icc_iar1_el1(void)
{
    return fake_cpu_acknowledge();
}

static inline void write_icc_eoir1_el1(uint64_t value)
{
    fake_cpu.ended = value;
}

static inline bool read_rndr(uint64_t *value)
{
    *value = fake_cpu.rndr++;
    return true;
}

static inline void isb(void)
{
}

static inline void dsb_ish(void)
{
}

static inline void dsb_sy(void)
{
    fake_cpu.barriers++;
}

static inline void dc_ivac(uint64_t address)
{
    if (fake_cpu.dropped_lines++ == 0) {
        fake_cpu.dropped_first = address;
        fake_cpu.barriers_before_drop = fake_cpu.barriers;
    }
    fake_cpu.dropped_last = address;
}

static inline void dc_cvac(uint64_t address)
{
    (void)address;
}

static inline void ic_ialluis(void)
{
}

static inline void wait_for_interrupt(void)
{
    fake_cpu_wait();
}

static inline void tlbi_vaae1is(uint64_t address)
{
    fake_cpu.invalidated = address;
}

#endif /* VTL_CPU_SYSREG_H */
