/* SPDX-License-Identifier: BSD-3-Clause */
/* refhv's SynIC and synthetic timers. Expectations: TLFS inter-partition-communication and timers; reference 3.3. */
#include "fake_refhv_world.h"
#include "hv_hypercall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SIMP (FAKE_RAM + 0x2000)
#define SIEFP (FAKE_RAM + 0x3000)
#define SINT 2u
#define ONESHOT (HV_STIMER_ENABLE | (uint64_t)SINT << 16)
#define PERIODIC (ONESHOT | HV_STIMER_PERIODIC)
#define NOW UINT64_C(1000000)

static struct vp *vp;

static uint32_t set(uint32_t name, uint64_t value)
{
    return synic_write(vp, SLOT_VTL0, name, value);
}

static uint64_t get(uint32_t name)
{
    uint64_t value = 0xbad;
    assert_int_equal(synic_read(vp, SLOT_VTL0, name, &value), HV_STATUS_SUCCESS);
    return value;
}

static struct hv_message *slot(void)
{
    return fake_at(SIMP + SINT * 256);
}

static int setup(void **state)
{
    (void)state;
    fake_world_reset();
    vp = &vps[0];
    assert_int_equal(set(HV_REGISTER_SCONTROL, 1), 0);
    assert_int_equal(set(HV_REGISTER_SIMP, SIMP | 1), 0);
    assert_int_equal(set(HV_REGISTER_SIEFP, SIEFP | 1), 0);
    assert_int_equal(set(HV_REGISTER_SINT(SINT), 18), 0);
    return 0;
}

static void tlfs_reset_state(void **state)
{
    struct synic synic;

    (void)state;
    memset(&synic, 0xff, sizeof(synic));
    synic_reset(&synic);
    assert_int_equal(synic.scontrol, 0);
    assert_int_equal(synic.simp, 0);
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(synic.sint[i], 0x10000);
    }
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(synic.stimer[i].config, 0);
        assert_int_equal(synic.stimer[i].deadline, 0);
    }
}

static void tlfs_registers(void **state)
{
    (void)state;
    assert_int_equal(get(HV_REGISTER_SVERSION), 1);
    assert_int_equal(get(HV_REGISTER_SIMP), SIMP | 1);
    assert_int_equal(set(HV_REGISTER_SIMP, SIMP | 0xff1), 0); /* 11:1 are preserved */
    assert_int_equal(get(HV_REGISTER_SIMP), SIMP | 0xff1);
    assert_int_equal(set(HV_REGISTER_SIMP, 0x9000001), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(HV_REGISTER_SCONTROL, 2), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(HV_REGISTER_SINT(3), 15), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(HV_REGISTER_SINT(3), 0x10000), 0);
    assert_int_equal(set(HV_REGISTER_SINT(3), 0x40000), 0); /* polled: no vector */
    assert_int_equal(set(HV_REGISTER_SINT(3), UINT64_C(1) << 32), HV_STATUS_INVALID_REGISTER_VALUE);
    uint64_t value;
    assert_int_equal(synic_read(vp, SLOT_VTL0, HV_REGISTER_EOM, &value),
                     HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(set(HV_REGISTER_EOM, 0), 0);
    assert_int_equal(set(HV_REGISTER_SVERSION, 1), HV_STATUS_INVALID_PARAMETER);
}

static void tlfs_message_and_interrupt(void **state)
{
    struct hv_message message = {.type = 5, .payload_size = 1, .id = 9};

    (void)state;
    message.payload[0] = 0x42;
    assert_int_equal(synic_post(vp, SLOT_VTL0, SINT, &message), 0);
    assert_memory_equal(slot(), &message, sizeof(message));
    /* A rising edge of PPI 18 of this VP. */
    assert_int_equal(fake_world.line_count, 2);
    assert_int_equal(fake_world.lines[0].intid, 18);
    assert_ptr_equal(fake_world.lines[0].vp, vp);
    assert_true(fake_world.lines[0].level);
    assert_false(fake_world.lines[1].level);
    assert_int_equal(synic_post(vp, SLOT_VTL0, SINT, &message), HV_STATUS_OBJECT_IN_USE);
    assert_int_equal(slot()->flags, 1);
    assert_int_equal(fake_world.line_count, 2);
    assert_int_equal(synic_post(vp, SLOT_VTL0, 16, &message), HV_STATUS_INVALID_PARAMETER);
}

static void tlfs_polled_sint_has_no_interrupt(void **state)
{
    const struct hv_message message = {.type = 5};

    (void)state;
    assert_int_equal(set(HV_REGISTER_SINT(SINT), 18 | HV_SINT_POLLING), 0);
    assert_int_equal(synic_post(vp, SLOT_VTL0, SINT, &message), 0);
    assert_int_equal(slot()->type, 5);
    assert_int_equal(fake_world.line_count, 0);
}

static void tlfs_not_configured(void **state)
{
    const struct hv_message message = {.type = 5};
    bool newly;

    (void)state;
    assert_int_equal(synic_post(vp, SLOT_VTL0, 3, &message), HV_STATUS_INVALID_SYNIC_STATE);
    assert_int_equal(set(HV_REGISTER_SIMP, SIMP), 0);
    assert_int_equal(synic_post(vp, SLOT_VTL0, SINT, &message), HV_STATUS_INVALID_SYNIC_STATE);
    assert_int_equal(set(HV_REGISTER_SCONTROL, 0), 0);
    assert_int_equal(synic_signal(vp, SLOT_VTL0, SINT, 0, &newly), HV_STATUS_INVALID_SYNIC_STATE);
    assert_int_equal(synic_post(vp, SLOT_VTL2, SINT, &message), HV_STATUS_INVALID_SYNIC_STATE);
    /* VTL2 took the page away since. */
    assert_int_equal(set(HV_REGISTER_SCONTROL, 1), 0);
    assert_int_equal(set(HV_REGISTER_SIMP, SIMP | 1), 0);
    fake_vtl0_rights[2] = HV_MAP_READ;
    fake_vtl0_rights[3] = 0;
    assert_int_equal(synic_post(vp, SLOT_VTL0, SINT, &message), HV_STATUS_INVALID_SYNIC_STATE);
    assert_int_equal(synic_signal(vp, SLOT_VTL0, SINT, 0, &newly), HV_STATUS_INVALID_SYNIC_STATE);
    assert_int_equal(fake_world.line_count, 0);
}

static void tlfs_event_flags(void **state)
{
    bool newly = false;

    (void)state;
    assert_int_equal(synic_signal(vp, SLOT_VTL0, SINT, 2047, &newly), 0);
    assert_true(newly);
    assert_int_equal(fake_read64(SIEFP + SINT * 256 + 248), UINT64_C(1) << 63);
    assert_int_equal(fake_world.line_count, 2);
    assert_int_equal(synic_signal(vp, SLOT_VTL0, SINT, 2047, &newly), 0);
    assert_false(newly);
    assert_int_equal(fake_world.line_count, 2);
    assert_int_equal(synic_signal(vp, SLOT_VTL0, SINT, 2048, &newly), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(synic_signal(vp, SLOT_VTL0, 0, 1, &newly), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(synic_signal(vp, SLOT_VTL0, 16, 1, &newly), HV_STATUS_INVALID_PARAMETER);
}

static void section_6_4_sint_deliverable(void **state)
{
    (void)state;
    assert_int_equal(synic_take_deliverable(vp), 0);
    slot()->type = 1;
    vp->vtl[SLOT_VTL0].deliverability = UINT64_C(1) << (48 + SINT) | UINT64_C(1) << (48 + 5);
    assert_int_equal(synic_take_deliverable(vp), 0);
    slot()->type = 0;
    assert_int_equal(synic_take_deliverable(vp), 1 << SINT);
    /* Told once; SINT 5, not configured, is waited for still. */
    assert_int_equal(synic_take_deliverable(vp), 0);
    assert_int_equal(vp->vtl[SLOT_VTL0].deliverability, UINT64_C(1) << (48 + 5));
}

static void tlfs_oneshot_timer(void **state)
{
    (void)state;
    assert_int_equal(synic_timers_next(vp), 0);
    assert_int_equal(set(HV_REGISTER_STIMER_CONFIG(1), ONESHOT), 0);
    assert_int_equal(synic_timers_next(vp), 0); /* count 0 */
    assert_int_equal(set(HV_REGISTER_STIMER_COUNT(1), NOW + 500), 0);
    assert_int_equal(synic_timers_next(vp), NOW + 500);
    fake_world.reference_time = NOW + 499;
    synic_timers_run(vp);
    assert_int_equal(slot()->type, 0);
    fake_world.reference_time = NOW + 510;
    synic_timers_run(vp);
    assert_int_equal(slot()->type, 0x80000010);
    assert_int_equal(slot()->payload_size, 24);
    assert_int_equal(fake_read64(SIMP + SINT * 256 + 16), 1);         /* index */
    assert_int_equal(fake_read64(SIMP + SINT * 256 + 24), NOW + 500); /* expiration */
    assert_int_equal(fake_read64(SIMP + SINT * 256 + 32), NOW + 510); /* delivery */
    assert_int_equal(get(HV_REGISTER_STIMER_CONFIG(1)) & 1, 0);
    assert_int_equal(synic_timers_next(vp), 0);
}

static void tlfs_periodic_timer(void **state)
{
    (void)state;
    assert_int_equal(set(HV_REGISTER_STIMER_COUNT(0), 5000), 0);
    assert_int_equal(set(HV_REGISTER_STIMER_CONFIG(0), PERIODIC), 0);
    assert_int_equal(synic_timers_next(vp), NOW + 5000);
    fake_world.reference_time = NOW + 5000 + 12000; /* two more have been missed */
    synic_timers_run(vp);
    assert_int_equal(slot()->type, 0x80000010);
    assert_int_equal(synic_timers_next(vp), NOW + 20000);
    assert_int_equal(get(HV_REGISTER_STIMER_CONFIG(0)) & 1, 1);
}

static void tlfs_timer_waits_for_the_slot(void **state)
{
    (void)state;
    slot()->type = 7;
    assert_int_equal(set(HV_REGISTER_STIMER_CONFIG(0), ONESHOT), 0);
    assert_int_equal(set(HV_REGISTER_STIMER_COUNT(0), NOW), 0);
    synic_timers_run(vp);
    assert_int_equal(slot()->type, 7);
    assert_int_equal(slot()->flags, 1);
    slot()->type = 0;
    assert_int_equal(set(HV_REGISTER_EOM, 0), 0);
    assert_int_equal(slot()->type, 0x80000010);
    slot()->type = 0;
    assert_int_equal(set(HV_REGISTER_EOM, 0), 0);
    assert_int_equal(slot()->type, 0);
}

static void tlfs_auto_enable_and_disable(void **state)
{
    (void)state;
    assert_int_equal(set(HV_REGISTER_STIMER_CONFIG(0), (uint64_t)SINT << 16 | 1 << 3), 0);
    assert_int_equal(set(HV_REGISTER_STIMER_COUNT(0), NOW + 1), 0);
    assert_int_equal(get(HV_REGISTER_STIMER_CONFIG(0)) & 1, 1);
    assert_int_equal(synic_timers_next(vp), NOW + 1);
    assert_int_equal(set(HV_REGISTER_STIMER_COUNT(0), 0), 0);
    assert_int_equal(get(HV_REGISTER_STIMER_CONFIG(0)) & 1, 0);
    assert_int_equal(synic_timers_next(vp), 0);
    /* A message timer without a SINT can't be enabled. */
    assert_int_equal(set(HV_REGISTER_STIMER_CONFIG(0), 1), 0);
    assert_int_equal(get(HV_REGISTER_STIMER_CONFIG(0)), 0);
}

static void section_3_3_direct_timer(void **state)
{
    const uint64_t direct = 1 | 20 << 4 | 1 << 12;

    (void)state;
    assert_int_equal(set(HV_REGISTER_STIMER_CONFIG(2), direct), 0);
    assert_int_equal(set(HV_REGISTER_STIMER_COUNT(2), NOW), 0);
    synic_timers_run(vp);
    assert_int_equal(fake_world.line_count, 2);
    assert_int_equal(fake_world.lines[0].intid, 20);
    assert_int_equal(slot()->type, 0);
    /* No PPI; reserved vector bits; unknown bits. */
    assert_int_equal(set(HV_REGISTER_STIMER_CONFIG(2), 1 | 15 << 4 | 1 << 12),
                     HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(HV_REGISTER_STIMER_CONFIG(2), 1 | 32 << 4 | 1 << 12),
                     HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(HV_REGISTER_STIMER_CONFIG(2), UINT64_C(1) << 20),
                     HV_STATUS_INVALID_REGISTER_VALUE);
}

static void timers_at_the_edges(void **state)
{
    (void)state;
    assert_int_equal(set(HV_REGISTER_STIMER_COUNT(0), UINT64_MAX), 0);
    assert_int_equal(set(HV_REGISTER_STIMER_CONFIG(0), PERIODIC), 0);
    assert_int_equal(synic_timers_next(vp), UINT64_MAX);
    /* A period that would starve the VP is stretched. */
    assert_int_equal(set(HV_REGISTER_STIMER_COUNT(0), 1), 0);
    assert_int_equal(synic_timers_next(vp), NOW + 1000);
    fake_world.reference_time = UINT64_MAX - 3;
    synic_timers_run(vp);
    assert_true(synic_timers_next(vp) > UINT64_MAX - 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tlfs_reset_state, setup),
        cmocka_unit_test_setup(tlfs_registers, setup),
        cmocka_unit_test_setup(tlfs_message_and_interrupt, setup),
        cmocka_unit_test_setup(tlfs_polled_sint_has_no_interrupt, setup),
        cmocka_unit_test_setup(tlfs_not_configured, setup),
        cmocka_unit_test_setup(tlfs_event_flags, setup),
        cmocka_unit_test_setup(section_6_4_sint_deliverable, setup),
        cmocka_unit_test_setup(tlfs_oneshot_timer, setup),
        cmocka_unit_test_setup(tlfs_periodic_timer, setup),
        cmocka_unit_test_setup(tlfs_timer_waits_for_the_slot, setup),
        cmocka_unit_test_setup(tlfs_auto_enable_and_disable, setup),
        cmocka_unit_test_setup(section_3_3_direct_timer, setup),
        cmocka_unit_test_setup(timers_at_the_edges, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
