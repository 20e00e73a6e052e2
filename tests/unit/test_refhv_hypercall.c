/* SPDX-License-Identifier: BSD-3-Clause */
/* refhv's calling convention. Expectations: the contract reference, sections 1.2 to 1.9, named in each test. */
#include "arm64.h"
#include "fake_refhv_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HVC_PC UINT64_C(0xffff800010001000)
#define INPUT FAKE_RAM
#define OUTPUT (FAKE_RAM + 0x1000)
#define FAST HV_CONTROL_FAST
#define REPS(n) ((uint64_t)(n) << HV_CONTROL_REP_COUNT_SHIFT)
#define START(n) ((uint64_t)(n) << HV_CONTROL_REP_START_SHIFT)
#define DONE(n) ((uint64_t)(n) << HV_RESULT_REP_SHIFT)
#define GET HV_CALL_GET_VP_REGISTERS
#define SET HV_CALL_SET_VP_REGISTERS

static struct vp *vp;

static int setup(void **state)
{
    (void)state;
    fake_world_reset();
    vp = &vps[0];
    for (unsigned i = 0; i < 31; i++) {
        vp->x[i] = 0xa0a0a0a000000000 + i;
    }
    return 0;
}

static void as_vtl0(void)
{
    vp->active = SLOT_VTL0;
}

static void hvc(bool smccc)
{
    vp->pc = HVC_PC + 4;
    hypercall_handle(vp, smccc);
}

/* One call in memory form by HVC #1; the result. */
static uint64_t call(uint64_t control, uint64_t input, uint64_t output)
{
    vp->x[0] = control;
    vp->x[1] = input;
    vp->x[2] = output;
    hvc(false);
    return vp->x[0];
}

static void header(void)
{
    fake_write64(INPUT, HV_PARTITION_ID_SELF);
    fake_write64(INPUT + 8, HV_VP_INDEX_SELF);
}

static void name_at(unsigned index, uint32_t name)
{
    memcpy(fake_at(INPUT + 16 + 4 * index), &name, 4);
}

static void section_1_3_linux_get_vpreg(void **state)
{
    (void)state;
    as_vtl0();
    vp->x[0] = 0x46000001;
    vp->x[1] = 0x100010050;
    vp->x[2] = UINT64_MAX;
    vp->x[3] = 0xfffffffe;
    vp->x[4] = 0x90004;
    hvc(true);
    assert_int_equal(vp->x[0], 0x100000000);
    assert_int_equal(vp->x[6], 1000000);
    assert_int_equal(vp->x[7], 0);
    assert_int_equal(vp->pc, HVC_PC + 4);
}

static void section_1_3_linux_set_vpreg(void **state)
{
    (void)state;
    as_vtl0();
    vps[0].vtl[SLOT_VTL0].guest_os_id = 0;
    vp->x[0] = 0x46000001;
    vp->x[1] = 0x100010051;
    vp->x[2] = UINT64_MAX;
    vp->x[3] = 0xfffffffe;
    vp->x[4] = 0x90002;
    vp->x[5] = 0;
    vp->x[6] = 0x8100060000000000;
    vp->x[7] = 0;
    hvc(true);
    assert_int_equal(vp->x[0], 0x100000000);
    assert_int_equal(vps[0].vtl[SLOT_VTL0].guest_os_id, 0x8100060000000000);
}

static void section_1_3_minimal_rt_get(void **state)
{
    (void)state;
    vp->x[0] = 0x100010050;
    vp->x[1] = UINT64_MAX;
    vp->x[2] = 0xfffffffe;
    vp->x[3] = 0x90004;
    vp->x[4] = vp->x[5] = vp->x[6] = 0;
    hvc(false);
    assert_int_equal(vp->x[0], 0x100000000);
    assert_int_equal(vp->x[15], 1000000);
    assert_int_equal(vp->x[16], 0);
}

static void section_1_3_minimal_rt_set(void **state)
{
    (void)state;
    vp->x[0] = 0x100010051;
    vp->x[1] = UINT64_MAX;
    vp->x[2] = 0xfffffffe;
    vp->x[3] = 0x90002;
    vp->x[4] = 0;
    vp->x[5] = 0x10000000000;
    vp->x[6] = 0;
    hvc(false);
    assert_int_equal(vp->x[0], 0x100000000);
    assert_int_equal(vps[0].vtl[SLOT_VTL2].guest_os_id, 0x10000000000);
}

static void section_1_7_only_result_and_output_change(void **state)
{
    uint64_t before[31];

    (void)state;
    vp->x[0] = 0x46000001;
    vp->x[1] = 0x100010050;
    vp->x[2] = UINT64_MAX;
    vp->x[3] = 0xfffffffe;
    vp->x[4] = 0x90004;
    memcpy(before, vp->x, sizeof(before));
    hvc(true);
    for (unsigned i = 1; i < 31; i++) {
        if (i != 6 && i != 7) {
            assert_int_equal(vp->x[i], before[i]);
        }
    }
}

static void section_1_3_fast_output_has_to_fit(void **state)
{
    (void)state;
    /* 5 names: 36 bytes are 3 pairs, 5 values are 5: all 8. 6 names do not fit. */
    for (unsigned smccc = 0; smccc < 2; smccc++) {
        uint64_t *x = vp->x + smccc;
        for (unsigned count = 5; count <= 6; count++) {
            vp->x[0] = 0x46000001;
            x[0] = GET | FAST | REPS(count);
            x[1] = UINT64_MAX;
            x[2] = 0xfffffffe;
            x[3] = x[4] = x[5] = 0x0009000400090004;
            hvc(smccc == 1);
            assert_int_equal(vp->x[0], count == 5 ? DONE(5) : HV_STATUS_INVALID_HYPERCALL_INPUT);
        }
    }
}

static void section_1_6_fast_input_too_large(void **state)
{
    (void)state;
    assert_int_equal(call(HV_CALL_POST_MESSAGE | FAST, 0, 0), HV_STATUS_INVALID_HYPERCALL_INPUT);
    assert_int_equal(call(SET | FAST | REPS(4), 0, 0), HV_STATUS_INVALID_HYPERCALL_INPUT);
}

static void section_1_6_unknown_code(void **state)
{
    (void)state;
    assert_int_equal(call(0x4000, INPUT, OUTPUT), HV_STATUS_INVALID_HYPERCALL_CODE);
    as_vtl0();
    assert_int_equal(call(0, 1, 1), HV_STATUS_INVALID_HYPERCALL_CODE);
    assert_int_equal(call(HV_CALL_VTL_CALL, 0, 0), HV_STATUS_INVALID_HYPERCALL_CODE);
    assert_int_equal(fake_world.memory_intercepts, 0);
}

static void section_1_4_reserved_control_bits(void **state)
{
    (void)state;
    header();
    name_at(0, 0x90003);
    for (unsigned bit = 17; bit < 64; bit++) {
        const bool rep_field = (bit >= 32 && bit < 44) || (bit >= 48 && bit < 60);
        if (!rep_field) {
            assert_int_equal(call(GET | REPS(1) | UINT64_C(1) << bit, INPUT, OUTPUT),
                             HV_STATUS_INVALID_HYPERCALL_INPUT);
        }
    }
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), DONE(1));
}

static void section_1_6_rep_rules(void **state)
{
    (void)state;
    header();
    assert_int_equal(call(GET, INPUT, OUTPUT), 3);
    assert_int_equal(call(GET | REPS(2) | START(2), INPUT, OUTPUT), 3);
    assert_int_equal(call(GET | REPS(2) | START(3), INPUT, OUTPUT), 3);
    assert_int_equal(call(HV_CALL_SIGNAL_EVENT | REPS(1), INPUT, OUTPUT), 3);
    assert_int_equal(call(HV_CALL_SIGNAL_EVENT | START(1), INPUT, OUTPUT), 3);
}

static void section_1_2_alignment_and_pages(void **state)
{
    (void)state;
    header();
    name_at(0, 0x90003);
    assert_int_equal(call(GET | REPS(1), INPUT + 4, OUTPUT), HV_STATUS_INVALID_ALIGNMENT);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT + 4), HV_STATUS_INVALID_ALIGNMENT);
    /* K1: TLFS. The last list that fits, and one more. */
    assert_int_equal(call(GET | REPS(256), INPUT, OUTPUT) & 0xffff, HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(call(GET | REPS(257), INPUT, OUTPUT), HV_STATUS_INVALID_ALIGNMENT);
    assert_int_equal(call(GET | REPS(1), FAKE_RAM + 0x1000 - 16, OUTPUT),
                     HV_STATUS_INVALID_ALIGNMENT);
    assert_int_equal(call(GET | REPS(1), INPUT, INPUT + 16), HV_STATUS_INVALID_ALIGNMENT);
    assert_int_equal(call(GET | REPS(1), INPUT, INPUT + 24), DONE(1));
    assert_int_equal(call(GET | REPS(1), UINT64_MAX - 7, UINT64_MAX - 7),
                     HV_STATUS_INVALID_ALIGNMENT);
}

static void section_1_2_no_list_no_address(void **state)
{
    (void)state;
    header();
    name_at(0, HV_REGISTER_GUEST_CRASH_P0);
    assert_int_equal(call(SET | REPS(1), INPUT, 0x123), DONE(1));
}

static void section_1_2_vtl0_list_unreachable_is_an_intercept(void **state)
{
    (void)state;
    as_vtl0();
    header();
    name_at(0, 0x90003);
    call(GET | REPS(1), 0x9000000, OUTPUT);
    assert_int_equal(vp->x[0], GET | REPS(1)); /* untouched */
    assert_int_equal(fake_world.memory_intercepts, 1);
    assert_int_equal(fake_world.memory_gpa, 0x9000000);
    assert_int_equal(fake_world.memory_type, HV_MESSAGE_UNMAPPED_GPA);
    assert_int_equal(fake_world.memory_esr & ESR_WNR, 0);
    assert_int_equal(fake_world.intercept_pc, HVC_PC);

    fake_vtl0_rights[1] = HV_MAP_READ;
    call(GET | REPS(1), INPUT, OUTPUT);
    assert_int_equal(fake_world.memory_intercepts, 2);
    assert_int_equal(fake_world.memory_gpa, OUTPUT);
    assert_int_equal(fake_world.memory_type, HV_MESSAGE_GPA_INTERCEPT);
    assert_int_not_equal(fake_world.memory_esr & ESR_WNR, 0);
    assert_int_equal(ESR_EC(fake_world.memory_esr), ESR_EC_DATA_ABORT_LOWER);
}

static void section_1_2_vtl2_list_unreachable_is_an_external_abort(void **state)
{
    (void)state;
    call(GET | REPS(1), 0x9000000, OUTPUT);
    assert_int_equal(fake_world.memory_intercepts, 0);
    assert_int_equal(fake_world.injections, 1);
    assert_int_equal(fake_world.injected_pc, HVC_PC);
    assert_int_equal(ESR_EC(fake_world.injected_esr), ESR_EC_DATA_ABORT);
    assert_int_equal(fake_world.injected_esr & ESR_FSC_MASK, ESR_FSC_EXTERNAL);
}

static void section_1_6_continuation(void **state)
{
    (void)state;
    for (unsigned smccc = 0; smccc < 2; smccc++) {
        unsigned turns = 1;
        header();
        for (unsigned i = 0; i < 40; i++) {
            name_at(i, i == 39 ? 0x90004 : HV_REGISTER_X(19));
        }
        vp->x[19] = 0x1234;
        vp->x[0] = 0x46000001;
        vp->x[smccc] = GET | REPS(40);
        vp->x[smccc + 1] = INPUT;
        vp->x[smccc + 2] = OUTPUT;
        hvc(smccc == 1);
        while (vp->pc == HVC_PC) {
            assert_int_equal(vp->x[smccc], GET | REPS(40) | START(16 * turns));
            assert_int_equal(smccc == 1 ? vp->x[0] : 0x46000001, 0x46000001);
            assert_int_equal(fake_read64(OUTPUT + 16 * (16 * turns - 1)), 0x1234);
            hvc(smccc == 1);
            turns++;
        }
        assert_int_equal(turns, 3);
        assert_int_equal(vp->x[0], DONE(40));
        assert_int_equal(fake_read64(OUTPUT + 16 * 39), 1000000);
        memset(fake_ram, 0, sizeof(fake_ram));
    }
}

static void section_1_5_reps_count_from_zero(void **state)
{
    (void)state;
    header();
    name_at(0, 0xdead0000);
    name_at(1, 0x90004);
    name_at(2, 0xdead0000);
    fake_write64(OUTPUT, 7);
    fake_write64(OUTPUT + 32, 8);
    assert_int_equal(call(GET | REPS(3) | START(1), INPUT, OUTPUT),
                     DONE(2) | HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(fake_read64(OUTPUT), 7);
    assert_int_equal(fake_read64(OUTPUT + 16), 1000000);
    assert_int_equal(fake_read64(OUTPUT + 32), 8);
}

static void section_1_6_own_pc_ends_continuation(void **state)
{
    (void)state;
    header();
    for (unsigned i = 0; i < 20; i++) {
        fake_write64(INPUT + 16 + 32 * i, i == 0 ? HV_REGISTER_PC : HV_REGISTER_X(19));
        fake_write64(INPUT + 16 + 32 * i + 16, 0x42000000 + i);
    }
    assert_int_equal(call(SET | REPS(20), INPUT, 0), DONE(20));
    assert_int_equal(vp->pc, 0x42000000);
    assert_int_equal(vp->x[19], 0x42000000 + 19);
}

static void section_1_9_before_guest_os_id(void **state)
{
    static const uint32_t early[] = {0x90002, 0x100, 0x200, 0x201, 0x202, 0x203, 0x90004,
                                     0x210,   0x211, 0x212, 0x213, 0x214, 0x215};
    (void)state;
    vps[0].vtl[SLOT_VTL2].guest_os_id = 0;
    header();
    for (unsigned i = 0; i < sizeof(early) / sizeof(early[0]); i++) {
        name_at(0, early[i]);
        assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), DONE(1));
    }
    name_at(0, 0xd0003);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_ACCESS_DENIED);
    assert_int_equal(call(SET | REPS(1), INPUT, OUTPUT), HV_STATUS_ACCESS_DENIED);
    assert_int_equal(call(HV_CALL_SIGNAL_EVENT, INPUT, OUTPUT), HV_STATUS_ACCESS_DENIED);
    name_at(0, 0x90004);
    assert_int_equal(call(SET | REPS(1), INPUT, OUTPUT), HV_STATUS_ACCESS_DENIED);
    /* It is VTL-private: VTL0 has set its own. */
    as_vtl0();
    name_at(0, 0xd0003);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), DONE(1));
}

static void section_1_9_boot_processor_names_all(void **state)
{
    (void)state;
    vps[1].vtl[SLOT_VTL2].guest_os_id = 0;
    vps[1].vtl[SLOT_VTL2].enabled = true;
    vp = &vps[1];
    header();
    name_at(0, 0xd0003);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), DONE(1));
}

static void section_2_2_header_fields(void **state)
{
    (void)state;
    header();
    name_at(0, 0x90003);
    fake_write64(INPUT, 1);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_INVALID_PARTITION_ID);
    fake_write64(INPUT, HV_PARTITION_ID_SELF);
    fake_write64(INPUT + 8, 2);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_INVALID_VP_INDEX);
    fake_write64(INPUT + 8, HV_ANY_VP);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_INVALID_VP_INDEX);
    fake_write64(INPUT + 8, UINT64_C(0x13) << 32); /* VTL3 */
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_ACCESS_DENIED);
    fake_write64(INPUT + 8, UINT64_C(0x11) << 32); /* VTL1: not here */
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_INVALID_VTL_STATE);
    fake_write64(INPUT + 8, UINT64_C(0x02) << 32); /* a target without "use" */
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_INVALID_PARAMETER);
    fake_write64(INPUT + 8, UINT64_C(0x30) << 32);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_INVALID_PARAMETER);
    fake_write64(INPUT + 8, UINT64_C(1) << 40);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_INVALID_PARAMETER);
    fake_write64(INPUT + 8, UINT64_C(0x12) << 32);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), DONE(1));
}

static void section_2_2_vtl0_reaches_itself_only(void **state)
{
    (void)state;
    as_vtl0();
    header();
    name_at(0, 0x90003);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), DONE(1));
    fake_write64(INPUT + 8, UINT64_C(0x12) << 32);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_ACCESS_DENIED);
    fake_write64(INPUT + 8, UINT64_C(0x11) << 32);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_ACCESS_DENIED);
    fake_write64(INPUT + 8, 1);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_ACCESS_DENIED);
}

static void section_2_2_another_vp_only_at_rest(void **state)
{
    (void)state;
    header();
    name_at(0, 0x90003);
    fake_write64(INPUT + 8, 1 | UINT64_C(0x10) << 32);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), DONE(1));
    assert_int_equal(fake_read64(OUTPUT), 1);
    vps[1].vtl[SLOT_VTL0].run = VTL_RUNNING;
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_INVALID_VP_STATE);
    fake_write64(INPUT + 8, 1);
    assert_int_equal(call(GET | REPS(1), INPUT, OUTPUT), HV_STATUS_INVALID_VTL_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(section_1_3_linux_get_vpreg, setup),
        cmocka_unit_test_setup(section_1_3_linux_set_vpreg, setup),
        cmocka_unit_test_setup(section_1_3_minimal_rt_get, setup),
        cmocka_unit_test_setup(section_1_3_minimal_rt_set, setup),
        cmocka_unit_test_setup(section_1_7_only_result_and_output_change, setup),
        cmocka_unit_test_setup(section_1_3_fast_output_has_to_fit, setup),
        cmocka_unit_test_setup(section_1_6_fast_input_too_large, setup),
        cmocka_unit_test_setup(section_1_6_unknown_code, setup),
        cmocka_unit_test_setup(section_1_4_reserved_control_bits, setup),
        cmocka_unit_test_setup(section_1_6_rep_rules, setup),
        cmocka_unit_test_setup(section_1_2_alignment_and_pages, setup),
        cmocka_unit_test_setup(section_1_2_no_list_no_address, setup),
        cmocka_unit_test_setup(section_1_2_vtl0_list_unreachable_is_an_intercept, setup),
        cmocka_unit_test_setup(section_1_2_vtl2_list_unreachable_is_an_external_abort, setup),
        cmocka_unit_test_setup(section_1_6_continuation, setup),
        cmocka_unit_test_setup(section_1_5_reps_count_from_zero, setup),
        cmocka_unit_test_setup(section_1_6_own_pc_ends_continuation, setup),
        cmocka_unit_test_setup(section_1_9_before_guest_os_id, setup),
        cmocka_unit_test_setup(section_1_9_boot_processor_names_all, setup),
        cmocka_unit_test_setup(section_2_2_header_fields, setup),
        cmocka_unit_test_setup(section_2_2_vtl0_reaches_itself_only, setup),
        cmocka_unit_test_setup(section_2_2_another_vp_only_at_rest, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
