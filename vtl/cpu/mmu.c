/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sources: Arm ARM D8.3 (VMSAv8-64 descriptors), D19.2.143 TCR_EL1, D19.2.112 MAIR_EL1, D19.2.61
 * ID_AA64MMFR0_EL1.
 */
#include "cpu/mmu.h"

#include "arm64.h"
#include "cpu/cpu.h"
#include "cpu/pool.h"
#include "cpu/sysreg.h"

#define ENTRIES 512u
#define VA_BITS 48u
#define EARLY_TABLES 8u /* root, and at worst two each of levels 1, 2 and 3 for 4 MiB: 7 */

#define DESC_VALID UINT64_C(1)
#define DESC_TABLE UINT64_C(3) /* levels 0 to 2 */
#define DESC_BLOCK UINT64_C(1) /* levels 1 and 2 */
#define DESC_PAGE UINT64_C(3)  /* level 3 */
#define DESC_ATTR(index) ((uint64_t)(index) << 2)
#define DESC_READ_ONLY (UINT64_C(1) << 7)
#define DESC_INNER_SHAREABLE (UINT64_C(3) << 8)
#define DESC_ACCESSED (UINT64_C(1) << 10)
#define DESC_GUARDED (UINT64_C(1) << 50) /* BTI */
#define DESC_PXN (UINT64_C(1) << 53)
#define DESC_UXN (UINT64_C(1) << 54)
#define DESC_ADDRESS UINT64_C(0x0000fffffffff000)
#define DESC_TYPE UINT64_C(3)

#define MAIR_DEVICE 0u /* nGnRE */
#define MAIR_NORMAL 1u /* write back, read and write allocate */
#define MAIR_VALUE (UINT64_C(0x04) | UINT64_C(0xff) << 8)

/* 48-bit TTBR0, inner shareable write-back walks, 4 KiB granules, no TTBR1 walks. */
#define TCR_VALUE                                                                          \
    ((UINT64_C(64) - VA_BITS) | UINT64_C(1) << 8 | UINT64_C(1) << 10 | UINT64_C(3) << 12 | \
     UINT64_C(16) << 16 | UINT64_C(1) << 23 | UINT64_C(2) << 30)
#define TCR_IPS_SHIFT 32
#define PA_RANGE_48_BIT UINT64_C(5)

#define COMMON (DESC_ACCESSED | DESC_UXN)
static const uint64_t kind_bits[MMU_KINDS] = {
    [MMU_CODE] = COMMON | DESC_ATTR(MAIR_NORMAL) | DESC_INNER_SHAREABLE | DESC_READ_ONLY,
    [MMU_CONST] =
        COMMON | DESC_ATTR(MAIR_NORMAL) | DESC_INNER_SHAREABLE | DESC_READ_ONLY | DESC_PXN,
    [MMU_DATA] = COMMON | DESC_ATTR(MAIR_NORMAL) | DESC_INNER_SHAREABLE | DESC_PXN,
    [MMU_GUEST] = COMMON | DESC_ATTR(MAIR_NORMAL) | DESC_INNER_SHAREABLE | DESC_PXN,
    [MMU_DEVICE] = COMMON | DESC_ATTR(MAIR_DEVICE) | DESC_PXN,
};

/* ID_AA64MMFR0_EL1.PARange, 0 to 5. */
static const uint8_t pa_bits[] = {32, 36, 40, 42, 44, 48};

static uint64_t early_tables[EARLY_TABLES][ENTRIES] __attribute__((aligned(MMU_PAGE)));
static uint32_t early_tables_used;
static uint64_t *root;
static uint64_t address_limit;
static uint64_t code_bits;

struct cpu_translation cpu_translation;

static uint64_t *table_new(void)
{
    if (early_tables_used < EARLY_TABLES) {
        return early_tables[early_tables_used++];
    }
    return vtl_page_alloc(1);
}

static unsigned level_shift(unsigned level)
{
    return 39u - 9u * level;
}

static uint64_t *entry_of(uint64_t *table, uint64_t address, unsigned level)
{
    return &table[(address >> level_shift(level)) & (ENTRIES - 1u)];
}

static uint64_t *table_of(uint64_t entry)
{
    return (uint64_t *)(uintptr_t)(entry & DESC_ADDRESS); /* identity mapped */
}

/*
 * The entry for address at the level, tables made on the way; NULL: no table left, or a block is in
 * the way.
 */
static uint64_t *entry_make(uint64_t address, unsigned level)
{
    uint64_t *table = root;
    for (unsigned at = 0; at < level; at++) {
        uint64_t *entry = entry_of(table, address, at);
        if ((*entry & DESC_VALID) == 0) {
            uint64_t *made = table_new();
            if (made == NULL) {
                return NULL;
            }
            *entry = (uint64_t)(uintptr_t)made | DESC_TABLE;
        } else if ((*entry & DESC_TYPE) != DESC_TABLE) {
            return NULL;
        }
        table = table_of(*entry);
    }
    return entry_of(table, address, level);
}

/*
 * The largest block that fits at base. The image's own parts are pages, so that guards can be cut
 * out.
 */
static unsigned level_for(uint64_t base, uint64_t bytes, enum mmu_kind kind)
{
    if (kind != MMU_GUEST && kind != MMU_DEVICE) {
        return 3;
    }
    for (unsigned level = 1; level < 3; level++) {
        uint64_t size = UINT64_C(1) << level_shift(level);
        if ((base & (size - 1u)) == 0 && bytes >= size) {
            return level;
        }
    }
    return 3;
}

/* Maps one page or block; *level gets smaller where a table is in place already. */
static enum pv_status map_one(uint64_t base, unsigned *level, uint64_t bits)
{
    uint64_t *entry = entry_make(base, *level);
    while (entry != NULL && *level < 3 && (*entry & DESC_TYPE) == DESC_TABLE) {
        (*level)++;
        entry = entry_make(base, *level);
    }
    if (entry == NULL) {
        unsigned at;
        uint64_t block = mmu_entry(base, &at);
        if (block == 0) {
            return PV_NO_SPACE;
        }
        return (block & ~DESC_ADDRESS & ~DESC_TYPE) == bits ? PV_OK : PV_INVALID;
    }
    uint64_t value = base | bits | (*level == 3 ? DESC_PAGE : DESC_BLOCK);
    if ((*entry & DESC_VALID) != 0) {
        return *entry == value ? PV_OK : PV_INVALID;
    }
    *entry = value;
    return PV_OK;
}

enum pv_status mmu_map(uint64_t base, uint64_t bytes, enum mmu_kind kind)
{
    if (((base | bytes) & (MMU_PAGE - 1u)) != 0 || !range_contains(0, address_limit, base, bytes)) {
        return PV_INVALID;
    }
    uint64_t bits = kind_bits[kind] | (kind == MMU_CODE ? code_bits : 0);
    while (bytes != 0) {
        unsigned level = level_for(base, bytes, kind);
        enum pv_status status = map_one(base, &level, bits);
        if (status != PV_OK) {
            return status;
        }
        uint64_t size = UINT64_C(1) << level_shift(level);
        base += size;
        bytes -= size;
    }
    dsb_ish();
    isb();
    return PV_OK;
}

static uint64_t *leaf_of(uint64_t address, unsigned *level)
{
    uint64_t *table = root;
    for (unsigned at = 0; at < 4; at++) {
        uint64_t *entry = entry_of(table, address, at);
        if ((*entry & DESC_VALID) == 0) {
            return NULL;
        }
        if (at == 3 || (*entry & DESC_TYPE) != DESC_TABLE) {
            *level = at;
            return entry;
        }
        table = table_of(*entry);
    }
    return NULL;
}

uint64_t mmu_entry(uint64_t address, unsigned *level)
{
    const uint64_t *leaf = address < address_limit ? leaf_of(address, level) : NULL;
    return leaf == NULL ? 0 : *leaf;
}

enum pv_status mmu_unmap_page(uint64_t page)
{
    unsigned level;
    uint64_t *leaf = page < address_limit ? leaf_of(page, &level) : NULL;
    if (leaf == NULL || level != 3) {
        return PV_INVALID;
    }
    *leaf = 0;
    dsb_ish();
    tlbi_vaae1is(page);
    dsb_ish();
    isb();
    return PV_OK;
}

enum pv_status vtl_map(uint64_t base, uint64_t bytes, enum vtl_mapping kind)
{
    return mmu_map(base, bytes, kind == VTL_MAP_DEVICE ? MMU_DEVICE : MMU_GUEST);
}

/* Data from const_end on: all but the guards. */
static enum pv_status map_data(const struct mmu_image *image)
{
    uint64_t end = image->base + MMU_EARLY_BYTES;
    for (uint64_t page = image->const_end; page < end; page += MMU_PAGE) {
        if (page != image->guard[0] && page != image->guard[1]) {
            enum pv_status status = mmu_map(page, MMU_PAGE, MMU_DATA);
            if (status != PV_OK) {
                return status;
            }
        }
    }
    return PV_OK;
}

static enum pv_status probe_cpu(void)
{
    uint64_t features = read_id_aa64mmfr0_el1();
    uint64_t range = features & 0xf;
    if (((features >> 28) & 0xf) == 0xf) {
        return PV_UNSUPPORTED; /* TGran4: no 4 KiB granule */
    }
    if (range > PA_RANGE_48_BIT) {
        range = PA_RANGE_48_BIT;
    }
    address_limit = UINT64_C(1) << pa_bits[range];
    bool bti = (read_id_aa64pfr1_el1() & 0xf) != 0;
    code_bits = bti ? DESC_GUARDED : 0;
    cpu_translation = (struct cpu_translation){
        .ttbr0 = (uint64_t)(uintptr_t)root,
        .tcr = TCR_VALUE | range << TCR_IPS_SHIFT,
        .mair = MAIR_VALUE,
        .sctlr = SCTLR_RES1 | SCTLR_ITD | SCTLR_SED | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA |
                 SCTLR_WXN | (bti ? SCTLR_BT1 : 0),
    };
    return PV_OK;
}

enum pv_status mmu_early(const struct mmu_image *image)
{
    root = table_new();
    enum pv_status status = probe_cpu();
    if (status == PV_OK) {
        status = mmu_map(image->base, image->code_end - image->base, MMU_CODE);
    }
    if (status == PV_OK) {
        status = mmu_map(image->code_end, image->const_end - image->code_end, MMU_CONST);
    }
    if (status == PV_OK) {
        status = map_data(image);
    }
    return status;
}
