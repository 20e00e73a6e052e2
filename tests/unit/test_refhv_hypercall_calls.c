/* SPDX-License-Identifier: BSD-3-Clause */
/* refhv's hypercalls one by one. Expectations: the contract reference, section 2, named in each test. */
#include "arm64.h"
#include "fake_refhv_world.h"
#include "hypercall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HVC_PC UINT64_C(0x41080000)
#define INPUT FAKE_RAM
#define OUTPUT (FAKE_RAM + 0x1000)
#define REPS(n) ((uint64_t)(n) << HV_CONTROL_REP_COUNT_SHIFT)
#define DONE(n) ((uint64_t)(n) << HV_RESULT_REP_SHIFT)

static struct vp *vp;

static int setup(void **state)
{
    (void)state;
    fake_world_reset();
    vp = &vps[0];
    return 0;
}

static uint64_t hvc(uint64_t control)
{
    vp->x[0] = control;
    vp->x[1] = INPUT;
    vp->x[2] = OUTPUT;
    vp->pc = HVC_PC + 4;
    hypercall_handle(vp, false);
    return vp->x[0];
}

static uint64_t call(uint64_t control, const void *input, size_t bytes)
{
    memcpy(fake_at(INPUT), input, bytes);
    return hvc(control);
}

/* ---- VTLs ------------------------------------------------------------------------------------------------ */

static uint64_t enable(uint32_t index, uint8_t vtl)
{
    const struct hv_enable_vp_vtl request = {
        .partition_id = HV_PARTITION_ID_SELF, .vp_index = index, .target_vtl = vtl};
    return call(HV_CALL_ENABLE_VP_VTL, &request, sizeof(request));
}

static void section_2_5_enable_vp_vtl(void **state)
{
    (void)state;
    assert_int_equal(enable(1, 2), HV_STATUS_SUCCESS);
    assert_true(vps[1].vtl[SLOT_VTL2].enabled);
    assert_int_equal(partition.vtl2_enabled_vps, 3);
    assert_int_equal(enable(1, 2), HV_STATUS_VTL_ALREADY_ENABLED);
    assert_int_equal(enable(0, 2), HV_STATUS_VTL_ALREADY_ENABLED);
    assert_int_equal(enable(1, 0), HV_STATUS_VTL_ALREADY_ENABLED);
    assert_int_equal(enable(1, 1), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(enable(2, 2), HV_STATUS_INVALID_VP_INDEX);
    vp->active = SLOT_VTL0;
    assert_int_equal(enable(1, 2), HV_STATUS_ACCESS_DENIED);
}

static void section_2_4_enable_partition_vtl(void **state)
{
    struct hv_enable_partition_vtl request = {.partition_id = HV_PARTITION_ID_SELF,
                                              .target_vtl = 2};

    (void)state;
    assert_int_equal(call(HV_CALL_ENABLE_PARTITION_VTL, &request, sizeof(request)),
                     HV_STATUS_VTL_ALREADY_ENABLED);
    request.target_vtl = 1;
    assert_int_equal(call(HV_CALL_ENABLE_PARTITION_VTL, &request, sizeof(request)),
                     HV_STATUS_INVALID_PARAMETER);
    request.partition_id = 5;
    assert_int_equal(call(HV_CALL_ENABLE_PARTITION_VTL, &request, sizeof(request)),
                     HV_STATUS_INVALID_PARTITION_ID);
}

static uint64_t start(uint32_t index, uint8_t vtl, uint64_t pc)
{
    const struct hv_enable_vp_vtl request = {.partition_id = HV_PARTITION_ID_SELF,
                                             .vp_index = index,
                                             .target_vtl = vtl,
                                             .context = {.pc = pc, .x18 = 18}};
    return call(HV_CALL_START_VIRTUAL_PROCESSOR, &request, sizeof(request));
}

static void section_2_5_start_virtual_processor(void **state)
{
    (void)state;
    assert_int_equal(start(0, 2, 0x1000), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(start(1, 2, 0x1000), HV_STATUS_INVALID_VTL_STATE);
    assert_int_equal(start(1, 1, 0x1000), HV_STATUS_INVALID_VTL_STATE);
    assert_int_equal(start(1, 3, 0x1000), HV_STATUS_ACCESS_DENIED);
    assert_int_equal(start(7, 2, 0x1000), HV_STATUS_INVALID_VP_INDEX);
    vps[1].vtl[SLOT_VTL2].enabled = true;
    assert_int_equal(start(1, 2, 0x1002), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(fake_world.kicks[1], 0);
    assert_int_equal(start(1, 2, 0x1000), HV_STATUS_SUCCESS);
    assert_int_equal(fake_world.kicks[1], 1);
    assert_int_equal(vps[1].start[SLOT_VTL2].on_state, VP_ON_READY);
    assert_int_equal(vps[1].start[SLOT_VTL2].pc, 0x1000);
    assert_true(vps[1].start[SLOT_VTL2].has_context);
    assert_int_equal(vps[1].start[SLOT_VTL2].context.x18, 18);
    assert_int_equal(start(1, 2, 0x2000), HV_STATUS_INVALID_VP_STATE);
    vps[1].start[SLOT_VTL2].on_state = VP_ON_IDLE;
    vps[1].vtl[SLOT_VTL2].run = VTL_RUNNING;
    assert_int_equal(start(1, 2, 0x2000), HV_STATUS_INVALID_VP_STATE);
    assert_int_equal(vps[1].start[SLOT_VTL2].pc, 0x1000);
    assert_int_equal(fake_world.kicks[1], 1);
    vp->active = SLOT_VTL0;
    assert_int_equal(start(1, 0, 0x1000), HV_STATUS_ACCESS_DENIED);
}

static void section_2_5_vtl0_needs_vtl2_on_its_vp(void **state)
{
    (void)state;
    vps[1].vtl[SLOT_VTL2].enabled = true;
    assert_int_equal(start(1, 0, 0x1000), HV_STATUS_INVALID_VP_STATE);
    vps[1].vtl[SLOT_VTL2].run = VTL_HALTED;
    assert_int_equal(start(1, 0, 0x1000), HV_STATUS_SUCCESS);
    assert_int_equal(vps[1].start[SLOT_VTL0].on_state, VP_ON_READY);
}

/* ---- Protections ------------------------------------------------------------------------------------------ */

static uint64_t protect(uint32_t flags, uint8_t input_vtl, unsigned count, uint64_t first)
{
    const struct hv_modify_vtl_protection header = {
        .partition_id = HV_PARTITION_ID_SELF, .map_flags = flags, .input_vtl = input_vtl};

    for (unsigned i = 0; i < count; i++) {
        fake_write64(INPUT + sizeof(header) + 8 * i, first + i);
    }
    return call(HV_CALL_MODIFY_VTL_PROTECTION_MASK | REPS(count), &header, sizeof(header));
}

static void section_2_6_modify_protection(void **state)
{
    const uint64_t page = (FAKE_RAM >> 12) + 16;

    (void)state;
    assert_int_equal(protect(0, 0, 1, page), HV_STATUS_ACCESS_DENIED); /* not enabled yet */
    partition.vsm_config = 0x1f;
    assert_int_equal(protect(0, 0, 2, page), DONE(2));
    assert_int_equal(fake_vtl0_rights[16], 0);
    assert_int_equal(fake_vtl0_rights[17], 0);
    assert_int_equal(fake_vtl0_rights[18], HV_MAP_ALL);
    assert_int_equal(protect(HV_MAP_READ, 0x12, 1, page), DONE(1));
    assert_int_equal(fake_vtl0_rights[16], HV_MAP_READ);
    assert_int_equal(protect(0x10, 0, 1, page), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(protect(0, 0x10, 1, page), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(protect(0, 0, 1, 0x9000), HV_STATUS_INVALID_PARAMETER);
    /* 2^52 pages wrap around to RAM if nobody looks. */
    assert_int_equal(protect(0, 0, 1, (UINT64_C(1) << 52) + page), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(protect(0, 0, 3, (FAKE_RAM >> 12) + 254), DONE(2) | 5);
    fake_world.pool_empty = true;
    assert_int_equal(protect(0, 0, 1, page), HV_STATUS_INSUFFICIENT_MEMORY);
    vp->active = SLOT_VTL0;
    assert_int_equal(protect(0xf, 0, 1, page), HV_STATUS_ACCESS_DENIED);
}

/* ---- Interrupts -------------------------------------------------------------------------------------------- */

static uint64_t assert_line(uint64_t control, uint32_t vector, uint8_t vtl)
{
    const struct hv_assert_virtual_interrupt request = {.partition_id = HV_PARTITION_ID_SELF,
                                                        .interrupt_control = control,
                                                        .vector = vector,
                                                        .target_vtl = vtl};
    return call(HV_CALL_ASSERT_VIRTUAL_INTERRUPT, &request, sizeof(request));
}

static void section_2_7_assert_interrupt(void **state)
{
    const uint64_t raise = UINT64_C(1) << 34;

    (void)state;
    assert_int_equal(assert_line(raise, 33, 0), HV_STATUS_SUCCESS);
    assert_int_equal(assert_line(0, 33, 0), HV_STATUS_SUCCESS);
    assert_int_equal(assert_line(raise, 40, 2), HV_STATUS_SUCCESS);
    assert_int_equal(fake_world.line_count, 3);
    assert_true(fake_world.lines[0].level);
    assert_null(fake_world.lines[0].vp);
    assert_int_equal(fake_world.lines[0].intid, 33);
    assert_int_equal(fake_world.lines[0].slot, SLOT_VTL0);
    assert_false(fake_world.lines[1].level);
    assert_int_equal(fake_world.lines[2].slot, SLOT_VTL2);
    assert_int_equal(assert_line(raise, 31, 0), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(assert_line(raise, 288, 0), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(assert_line(raise, 1020, 0), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(assert_line(raise | 1, 33, 0), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(assert_line(raise, 33, 1), HV_STATUS_INVALID_VTL_STATE);
    vp->active = SLOT_VTL0;
    assert_int_equal(assert_line(raise, 33, 0), HV_STATUS_ACCESS_DENIED);
    assert_int_equal(fake_world.line_count, 3);
}

static void section_2_9_vp_index_from_mpidr(void **state)
{
    struct {
        struct hv_vp_index_from_apic_id header;
        uint64_t mpidr[3];
    } request = {{.partition_id = HV_PARTITION_ID_SELF}, {0, 0x100, 0x7}};
    const uint64_t code = HV_CALL_GET_VP_INDEX_FROM_APIC_ID;

    (void)state;
    fake_write64(OUTPUT, 0x5555555555555555);
    fake_write64(OUTPUT + 8, 0x5555555555555555);
    assert_int_equal(call(code | REPS(2), &request, sizeof(request)), DONE(2));
    assert_int_equal(fake_read64(OUTPUT), UINT64_C(1) << 32);
    assert_int_equal(fake_read64(OUTPUT + 8), 0x5555555555555555); /* 4 bytes an element */
    assert_int_equal(call(code | REPS(3), &request, sizeof(request)),
                     DONE(2) | HV_STATUS_INVALID_PARAMETER);
    /* VTL2 is not enabled on VP 1. */
    request.header.target_vtl = 2;
    assert_int_equal(call(code | REPS(2), &request, sizeof(request)),
                     DONE(1) | HV_STATUS_INVALID_VTL_STATE);
    request.header.target_vtl = 0;
    request.mpidr[0] = UINT64_C(1) << 31;
    assert_int_equal(call(code | REPS(1), &request, sizeof(request)), DONE(1));
    request.mpidr[0] = UINT64_C(1) << 24;
    assert_int_equal(call(code | REPS(1), &request, sizeof(request)), HV_STATUS_INVALID_PARAMETER);
}

/* ---- Messages, events, intercepts ---------------------------------------------------------------------------- */

static uint64_t install(uint32_t type, uint32_t mask)
{
    const struct hv_install_intercept request = {
        .partition_id = HV_PARTITION_ID_SELF, .access_mask = mask, .type = type};
    return call(HV_CALL_INSTALL_INTERCEPT, &request, sizeof(request));
}

static void section_2_10_unknown_connection(void **state)
{
    const struct hv_post_message post = {.connection_id = 1, .message_type = 1, .payload_size = 8};
    const struct hv_signal_event signal = {.connection_id = 1};

    (void)state;
    vp->active = SLOT_VTL0;
    assert_int_equal(call(HV_CALL_POST_MESSAGE, &post, sizeof(post)),
                     HV_STATUS_INVALID_CONNECTION_ID);
    assert_int_equal(call(HV_CALL_SIGNAL_EVENT, &signal, sizeof(signal)),
                     HV_STATUS_INVALID_CONNECTION_ID);
    assert_int_equal(install(0x0d, 4), HV_STATUS_ACCESS_DENIED);
    vp->active = SLOT_VTL2;
    assert_int_equal(install(0x0d, 2), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(install(0x08, 4), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(install(0x0d, 4), HV_STATUS_SUCCESS);
    assert_int_equal(call(HV_CALL_POST_MESSAGE, &post, sizeof(post)),
                     HV_STATUS_INVALID_CONNECTION_ID); /* VTL2's own */
    assert_int_equal(fake_world.hypercall_intercepts, 0);

    /* Un-retired: nothing has changed, the PC is on the HVC. */
    vp->active = SLOT_VTL0;
    assert_int_equal(call(HV_CALL_POST_MESSAGE, &post, sizeof(post)), HV_CALL_POST_MESSAGE);
    assert_int_equal(fake_world.hypercall_intercepts, 1);
    assert_int_equal(fake_world.intercept_immediate, 1);
    assert_int_equal(fake_world.intercept_pc, HVC_PC);
    vp->active = SLOT_VTL2;
    assert_int_equal(install(0x0d, 0), HV_STATUS_SUCCESS);
    assert_false(partition.unknown_connection_intercept);
}

static void section_2_10_signal_event_fast(void **state)
{
    (void)state;
    vp->active = SLOT_VTL0;
    partition.unknown_connection_intercept = true;
    vp->x[0] = 0x46000001;
    vp->x[1] = 0x1005d;
    vp->x[2] = 0x10001;
    vp->pc = HVC_PC + 4;
    hypercall_handle(vp, true);
    assert_int_equal(fake_world.hypercall_intercepts, 1);
    assert_int_equal(fake_world.intercept_immediate, 0);
    assert_int_equal(vp->x[0], 0x46000001);
    assert_int_equal(vp->x[1], 0x1005d);
}

static void section_2_10_malformed_message(void **state)
{
    struct hv_post_message post = {.connection_id = 1, .message_type = 1, .payload_size = 241};

    (void)state;
    assert_int_equal(call(HV_CALL_POST_MESSAGE, &post, sizeof(post)), HV_STATUS_INVALID_PARAMETER);
    post.payload_size = 0;
    post.message_type = 0x80000001; /* the hypervisor's own */
    assert_int_equal(call(HV_CALL_POST_MESSAGE, &post, sizeof(post)), HV_STATUS_INVALID_PARAMETER);
}

static uint64_t post_direct(uint32_t index, uint8_t vtl, uint8_t sint)
{
    struct hv_message message = {.type = 1, .payload_size = 240, .flags = 0xff};
    struct hv_post_message_direct request = {
        .partition_id = HV_PARTITION_ID_SELF, .vp_index = index, .target_vtl = vtl, .sint = sint};

    message.payload[239] = 0x77;
    memcpy(request.message, &message, sizeof(message));
    return call(HV_CALL_POST_MESSAGE_DIRECT, &request, sizeof(request));
}

static void open_sint(struct synic *synic, unsigned sint)
{
    synic->scontrol = 1;
    synic->simp = (FAKE_RAM + 0x2000) | 1;
    synic->siefp = (FAKE_RAM + 0x3000) | 1;
    synic->sint[sint] = 18;
}

static void section_2_11_post_message_direct(void **state)
{
    (void)state;
    assert_int_equal(post_direct(0, 0, 2), HV_STATUS_INVALID_SYNIC_STATE);
    open_sint(&vps[0].vtl[SLOT_VTL0].synic, 2);
    assert_int_equal(post_direct(0, 0, 2), HV_STATUS_SUCCESS);
    const struct hv_message *slot = fake_at(FAKE_RAM + 0x2000 + 2 * 256);
    assert_int_equal(slot->type, 1);
    assert_int_equal(slot->flags, 0);
    assert_int_equal(slot->payload[239], 0x77);
    assert_int_equal(post_direct(0, 0, 2), HV_STATUS_OBJECT_IN_USE);
    assert_int_equal(slot->flags, HV_MESSAGE_FLAG_PENDING);
    assert_int_equal(post_direct(0, 0, 16), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(post_direct(9, 0, 2), HV_STATUS_INVALID_VP_INDEX);
    vp->active = SLOT_VTL0;
    assert_int_equal(post_direct(0, 0, 2), HV_STATUS_OPERATION_DENIED);
}

static uint64_t signal_direct(uint8_t sint, uint16_t flag)
{
    const struct hv_signal_event_direct request = {.partition_id = HV_PARTITION_ID_SELF,
                                                   .vp_index = HV_VP_INDEX_SELF,
                                                   .sint = sint,
                                                   .flag = flag};
    return call(HV_CALL_SIGNAL_EVENT_DIRECT, &request, sizeof(request));
}

static void section_2_11_signal_event_direct(void **state)
{
    (void)state;
    open_sint(&vps[0].vtl[SLOT_VTL0].synic, 2);
    fake_write64(OUTPUT, 0x5555555555555555);
    assert_int_equal(signal_direct(2, 33), HV_STATUS_SUCCESS);
    assert_int_equal(fake_read64(OUTPUT), 1);
    assert_int_equal(fake_read64(FAKE_RAM + 0x3000 + 2 * 256), UINT64_C(1) << 33);
    assert_int_equal(signal_direct(2, 33), HV_STATUS_SUCCESS);
    assert_int_equal(fake_read64(OUTPUT), 0);
    assert_int_equal(signal_direct(0, 1), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(signal_direct(16, 1), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(signal_direct(2, 2048), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(signal_direct(3, 0), HV_STATUS_INVALID_SYNIC_STATE);
    vp->active = SLOT_VTL0;
    assert_int_equal(signal_direct(2, 1), HV_STATUS_OPERATION_DENIED);
}

/* Offsets as the reference's table has them, in numbers. */
static void section_9_1_vbs_report(void **state)
{
    static const struct igvm_load_result loaded = {
        .digest = {0xd0, 0xd1, [31] = 0xdf},
        .vbs = {.product_id = 11, .module_id = 12, .svn = 13, .policy_flags = 3}};
    static const struct {
        unsigned offset;
        uint32_t value;
    } words[] = {
        {0x00, 0x230}, {0x04, 1}, {0x0c, 256}, {0x10, 0},  {0x14, 1},
        {0xd8, 5},     {0xdc, 1}, {0xe0, 2},   {0xe4, 13}, {0xe8, 11},
        {0xec, 12},    {0xf0, 0}, {0x12c, 0},  {0x230, 0}, {0x7fc, 0},
    };
    static const uint8_t zeros[32];
    const uint8_t *report = fake_at(OUTPUT);
    uint8_t data[64];

    (void)state;
    for (unsigned i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(0x11 + i);
    }
    memset(machine.options.rpv, 0x3c, sizeof(machine.options.rpv));
    hypercall_report_init(&loaded);
    memset(fake_at(OUTPUT), 0x55, 0x1000);
    assert_int_equal(call(HV_CALL_VBS_VM_CALL_REPORT, data, sizeof(data)), HV_STATUS_SUCCESS);
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        uint32_t value;
        memcpy(&value, report + words[i].offset, sizeof(value));
        assert_int_equal(value, words[i].value);
    }
    assert_memory_equal(report + 0x18, data, sizeof(data));
    assert_memory_equal(report + 0x58, zeros, 32); /* owner */
    assert_memory_equal(report + 0x78, loaded.digest, 32);
    assert_memory_equal(report + 0x98, zeros, 32); /* signer: nobody's signature is looked at */
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(report[0xb8 + i], 0x3c);
    }
    assert_int_equal(report[0x800], 0x55);
    assert_int_equal(call(HV_CALL_VBS_VM_CALL_REPORT | HV_CONTROL_FAST, data, sizeof(data)),
                     HV_STATUS_INVALID_HYPERCALL_INPUT);
    vp->active = SLOT_VTL0;
    assert_int_equal(call(HV_CALL_VBS_VM_CALL_REPORT, data, sizeof(data)), HV_STATUS_ACCESS_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(section_2_5_enable_vp_vtl, setup),
        cmocka_unit_test_setup(section_2_4_enable_partition_vtl, setup),
        cmocka_unit_test_setup(section_2_5_start_virtual_processor, setup),
        cmocka_unit_test_setup(section_2_5_vtl0_needs_vtl2_on_its_vp, setup),
        cmocka_unit_test_setup(section_2_6_modify_protection, setup),
        cmocka_unit_test_setup(section_2_7_assert_interrupt, setup),
        cmocka_unit_test_setup(section_2_9_vp_index_from_mpidr, setup),
        cmocka_unit_test_setup(section_2_10_unknown_connection, setup),
        cmocka_unit_test_setup(section_2_10_signal_event_fast, setup),
        cmocka_unit_test_setup(section_2_10_malformed_message, setup),
        cmocka_unit_test_setup(section_2_11_post_message_direct, setup),
        cmocka_unit_test_setup(section_2_11_signal_event_direct, setup),
        cmocka_unit_test_setup(section_9_1_vbs_report, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
