/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stands in for host/refhv/sysreg.h in unit tests: registers live in the file of fake_sysreg.c, named by their
 * encoding as SYSREG_AS has it, rows of registers.def by their name. A hook may take the place of a register.
 */
#ifndef REFHV_SYSREG_H
#define REFHV_SYSREG_H

#include <stdint.h>

typedef uint64_t (*fake_sysreg_read_t)(void);
typedef void (*fake_sysreg_write_t)(uint64_t value);

uint64_t fake_sysreg_read(const char *encoding);
void fake_sysreg_write(const char *encoding, uint64_t value);

/* For tests: the stored value, without hooks; hooks (NULL: none); writes so far; everything back to zero. */
uint64_t fake_sysreg_get(const char *encoding);
void fake_sysreg_set(const char *encoding, uint64_t value);
void fake_sysreg_hook(const char *encoding, fake_sysreg_read_t read, fake_sysreg_write_t write);
unsigned fake_sysreg_writes(const char *encoding);
void fake_sysreg_reset(void);

#define SYSREG_READ_AS(name, encoding)                               \
    __attribute__((unused)) static inline uint64_t read_##name(void) \
    {                                                                \
        return fake_sysreg_read(#encoding);                          \
    }
#define SYSREG_AS(name, encoding)                                           \
    SYSREG_READ_AS(name, encoding)                                          \
    __attribute__((unused)) static inline void write_##name(uint64_t value) \
    {                                                                       \
        fake_sysreg_write(#encoding, value);                                \
    }
#define SYSREG(name) SYSREG_AS(name, name)
#define SYSREG_READ(name) SYSREG_READ_AS(name, name)

#define SYSREG_ROW_READ(name, operand) SYSREG_READ(name)
#define SYSREG_ROW_WRITE(name, operand)                                     \
    __attribute__((unused)) static inline void write_##name(uint64_t value) \
    {                                                                       \
        fake_sysreg_write(#name, value);                                    \
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
