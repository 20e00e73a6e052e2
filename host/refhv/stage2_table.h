/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage 2 translation tables: building, splitting, merging and reading them. No hardware but the
 * TLB calls at the end, which stage2.c makes good on the board. Private to stage2*.c.
 *
 * Addresses map to themselves, so a leaf's output address is always its input address.
 * Locking: the caller's. Readers may run beside one writer and must discard what they read if the
 * writer has been at work meanwhile (stage2.c counts); the walk itself stays within bounds
 * whatever it meets.
 */
#ifndef REFHV_STAGE2_TABLE_H
#define REFHV_STAGE2_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define STAGE2_ENTRIES 512u
#define STAGE2_POOL_TABLES 192u
#define STAGE2_VALID UINT64_C(1)
#define STAGE2_TABLE_OR_PAGE UINT64_C(2)

struct stage2_tree {
    uint64_t *root;
    uint32_t root_level;   /* 0 or 1 */
    uint32_t address_bits; /* input addresses; above is unmapped */
    bool xnx;              /* FEAT_XNX: execution at EL1 and EL0 apart */
};

/* Attributes of a leaf, without address and level. 0 for no access at all. */
uint64_t stage2_ram_attributes(const struct stage2_tree *tree, uint32_t map_flags);
uint64_t stage2_device_attributes(void);

/* HV_MAP_* that the attributes or a leaf grant. */
uint32_t stage2_flags(const struct stage2_tree *tree, uint64_t leaf);

/* All tables back to the pool, two trees with empty roots. address_bits: 32..48. */
void stage2_table_init(struct stage2_tree trees[2], uint32_t address_bits, bool xnx);

/* Maps whole pages that are not mapped yet. False if the pool is used up or a page is mapped. */
bool stage2_table_map(struct stage2_tree *tree, uint64_t base, uint64_t bytes, uint64_t attributes);

/* The entry that decides about address; 0 if unmapped. */
uint64_t stage2_table_leaf(const struct stage2_tree *tree, uint64_t address);

/* Gives one page other attributes. False, with nothing changed, if the pool is used up. */
bool stage2_table_set(struct stage2_tree *tree, uint64_t address, uint64_t attributes);

uint32_t stage2_table_free_count(void);

/*
 * For stage2_table_set: drop what TLBs hold of one page, or of everything, of the tree on all
 * CPUs. Not before earlier stores to tables are seen, and done on return.
 */
void stage2_tlb_flush_page(const struct stage2_tree *tree, uint64_t address);
void stage2_tlb_flush_all(const struct stage2_tree *tree);

#endif /* REFHV_STAGE2_TABLE_H */
