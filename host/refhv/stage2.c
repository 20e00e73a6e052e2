/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage2.h"

#include "console.h"
#include "hv_hypercall.h"
#include "machine.h"
#include "phys.h"
#include "spinlock.h"
#include "stage2_hw.h"
#include "stage2_table.h"

#include <stdatomic.h>
#include <stddef.h>

#define PAGE_BYTES UINT64_C(0x1000)

static struct stage2_tree trees[SLOT_COUNT];
static struct spinlock change_lock = SPINLOCK_INIT;
/* Odd while VTL0's tree is being changed. */
static _Atomic uint32_t changes;

bool stage2_is_ram(uint64_t gpa)
{
    for (uint32_t i = 0; i < machine.memory_count; i++) {
        if (gpa - machine.memory[i].base < machine.memory[i].bytes) {
            return true;
        }
    }
    return false;
}

static bool ram_map(struct stage2_tree *tree)
{
    const uint64_t attributes = stage2_ram_attributes(tree, HV_MAP_ALL);
    bool good = true;
    for (uint32_t i = 0; i < machine.memory_count; i++) {
        const struct machine_range memory = machine.memory[i];
        good = good && stage2_table_map(tree, memory.base, memory.bytes, attributes);
    }
    return good;
}

/* Windows smaller than a page lie many to a page. */
static bool devices_map(struct stage2_tree *tree)
{
    bool good = true;
    for (uint32_t i = 0; i < machine.device_count; i++) {
        const struct machine_range window = machine.device[i].window;
        const uint64_t end = (window.base + window.bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
        for (uint64_t page = window.base & ~(PAGE_BYTES - 1); page < end; page += PAGE_BYTES) {
            if (stage2_table_leaf(tree, page) == 0) {
                good = good && stage2_table_map(tree, page, PAGE_BYTES, stage2_device_attributes());
            }
        }
    }
    return good;
}

void stage2_init(void)
{
    const uint32_t bits = stage2_hw_address_bits();
    stage2_table_init(trees, bits, stage2_hw_has_xnx());
    for (uint32_t i = 0; i < machine.memory_count; i++) {
        if ((machine.memory[i].base + machine.memory[i].bytes - 1) >> bits != 0) {
            console_fatal("memory ends above the CPU's %u bits of address", bits);
        }
    }
    if (!ram_map(&trees[SLOT_VTL0]) || !ram_map(&trees[SLOT_VTL2]) ||
        !devices_map(&trees[SLOT_VTL2])) {
        console_fatal("the board's memory and devices do not fit into stage 2");
    }
}

void stage2_cpu_init(void)
{
    stage2_hw_cpu_init(&trees[SLOT_VTL0]);
}

uint64_t stage2_vttbr(unsigned slot)
{
    return stage2_hw_vttbr(&trees[slot], slot);
}

void stage2_tlb_flush_page(const struct stage2_tree *tree, uint64_t address)
{
    stage2_hw_flush(tree, (unsigned)(tree - trees), &address);
}

void stage2_tlb_flush_all(const struct stage2_tree *tree)
{
    stage2_hw_flush(tree, (unsigned)(tree - trees), NULL);
}

/*
 * VTL0's permissions without the lock: read again if a writer has been there. Its tables are
 * never freed, only used anew, so a walk beside it reads nonsense at worst.
 */
uint32_t stage2_vtl0_permissions(uint64_t gpa)
{
    if (!stage2_is_ram(gpa)) {
        return 0;
    }
    for (;;) {
        const uint32_t before = atomic_load_explicit(&changes, memory_order_acquire);
        const uint64_t leaf = stage2_table_leaf(&trees[SLOT_VTL0], gpa);
        atomic_thread_fence(memory_order_acquire);
        if ((before & 1) == 0 && atomic_load_explicit(&changes, memory_order_relaxed) == before) {
            return stage2_flags(&trees[SLOT_VTL0], leaf);
        }
    }
}

bool stage2_vtl0_protect(uint64_t gpa_page_number, uint32_t map_flags)
{
    if (gpa_page_number > UINT64_MAX / PAGE_BYTES || !stage2_is_ram(gpa_page_number * PAGE_BYTES)) {
        return false;
    }
    struct stage2_tree *tree = &trees[SLOT_VTL0];
    spin_lock(&change_lock);
    atomic_fetch_add_explicit(&changes, 1, memory_order_acq_rel);
    const bool good = stage2_table_set(tree, gpa_page_number * PAGE_BYTES,
                                       stage2_ram_attributes(tree, map_flags));
    atomic_fetch_add_explicit(&changes, 1, memory_order_release);
    spin_unlock(&change_lock);
    return good;
}

bool stage2_fault_is_stale(unsigned slot, uint64_t gpa, uint32_t access)
{
    return slot == SLOT_VTL0 && stage2_is_ram(gpa) &&
           (stage2_vtl0_permissions(gpa) & access) == access;
}

void *stage2_guest_pointer(unsigned slot, uint64_t gpa, uint32_t access)
{
    const bool allowed =
        slot == SLOT_VTL2 ? stage2_is_ram(gpa) : (stage2_vtl0_permissions(gpa) & access) == access;
    return allowed && stage2_is_ram(gpa) ? phys_pointer(gpa) : NULL;
}
