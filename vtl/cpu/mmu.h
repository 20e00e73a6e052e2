/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL2's translation: identity, 4 KiB granule, 48-bit, TTBR0 only, write xor execute. Entries only
 * ever go from invalid to valid, except a guard page's, so no break-before-make is needed. Boot VP
 * only, before others start.
 */
#ifndef VTL_CPU_MMU_H
#define VTL_CPU_MMU_H

#include "vtl/vtl.h"

#define MMU_PAGE 4096u
#define MMU_EARLY_BYTES UINT64_C(0x400000) /* mapped from the image's base by mmu_early */

enum mmu_kind { MMU_CODE, MMU_CONST, MMU_DATA, MMU_GUEST, MMU_DEVICE, MMU_KINDS };

/* The image's parts, page aligned, ascending. */
struct mmu_image {
    uint64_t base;
    uint64_t code_end;
    uint64_t const_end;
    uint64_t end;
    uint64_t guard[2]; /* pages left unmapped */
};

/* Builds the first tables; runs with the MMU off, so it may use neither memcpy nor exclusives. */
PV_MUST_USE enum pv_status mmu_early(const struct mmu_image *image);

/*
 * PV_INVALID: not page aligned, out of range, or mapped otherwise already. The same mapping twice
 * is fine.
 */
PV_MUST_USE enum pv_status mmu_map(uint64_t base, uint64_t bytes, enum mmu_kind kind);

/* Takes one page out: a guard. It must be mapped as a page. */
PV_MUST_USE enum pv_status mmu_unmap_page(uint64_t page);

/* Table entry that maps the address, 0 if none; level gets 1..3. */
uint64_t mmu_entry(uint64_t address, unsigned *level);

#endif /* VTL_CPU_MMU_H */
