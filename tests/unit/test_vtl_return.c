/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which VTL return is used, and what has to be done before one: docs/vtl-contract.md (SMCCC), TLFS
 * vsm (SPE, Q0-Q31).
 */
#include "cpu/cpu.h"
#include "cpu/panic.h"
#include "vtl_hv_test.h"

/* ---- The SMCCC form of the return ---- */

static void test_smccc_return(void **state)
{
    (void)state;
    struct vtl_exit exit;
    uint64_t value;
    fake_hv.smccc_return = true;
    boot();
    assert_int_equal(hv.vtl_return, HV_RETURN_SMCCC);
    assert_int_equal(fake_hv.entries, 0); /* there is nothing to probe */
    fake_hv_register_set(0, 0x2001d, 0x29292929);
    fake_hv.guest_runs = true;
    for (unsigned n = 0; n < 31; n++) {
        fake_hv.guest_x[n] = 0x3000 + n;
    }
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(fake_hv.switched, FAKE_SWITCH_SMCCC);
    assert_int_equal(exit.kind, VTL_EXIT_MEMORY);
    /*
     * What VTL2 leaves in X0 VTL0 has: it went by the assist page, as X0 carries the function id.
     */
    assert_int_equal(vtl_x_get(vp, 0, &value), PV_OK);
    assert_int_equal(value, 0x3000);
    assert_int_equal(vtl_x_set(vp, 0, 0xabcdef), PV_OK);
    assert_int_equal(vtl_x_set(vp, 1, 0x1111), PV_OK);
    fake_hv.guest_runs = false;
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(fake_hv.entered_x[0], 0xabcdef);
    assert_int_equal(fake_hv.entered_x[1], 0x1111);
    assert_int_equal(vtl_x_get(vp, 0, &value), PV_OK);
    assert_int_equal(value, 0xabcdef);
    /* X29 and X30 are private, whatever the host does with them elsewhere. */
    assert_int_equal(vtl_x_set(vp, 29, 77), PV_OK);
    assert_int_equal(fake_hv_register(0, 0x2001d), 77);
}

/* Shared where HVC #3 is used, but not here. */
static void test_smccc_return_with_shared_x29(void **state)
{
    (void)state;
    uint64_t value;
    fake_hv.smccc_return = true;
    fake_hv.x29_shared = true;
    boot();
    fake_hv_register_set(0, 0x2001e, 0x30303030);
    assert_int_equal(vtl_x_get(vp, 30, &value), PV_OK);
    assert_int_equal(value, 0x30303030);
}

/*
 * SMCCC 1.0 has no SMCCC_ARCH_FEATURES: the fake ends the test that asks. A host without SMCCC at
 * all, too.
 */
static void test_smccc_absent(void **state)
{
    (void)state;
    static const int64_t versions[] = {0x10000, -1, 0xffffffff, 0, 0x10002};
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        (void)setup(NULL);
        fake_hv.smccc_version = versions[i];
        fake_hv.smccc_return = versions[i] < 0x10001 || versions[i] > 0x10002;
        boot();
        assert_int_equal(hv.vtl_return, HV_RETURN_PRIVATE);
    }
}

/* Offered and not carried out: no exit of the guest's is made up from what the page still holds. */
static void test_smccc_refused(void **state)
{
    (void)state;
    struct vtl_exit exit;
    fake_hv.smccc_return = true;
    boot();
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(exit.kind, VTL_EXIT_MEMORY);
    fake_hv.smccc_refuses = true;
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(exit.kind, VTL_EXIT_UNKNOWN);
}

/* ---- Buffers, the SIMD unit, another VP's panic ---- */

/* ID_AA64DFR0_EL1: PMSVer 35:32, TraceBuffer 47:44, BRBE 55:52; P is bit 4 of both ID registers. */
static void test_buffers(void **state)
{
    (void)state;
    static const struct {
        uint64_t features;
        uint64_t pmbidr;
        uint64_t trbidr;
        uint64_t buffers;
    } rows[] = {
        {0, 0, 0, 0},
        {UINT64_C(1) << 32, 0, 0, 1},
        {UINT64_C(1) << 32, 0x10, 0, 0},
        {UINT64_C(1) << 44, 0, 0, 2},
        {UINT64_C(1) << 44, 0, 0x10, 0},
        {UINT64_C(1) << 52, 0, 0, 4},
        {UINT64_C(2) << 52 | UINT64_C(3) << 44 | UINT64_C(4) << 32, 0, 0, 7},
        {UINT64_C(1) << 52 | UINT64_C(1) << 44 | UINT64_C(1) << 32, 0x10, 0x10, 4},
    };
    for (unsigned smccc = 0; smccc < 2; smccc++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            struct vtl_exit exit;
            (void)setup(NULL);
            fake_hv.smccc_return = smccc == 1;
            fake_cpu.id_aa64dfr0_el1 = rows[i].features;
            fake_cpu.pmbidr_el1 = rows[i].pmbidr;
            fake_cpu.trbidr_el1 = rows[i].trbidr;
            boot();
            assert_int_equal(vp->buffers, rows[i].buffers);
            /* The fake sees to it that the switch is one for buffers if there are any. */
            enter(3, intercept, sizeof(intercept), &exit);
            assert_int_equal(exit.kind, VTL_EXIT_MEMORY);
            assert_int_equal(fake_hv.switched,
                             smccc == 1 ? FAKE_SWITCH_SMCCC : FAKE_SWITCH_PRIVATE);
        }
    }
}

static void test_simd_is_given_back(void **state)
{
    (void)state;
    static const uint8_t zeros[16];
    struct vtl_exit exit;
    uint8_t q[16];
    fake_hv.smccc_return = true;
    boot();
    memset(fake_cpu.q, 0x5a, sizeof(fake_cpu.q));
    fake_cpu_simd_take(0xee);
    assert_int_equal(vtl_q_set(vp, 3, zeros), PV_OK);
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(cpus[0].simd_taken, 0);
    assert_memory_equal(fake_cpu.q[3], zeros, 16);
    assert_int_equal(fake_cpu.q[2][0], 0x5a);
    assert_int_equal(vtl_q_get(vp, 2, q), PV_OK);
    assert_int_equal(q[15], 0x5a);
}

static void test_panic_is_seen(void **state)
{
    (void)state;
    struct vtl_exit exit;
    fake_hv.smccc_return = true;
    boot();
    enter(3, intercept, sizeof(intercept), &exit);
    assert_false(fake_cpu.stopped);
    panic_token = 1;
    cpus[0].stop = 1;
    enter(3, intercept, sizeof(intercept), &exit);
    assert_true(fake_cpu.stopped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_smccc_return, setup),
        cmocka_unit_test_setup(test_smccc_return_with_shared_x29, setup),
        cmocka_unit_test_setup(test_smccc_absent, setup),
        cmocka_unit_test_setup(test_smccc_refused, setup),
        cmocka_unit_test_setup(test_buffers, setup),
        cmocka_unit_test_setup(test_simd_is_given_back, setup),
        cmocka_unit_test_setup(test_panic_is_seen, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
