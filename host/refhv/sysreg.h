/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System register access at EL2: read_NAME() and write_NAME(value), generated from one line a register.
 * A register that an older assembler does not know is given by its encoding, S<op0>_<op1>_C<n>_C<m>_<op2>.
 */
#ifndef REFHV_SYSREG_H
#define REFHV_SYSREG_H

#include <stdint.h>

#define SYSREG_AS(name, encoding)                                            \
    __attribute__((unused)) static inline uint64_t read_##name(void)         \
    {                                                                        \
        uint64_t value;                                                      \
        __asm__ volatile("mrs %0, " #encoding : "=r"(value)::"memory");      \
        return value;                                                        \
    }                                                                        \
    __attribute__((unused)) static inline void write_##name(uint64_t value)  \
    {                                                                        \
        __asm__ volatile("msr " #encoding ", %x0" ::"rZ"(value) : "memory"); \
    }
#define SYSREG(name) SYSREG_AS(name, name)
#define SYSREG_READ(name) SYSREG_READ_AS(name, name)
#define SYSREG_READ_AS(name, encoding)                                  \
    __attribute__((unused)) static inline uint64_t read_##name(void)    \
    {                                                                   \
        uint64_t value;                                                 \
        __asm__ volatile("mrs %0, " #encoding : "=r"(value)::"memory"); \
        return value;                                                   \
    }

/*
 * The same for a row of registers.def, by its operand. None of EL1's registers has a say in what refhv itself loads
 * and stores: without a memory clobber, compilers store and load them in pairs.
 */
#define SYSREG_ROW_READ(name, operand)                               \
    __attribute__((unused)) static inline uint64_t read_##name(void) \
    {                                                                \
        uint64_t value;                                              \
        __asm__ volatile("mrs %0, " operand : "=r"(value));          \
        return value;                                                \
    }
#define SYSREG_ROW_WRITE(name, operand)                                     \
    __attribute__((unused)) static inline void write_##name(uint64_t value) \
    {                                                                       \
        __asm__ volatile("msr " operand ", %x0" ::"rZ"(value));             \
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

#endif /* REFHV_SYSREG_H */
