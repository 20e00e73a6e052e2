/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boot CPU's step before its MMU is on, over an image that is an array: which cache lines go.
 */
#include "cpu/cpu.h"
#include "cpu/mmu.h"
#include "cpu/pool.h"
#include "cpu/random.h"
#include "fake_cpu.h"
#include "vtl_test.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINE 64u

/* Code, constants, data, as boot/paravane.ld has them: a page each. */
__asm__(".bss\n.balign 4096\n"
        ".globl __image_start, __code_end, __const_end, __image_end\n"
        ".globl __boot_guard, __boot_stack_top, __emergency_guard\n"
        "__image_start: .skip 4096\n"
        "__code_end: .skip 4096\n"
        "__const_end: .skip 4096\n"
        "__boot_guard: .skip 4096\n"
        "__boot_stack_top: __emergency_guard: .skip 4096\n"
        "__image_end:\n"
        ".text\n");
extern char __image_start[], __code_end[], __image_end[];

struct fake_cpu fake_cpu;

uint64_t fake_cpu_read(const uint64_t *which)
{
    return *which;
}
struct cpu_translation cpu_translation;
static struct mmu_image mapped;

/* ---- Stand-ins ---- */

enum pv_status mmu_early(const struct mmu_image *image)
{
    mapped = *image;
    return PV_OK;
}

enum pv_status mmu_map(uint64_t base, uint64_t bytes, enum mmu_kind kind)
{
    (void)base;
    (void)bytes;
    (void)kind;
    return PV_OK;
}

enum pv_status mmu_unmap_page(uint64_t page)
{
    (void)page;
    return PV_OK;
}

void pool_set(uint64_t base, uint64_t end)
{
    (void)base;
    (void)end;
}

void pool_extend(uint64_t end)
{
    (void)end;
}

void *vtl_page_alloc(size_t pages)
{
    (void)pages;
    return NULL;
}

void random_mix(const void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
}

uint64_t random_secret(void)
{
    return 1;
}

__attribute__((noreturn)) void panic_at(const char *file, int line, const char *what)
{
    (void)file;
    (void)line;
    (void)what;
    abort();
}

/* ---- Tests ---- */

/*
 * Relocation and the first tables were stored past the caches: constants and data both. What was
 * stored has to be in memory before a line is dropped (Arm ARM D7.5.9, B2.3.10).
 */
static void stale_lines_go(void **state)
{
    (void)state;
    memset(&fake_cpu, 0, sizeof(fake_cpu));
    fake_cpu.ctr_el0 = UINT64_C(4) << 16; /* DminLine: 16 words */
    cpu_early((uint64_t)(uintptr_t)__image_start);
    assert_int_equal(mapped.base, (uint64_t)(uintptr_t)__image_start);
    assert_int_equal(fake_cpu.dropped_first, (uint64_t)(uintptr_t)__code_end);
    assert_int_equal(fake_cpu.dropped_last, (uint64_t)(uintptr_t)__image_end - LINE);
    assert_int_equal(fake_cpu.dropped_lines, (size_t)(__image_end - __code_end) / LINE);
    assert_int_not_equal(fake_cpu.barriers_before_drop, 0);
    assert_true(fake_cpu.barriers > fake_cpu.barriers_before_drop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stale_lines_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
