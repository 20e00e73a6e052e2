/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hypervisor's device tree for the boot tests, as QEMU's board gives it with two VPs and 512 MiB;
 * tests bend it before or after it is written.
 */
#ifndef TESTS_UNIT_BOOT_TREE_H
#define TESTS_UNIT_BOOT_TREE_H

#include "fdt_in.h"

#include <libfdt.h>

#include <stdio.h>
#include <string.h>

#define TREE_BYTES 65536u
#define TREE_MEMORY_MAX 12u

struct tree_memory {
    uint64_t base;
    uint64_t bytes;
    uint32_t type;
};

struct tree_plan {
    uint32_t cpus;
    uint64_t mpidr[12];
    uint32_t memories;
    struct tree_memory memory[TREE_MEMORY_MAX];
    uint32_t timer_cells; /* 12 or 3 */
    uint32_t virtios;
    const char *bootargs;
    uint32_t seed_bytes;
    uint64_t gicr_bytes;
    uint32_t uart_spi;
    const char *cpu_status;
};

static inline struct tree_plan tree_plan(void)
{
    return (struct tree_plan){
        .cpus = 2,
        .mpidr = {0, 1, 2, 3, 4, 5, 6, 7, 8},
        .memories = 3,
        .memory = {{0x40800000, 0x00800000, 0},
                   {0x41000000, 0x00400000, 3},
                   {0x41400000, 0x1ec00000, 0}},
        .timer_cells = 12,
        .virtios = 32,
        .bootargs = "",
        .seed_bytes = 32,
        .gicr_bytes = 0xf60000,
        .uart_spi = 1,
        .cpu_status = "okay",
    };
}

static inline void tree_cells(void *tree, const char *name, const uint32_t *cells, size_t count)
{
    fdt32_t words[12];

    for (size_t i = 0; i < count; i++) {
        words[i] = cpu_to_fdt32(cells[i]);
    }
    fdt_property(tree, name, words, (int)(count * 4));
}

static inline void tree_reg(void *tree, uint64_t base, uint64_t bytes)
{
    fdt64_t words[2] = {cpu_to_fdt64(base), cpu_to_fdt64(bytes)};

    fdt_property(tree, "reg", words, sizeof(words));
}

static inline void tree_device(void *tree, const char *compatible, uint64_t base, uint64_t bytes,
                               uint32_t spi, uint32_t trigger)
{
    char name[64];

    snprintf(name, sizeof(name), "dev@%llx", (unsigned long long)base);
    fdt_begin_node(tree, name);
    fdt_property_string(tree, "compatible", compatible);
    tree_reg(tree, base, bytes);
    tree_cells(tree, "interrupts", (const uint32_t[]){0, spi, trigger}, 3);
    fdt_end_node(tree);
}

static inline void tree_cpus(const struct tree_plan *plan, void *tree)
{
    fdt_begin_node(tree, "cpus");
    fdt_property_u32(tree, "#address-cells", 2);
    fdt_property_u32(tree, "#size-cells", 0);
    for (uint32_t i = 0; i < plan->cpus; i++) {
        char name[32];
        snprintf(name, sizeof(name), "cpu@%u", i);
        fdt_begin_node(tree, name);
        fdt_property_string(tree, "device_type", "cpu");
        fdt_property_u64(tree, "reg", plan->mpidr[i]);
        fdt_property_string(tree, "status", plan->cpu_status);
        fdt_end_node(tree);
    }
    fdt_end_node(tree);
}

static inline void tree_memories(const struct tree_plan *plan, void *tree)
{
    for (uint32_t i = 0; i < plan->memories; i++) {
        char name[32];
        snprintf(name, sizeof(name), "memory@%u", i);
        fdt_begin_node(tree, name);
        fdt_property_string(tree, "device_type", "memory");
        tree_reg(tree, plan->memory[i].base, plan->memory[i].bytes);
        fdt_property_u32(tree, "microsoft,igvm-type", plan->memory[i].type);
        fdt_end_node(tree);
    }
}

static inline void tree_gic_and_timer(const struct tree_plan *plan, void *tree)
{
    fdt64_t gic[4] = {cpu_to_fdt64(0x08000000), cpu_to_fdt64(0x10000), cpu_to_fdt64(0x080a0000),
                      cpu_to_fdt64(plan->gicr_bytes)};
    static const uint32_t four[12] = {1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4};
    static const uint32_t one[6] = {1, 4, 8, 1, 5, 8};

    fdt_begin_node(tree, "intc@8000000");
    fdt_property_string(tree, "compatible", "arm,gic-v3");
    fdt_property_u32(tree, "#interrupt-cells", 3);
    fdt_property_u32(tree, "#redistributor-regions", 1);
    fdt_property_u64(tree, "redistributor-stride", 0x20000);
    fdt_property(tree, "reg", gic, sizeof(gic));
    fdt_end_node(tree);
    fdt_begin_node(tree, "timer");
    fdt_property_string(tree, "compatible", "arm,armv8-timer");
    tree_cells(tree, "interrupts", plan->timer_cells == 12 ? four : one, plan->timer_cells);
    fdt_end_node(tree);
}

static inline void tree_write(const struct tree_plan *plan, void *tree)
{
    static const uint8_t seed[256] = {0x77};

    fdt_create(tree, TREE_BYTES);
    fdt_finish_reservemap(tree);
    fdt_begin_node(tree, "");
    fdt_property_u32(tree, "#address-cells", 2);
    fdt_property_u32(tree, "#size-cells", 2);
    tree_cpus(plan, tree);
    tree_memories(plan, tree);
    tree_gic_and_timer(plan, tree);
    tree_device(tree, "arm,pl011", 0x09000000, 0x1000, plan->uart_spi, 4);
    tree_device(tree, "arm,pl031", 0x09010000, 0x1000, 2, 4);
    for (uint32_t i = 0; i < plan->virtios; i++) {
        tree_device(tree, "virtio,mmio", 0x0a000000 + i * 0x200, 0x200, 16 + i, 1);
    }
    fdt_begin_node(tree, "chosen");
    fdt_property_string(tree, "bootargs", plan->bootargs);
    fdt_property(tree, "rng-seed", seed, (int)plan->seed_bytes);
    fdt_end_node(tree);
    fdt_end_node(tree);
    fdt_finish(tree);
}

#endif /* TESTS_UNIT_BOOT_TREE_H */
