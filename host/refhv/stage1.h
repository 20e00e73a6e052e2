/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A VTL's stage 1 translation walked in software, with the registers given: for a VTL that the hardware does
 * not hold. Source: Arm ARM DDI 0487K.a, D8. Guest tables are read through the VTL's own stage 2 rights.
 */
#ifndef REFHV_STAGE1_H
#define REFHV_STAGE1_H

#include <stdbool.h>
#include <stdint.h>

/* Translation regime EL1&0 of a VTL; what the CPU has of it. */
struct stage1 {
    unsigned slot;
    uint64_t sctlr;
    uint64_t tcr;
    uint64_t ttbr0;
    uint64_t ttbr1;
    uint64_t mair;
    unsigned pa_bits; /* of the CPU */
    bool lpa2_4k;     /* FEAT_LPA2 for the 4 KiB granule, and for 16 KiB */
    bool lpa2_16k;
    bool lva;          /* FEAT_LVA: 52-bit addresses with 64 KiB */
    bool hafdbs;       /* hardware access flag (1) and */
    bool hafdbs_dirty; /* dirty state */
};

struct stage1_access {
    bool read;
    bool write;
    bool execute;
    bool user;
    bool pan;       /* privileged access to user memory is refused */
    bool set_flags; /* do what hardware management of access flag and dirty state would do */
};

struct stage1_result {
    uint32_t code; /* HV_TRANSLATE_RESULT_*: stage 1's and of the tables' own memory */
    uint64_t gpa;
    uint8_t attributes; /* MAIR byte; 0 with the MMU off: device */
};

struct stage1_result stage1_walk(const struct stage1 *regime, uint64_t gva,
                                 const struct stage1_access *access);

#endif /* REFHV_STAGE1_H */
