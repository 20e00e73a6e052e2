/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stands in for host/refhv/sysreg.h in unit tests: registers live in a file of the fake's, by name. Sources that
 * are to be tested include <sysreg.h>, and the directory of this file comes first.
 */
#ifndef REFHV_SYSREG_H
#define REFHV_SYSREG_H

#include <stdint.h>

uint64_t fake_refhv_gic_sysreg_read(const char *name);
void fake_refhv_gic_sysreg_write(const char *name, uint64_t value);

#define SYSREG_READ(name)                                            \
    __attribute__((unused)) static inline uint64_t read_##name(void) \
    {                                                                \
        return fake_refhv_gic_sysreg_read(#name);                    \
    }
#define SYSREG_AS(name, encoding)                                           \
    SYSREG_READ(name)                                                       \
    __attribute__((unused)) static inline void write_##name(uint64_t value) \
    {                                                                       \
        fake_refhv_gic_sysreg_write(#name, value);                          \
    }
#define SYSREG(name) SYSREG_AS(name, name)

#define SYSREG_ROW_READ(name, operand) SYSREG_READ(name)
#define SYSREG_ROW_WRITE(name, operand)                                     \
    __attribute__((unused)) static inline void write_##name(uint64_t value) \
    {                                                                       \
        fake_refhv_gic_sysreg_write(#name, value);                          \
    }

static inline void isb(void)
{
}

static inline void dsb_ish(void)
{
}

static inline void dsb_sy(void)
{
}

#endif /* REFHV_SYSREG_H */
