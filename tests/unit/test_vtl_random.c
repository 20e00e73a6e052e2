/* SPDX-License-Identifier: BSD-3-Clause */
/* Paravane's generator: which bytes count as a source, and that all of them matter. */
#include "fake_cpu.h"
#include "vtl/vtl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct fake_cpu fake_cpu;

/* A clock that stands still, and RNDR that counts. */
uint64_t fake_cpu_read(const uint64_t *which)
{
    return which == &fake_cpu.rndr_el0 ? fake_cpu.rndr_el0++ : *which;
}

void vtl_lock(struct vtl_lock *lock)
{
    assert_int_equal(lock->taken, 0);
    lock->taken = 1;
}

void vtl_unlock(struct vtl_lock *lock)
{
    lock->taken = 0;
}

static int setup(void **state)
{
    (void)state;
    memset(&fake_cpu, 0, sizeof(fake_cpu));
    return 0;
}

/* What the host gives, and the time, are none of it (RNDR: Arm ARM, FEAT_RNG). */
static void assert_host_only(void)
{
    uint64_t value;

    assert_true(vtl_random(&value));
    assert_false(vtl_random_private());
}

/*
 * The tests share the generator's state, so they come in this order. However much is mixed in, it is
 * no source: the host knows it.
 */
static void test_mix_is_no_source(void **state)
{
    (void)state;
    uint8_t bytes[64];
    uint64_t value;

    memset(bytes, 0x11, sizeof(bytes));
    assert_false(vtl_random(&value));
    for (unsigned i = 0; i < 100; i++) {
        vtl_random_mix(bytes, sizeof(bytes));
        assert_false(vtl_random(&value));
    }
    vtl_random_seed(bytes, 15);
    assert_false(vtl_random(&value));
}

/* Mixing into a generator that has a source takes nothing from it. */
static void test_seed_is_a_source(void **state)
{
    (void)state;
    static const uint8_t seed[16] = {1};
    uint64_t before = 0;
    uint64_t value = 0;

    vtl_random_seed(seed, sizeof(seed));
    assert_true(vtl_random(&before));
    vtl_random_mix("host", 4);
    assert_true(vtl_random(&value));
    assert_int_not_equal(value, before);
    vtl_random_mix(NULL, 0);
    assert_true(vtl_random(&value));
    assert_host_only();
}

/* RNDR (ID_AA64ISAR0_EL1 63:60) is one. No word comes twice. */
static void test_hardware(void **state)
{
    (void)state;
    uint64_t seen[8] = {0};

    /* Words that were made before are no better for it. */
    assert_host_only();

    fake_cpu.id_aa64isar0_el1 = UINT64_C(1) << 60;
    for (unsigned i = 0; i < 8; i++) {
        vtl_random_mix(&i, sizeof(i));
        assert_true(vtl_random(&seen[i]));
        for (unsigned j = 0; j < i; j++) {
            assert_int_not_equal(seen[i], seen[j]);
        }
        assert_true(vtl_random_private());
    }
    /* As many bits at once as the generator's key has (RFC 8439, 2.3): 256. */
    uint64_t before = fake_cpu.rndr_el0;

    vtl_random_mix(NULL, 0);
    assert_int_equal(fake_cpu.rndr_el0 - before, 256 / 64);
    /* And stays it. */
    fake_cpu.id_aa64isar0_el1 = 0;
    vtl_random_seed("0123456789abcdef", 16);
    assert_true(vtl_random(&seen[0]));
    assert_true(vtl_random_private());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_mix_is_no_source, setup),
        cmocka_unit_test_setup(test_seed_is_a_source, setup),
        cmocka_unit_test_setup(test_hardware, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
