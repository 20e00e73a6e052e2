/* SPDX-License-Identifier: BSD-3-Clause */
#include "phys.h"

#include "registers_el1.h"

void *phys_pointer(uint64_t address)
{
    return (void *)(uintptr_t)address;
}

void phys_clean(uint64_t address, uint64_t bytes)
{
    const uint64_t line = UINT64_C(4) << ((read_ctr_el0() >> 16) & 0xf);
    const uint64_t end = address + bytes;
    for (uint64_t at = address & ~(line - 1); at < end; at += line) {
        __asm__ volatile("dc cvac, %0" ::"r"(at) : "memory");
    }
    dsb_sy();
}

void phys_code_written(void)
{
    dsb_ish();
    __asm__ volatile("ic ialluis" ::: "memory");
    dsb_ish();
    isb();
}
