/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL2 borrows the FP unit. Expectations: the contract reference, sections 8.1 (Q0 to Q31 are shared) and 8.4 (C4, C5:
 * what VTL0 has beyond them is its own); Arm ARM, PSTATE.SM (a change zeroes Z, P and FFR and sets FPSR).
 */
#include "arm64.h"
#include "cpu.h"
#include "el2_regs.h"
#include "fake_fp.h"
#include "fp.h"
#include "vp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SVCR_SM UINT64_C(1)
#define SVCR_ZA UINT64_C(2)
#define FP_SYNDROME ((uint64_t)ESR_EC_FP << ESR_EC_SHIFT | ESR_IL)
#define FPSR_VTL2 UINT64_C(0x10)

struct cpu_features cpu;
static struct vp vp;
static unsigned undefined;
static struct fake_fp before;

void exception_inject(struct vp *to, uint64_t esr, uint64_t far)
{
    assert_ptr_equal(to, &vp);
    assert_int_equal(esr, ESR_IL); /* class 0, unknown */
    assert_int_equal(far, 0);
    undefined++;
}

/* VTL2 has just been entered: CPTR_EL2 traps it. */
static void begin(bool sve, bool sme, bool fa64, uint64_t svcr)
{
    fake_sysreg_reset();
    memset(&vp, 0, sizeof(vp));
    memset(&cpu, 0, sizeof(cpu));
    undefined = 0;
    cpu.sve = sve;
    cpu.sme = sme;
    cpu.fa64 = fa64;
    cpu.traps[SLOT_VTL2].cptr = CPTR_TZ | CPTR_TSM | (sve || sme ? CPTR_TFP : 0);
    vp.index = 3;
    vp.active = SLOT_VTL2;
    fake_sysreg_set("svcr", svcr);
    fake_sysreg_set("fpsr", FPSR_VTL2);
    fake_fp_reset();
    before = fake_fp;
    fake_sysreg_set("cptr_el2", cpu.traps[SLOT_VTL2].cptr);
}

static void return_to_vtl0(void)
{
    fake_sysreg_set("cptr_el2", cpu.traps[SLOT_VTL0].cptr);
    if ((vp.unusual & VP_FP_LENT) != 0) {
        fp_give_back(&vp);
    }
}

static void check_low(const struct fake_fp *want)
{
    for (unsigned n = 0; n < 32; n++) {
        assert_memory_equal(fake_fp.z[n], want->z[n], 16);
    }
}

/* Beyond Qn, all that exists at a length. */
static void check_rest(uint32_t bytes, bool with_ffr)
{
    for (unsigned n = 0; n < 32; n++) {
        assert_memory_equal(fake_fp.z[n] + 16, before.z[n] + 16, bytes - 16);
    }
    for (unsigned n = 0; n < 16; n++) {
        assert_memory_equal(fake_fp.p[n], before.p[n], bytes / 8);
    }
    if (with_ffr) {
        assert_memory_equal(fake_fp.ffr, before.ffr, bytes / 8);
    }
}

static void c4_upper_bits_predicates_ffr_come_back(void **state)
{
    (void)state;
    begin(true, false, false, 0);
    fp_trap(&vp, FP_SYNDROME);
    assert_int_equal(undefined, 0);
    check_low(&before); /* VTL2 finds VTL0's Q */
    assert_int_equal(fake_sysreg_get("cptr_el2"), CPTR_TZ | CPTR_TSM);
    for (unsigned n = 0; n < 32; n++) {
        fake_fp_write_q(n, (uint8_t)(0x80 + n));
    }
    return_to_vtl0();
    for (unsigned n = 0; n < 32; n++) {
        for (unsigned i = 0; i < 16; i++) {
            assert_int_equal(fake_fp.z[n][i], 0x80 + n); /* VTL0 finds what VTL2 left */
        }
    }
    check_rest(FAKE_VECTOR_BYTES, true);
    assert_int_equal(vp.unusual, 0);
}

static void a_return_without_a_use_costs_nothing(void **state)
{
    (void)state;
    begin(true, true, true, SVCR_SM);
    return_to_vtl0();
    assert_memory_equal(&fake_fp, &before, sizeof(before));
    assert_int_equal(fake_sysreg_writes("svcr"), 0);
}

static void c5_streaming_mode_is_left_and_entered_again(void **state)
{
    (void)state;
    begin(true, true, true, SVCR_SM | SVCR_ZA);
    fp_trap(&vp, FP_SYNDROME);
    assert_int_equal(fake_sysreg_get("svcr"), SVCR_ZA); /* ZA stays in the CPU */
    assert_int_equal(fake_sysreg_get("fpsr"), FPSR_VTL2);
    check_low(&before);
    fake_fp_write_q(5, 0xee);
    return_to_vtl0();
    assert_int_equal(fake_sysreg_get("svcr"), SVCR_SM | SVCR_ZA);
    check_rest(FAKE_STREAMING_VECTOR_BYTES, true);
    memset(before.z[5], 0xee, 16);
    check_low(&before);
}

/* FFR does not exist in streaming mode without FEAT_SME_FA64: an access would be undefined. */
static void c5_no_ffr_in_streaming_mode_without_fa64(void **state)
{
    (void)state;
    begin(true, true, false, SVCR_SM);
    fp_trap(&vp, FP_SYNDROME);
    return_to_vtl0();
    assert_int_equal(fake_fp.ffr_in_streaming, 0);
    check_rest(FAKE_STREAMING_VECTOR_BYTES, false);
    assert_int_equal(fake_sysreg_get("svcr"), SVCR_SM);
}

/* A CPU with SME and without SVE has Z and P in streaming mode only. */
static void c5_sme_without_sve(void **state)
{
    (void)state;
    begin(false, true, false, 0);
    cpu.traps[SLOT_VTL0].cptr = CPTR_TZ; /* RES1 there */
    fp_trap(&vp, FP_SYNDROME);
    fake_fp_write_q(1, 0x77);
    return_to_vtl0();
    assert_int_equal(fake_fp.z[1][15], 0x77);
    assert_memory_equal(fake_fp.z[2], before.z[2], 16);
    assert_int_equal(fake_sysreg_writes("svcr"), 0);
}

static void undefined_where_nothing_is_lent(void **state)
{
    (void)state;
    begin(false, false, false, 0);
    fp_trap(&vp, FP_SYNDROME);
    assert_int_equal(undefined, 1);
    begin(true, false, false, 0);
    vp.active = SLOT_VTL0;
    fp_trap(&vp, FP_SYNDROME);
    assert_int_equal(undefined, 1);
    begin(true, false, false, 0);
    fp_trap(&vp, FP_SYNDROME);
    fp_trap(&vp, FP_SYNDROME);
    assert_int_equal(undefined, 1);
    assert_memory_equal(&fake_fp, &before, sizeof(before));
}

static void a_restarted_vtl0_is_out_of_streaming_mode(void **state)
{
    (void)state;
    begin(true, true, true, SVCR_SM | SVCR_ZA);
    fp_trap(&vp, FP_SYNDROME);
    const uint64_t closed = fake_sysreg_get("cptr_el2");
    fp_reset(&vp);
    assert_int_equal(fake_sysreg_get("cptr_el2"), closed);
    return_to_vtl0();
    assert_int_equal(fake_sysreg_get("svcr"), 0);
    begin(true, true, true, SVCR_SM | SVCR_ZA);
    vp.active = SLOT_VTL0;
    fake_sysreg_set("cptr_el2", 0);
    fp_reset(&vp);
    assert_int_equal(fake_sysreg_get("svcr"), 0);
}

/* By name, before VTL2's first use and after it; the rest of the register is VTL0's own. */
static void section_3_1_q_by_name(void **state)
{
    struct hv_register_value value;

    (void)state;
    for (unsigned used = 0; used < 2; used++) {
        begin(true, true, true, SVCR_SM);
        if (used != 0) {
            fp_trap(&vp, FP_SYNDROME);
        }
        const uint64_t closed = fake_sysreg_get("cptr_el2");
        fp_q_get(&vp, 31, &value);
        assert_memory_equal(&value, before.z[31], sizeof(value));
        value = (struct hv_register_value){0x1122334455667788, 0x99aabbccddeeff00};
        fp_q_set(&vp, 31, &value);
        assert_int_equal(fake_sysreg_get("cptr_el2"), closed);
        assert_int_equal(vp.unusual & VP_FP_LENT, used);
        assert_int_equal(fake_sysreg_get("fpsr"), FPSR_VTL2);
        value = (struct hv_register_value){0};
        fp_q_get(&vp, 31, &value);
        assert_int_equal(value.low, 0x1122334455667788);
        assert_int_equal(value.high, 0x99aabbccddeeff00);
        return_to_vtl0();
        check_rest(FAKE_STREAMING_VECTOR_BYTES, true);
        memcpy(before.z[31], &value, sizeof(value));
        check_low(&before);
        assert_int_equal(fake_sysreg_get("svcr"), SVCR_SM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c4_upper_bits_predicates_ffr_come_back),
        cmocka_unit_test(a_return_without_a_use_costs_nothing),
        cmocka_unit_test(c5_streaming_mode_is_left_and_entered_again),
        cmocka_unit_test(c5_no_ffr_in_streaming_mode_without_fa64),
        cmocka_unit_test(c5_sme_without_sve),
        cmocka_unit_test(undefined_where_nothing_is_lent),
        cmocka_unit_test(a_restarted_vtl0_is_out_of_streaming_mode),
        cmocka_unit_test(section_3_1_q_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
