/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Mbed TLS asks Linux, answered from the CPU's ID registers: the bits that it looks at, under
 * Linux' names (Linux, arch/arm64/include/uapi/asm/hwcap.h; Documentation/arch/arm64/elf_hwcaps.rst
 * for which field stands for which bit; Arm ARM D19.2.61, D19.2.64).
 */
#ifndef PARAVANE_SYS_AUXV_H
#define PARAVANE_SYS_AUXV_H

#define AT_HWCAP 16ul
#define HWCAP_ASIMD (1ul << 1)
#define HWCAP_AES (1ul << 3)
#define HWCAP_PMULL (1ul << 4)
#define HWCAP_SHA2 (1ul << 6)
#define HWCAP_SHA512 (1ul << 21)

#define AUXV_FIELD(id, shift) ((id) >> (shift) & 0xful)
#define AUXV_ASIMD_SHIFT 20 /* ID_AA64PFR0_EL1.AdvSIMD: 0xf is none */
#define AUXV_AES_SHIFT 4    /* ID_AA64ISAR0_EL1.AES: 1 AES, 2 and PMULL */
#define AUXV_SHA2_SHIFT 12  /* ID_AA64ISAR0_EL1.SHA2: 1 SHA-256, 2 and SHA-512 */

static inline unsigned long getauxval(unsigned long type)
{
    unsigned long features;
    unsigned long processor;
    unsigned long bits;

    if (type != AT_HWCAP) {
        return 0;
    }
    __asm__("mrs %0, id_aa64isar0_el1" : "=r"(features));
    __asm__("mrs %0, id_aa64pfr0_el1" : "=r"(processor));
    bits = AUXV_FIELD(processor, AUXV_ASIMD_SHIFT) != 0xf ? HWCAP_ASIMD : 0;
    /* Upstream multiplies with PMULL for GCM wherever it finds AES: so both, or none. */
    bits |= AUXV_FIELD(features, AUXV_AES_SHIFT) >= 2 ? HWCAP_AES | HWCAP_PMULL : 0;
    bits |= AUXV_FIELD(features, AUXV_SHA2_SHIFT) >= 1 ? HWCAP_SHA2 : 0;
    bits |= AUXV_FIELD(features, AUXV_SHA2_SHIFT) >= 2 ? HWCAP_SHA512 : 0;
    return bits;
}

#endif /* PARAVANE_SYS_AUXV_H */
