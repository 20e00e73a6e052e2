/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpu/pool.h"

#include "cpu/cpu.h"
#include "cpu/mmu.h"

#include <string.h>

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
    void *memory = (void *)(uintptr_t)base; /* identity mapped */
    memset(memory, 0, pages * MMU_PAGE);
    return memory;
}

void vtl_page_counts(uint32_t *used, uint32_t *free)
{
    vtl_lock(&lock);
    *used = (uint32_t)((next - image_base()) / MMU_PAGE);
    *free = (uint32_t)((limit - next) / MMU_PAGE);
    vtl_unlock(&lock);
}
