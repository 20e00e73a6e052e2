/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Source: Arm ARM DDI 0487K.a, D8.3 (descriptors), D8.4.2 (stage 2 permissions), D8.16 (break-
 * before-make).
 */
#include "stage2_table.h"

#include "hv_hypercall.h"

#include <stddef.h>

#define LEAF_LEVEL 3u
#define PAGE_BYTES UINT64_C(0x1000)
#define ADDRESS_MASK UINT64_C(0x0000fffffffff000)
#define NORMAL_WRITE_BACK (UINT64_C(0xf) << 2)
#define DEVICE_NGNRE (UINT64_C(1) << 2)
#define S2AP_READ (UINT64_C(1) << 6)
#define S2AP_WRITE (UINT64_C(1) << 7)
#define INNER_SHAREABLE (UINT64_C(3) << 8)
#define ACCESSED (UINT64_C(1) << 10)
/* XN[1:0]: 0 execute at EL1 and EL0, 1 at EL0, 2 not, 3 at EL1; without FEAT_XNX bit 53 is RES0. */
#define XN_SHIFT 53
#define XN_MASK (UINT64_C(3) << XN_SHIFT)
#define XN_USER UINT64_C(1)
#define XN_NONE UINT64_C(2)
#define XN_KERNEL UINT64_C(3)

/* Up to 43 bits the root may be tables in a row at level 1; two of them serve 40 bits. */
#define ROOT_TABLES 2u
#define ROOT_BITS_LEVEL1 40u

struct stage2_pool {
    uint64_t root[2][ROOT_TABLES][STAGE2_ENTRIES];
    uint64_t table[STAGE2_POOL_TABLES][STAGE2_ENTRIES];
};
/* A root of two tables wants their common size as alignment. */
__attribute__((aligned(0x2000))) static struct stage2_pool pool;
static uint16_t free_table[STAGE2_POOL_TABLES];
static uint32_t free_count;

static unsigned level_shift(unsigned level)
{
    return 39 - 9 * level;
}

static uint64_t entry_read(const uint64_t *entry)
{
    return __atomic_load_n(entry, __ATOMIC_ACQUIRE);
}

static void entry_write(uint64_t *entry, uint64_t value)
{
    __atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static uint64_t *table_take(void)
{
    return free_count == 0 ? NULL : pool.table[free_table[--free_count]];
}

static void table_give(const uint64_t *table)
{
    free_table[free_count++] = (uint16_t)((uintptr_t)(table - &pool.table[0][0]) / STAGE2_ENTRIES);
}

uint32_t stage2_table_free_count(void)
{
    return free_count;
}

static bool is_table(uint64_t entry, unsigned level)
{
    const uint64_t both = STAGE2_VALID | STAGE2_TABLE_OR_PAGE;
    return level < LEAF_LEVEL && (entry & both) == both;
}

static uint64_t *table_of(uint64_t entry)
{
    return (uint64_t *)(uintptr_t)(entry & ADDRESS_MASK);
}

static uint64_t table_entry(const uint64_t *table)
{
    return (uint64_t)(uintptr_t)table | STAGE2_VALID | STAGE2_TABLE_OR_PAGE;
}

/* A leaf of attributes for address at a level; no attributes, no entry. */
static uint64_t leaf_entry(uint64_t attributes, uint64_t address, unsigned level)
{
    if (attributes == 0) {
        return 0;
    }
    const uint64_t base = address & ~((UINT64_C(1) << level_shift(level)) - 1);
    return base | attributes | (level == LEAF_LEVEL ? STAGE2_TABLE_OR_PAGE : 0);
}

static uint64_t leaf_attributes(uint64_t leaf)
{
    return leaf & ~(ADDRESS_MASK | STAGE2_TABLE_OR_PAGE);
}

/* In the root, tables in a row make one long one. */
static size_t entry_index(const struct stage2_tree *tree, uint64_t address, unsigned level)
{
    const uint64_t index = address >> level_shift(level);
    return (size_t)(level == tree->root_level ? index : index & (STAGE2_ENTRIES - 1));
}

uint64_t stage2_ram_attributes(const struct stage2_tree *tree, uint32_t map_flags)
{
    const bool kernel = (map_flags & HV_MAP_KERNEL_EXECUTE) != 0;
    const bool user = (map_flags & HV_MAP_USER_EXECUTE) != 0;
    if ((map_flags & HV_MAP_ALL) == 0) {
        return 0;
    }
    uint64_t xn = XN_NONE;
    if (kernel || user) {
        xn = 0;
        if (tree->xnx && kernel != user) {
            xn = kernel ? XN_KERNEL : XN_USER;
        }
    }
    return STAGE2_VALID | NORMAL_WRITE_BACK | INNER_SHAREABLE | ACCESSED | xn << XN_SHIFT |
           ((map_flags & HV_MAP_READ) != 0 ? S2AP_READ : 0) |
           ((map_flags & HV_MAP_WRITE) != 0 ? S2AP_WRITE : 0);
}

uint64_t stage2_device_attributes(void)
{
    return STAGE2_VALID | DEVICE_NGNRE | INNER_SHAREABLE | ACCESSED | S2AP_READ | S2AP_WRITE |
           XN_NONE << XN_SHIFT;
}

uint32_t stage2_flags(const struct stage2_tree *tree, uint64_t leaf)
{
    if ((leaf & STAGE2_VALID) == 0) {
        return 0;
    }
    static const uint8_t execute[] = {
        [0] = HV_MAP_KERNEL_EXECUTE | HV_MAP_USER_EXECUTE,
        [XN_USER] = HV_MAP_USER_EXECUTE,
        [XN_NONE] = 0,
        [XN_KERNEL] = HV_MAP_KERNEL_EXECUTE,
    };
    const uint64_t xn = (leaf & XN_MASK) >> XN_SHIFT;
    return execute[tree->xnx ? xn : xn & XN_NONE] | ((leaf & S2AP_READ) != 0 ? HV_MAP_READ : 0) |
           ((leaf & S2AP_WRITE) != 0 ? HV_MAP_WRITE : 0);
}

void stage2_table_init(struct stage2_tree trees[2], uint32_t address_bits, bool xnx)
{
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < ROOT_TABLES * STAGE2_ENTRIES; k++) {
            pool.root[i][k / STAGE2_ENTRIES][k % STAGE2_ENTRIES] = 0;
        }
        trees[i] = (struct stage2_tree){
            .root = pool.root[i][0],
            .root_level = address_bits > ROOT_BITS_LEVEL1 ? 0 : 1,
            .address_bits = address_bits,
            .xnx = xnx,
        };
    }
    for (uint32_t i = 0; i < STAGE2_POOL_TABLES; i++) {
        free_table[i] = (uint16_t)i;
    }
    free_count = STAGE2_POOL_TABLES;
}

uint64_t stage2_table_leaf(const struct stage2_tree *tree, uint64_t address)
{
    if (address >> tree->address_bits != 0) {
        return 0;
    }
    const uint64_t *table = tree->root;
    for (unsigned level = tree->root_level;; level++) {
        const uint64_t entry = entry_read(&table[entry_index(tree, address, level)]);
        if (!is_table(entry, level)) {
            return (entry & STAGE2_VALID) != 0 ? entry : 0;
        }
        table = table_of(entry);
    }
}

/*
 * Puts a table in place of a leaf, or of nothing, that says the same of each part. A valid leaf
 * goes first, and out of all TLBs: two sizes of entry must not meet there. Accesses of other CPUs
 * fault meanwhile, which stage2_fault_is_stale() sorts out.
 */
static uint64_t *entry_split(const struct stage2_tree *tree, uint64_t *entry, unsigned level)
{
    uint64_t *table = table_take();
    if (table == NULL) {
        return NULL;
    }
    const uint64_t leaf = *entry;
    const uint64_t attributes = leaf_attributes(leaf);
    const uint64_t part = UINT64_C(1) << level_shift(level + 1);
    for (unsigned i = 0; i < STAGE2_ENTRIES; i++) {
        table[i] = leaf_entry(attributes, (leaf & ADDRESS_MASK) + i * part, level + 1);
    }
    if (leaf != 0) {
        entry_write(entry, 0);
        stage2_tlb_flush_all(tree);
    }
    entry_write(entry, table_entry(table));
    return table;
}

bool stage2_table_map(struct stage2_tree *tree, uint64_t base, uint64_t bytes, uint64_t attributes)
{
    const uint64_t end = base + bytes;
    for (uint64_t address = base; address < end;) {
        uint64_t *table = tree->root;
        unsigned level = tree->root_level;
        uint64_t size;
        uint64_t *entry;
        for (;; level++) {
            size = UINT64_C(1) << level_shift(level);
            entry = &table[entry_index(tree, address, level)];
            /* Level 0 has no blocks in this granule. */
            if (level > 0 && (address & (size - 1)) == 0 && end - address >= size) {
                break;
            }
            if (*entry != 0 && !is_table(*entry, level)) {
                return false;
            }
            table = *entry != 0 ? table_of(*entry) : entry_split(tree, entry, level);
            if (table == NULL) {
                return false;
            }
        }
        if (*entry != 0) {
            return false;
        }
        entry_write(entry, leaf_entry(attributes, address, level));
        address += size;
    }
    return true;
}

/*
 * Do all entries of a table of pages say what its first one says? Looks at both ends first: a
 * caller that goes through the pages in order is answered at once until it comes to the last.
 */
static bool table_uniform(const uint64_t *table)
{
    const uint64_t first = table[0];
    const uint64_t step = first != 0 ? PAGE_BYTES : 0;
    for (unsigned i = STAGE2_ENTRIES - 1; i > 0; i--) {
        if (table[i] != first + i * step) {
            return false;
        }
    }
    return true;
}

/* Replaces a uniform table of pages by a block, or by nothing, and takes the table back. */
static void entry_merge(const struct stage2_tree *tree, uint64_t *entry, uint64_t address)
{
    const uint64_t *table = table_of(*entry);
    const uint64_t attributes = leaf_attributes(table[0]);
    entry_write(entry, 0);
    stage2_tlb_flush_all(tree);
    entry_write(entry, leaf_entry(attributes, address, LEAF_LEVEL - 1));
    table_give(table);
}

/*
 * How many tables a change at address takes: one for each level that a leaf lies above the pages.
 */
static bool pool_suffices(const struct stage2_tree *tree, uint64_t address)
{
    const uint64_t *table = tree->root;
    unsigned level = tree->root_level;
    for (; level < LEAF_LEVEL; level++) {
        const uint64_t entry = table[entry_index(tree, address, level)];
        if (!is_table(entry, level)) {
            break;
        }
        table = table_of(entry);
    }
    return free_count >= LEAF_LEVEL - level;
}

bool stage2_table_set(struct stage2_tree *tree, uint64_t address, uint64_t attributes)
{
    if (leaf_attributes(stage2_table_leaf(tree, address)) == attributes) {
        return true;
    }
    if (address >> tree->address_bits != 0 || !pool_suffices(tree, address)) {
        return false;
    }
    uint64_t *table = tree->root;
    uint64_t *parent = NULL;
    for (unsigned level = tree->root_level; level < LEAF_LEVEL; level++) {
        parent = &table[entry_index(tree, address, level)];
        table = is_table(*parent, level) ? table_of(*parent) : entry_split(tree, parent, level);
        if (table == NULL) {
            return false; /* pool_suffices has ruled this out */
        }
    }
    uint64_t *entry = &table[entry_index(tree, address, LEAF_LEVEL)];
    const uint64_t old = *entry;
    /*
     * Only permissions change, so no break is needed; nothing of an invalid entry can be in a TLB.
     */
    entry_write(entry, leaf_entry(attributes, address, LEAF_LEVEL));
    if (old != 0) {
        stage2_tlb_flush_page(tree, address);
    }
    if (parent != NULL && table_uniform(table)) {
        entry_merge(tree, parent, address);
    }
    return true;
}
