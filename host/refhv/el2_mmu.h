/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EL2's own translation: identity, 39 bits, no page both writable and executable. Built by the
 * boot CPU before the others start and read-only afterwards; all CPUs share it. Entries are only
 * ever added.
 */
#ifndef REFHV_EL2_MMU_H
#define REFHV_EL2_MMU_H

#include <stdbool.h>
#include <stdint.h>

#define EL2_ADDRESS_LIMIT (UINT64_C(1) << 39)

enum el2_mapping {
    EL2_TEXT,
    EL2_RODATA,
    EL2_RAM,    /* read, write, never execute */
    EL2_DEVICE, /* nGnRE */
};

/* Maps refhv's own image. entry.S calls it with the MMU off. */
void el2_mmu_build(void);

/*
 * Adds [base, base + bytes), rounded out to pages. What is mapped the same way already stays.
 * False if it is mapped another way, lies above EL2_ADDRESS_LIMIT, or the tables are used up.
 * Boot CPU only.
 */
bool el2_mmu_map(uint64_t base, uint64_t bytes, enum el2_mapping how);

#endif /* REFHV_EL2_MMU_H */
