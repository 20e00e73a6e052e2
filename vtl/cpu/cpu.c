/* SPDX-License-Identifier: BSD-3-Clause */
/* Bringing CPUs up: the boot CPU's early steps, the region, other CPUs' stacks. */
#include "cpu/cpu.h"

#include "cpu/mmu.h"
#include "cpu/pool.h"
#include "cpu/random.h"
#include "cpu/sysreg.h"
#include "vtl/untrusted.h"

/* Symbols of boot/paravane.ld. */
extern char __image_start[], __code_end[], __const_end[], __image_end[];
extern char __boot_guard[], __boot_stack_top[], __emergency_guard[];

struct cpu cpus[VTL_VP_MAX];
uintptr_t __stack_chk_guard;

/* fdt_header.totalsize, and the most of a device tree that goes into the secrets. */
#define FDT_TOTALSIZE_OFFSET 4u
#define FDT_MIX_BYTES_MAX 65536u

uint64_t image_base(void)
{
    return (uint64_t)(uintptr_t)__image_start;
}

uint64_t image_end(void)
{
    return (uint64_t)(uintptr_t)__image_end;
}

struct cpu *cpu_current(void)
{
    return (struct cpu *)(uintptr_t)read_tpidr_el1();
}

uint32_t vtl_vp_current(void)
{
    return cpu_current()->index;
}

/*
 * What was stored with the MMU off lies in memory; lines that hold older bytes must go. Arm ARM
 * D7.5.9. From the code's end on: relocation wrote into the constants. Stores first, or a line
 * could come back with what they are about to overwrite.
 */
static void drop_stale_lines(void)
{
    uint64_t line = UINT64_C(4) << ((read_ctr_el0() >> 16) & 0xf);
    uint64_t at = (uint64_t)(uintptr_t)__code_end & ~(line - 1u);
    dsb_sy();
    for (; at < image_end(); at += line) {
        dc_ivac(at);
    }
    dsb_sy();
}

__attribute__((no_stack_protector)) void cpu_early(uint64_t base)
{
    const struct mmu_image image = {
        .base = base,
        .code_end = (uint64_t)(uintptr_t)__code_end,
        .const_end = (uint64_t)(uintptr_t)__const_end,
        .end = (uint64_t)(uintptr_t)__image_end,
        .guard = {(uint64_t)(uintptr_t)__boot_guard, (uint64_t)(uintptr_t)__emergency_guard},
    };
    cpus[0].stack_base = image.guard[0] + MMU_PAGE;
    cpus[0].stack_top = (uint64_t)(uintptr_t)__boot_stack_top;
    CHECK(base == image_base() && image.end - base <= MMU_EARLY_BYTES);
    CHECK(mmu_early(&image) == PV_OK);
    drop_stale_lines();
}

/*
 * The canary and the boot CPU's key must be there before any function that uses them is entered, so
 * before the device tree is parsed. Its bytes go in unparsed: among them is the host's rng-seed.
 */
__attribute__((no_stack_protector)) void cpu_early_secrets(uint64_t base, uint64_t parameter_offset)
{
    const uint8_t *tree = (const uint8_t *)(uintptr_t)(base + parameter_offset);
    if (range_contains(0, MMU_EARLY_BYTES - FDT_MIX_BYTES_MAX, parameter_offset, 8)) {
        const uint8_t *size = tree + FDT_TOTALSIZE_OFFSET;
        uint32_t bytes =
            (uint32_t)size[0] << 24 | (uint32_t)size[1] << 16 | (uint32_t)size[2] << 8 | size[3];
        random_mix(tree, bytes < FDT_MIX_BYTES_MAX ? bytes : FDT_MIX_BYTES_MAX);
    }
    cpus[0].key[0] = random_secret();
    cpus[0].key[1] = random_secret();
    /* A zero byte stops string functions from reading or writing past it. */
    __stack_chk_guard = (uintptr_t)(random_secret() & ~UINT64_C(0xff));
}
PV_UNTRUSTED(cpu_early_secrets, host, "");

__attribute__((noreturn)) void __stack_chk_fail(void);
void __stack_chk_fail(void)
{
    panic_at("stack", 0, "canary overwritten");
}

enum pv_status vtl_memory_init(uint64_t region_base, uint64_t region_bytes, uint64_t free_base)
{
    uint64_t end;
    if (region_base != image_base() || region_bytes < MMU_EARLY_BYTES ||
        (region_bytes & (MMU_PAGE - 1u)) != 0 || !u64_add(region_base, region_bytes, &end) ||
        free_base < image_end() || free_base > region_base + MMU_EARLY_BYTES) {
        return PV_INVALID;
    }
    pool_set(align_up(free_base, MMU_PAGE), region_base + MMU_EARLY_BYTES);
    enum pv_status status =
        mmu_map(region_base + MMU_EARLY_BYTES, region_bytes - MMU_EARLY_BYTES, MMU_DATA);
    if (status == PV_OK) {
        pool_extend(end);
    }
    return status;
}

/* Makes stores visible to accesses with the MMU off. */
static void cache_clean(const void *from, size_t bytes)
{
    uint64_t line = UINT64_C(4) << ((read_ctr_el0() >> 16) & 0xf);
    uint64_t end = (uint64_t)(uintptr_t)from + bytes;
    for (uint64_t at = (uint64_t)(uintptr_t)from & ~(line - 1u); at < end; at += line) {
        dc_cvac(at);
    }
    dsb_sy();
}

void cache_clean_code(const void *from, size_t bytes)
{
    cache_clean(from, bytes);
    ic_ialluis();
    dsb_ish();
    isb();
}

static enum pv_status stack_new(struct cpu *cpu)
{
    uint8_t *memory = vtl_page_alloc(1 + CPU_STACK_BYTES / MMU_PAGE);
    if (memory == NULL) {
        return PV_NO_SPACE;
    }
    cpu->stack_base = (uint64_t)(uintptr_t)memory + MMU_PAGE;
    cpu->stack_top = cpu->stack_base + CPU_STACK_BYTES;
    return mmu_unmap_page((uint64_t)(uintptr_t)memory);
}

enum pv_status cpu_prepare(uint32_t index, vtl_vp_entry_t entry)
{
    struct cpu *cpu = &cpus[index];
    if (cpu->stack_top == 0) {
        enum pv_status status = stack_new(cpu);
        if (status != PV_OK) {
            return status;
        }
    }
    cpu->index = index;
    cpu->entry = entry;
    cpu->key[0] = random_secret();
    cpu->key[1] = random_secret();
    /* The new CPU reads both with its MMU off. */
    cache_clean(cpu, sizeof(*cpu));
    cache_clean(&cpu_translation, sizeof(cpu_translation));
    return PV_OK;
}

void cpu_secondary_main(struct cpu *cpu)
{
    atomic_store_explicit(&cpu->started, 1, memory_order_release);
    cpu->entry(cpu->index);
    panic_at("vp", (int)cpu->index, "entry returned");
}

bool vtl_vp_started(uint32_t index)
{
    return index < VTL_VP_MAX &&
           atomic_load_explicit(&cpus[index].started, memory_order_acquire) != 0;
}
