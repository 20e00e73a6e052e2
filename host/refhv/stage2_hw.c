/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Source: Arm ARM DDI 0487K.a, D19.2 VTCR_EL2, VTTBR_EL2, ID_AA64MMFR0_EL1, ID_AA64MMFR1_EL1;
 * D8.13 TLBs.
 */
#include "stage2_hw.h"

#include "registers_el1.h"
#include "stage2.h"

#include <stddef.h>

SYSREG(vtcr_el2)
SYSREG(vttbr_el2)

#define PARANGE_48 5u
#define MMFR1_XNX_SHIFT 28

#define VTCR_RES1 (UINT64_C(1) << 31)
#define VTCR_PS_SHIFT 16
#define VTCR_SH0_INNER (UINT64_C(3) << 12)
#define VTCR_ORGN0_WRITE_BACK (UINT64_C(1) << 10)
#define VTCR_IRGN0_WRITE_BACK (UINT64_C(1) << 8)
#define VTCR_SL0_SHIFT 6 /* 4 KiB granule: 1 level 1, 2 level 0 */
#define VTTBR_VMID_SHIFT 48

/*
 * PARange 0..5: 32, 36, 40, 42, 44, 48 bits. 42 is cut to 40, for which a root of two tables will
 * do.
 */
static const uint8_t range_bits[] = {32, 36, 40, 40, 44, 48};

static uint32_t parange(void)
{
    const uint32_t range = read_id_aa64mmfr0_el1() & 0xf;
    return range > PARANGE_48 ? PARANGE_48 : range;
}

uint32_t stage2_hw_address_bits(void)
{
    return range_bits[parange()];
}

bool stage2_hw_has_xnx(void)
{
    return ((read_id_aa64mmfr1_el1() >> MMFR1_XNX_SHIFT) & 0xf) != 0;
}

void stage2_hw_cpu_init(const struct stage2_tree *tree)
{
    write_vtcr_el2(VTCR_RES1 | (uint64_t)parange() << VTCR_PS_SHIFT | VTCR_SH0_INNER |
                   VTCR_ORGN0_WRITE_BACK | VTCR_IRGN0_WRITE_BACK |
                   (uint64_t)(2 - tree->root_level) << VTCR_SL0_SHIFT | (64 - tree->address_bits));
    isb();
    dsb_ish();
    __asm__ volatile("tlbi alle1" ::: "memory");
    __asm__ volatile("dsb nsh" ::: "memory");
    isb();
}

/* A VMID each, never 0: VTL0 1, VTL2 3. */
uint64_t stage2_hw_vttbr(const struct stage2_tree *tree, unsigned slot)
{
    return (uint64_t)(uintptr_t)tree->root | (uint64_t)(slot * 2 + 1) << VTTBR_VMID_SHIFT;
}

void stage2_hw_flush(const struct stage2_tree *tree, unsigned slot, const uint64_t *address)
{
    /* The instructions mean the VMID in VTTBR_EL2, which is the active VTL's. */
    const uint64_t active = read_vttbr_el2();
    write_vttbr_el2(stage2_hw_vttbr(tree, slot));
    isb();
    dsb_ish();
    if (address == NULL) {
        __asm__ volatile("tlbi vmalls12e1is" ::: "memory");
    } else {
        /*
         * Stage 2 first, then what combines both stages and can't be found by the guest physical
         * address.
         */
        __asm__ volatile("tlbi ipas2e1is, %0" ::"r"(*address >> 12) : "memory");
        dsb_ish();
        __asm__ volatile("tlbi vmalle1is" ::: "memory");
    }
    dsb_ish();
    isb();
    write_vttbr_el2(active);
    isb();
}
