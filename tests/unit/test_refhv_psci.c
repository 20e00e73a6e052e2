/* SPDX-License-Identifier: BSD-3-Clause */
/* refhv's PSCI and SMCCC answers. Expectations: Arm DEN0022 (PSCI), DEN0028 (SMCCC), reference 1.8 and 6.5. */
#include "gic.h"
#include "hv_message.h"
#include "psci.h"
#include "rsi_calls.h"
#include "smccc.h"
#include "vp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define RAM_PAGE UINT64_C(0x44000000)

struct vp vps[MACHINE_CPU_MAX];
struct partition partition;
struct machine machine;

static struct {
    bool ended;
    enum machine_end how;
    jmp_buf end;
    unsigned resets;
    uint32_t reset_type;
    uint32_t reset_code;
    uint64_t reset_pc;
    unsigned kicks;
    unsigned hypercalls;
    unsigned realm_calls;
    unsigned entries;
    uint32_t entry_reason;
    unsigned returns;
    uint64_t return_x0;
    uint8_t page[4096];
} seen;

struct vp *vp_by_mpidr(uint64_t affinity)
{
    return affinity < partition.vp_count ? &vps[affinity] : NULL;
}

void *stage2_guest_pointer(unsigned slot, uint64_t gpa, uint32_t access)
{
    (void)slot;
    (void)access;
    return (gpa & ~UINT64_C(0xfff)) == RAM_PAGE ? seen.page + (gpa & 0xfff) : NULL;
}

void machine_end(enum machine_end how)
{
    seen.ended = true;
    seen.how = how;
    longjmp(seen.end, 1);
}

void intercept_reset(struct vp *vp, uint32_t type, uint32_t code)
{
    seen.resets++;
    seen.reset_type = type;
    seen.reset_code = code;
    seen.reset_pc = vp->pc;
    vp->active = SLOT_VTL2;
}

void gic_kick(const struct vp *target)
{
    assert_ptr_equal(target, &vps[1]);
    seen.kicks++;
}

void hypercall_handle(struct vp *vp, bool smccc)
{
    (void)vp;
    assert_true(smccc);
    seen.hypercalls++;
}

/* Has all that DEN0137 numbers. */
bool rsi_handle(struct vp *vp, uint32_t function)
{
    if (function < 0xc4000190 || function >= 0xc40001b0) {
        return false;
    }
    seen.realm_calls++;
    vp->x[0] = 0x55;
    return true;
}

void switch_enter_vtl2(struct vp *vp, uint32_t reason)
{
    seen.entries++;
    seen.entry_reason = reason;
    vp->active = SLOT_VTL2;
}

void switch_return_vtl0_smccc(struct vp *vp)
{
    seen.returns++;
    seen.return_x0 = vp->x[0];
    vp->active = SLOT_VTL0;
}

/* Two VPs, VTL2 on both; VP 0 runs VTL0, VP 1's VTL0 is off. */
static int setup(void **state)
{
    (void)state;
    memset(vps, 0, sizeof(vps));
    memset(&seen, 0, sizeof(seen));
    memset(&machine, 0, sizeof(machine));
    partition = (struct partition){.vp_count = 2, .vtl2_enabled_vps = 3};
    for (unsigned i = 0; i < 2; i++) {
        vps[i].index = i;
        vps[i].vtl[SLOT_VTL0].enabled = true;
        vps[i].vtl[SLOT_VTL2].enabled = true;
        vps[i].vtl[SLOT_VTL2].run = VTL_RUNNING;
    }
    vps[0].vtl[SLOT_VTL0].run = VTL_RUNNING;
    vps[1].vtl[SLOT_VTL0].run = VTL_OFF;
    return 0;
}

static int64_t call(struct vp *vp, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
    vp->x[0] = function;
    vp->x[1] = x1;
    vp->x[2] = x2;
    vp->x[3] = x3;
    vp->pc = 0x1004;
    if (setjmp(seen.end) == 0) {
        smccc_handle(vp, false);
    }
    return (int64_t)vp->x[0];
}

static void smccc_1_8_uid_and_versions(void **state)
{
    (void)state;
    assert_int_equal(call(&vps[0], 0x80000000, 0, 0, 0), 0x10002);
    assert_int_equal(call(&vps[0], 0x80000001, 0x80000001, 0, 0), 0);
    assert_int_equal(call(&vps[0], 0x80000001, 0x80008000, 0, 0), -1);
    assert_int_equal(call(&vps[0], 0x8600ff01, 9, 9, 9), 0x4d32ba58);
    assert_int_equal(vps[0].x[1], 0xcd244764);
    assert_int_equal(vps[0].x[2], 0x8eef6c75);
    assert_int_equal(vps[0].x[3], 0x16597024);
    assert_int_equal(call(&vps[0], 0xc600ff00, 0, 0, 0), -1);
    (void)call(&vps[0], 0x46000001, 0, 0, 0);
    assert_int_equal(seen.hypercalls, 1);
}

#define VTL_CALL UINT64_C(0xc6000011)
#define VTL_RETURN UINT64_C(0xc6000012)

static void smccc_vtl_call(void **state)
{
    (void)state;
    assert_int_equal(call(&vps[0], 0x80000001, VTL_CALL, 0, 0), 0);
    assert_int_equal(call(&vps[0], 0x80000001, VTL_RETURN, 0, 0), -1);
    assert_int_equal(call(&vps[0], VTL_CALL, 1, 2, 3), (int64_t)VTL_CALL); /* VTL2 finds it in X0 */
    assert_int_equal(seen.entries, 1);
    assert_int_equal(seen.entry_reason, 1);
    assert_int_equal(vps[0].x[1], 1);
    assert_int_equal(call(&vps[0], VTL_CALL, 0, 0, 0), -1); /* from VTL2 */
    vps[0].active = SLOT_VTL0;
    vps[0].vtl[SLOT_VTL2].enabled = false;
    assert_int_equal(call(&vps[0], 0x80000001, VTL_CALL, 0, 0), -1);
    assert_int_equal(call(&vps[0], VTL_CALL, 0, 0, 0), -1);
    assert_int_equal(seen.entries, 1);
}

static void smccc_vtl_return(void **state)
{
    static struct hv_vp_assist_page assist;

    (void)state;
    assert_int_equal(call(&vps[0], VTL_RETURN, 0, 0, 0), -1); /* from VTL0 */
    vps[0].active = SLOT_VTL2;
    assert_int_equal(call(&vps[0], 0x80000001, VTL_RETURN, 0, 0), 0);
    assert_int_equal(call(&vps[0], 0x80000001, VTL_CALL, 0, 0), -1);
    assert_int_equal(call(&vps[0], VTL_RETURN, 0, 0, 0), -3); /* no assist page */
    assert_int_equal(seen.returns, 0);
    vps[0].vtl[SLOT_VTL2].assist_at = &assist;
    assist.registers[0] = 0x1122334455667788;
    assert_int_equal(call(&vps[0], VTL_RETURN, 9, 8, 7), 0x1122334455667788);
    assert_int_equal(seen.returns, 1);
    assert_int_equal(seen.return_x0, 0x1122334455667788);
    assert_int_equal(vps[0].x[1], 9);
    assert_int_equal(vps[0].pc, 0x1004);
}

static void smccc_vtl_switch_is_not_there(void **state)
{
    static struct hv_vp_assist_page assist;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        machine.options.no_smccc_switch = i == 0;
        for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
            const uint64_t function = slot == SLOT_VTL2 ? VTL_RETURN : VTL_CALL;
            const bool by_smc = i != 0;
            vps[0].active = slot;
            vps[0].vtl[SLOT_VTL2].assist_at = &assist;
            vps[0].x[0] = function;
            smccc_handle(&vps[0], by_smc);
            assert_int_equal(vps[0].x[0], UINT64_MAX);
            vps[0].x[0] = 0x80000001;
            vps[0].x[1] = function;
            smccc_handle(&vps[0], by_smc);
            assert_int_equal(vps[0].x[0], UINT64_MAX);
        }
    }
    assert_int_equal(seen.entries + seen.returns, 0);
}

/* Realm Services are SMCs (DEN0137, B2): an HVC is none. */
static void smccc_realm_services_by_smc_alone(void **state)
{
    (void)state;
    assert_int_equal(call(&vps[0], 0xc4000190, 0, 0, 0), -1);
    assert_int_equal(seen.realm_calls, 0);
    vps[0].x[0] = 0xc4000190;
    smccc_handle(&vps[0], true);
    assert_int_equal(vps[0].x[0], 0x55);
    assert_int_equal(seen.realm_calls, 1);
    vps[0].x[0] = 0xc40001b0;
    smccc_handle(&vps[0], true);
    assert_int_equal(vps[0].x[0], SMCCC_NOT_SUPPORTED);
}

static void psci_version_and_features(void **state)
{
    (void)state;
    assert_int_equal(call(&vps[0], 0x84000000, 0, 0, 0), 0x10001);
    assert_int_equal(call(&vps[0], 0x8400000a, 0x80000000, 0, 0), 0);
    assert_int_equal(call(&vps[0], 0x8400000a, 0xc4000003, 0, 0), 0);
    assert_int_equal(call(&vps[0], 0x8400000a, 0x84000005, 0, 0), -1);
    assert_int_equal(call(&vps[0], 0x84000006, 0, 0, 0), 2);
    /* VERSION has no 64-bit form. */
    assert_int_equal(call(&vps[0], 0xc4000000, 0, 0, 0), -1);
}

static void psci_cpu_on_good(void **state)
{
    (void)state;
    assert_int_equal(call(&vps[0], 0xc4000003, 1, RAM_PAGE + 8, 0x1122334455667788), 0);
    assert_int_equal(seen.kicks, 1);
    assert_int_equal(vps[1].start[SLOT_VTL0].on_state, VP_ON_READY);
    assert_int_equal(vps[1].start[SLOT_VTL0].pc, RAM_PAGE + 8);
    assert_int_equal(vps[1].start[SLOT_VTL0].x0, 0x1122334455667788);
    assert_false(vps[1].start[SLOT_VTL0].has_context);
}

static void psci_cpu_on_32_bit_takes_low_halves(void **state)
{
    (void)state;
    assert_int_equal(
        call(&vps[0], 0x84000003, UINT64_C(0xdead00000001), RAM_PAGE, UINT64_C(0xbeef00000007)), 0);
    assert_int_equal(vps[1].start[SLOT_VTL0].x0, 7);
}

static void psci_cpu_on_errors(void **state)
{
    (void)state;
    assert_int_equal(call(&vps[0], 0xc4000003, 9, RAM_PAGE, 0), -2);
    assert_int_equal(call(&vps[0], 0xc4000003, 1, 0x1000, 0), -9);
    assert_int_equal(call(&vps[0], 0xc4000003, 1, RAM_PAGE + 2, 0), -9);
    assert_int_equal(call(&vps[0], 0xc4000003, 0, RAM_PAGE, 0), -4);
    vps[1].start[SLOT_VTL0].on_state = VP_ON_READY;
    assert_int_equal(call(&vps[0], 0xc4000003, 1, RAM_PAGE, 0), -5);
    vps[1].start[SLOT_VTL0].on_state = VP_ON_IDLE;
    partition.vsm_config = UINT64_C(1) << 6; /* deny lower VTL startup */
    assert_int_equal(call(&vps[0], 0xc4000003, 1, RAM_PAGE, 0), -3);
    partition.vsm_config = 0;
    /* No VTL0 on a VP whose VTL2 does not run; no VTL2 where it is not enabled. */
    vps[1].vtl[SLOT_VTL2].run = VTL_OFF;
    assert_int_equal(call(&vps[0], 0xc4000003, 1, RAM_PAGE, 0), -3);
    vps[0].active = SLOT_VTL2;
    vps[1].vtl[SLOT_VTL2].enabled = false;
    assert_int_equal(call(&vps[0], 0xc4000003, 1, RAM_PAGE, 0), -3);
    assert_int_equal(seen.kicks, 0);
}

/* Of two that ask at once one is granted the start, also when the VP carries it out between the other's look
 * at the VP's state and its request. */
static void psci_cpu_on_starts_once(void **state)
{
    (void)state;
    assert_int_equal(vp_request_start(&vps[1], SLOT_VTL0, RAM_PAGE, 1, NULL), VP_START_GRANTED);
    assert_int_equal(vp_request_start(&vps[1], SLOT_VTL0, RAM_PAGE + 4, 2, NULL), VP_START_PENDING);
    vps[1].vtl[SLOT_VTL0].run = VTL_RUNNING;
    vps[1].start[SLOT_VTL0].on_state = VP_ON_IDLE;
    assert_int_equal(vp_request_start(&vps[1], SLOT_VTL0, RAM_PAGE + 8, 3, NULL), VP_START_RUNNING);
    assert_int_equal(vps[1].start[SLOT_VTL0].on_state, VP_ON_IDLE);
    assert_int_equal(vps[1].start[SLOT_VTL0].pc, RAM_PAGE);
    vps[1].vtl[SLOT_VTL0].run = VTL_HALTED;
    assert_int_equal(vp_request_start(&vps[1], SLOT_VTL0, RAM_PAGE + 8, 3, NULL), VP_START_RUNNING);
}

static void psci_affinity_info_states(void **state)
{
    (void)state;
    assert_int_equal(call(&vps[0], 0xc4000004, 0, 0, 0), 0);
    assert_int_equal(call(&vps[0], 0xc4000004, 1, 0, 0), 1);
    vps[1].start[SLOT_VTL0].on_state = VP_ON_READY;
    assert_int_equal(call(&vps[0], 0xc4000004, 1, 0, 0), 2);
    assert_int_equal(call(&vps[0], 0xc4000004, 7, 0, 0), -2);
    assert_int_equal(call(&vps[0], 0xc4000004, 1, 1, 0), -2);
}

static void psci_off_and_suspend(void **state)
{
    (void)state;
    assert_int_equal(call(&vps[0], 0xc4000001, 0, 0, 0), 0);
    assert_int_equal(vps[0].vtl[SLOT_VTL0].run, VTL_HALTED);
    assert_int_equal(call(&vps[0], 0xc4000001, 0x80000000, 0, 0), -2);
    (void)call(&vps[0], 0x84000002, 0, 0, 0);
    assert_int_equal(vps[0].vtl[SLOT_VTL0].run, VTL_OFF);
    /* VTL2 stays where its VTL0 runs. */
    vps[0].vtl[SLOT_VTL0].run = VTL_RUNNING;
    vps[0].active = SLOT_VTL2;
    assert_int_equal(call(&vps[0], 0x84000002, 0, 0, 0), -3);
    assert_int_equal(vps[0].vtl[SLOT_VTL2].run, VTL_RUNNING);
    /* And where its VTL0 has been granted a start. */
    vps[0].vtl[SLOT_VTL0].run = VTL_OFF;
    vps[0].start[SLOT_VTL0].on_state = VP_ON_READY;
    assert_int_equal(call(&vps[0], 0x84000002, 0, 0, 0), -3);
    assert_int_equal(vps[0].vtl[SLOT_VTL2].run, VTL_RUNNING);
    vps[0].start[SLOT_VTL0].on_state = VP_ON_IDLE;
    assert_int_equal(call(&vps[0], 0x84000002, 0, 0, 0), 0);
    assert_int_equal(vps[0].vtl[SLOT_VTL2].run, VTL_OFF);
}

static void reset_6_5_intercepts(void **state)
{
    static const struct {
        uint64_t function;
        uint64_t x1;
        uint32_t type;
        uint32_t code;
    } rows[] = {
        {0x84000008, 0, 0, 0}, {0x84000009, 0, 1, 0},
        {0x84000012, 0, 2, 0}, {0xc4000012, 0x80000005, 2, 0x80000005},
        {0x84000015, 1, 3, 1}, {0xc4000015, 0, 3, 0},
    };
    (void)state;
    partition.vsm_config = UINT64_C(1) << 15;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        vps[0].active = SLOT_VTL0;
        seen.resets = 0;
        assert_int_equal(call(&vps[0], rows[i].function, rows[i].x1, 0, 0), rows[i].function);
        assert_int_equal(seen.resets, 1);
        assert_int_equal(seen.reset_type, rows[i].type);
        assert_int_equal(seen.reset_code, rows[i].code);
        assert_int_equal(seen.reset_pc, 0x1000); /* back on the HVC */
    }
    vps[0].active = SLOT_VTL0;
    assert_int_equal(call(&vps[0], 0x84000012, 1, 0, 0), -2);
    assert_int_equal(call(&vps[0], 0x84000015, 2, 0, 0), -2);
}

static void reset_without_intercept_ends_the_machine(void **state)
{
    (void)state;
    (void)call(&vps[0], 0x84000008, 0, 0, 0);
    assert_true(seen.ended);
    assert_int_equal(seen.how, MACHINE_END_OFF);
    (void)call(&vps[0], 0x84000009, 0, 0, 0);
    assert_int_equal(seen.how, MACHINE_END_RESET);
    partition.vsm_config = UINT64_C(1) << 15;
    vps[0].active = SLOT_VTL2;
    (void)call(&vps[0], 0x84000008, 0, 0, 0);
    assert_int_equal(seen.how, MACHINE_END_OFF);
    assert_int_equal(seen.resets, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(smccc_1_8_uid_and_versions, setup),
        cmocka_unit_test_setup(smccc_vtl_call, setup),
        cmocka_unit_test_setup(smccc_vtl_return, setup),
        cmocka_unit_test_setup(smccc_vtl_switch_is_not_there, setup),
        cmocka_unit_test_setup(smccc_realm_services_by_smc_alone, setup),
        cmocka_unit_test_setup(psci_version_and_features, setup),
        cmocka_unit_test_setup(psci_cpu_on_good, setup),
        cmocka_unit_test_setup(psci_cpu_on_32_bit_takes_low_halves, setup),
        cmocka_unit_test_setup(psci_cpu_on_errors, setup),
        cmocka_unit_test_setup(psci_cpu_on_starts_once, setup),
        cmocka_unit_test_setup(psci_affinity_info_states, setup),
        cmocka_unit_test_setup(psci_off_and_suspend, setup),
        cmocka_unit_test_setup(reset_6_5_intercepts, setup),
        cmocka_unit_test_setup(reset_without_intercept_ends_the_machine, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
