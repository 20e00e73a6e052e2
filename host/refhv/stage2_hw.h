/* SPDX-License-Identifier: BSD-3-Clause */
/* The CPU's side of stage 2: what it can do, its registers, its TLBs. Private to stage2*.c. */
#ifndef REFHV_STAGE2_HW_H
#define REFHV_STAGE2_HW_H

#include "stage2_table.h"

#include <stdbool.h>
#include <stdint.h>

/* Bits of physical address, capped at what 4 KiB tables without FEAT_LPA2 reach, 48. */
uint32_t stage2_hw_address_bits(void);
bool stage2_hw_has_xnx(void);

/* VTCR_EL2 of this CPU for trees like this one; its TLBs empty. */
void stage2_hw_cpu_init(const struct stage2_tree *tree);

uint64_t stage2_hw_vttbr(const struct stage2_tree *tree, unsigned slot);

/* Drops one page, or everything if address is NULL, of the slot's VMID on all CPUs, both stages. */
void stage2_hw_flush(const struct stage2_tree *tree, unsigned slot, const uint64_t *address);

#endif /* REFHV_STAGE2_HW_H */
