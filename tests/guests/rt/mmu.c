/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's translation: an identity map, an alias of it for EL0, a window of one page.
 * Source: Arm ARM (DDI 0487), D8.3 "Translation table descriptor formats", D19.2 TCR_EL1, MAIR_EL1.
 */
#include "guest.h"

#define ENTRIES 512u
#define GIB (UINT64_C(1) << 30)
#define IDENTITY_GIB 8u

#define TABLE UINT64_C(3)
#define BLOCK UINT64_C(1)
#define ATTRIBUTES(index) ((uint64_t)(index) << 2)
#define AP_EL0 (UINT64_C(1) << 6)
#define SHAREABLE (UINT64_C(3) << 8)
#define ACCESSED (UINT64_C(1) << 10)
#define PXN (UINT64_C(1) << 53)
#define UXN (UINT64_C(1) << 54)

/* Attribute 0: Device-nGnRnE; 1: Normal write-back; 2: Normal non-cacheable. */
#define MAIR UINT64_C(0x44ff00)
#define DEVICE 0u
#define WRITE_BACK 1u
#define NON_CACHEABLE 2u

/* T0SZ 16, walks write-back and inner shareable, TTBR1 off, IPS from bit 32. */
#define TCR \
    (UINT64_C(16) | UINT64_C(1) << 8 | UINT64_C(1) << 10 | UINT64_C(3) << 12 | UINT64_C(1) << 23)
#define TCR_IPS_SHIFT 32
#define PARANGE_48_BITS 5u

static struct {
    uint64_t top[ENTRIES];
    uint64_t identity[ENTRIES];
    uint64_t alias[ENTRIES];
    uint64_t window1[ENTRIES];
    uint64_t window2[ENTRIES];
    uint64_t window3[ENTRIES];
    uint64_t filled;
} tables __attribute__((aligned(4096)));

static uint64_t wanted_tcr;

static uint64_t table(const uint64_t *next)
{
    return (uintptr_t)next | TABLE;
}

static void fill(void)
{
    if (tables.filled != 0) {
        return;
    }
    for (uint64_t i = 0; i < IDENTITY_GIB; i++) {
        uint64_t common = i * GIB | BLOCK | SHAREABLE | ACCESSED;

        tables.identity[i] =
            common | UXN | (i == 0 ? ATTRIBUTES(DEVICE) | PXN : ATTRIBUTES(WRITE_BACK));
        tables.alias[i] = common | PXN | AP_EL0 | ATTRIBUTES(NON_CACHEABLE);
    }
    tables.window1[0] = table(tables.window2);
    tables.window2[0] = table(tables.window3);
    tables.top[0] = table(tables.identity);
    tables.top[1] = table(tables.alias);
    tables.top[2] = table(tables.window1);
    tables.filled = 1;
}

void guest_mmu_on(void)
{
    uint64_t range = sysreg_read_id_aa64mmfr0_el1() & 0xf;

    fill();
    if (range > PARANGE_48_BITS) {
        range = PARANGE_48_BITS;
    }
    sysreg_write_mair_el1(MAIR);
    sysreg_write_tcr_el1(wanted_tcr != 0 ? wanted_tcr : TCR | range << TCR_IPS_SHIFT);
    sysreg_write_ttbr0_el1((uintptr_t)tables.top);
    __asm__ volatile("dsb ish\n\ttlbi vmalle1\n\tic iallu\n\tdsb ish\n\tisb" ::: "memory");
    sysreg_write_sctlr_el1(sysreg_read_sctlr_el1() | SCTLR_M | SCTLR_C | SCTLR_I);
}

void guest_mmu_tcr(uint64_t tcr)
{
    wanted_tcr = tcr;
}

void guest_mmu_off(void)
{
    sysreg_write_sctlr_el1(sysreg_read_sctlr_el1() & ~(SCTLR_M | SCTLR_C | SCTLR_I));
    __asm__ volatile("dsb ish\n\ttlbi vmalle1\n\tic iallu\n\tdsb ish\n\tisb" ::: "memory");
}

void guest_window_set(unsigned page, uint64_t descriptor)
{
    tables.window3[page] = descriptor;
    __asm__ volatile("dsb ish\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
}

uint64_t *guest_table(unsigned level)
{
    uint64_t *const levels[] = {tables.top, tables.window1, tables.window2, tables.window3};

    return levels[level];
}
