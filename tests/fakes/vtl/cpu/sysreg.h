/* SPDX-License-Identifier: BSD-3-Clause */
/* Stands in for vtl/cpu/sysreg.h on the host: the registers are fields of fake_cpu. */
#ifndef VTL_CPU_SYSREG_H
#define VTL_CPU_SYSREG_H

#include "fake_cpu.h"

#include <string.h>

#define FAKE_READ(name)                       \
    static inline uint64_t read_##name(void)  \
    {                                         \
        return fake_cpu_read(&fake_cpu.name); \
    }
#define FAKE_WRITE(name)                            \
    static inline void write_##name(uint64_t value) \
    {                                               \
        fake_cpu.name = value;                      \
    }
#define FAKE_READ_FLAG(name)                            \
    static inline bool try_read_##name(uint64_t *value) \
    {                                                   \
        *value = fake_cpu_read(&fake_cpu.name);         \
        return true;                                    \
    }

#define FAKE_RW(name) FAKE_READ(name) FAKE_WRITE(name)
#define FAKE_RO(name) FAKE_READ(name) FAKE_READ_FLAG(name)
#define FAKE_WO(name) FAKE_WRITE(name)
#define FAKE_EL2(name)
#define FAKE_DEBUG_STATE(name)

#define REGISTER(name, op0, op1, crn, crm, op2, access, ...) FAKE_##access(name)
#include "registers.def"

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

/* The whole block that the address is in: DCZID_EL0.BS, words as a power of two (Arm ARM). */
static inline void dc_zva(uint64_t address)
{
    uint64_t block = UINT64_C(4) << (fake_cpu.dczid_el0 & 0xf);

    memset((void *)(uintptr_t)(address & ~(block - 1)), 0, block);
    fake_cpu.zeroed_blocks++;
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
