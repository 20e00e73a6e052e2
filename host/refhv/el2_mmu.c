/* SPDX-License-Identifier: BSD-3-Clause */
#include "el2_mmu.h"

#include "image.h"
#include "machine.h"
#include "registers_el1.h"

#include <stddef.h>

/* Stage 1 descriptors, EL2 regime, 4 KiB granule: Arm ARM D8.3. */
#define ENTRIES 512u
#define VALID UINT64_C(1)
#define TABLE_OR_PAGE UINT64_C(2)
#define NORMAL (UINT64_C(0) << 2)
#define DEVICE (UINT64_C(1) << 2)
#define AP1_RES1 (UINT64_C(1) << 6)
#define READ_ONLY (UINT64_C(1) << 7)
#define INNER_SHAREABLE (UINT64_C(3) << 8)
#define ACCESSED (UINT64_C(1) << 10)
#define GUARDED (UINT64_C(1) << 50)
#define EXECUTE_NEVER (UINT64_C(1) << 54)
#define ADDRESS_MASK UINT64_C(0x0000fffffffff000)
#define COMMON (VALID | AP1_RES1 | INNER_SHAREABLE | ACCESSED)

/*
 * Root, then: level 2 for devices' and refhv's GiB, level 3 for refhv's 2 MiB, for a few device
 * windows and for ragged ends of RAM. entry.S loads the first page into TTBR0_EL2.
 */
#define TABLE_COUNT 24u
struct el2_tables {
    uint64_t table[TABLE_COUNT][ENTRIES];
    uint32_t used;
};
/* Apart from .bss, which is cleared after the first use; refhv.ld puts it on a page. */
__attribute__((section(".bss.el2_tables"), aligned(4096))) static struct el2_tables tables;

static uint64_t attributes(enum el2_mapping how)
{
    switch (how) {
    case EL2_TEXT:
        return COMMON | NORMAL | READ_ONLY | (((read_id_aa64pfr1_el1() & 0xf) != 0) ? GUARDED : 0);
    case EL2_RODATA:
        return COMMON | NORMAL | READ_ONLY | EXECUTE_NEVER;
    case EL2_RAM:
        return COMMON | NORMAL | EXECUTE_NEVER;
    case EL2_DEVICE:
        break;
    }
    return COMMON | DEVICE | EXECUTE_NEVER;
}

/*
 * The table below *entry, made if there is none. NULL if *entry is a block or the tables are used
 * up.
 */
static uint64_t *table_below(uint64_t *entry)
{
    if ((*entry & VALID) != 0) {
        if ((*entry & TABLE_OR_PAGE) == 0) {
            return NULL;
        }
        return (uint64_t *)(uintptr_t)(*entry & ADDRESS_MASK);
    }
    if (tables.used == TABLE_COUNT) {
        return NULL;
    }
    uint64_t *table = tables.table[tables.used++];
    dsb_ish();
    *entry = (uint64_t)(uintptr_t)table | TABLE_OR_PAGE | VALID;
    return table;
}

/*
 * One step at address: the largest block that fits in front of end. Returns where the next step
 * starts, or 0 if it can't be done. A block that covers address already and is the same is left
 * as it is.
 */
static uint64_t map_step(uint64_t address, uint64_t end, uint64_t attribute)
{
    uint64_t *table = tables.table[0];
    for (unsigned level = 1; level <= 3; level++) {
        const unsigned shift = 39 - 9 * level;
        const uint64_t bytes = UINT64_C(1) << shift;
        uint64_t *entry = &table[(address >> shift) & (ENTRIES - 1)];
        const uint64_t block =
            (address & ~(bytes - 1)) | attribute | (level == 3 ? TABLE_OR_PAGE : 0);
        if (*entry == block) {
            return (address & ~(bytes - 1)) + bytes;
        }
        const bool fits = (address & (bytes - 1)) == 0 && end - address >= bytes;
        if (fits && (*entry & VALID) == 0) {
            *entry = block;
            return address + bytes;
        }
        if (level == 3) {
            break; /* a page that is mapped another way */
        }
        table = table_below(entry);
        if (table == NULL) {
            break;
        }
    }
    return 0;
}

bool el2_mmu_map(uint64_t base, uint64_t bytes, enum el2_mapping how)
{
    const uint64_t attribute = attributes(how);
    uint64_t end;
    if (__builtin_add_overflow(base, bytes, &end) || end > EL2_ADDRESS_LIMIT) {
        return false;
    }
    uint64_t address = base & ~UINT64_C(0xfff);
    end = (end + 0xfff) & ~UINT64_C(0xfff);
    while (address < end) {
        address = map_step(address, end, attribute);
        if (address == 0) {
            return false;
        }
    }
    dsb_ish();
    isb();
    return true;
}

static bool map_between(const uint8_t *from, const uint8_t *to, enum el2_mapping how)
{
    return el2_mmu_map((uintptr_t)from, (uint64_t)(to - from), how);
}

void el2_mmu_build(void)
{
    tables.used = 1;
    bool good = map_between(refhv_image_start, refhv_text_end, EL2_TEXT) &&
                map_between(refhv_text_end, refhv_rodata_end, EL2_RODATA) &&
                map_between(refhv_rodata_end, refhv_stacks_start, EL2_RAM) &&
                map_between(refhv_stacks_end, refhv_image_end, EL2_RAM);
    for (unsigned cpu = 0; cpu < MACHINE_CPU_MAX; cpu++) {
        const uint8_t *guard = refhv_stacks_start + cpu * REFHV_STACK_STRIDE;
        good = good &&
               map_between(guard + REFHV_STACK_GUARD_BYTES, guard + REFHV_STACK_STRIDE, EL2_RAM);
    }
    if (!good) {
        /* Wrong only by how refhv was linked, and there is no console yet. */
        for (;;) {
            __asm__ volatile("wfe");
        }
    }
}
