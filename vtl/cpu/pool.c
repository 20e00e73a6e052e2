/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpu/pool.h"

#include "cpu/cpu.h"
#include "cpu/mmu.h"
#include "cpu/sysreg.h"

#include <string.h>

/* DCZID_EL0 (Arm ARM): a block's words as a power of two; DC ZVA is not to be used. */
#define DCZID_BS_MASK UINT64_C(0xf)
#define DCZID_DZP (UINT64_C(1) << 4)

static struct vtl_lock lock;
static uint64_t next;
static uint64_t limit;

void pool_set(uint64_t base, uint64_t end)
{
    CHECK((base & (MMU_PAGE - 1u)) == 0 && base <= end);
    next = base;
    limit = end & ~(uint64_t)(MMU_PAGE - 1u);
}

void pool_extend(uint64_t end)
{
    CHECK(end >= limit && (end & (MMU_PAGE - 1u)) == 0);
    limit = end;
}

/* Pages are normal memory: by whole blocks of the CPU's, where it has any of a page or less. */
static void zero(uint64_t base, size_t bytes)
{
    const uint64_t id = read_dczid_el0();
    const uint64_t block = UINT64_C(4) << (id & DCZID_BS_MASK);

    if ((id & DCZID_DZP) != 0 || block > MMU_PAGE) {
        memset((void *)(uintptr_t)base, 0, bytes);
        return;
    }
    for (uint64_t at = base; at < base + bytes; at += block) {
        dc_zva(at);
    }
}

void *vtl_page_alloc(size_t pages)
{
    uint64_t base = 0;
    vtl_lock(&lock);
    if (pages != 0 && pages <= (limit - next) / MMU_PAGE) {
        base = next;
        next += pages * MMU_PAGE;
    }
    vtl_unlock(&lock);
    if (base == 0) {
        return NULL;
    }
    zero(base, pages * MMU_PAGE);
    return (void *)(uintptr_t)base; /* identity mapped */
}

void vtl_page_counts(uint32_t *used, uint32_t *free)
{
    vtl_lock(&lock);
    *used = (uint32_t)((next - image_base()) / MMU_PAGE);
    *free = (uint32_t)((limit - next) / MMU_PAGE);
    vtl_unlock(&lock);
}
