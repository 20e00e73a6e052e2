/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 1 walk: at most five levels, each a single bounded read; see stage1.h. */
#include "stage1.h"

#include "arm64.h"
#include "hv_hypercall.h"
#include "stage2.h"

#include <stddef.h>

#define SCTLR_EE (UINT64_C(1) << 25)

/* TCR_EL1 (Arm ARM D19.2.139). TTBR1's size, granule and EPD fields lie 16 above TTBR0's. */
#define TCR_SIZE_MASK UINT64_C(0x3f)
#define TCR_EPD (UINT64_C(1) << 7)
#define TCR_HALF_SHIFT 16
#define TCR_TG0_SHIFT 14
#define TCR_TG1_SHIFT 30
#define TCR_IPS_SHIFT 32
#define TCR_TBI0_SHIFT 37
#define TCR_HA (UINT64_C(1) << 39)
#define TCR_HD (UINT64_C(1) << 40)
#define TCR_HPD0_SHIFT 41
#define TCR_TBID0_SHIFT 51
#define TCR_E0PD0_SHIFT 55
#define TCR_DS (UINT64_C(1) << 59)

/* Descriptors (Arm ARM D8.3). */
#define DESC_VALID (UINT64_C(1) << 0)
#define DESC_TABLE (UINT64_C(1) << 1)
#define DESC_ATTR_SHIFT 2
#define DESC_AP_USER (UINT64_C(1) << 6)
#define DESC_AP_READ_ONLY (UINT64_C(1) << 7)
#define DESC_AF (UINT64_C(1) << 10)
#define DESC_DBM (UINT64_C(1) << 51)
#define DESC_PXN (UINT64_C(1) << 53)
#define DESC_UXN (UINT64_C(1) << 54)
#define TABLE_PXN (UINT64_C(1) << 59)
#define TABLE_UXN (UINT64_C(1) << 60)
#define TABLE_NO_USER (UINT64_C(1) << 61)
#define TABLE_READ_ONLY (UINT64_C(1) << 62)

#define LEVEL_LAST 3
#define LOW_52_SHIFT 48

/* One half of the address space, from TCR. */
struct half {
    uint64_t ttbr;
    unsigned granule; /* log2 bytes: 12, 14, 16 */
    unsigned bits;    /* of the input address */
    bool wide;        /* descriptors hold 52-bit addresses */
    bool hierarchical;
};

/* Where the walk stands: limits that tables put on what is below, and the entry last read. */
struct walk {
    uint64_t table_limits;
    uint64_t descriptor;
    uint64_t entry_gpa;
    int level;
};

static unsigned pa_bits_of(uint64_t range)
{
    static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 52};

    return range < sizeof(bits) ? bits[range] : 52u;
}

static unsigned output_bits(const struct stage1 *regime)
{
    const unsigned ips = pa_bits_of(regime->tcr >> TCR_IPS_SHIFT & 7);

    return ips < regime->pa_bits ? ips : regime->pa_bits;
}

/* 0 if the encoding is reserved. The two halves encode it differently. */
static unsigned granule_of(uint64_t tcr, bool upper)
{
    static const uint8_t lower_granules[4] = {12, 16, 14, 0};
    static const uint8_t upper_granules[4] = {0, 14, 12, 16};

    return upper ? upper_granules[tcr >> TCR_TG1_SHIFT & 3]
                 : lower_granules[tcr >> TCR_TG0_SHIFT & 3];
}

static bool wide_addresses(const struct stage1 *regime, unsigned granule)
{
    const bool ds = (regime->tcr & TCR_DS) != 0;

    switch (granule) {
    case 12:
        return ds && regime->lpa2_4k;
    case 14:
        return ds && regime->lpa2_16k;
    default:
        return output_bits(regime) == 52;
    }
}

/* Limits of TxSZ (Arm ARM D8.2.4): 16 up to 39, or 12 with 52-bit input addresses. */
static bool size_valid(const struct stage1 *regime, const struct half *half)
{
    const bool wide_input = half->granule == 16 ? regime->lva : half->wide;

    return half->bits <= (wide_input ? 52u : 48u) && half->bits >= 64u - 39u;
}

/* False if the address is in no half, or the half is not walked: a translation fault. */
static bool select_half(const struct stage1 *regime, uint64_t gva,
                        const struct stage1_access *access, struct half *half)
{
    const bool upper = (gva >> 55 & 1) != 0;
    const unsigned which = upper ? 1 : 0;
    const uint64_t fields = upper ? regime->tcr >> TCR_HALF_SHIFT : regime->tcr;
    const bool tagged = (regime->tcr >> (TCR_TBI0_SHIFT + which) & 1) != 0 &&
                        !(access->execute && (regime->tcr >> (TCR_TBID0_SHIFT + which) & 1) != 0);

    half->ttbr = upper ? regime->ttbr1 : regime->ttbr0;
    half->granule = granule_of(regime->tcr, upper);
    half->bits = 64u - (unsigned)(fields & TCR_SIZE_MASK);
    half->wide = half->granule != 0 && wide_addresses(regime, half->granule);
    half->hierarchical = (regime->tcr >> (TCR_HPD0_SHIFT + which) & 1) == 0;
    if (half->granule == 0 || !size_valid(regime, half) || (fields & TCR_EPD) != 0 ||
        (access->user && (regime->tcr >> (TCR_E0PD0_SHIFT + which) & 1) != 0)) {
        return false;
    }
    /* Above the input size all bits are copies of bit 55, but for a tag. */
    const unsigned top = tagged ? 56u : 64u;
    const uint64_t mask =
        (top == 64u ? ~UINT64_C(0) : (UINT64_C(1) << top) - 1) & ~((UINT64_C(1) << half->bits) - 1);
    return (gva & mask) == (upper ? mask : 0);
}

static uint64_t low_bits(uint64_t value, unsigned count)
{
    return value & ((UINT64_C(1) << count) - 1);
}

/* Bits 51:48, or 51:50, that a wide descriptor keeps in its lower part (Arm ARM D8.3.1). */
static uint64_t address_of(const struct half *half, uint64_t descriptor)
{
    const unsigned top = half->wide && half->granule != 16 ? 50u : 48u;
    const uint64_t address = low_bits(descriptor, top) & ~((UINT64_C(1) << half->granule) - 1);

    if (!half->wide) {
        return address;
    }
    return half->granule == 16 ? address | (descriptor >> 12 & 0xf) << LOW_52_SHIFT
                               : address | (descriptor >> 8 & 3) << 50;
}

static uint64_t table_base(const struct half *half, unsigned index_bits)
{
    /* In a 52-bit regime bits 5:2 are 51:48, so that a table is aligned to 64 bytes or more. */
    const unsigned align = half->wide && index_bits < 3u ? 6u : index_bits + 3u;
    const uint64_t base = low_bits(half->ttbr, LOW_52_SHIFT) & ~((UINT64_C(1) << align) - 1);

    return half->wide ? base | (half->ttbr >> 2 & 0xf) << LOW_52_SHIFT : base;
}

static bool block_allowed(const struct half *half, int level)
{
    switch (half->granule) {
    case 12:
        return level == 2 || level == 1 || (level == 0 && half->wide);
    default:
        return level == 2 || (level == 1 && half->wide);
    }
}

static uint32_t read_entry(const struct stage1 *regime, uint64_t gpa, uint64_t *descriptor)
{
    const uint64_t *entry = stage2_guest_pointer(regime->slot, gpa, HV_MAP_READ);

    if (entry == NULL) {
        return stage2_is_ram(gpa) ? HV_TRANSLATE_RESULT_NO_READ : HV_TRANSLATE_RESULT_GPA_UNMAPPED;
    }
    const uint64_t raw = __atomic_load_n(entry, __ATOMIC_ACQUIRE);
    *descriptor = (regime->sctlr & SCTLR_EE) != 0 ? __builtin_bswap64(raw) : raw;
    return HV_TRANSLATE_RESULT_SUCCESS;
}

static bool is_leaf(const struct half *half, const struct walk *walk)
{
    if (walk->level == LEVEL_LAST) {
        return true;
    }
    return (walk->descriptor & DESC_TABLE) == 0 && block_allowed(half, walk->level);
}

/* Bits of the address below the entry's own at this level. */
static unsigned level_shift(const struct half *half, int level)
{
    const unsigned stride = half->granule - 3u;

    return half->granule + stride * (unsigned)(LEVEL_LAST - level);
}

/* Down to the leaf: its descriptor in *walk. */
static uint32_t walk_tables(const struct stage1 *regime, const struct half *half, uint64_t gva,
                            struct walk *walk)
{
    const unsigned stride = half->granule - 3u;
    const unsigned levels = (half->bits - half->granule + stride - 1) / stride;
    unsigned index_bits = half->bits - half->granule - stride * (levels - 1);
    uint64_t table = table_base(half, index_bits);

    walk->table_limits = 0;
    for (walk->level = LEVEL_LAST + 1 - (int)levels; walk->level <= LEVEL_LAST; walk->level++) {
        const uint64_t index = low_bits(gva >> level_shift(half, walk->level), index_bits);
        if (table >> output_bits(regime) != 0) {
            return HV_TRANSLATE_RESULT_BAD_FLAGS;
        }
        walk->entry_gpa = table + index * 8;
        const uint32_t code = read_entry(regime, walk->entry_gpa, &walk->descriptor);
        if (code != HV_TRANSLATE_RESULT_SUCCESS) {
            return code;
        }
        const bool table_bit = (walk->descriptor & DESC_TABLE) != 0;
        if ((walk->descriptor & DESC_VALID) == 0 || (walk->level == LEVEL_LAST && !table_bit) ||
            (!table_bit && !is_leaf(half, walk))) {
            return HV_TRANSLATE_RESULT_NOT_PRESENT;
        }
        if (is_leaf(half, walk)) {
            return HV_TRANSLATE_RESULT_SUCCESS;
        }
        walk->table_limits |= half->hierarchical ? walk->descriptor : 0;
        table = address_of(half, walk->descriptor);
        index_bits = stride;
    }
    return HV_TRANSLATE_RESULT_NOT_PRESENT;
}

/* The leaf with what the tables above it take away (Arm ARM D8.4.2). */
static uint64_t effective(const struct walk *walk)
{
    uint64_t leaf = walk->descriptor;

    leaf |= (walk->table_limits & TABLE_READ_ONLY) != 0 ? DESC_AP_READ_ONLY : 0;
    leaf &= (walk->table_limits & TABLE_NO_USER) != 0 ? ~DESC_AP_USER : ~UINT64_C(0);
    leaf |= (walk->table_limits & TABLE_PXN) != 0 ? DESC_PXN : 0;
    leaf |= (walk->table_limits & TABLE_UXN) != 0 ? DESC_UXN : 0;
    return leaf;
}

static bool dirty_managed(const struct stage1 *regime, uint64_t leaf)
{
    return regime->hafdbs_dirty && (regime->tcr & TCR_HA) != 0 && (regime->tcr & TCR_HD) != 0 &&
           (leaf & DESC_DBM) != 0;
}

static bool permitted(const struct stage1 *regime, const struct walk *walk,
                      const struct stage1_access *access)
{
    const uint64_t leaf = effective(walk);
    const bool user_memory = (leaf & DESC_AP_USER) != 0;
    const bool limited = (walk->table_limits & TABLE_READ_ONLY) != 0;
    const bool writable =
        (leaf & DESC_AP_READ_ONLY) == 0 || (!limited && dirty_managed(regime, leaf));
    const bool never_execute = (regime->sctlr & SCTLR_WXN) != 0 && writable;

    if (access->user) {
        const bool executable = (leaf & DESC_UXN) == 0 && !(never_execute && user_memory);
        return (!access->read || user_memory) && (!access->write || (user_memory && writable)) &&
               (!access->execute || executable);
    }
    /* What EL0 can write, EL1 never executes. */
    const bool executable = (leaf & DESC_PXN) == 0 && !never_execute && !(user_memory && writable);
    if (access->pan && user_memory && (access->read || access->write)) {
        return false;
    }
    return (!access->write || writable) && (!access->execute || executable);
}

/* Sets what hardware would; a table that changed meanwhile, or can't be written, is left for the guest. */
static void update_leaf(const struct stage1 *regime, const struct walk *walk,
                        const struct stage1_access *access)
{
    uint64_t wanted = walk->descriptor | DESC_AF;
    const bool big_endian = (regime->sctlr & SCTLR_EE) != 0;

    if (access->write && dirty_managed(regime, walk->descriptor)) {
        wanted &= ~DESC_AP_READ_ONLY;
    }
    uint64_t *entry =
        stage2_guest_pointer(regime->slot, walk->entry_gpa, HV_MAP_READ | HV_MAP_WRITE);
    if (wanted == walk->descriptor || entry == NULL) {
        return;
    }
    uint64_t expected = big_endian ? __builtin_bswap64(walk->descriptor) : walk->descriptor;
    const uint64_t desired = big_endian ? __builtin_bswap64(wanted) : wanted;
    (void)__atomic_compare_exchange_n(entry, &expected, desired, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_RELAXED);
}

static struct stage1_result failed(uint32_t code)
{
    return (struct stage1_result){.code = code};
}

static struct stage1_result mmu_off(const struct stage1 *regime, uint64_t gva)
{
    /* TBI has its say with the MMU off too, but no guest tags physical addresses. */
    if (gva >> regime->pa_bits != 0) {
        return failed(HV_TRANSLATE_RESULT_NOT_PRESENT);
    }
    return (struct stage1_result){.code = HV_TRANSLATE_RESULT_SUCCESS, .gpa = gva};
}

struct stage1_result stage1_walk(const struct stage1 *regime, uint64_t gva,
                                 const struct stage1_access *access)
{
    struct half half;
    struct walk walk;

    if ((regime->sctlr & SCTLR_M) == 0) {
        return mmu_off(regime, gva);
    }
    if (!select_half(regime, gva, access, &half)) {
        return failed(HV_TRANSLATE_RESULT_NOT_PRESENT);
    }
    const uint32_t code = walk_tables(regime, &half, gva, &walk);
    if (code != HV_TRANSLATE_RESULT_SUCCESS) {
        return failed(code);
    }
    const unsigned shift = level_shift(&half, walk.level);
    const uint64_t base = address_of(&half, walk.descriptor) & ~((UINT64_C(1) << shift) - 1);
    if (base >> output_bits(regime) != 0) {
        return failed(HV_TRANSLATE_RESULT_BAD_FLAGS);
    }
    const bool managed = regime->hafdbs && (regime->tcr & TCR_HA) != 0;
    if ((walk.descriptor & DESC_AF) == 0 && !managed) {
        return failed(HV_TRANSLATE_RESULT_NOT_PRESENT);
    }
    if (!permitted(regime, &walk, access)) {
        return failed(HV_TRANSLATE_RESULT_PRIVILEGE);
    }
    if (access->set_flags && managed) {
        update_leaf(regime, &walk, access);
    }
    const unsigned attribute = (unsigned)(walk.descriptor >> DESC_ATTR_SHIFT & 7);
    return (struct stage1_result){
        .code = HV_TRANSLATE_RESULT_SUCCESS,
        .gpa = base | low_bits(gva, shift),
        .attributes = (uint8_t)(regime->mair >> (8 * attribute)),
    };
}
