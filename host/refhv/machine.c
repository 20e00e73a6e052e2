/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include "arm64.h"
#include "console.h"
#include "el2_mmu.h"
#include "image.h"
#include "machine_fdt.h"
#include "phys.h"
#include "registers_el1.h"
#include "smccc.h"

#include <libfdt.h>

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

/* refhv's own memory, at the end of RAM; refhv.ld keeps the image inside. */
#define REFHV_BYTES UINT64_C(0x800000)

struct machine machine;

/* Maps what holds the tree, which is no larger than it says and than booting.rst allows. */
static const char *fdt_map(const void *fdt)
{
    const uint64_t base = (uintptr_t)fdt;
    if (base == 0 || base % 8 != 0 || !el2_mmu_map(base, sizeof(struct fdt_header), EL2_RAM)) {
        return "x0 is no address of a device tree";
    }
    if (fdt_check_header(fdt) != 0 || fdt_totalsize(fdt) > MACHINE_FDT_BYTES_MAX) {
        return "x0 points to no device tree";
    }
    return el2_mmu_map(base, fdt_totalsize(fdt), EL2_RAM) ? NULL
                                                          : "the device tree can't be mapped";
}

static bool in_memory(struct machine_range range)
{
    for (uint32_t i = 0; i < machine.memory_count; i++) {
        const struct machine_range memory = machine.memory[i];
        if (range.base >= memory.base && range.base - memory.base <= memory.bytes &&
            range.bytes <= memory.bytes - (range.base - memory.base)) {
            return true;
        }
    }
    return false;
}

/* Takes refhv's memory off the end of the highest range that is larger. Returns its base, 0 if there is none. */
static uint64_t refhv_take(void)
{
    for (uint32_t i = machine.memory_count; i-- > 0;) {
        struct machine_range *memory = &machine.memory[i];
        if (memory->bytes > REFHV_BYTES) {
            memory->bytes -= REFHV_BYTES;
            return memory->base + memory->bytes;
        }
    }
    return 0;
}

/* What lies where the boot loader put it: in what becomes the guests' RAM. */
static const char *layout_check(void)
{
    if (!in_memory(machine.initrd)) {
        return "the IGVM file does not lie in memory below refhv's 8 MiB";
    }
    if (!in_memory(machine.fdt)) {
        return "the device tree does not lie in memory below refhv's 8 MiB";
    }
    if ((read_mpidr_el1() & MPIDR_AFFINITY_MASK) != machine.cpu_mpidr[0]) {
        return "the boot CPU is not the first in the device tree";
    }
    return NULL;
}

/*
 * Boot loaders put an Image near the start of RAM, where firmware and kernels in VTL0 look for memory. So refhv
 * goes to the end of RAM: all of VTL0's is then one range. Returns where it runs already.
 */
static const char *refhv_move(const void *fdt, uint64_t to)
{
    const uint64_t from = (uintptr_t)refhv_image_start;
    const uint64_t bytes = (uint64_t)(refhv_rodata_end - refhv_image_start);
    const uint64_t all = (uint64_t)(refhv_image_end - refhv_image_start);

    if (from == to) {
        return NULL;
    }
    if (to == 0 || !in_memory((struct machine_range){from, all})) {
        return "there are no 8 MiB of memory for refhv beside what the boot loader has put there";
    }
    if (!el2_mmu_map(to, bytes, EL2_RAM)) {
        return "the end of memory can't be mapped";
    }
    memcpy(phys_pointer(to), refhv_image_start, bytes);
    phys_clean(to, bytes);
    refhv_restart(fdt, from, to);
}

/* The least span of both; an empty one counts for nothing. No range wraps (machine_fdt.c). */
static struct machine_range span_of(struct machine_range a, struct machine_range b)
{
    if (a.bytes == 0) {
        return b;
    }
    const uint64_t base = a.base < b.base ? a.base : b.base;
    const uint64_t a_end = a.base + a.bytes;
    const uint64_t b_end = b.base + b.bytes;

    return (struct machine_range){base, (a_end > b_end ? a_end : b_end) - base};
}

static void spans_find(void)
{
    machine.gic_span = span_of(machine.gicd, machine.gicr);
    for (uint32_t i = 0; i < machine.memory_count; i++) {
        machine.memory_span = span_of(machine.memory_span, machine.memory[i]);
    }
}

static bool map_all(void)
{
    bool good = true;
    for (uint32_t i = 0; i < machine.memory_count; i++) {
        good = good && el2_mmu_map(machine.memory[i].base, machine.memory[i].bytes, EL2_RAM);
    }
    return good && el2_mmu_map(machine.gicd.base, machine.gicd.bytes, EL2_DEVICE) &&
           el2_mmu_map(machine.gicr.base, machine.gicr.bytes, EL2_DEVICE);
}

void machine_probe(const void *fdt, uint64_t image_before)
{
    const char *reason = fdt_map(fdt);
    if (reason == NULL) {
        reason = machine_fdt_parse(&machine, fdt);
        if (machine.console_base != 0 && el2_mmu_map(machine.console_base, 1, EL2_DEVICE)) {
            console_init(machine.console_base);
        }
    }
    if (reason == NULL) {
        machine.fdt = (struct machine_range){(uintptr_t)fdt, fdt_totalsize(fdt)};
        const uint64_t place = refhv_take();
        reason = layout_check();
        reason = reason != NULL ? reason : refhv_move(fdt, place);
    }
    if (reason != NULL) {
        console_fatal("%s", reason);
    }
    if (image_before != 0) {
        machine.image_before =
            (struct machine_range){image_before, (uint64_t)(refhv_image_end - refhv_image_start)};
    }
    spans_find();
    if (!map_all()) {
        console_fatal("the board's memory and GIC do not fit into EL2's map");
    }
}

int64_t machine_psci(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
    int64_t result;
    /* SMCCC 1.0 implementations may change x4..x17. */
    if (machine.psci_by_smc) {
        __asm__ volatile("mov x0, %1\n\tmov x1, %2\n\tmov x2, %3\n\tmov x3, %4\n\t"
                         "smc #0\n\tmov %0, x0"
                         : "=r"(result)
                         : "r"(function), "r"(a1), "r"(a2), "r"(a3)
                         : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
                           "x12", "x13", "x14", "x15", "x16", "x17", "memory");
    } else {
        __asm__ volatile("mov x0, %1\n\tmov x1, %2\n\tmov x2, %3\n\tmov x3, %4\n\t"
                         "hvc #0\n\tmov %0, x0"
                         : "=r"(result)
                         : "r"(function), "r"(a1), "r"(a2), "r"(a3)
                         : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
                           "x12", "x13", "x14", "x15", "x16", "x17", "memory");
    }
    return result;
}

void machine_end(enum machine_end how)
{
    static const char *const words[] = {
        [MACHINE_END_OFF] = "off",
        [MACHINE_END_RESET] = "reset",
        [MACHINE_END_CRASH] = "crash",
        [MACHINE_END_FATAL] = "fatal",
    };
    static atomic_flag ended = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&ended)) {
        console_print("refhv: end %s %s\n",
                      machine.options.nonce[0] != '\0' ? machine.options.nonce : "-", words[how]);
        machine_psci(how == MACHINE_END_RESET ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF, 0, 0, 0);
    }
    for (;;) {
        __asm__ volatile("wfe");
    }
}
