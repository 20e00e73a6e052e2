/* SPDX-License-Identifier: BSD-3-Clause */
/* Registers by name. Expectations: the contract reference, sections 3, 4 and 8, named in each test. */
#include "arm64.h"
#include "cpu.h"
#include "fake_refhv_world.h"
#include "hvregs.h"
#include "reference_tsc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sysreg.h>

#include <cmocka.h>

static struct vp *vp;

static int setup(void **state)
{
    (void)state;
    fake_world_reset();
    vp = &vps[0];
    return 0;
}

/* VTL2 is the caller, unless the name says VTL0. */
static uint32_t set128(unsigned slot, uint32_t name, uint64_t low, uint64_t high)
{
    const struct hv_register_value value = {low, high};
    return hvregs_set(vp, slot, SLOT_VTL2, name, &value);
}

static uint32_t set(unsigned slot, uint32_t name, uint64_t low)
{
    return set128(slot, name, low, 0);
}

static uint32_t vtl0_set(uint32_t name, uint64_t low)
{
    const struct hv_register_value value = {low, 0};
    return hvregs_set(vp, SLOT_VTL0, SLOT_VTL0, name, &value);
}

static struct hv_register_value get(unsigned slot, uint32_t name)
{
    struct hv_register_value value;
    assert_int_equal(hvregs_get(vp, slot, SLOT_VTL2, name, &value), HV_STATUS_SUCCESS);
    return value;
}

static uint32_t get_status(unsigned slot, unsigned caller, uint32_t name)
{
    struct hv_register_value value;
    return hvregs_get(vp, slot, caller, name, &value);
}

static void section_8_1_shared_and_private_gprs(void **state)
{
    struct vtl_state *vtl0 = &vps[0].vtl[SLOT_VTL0];

    (void)state;
    for (uint32_t n = 0; n < 31; n++) {
        vp->x[n] = 100 + n;
    }
    vtl0->x18 = 18;
    vtl0->x29 = 29;
    vtl0->x30 = 30;
    for (uint32_t n = 0; n < 31; n++) {
        const bool is_private = n == 18 || n >= 29; /* TLFS: C1 */
        assert_int_equal(get(SLOT_VTL0, 0x20000 + n).low, is_private ? n : 100 + n);
        assert_int_equal(get(SLOT_VTL2, 0x20000 + n).low, 100 + n);
    }
    assert_int_equal(set(SLOT_VTL0, 0x20005, 5), 0);
    assert_int_equal(vp->x[5], 5);
    assert_int_equal(set(SLOT_VTL0, 0x2001d, 1), 0);
    assert_int_equal(vtl0->x29, 1);
    assert_int_equal(vp->x[29], 129);
    vp->x29_x30_private = false;
    assert_int_equal(get(SLOT_VTL0, 0x2001d).low, 129);
    assert_int_equal(get(SLOT_VTL0, 0x2001e).low, 130);
    assert_int_equal(get(SLOT_VTL0, 0x20012).low, 18);
    /* One register now, and what a return by SMCCC takes for VTL0. */
    assert_int_equal(set(SLOT_VTL0, 0x2001d, 2), 0);
    assert_int_equal(vp->x[29], 2);
    assert_int_equal(vtl0->x29, 2);
}

static void section_3_1_pc_pstate_sp(void **state)
{
    struct vtl_state *vtl0 = &vps[0].vtl[SLOT_VTL0];

    (void)state;
    vp->pc = 0x1111;
    vtl0->pc = 0x2222;
    vtl0->pstate = PSTATE_EL1H;
    vtl0->regs.sp_el0 = 0xe0;
    vtl0->regs.sp_el1 = 0xe1;
    assert_int_equal(get(SLOT_VTL0, 0x20022).low, 0x2222);
    assert_int_equal(get(SLOT_VTL2, 0x20022).low, 0x1111);
    assert_int_equal(get(SLOT_VTL0, 0x2001f).low, 0xe1);
    assert_int_equal(get(SLOT_VTL0, 0x21002).low, PSTATE_EL1H);
    assert_int_equal(set(SLOT_VTL0, 0x20023, PSTATE_EL0T), 0);
    assert_int_equal(get(SLOT_VTL0, 0x2001f).low, 0xe0);
    assert_int_equal(set(SLOT_VTL0, 0x2001f, 7), 0);
    assert_int_equal(vtl0->regs.sp_el0, 7);
    assert_int_equal(set(SLOT_VTL0, 0x20023, PSTATE_EL1T), 0);
    assert_int_equal(get(SLOT_VTL0, 0x2001f).low, 7);
    assert_int_equal(get(SLOT_VTL0, 0x20021).low, 0xe1);
    assert_int_equal(set(SLOT_VTL0, 0x21002, 5), HV_STATUS_INVALID_PARAMETER);
}

static void section_3_1_pstate_never_reaches_el2(void **state)
{
    static const uint64_t bad[] = {0x1, 0x2,  0x6,  0x8,  0x9,        0xc,
                                   0xd, 0x10, 0x13, 0x1f, 0x100000005};

    (void)state;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(set(SLOT_VTL0, 0x20023, bad[i]), HV_STATUS_INVALID_REGISTER_VALUE);
    }
    cpu.aarch32_el0 = true;
    assert_int_equal(set(SLOT_VTL0, 0x20023, 0x10), 0);
    assert_int_equal(set(SLOT_VTL0, 0x20023, 0x100000010), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(SLOT_VTL0, 0x20023, 0x13), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(SLOT_VTL0, 0x20023, 0x3c5), 0);
    assert_int_equal(set(SLOT_VTL0, 0x20023, 0xf0000000 | 0x5), 0);
}

static void section_3_2_system_registers(void **state)
{
    static const uint32_t names[] = {0x40002, 0x40004, 0x40005, 0x40006, 0x40007, 0x40008, 0x40009,
                                     0x4000a, 0x4000b, 0x4000c, 0x4000d, 0x4000e, 0x40010, 0x40011,
                                     0x40012, 0x40013, 0x40014, 0x40015, 0x40016, 0x40018, 0x40035,
                                     0x20020, 0x20021, 0x58008, 0x5800e, 0x5800f};
    (void)state;
    cpu.auxiliary = true;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(set(SLOT_VTL0, names[i], 0x1000 + i), 0);
        assert_int_equal(set(SLOT_VTL2, names[i], 0x2000 + i), 0);
    }
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const uint64_t writable = names[i] == 0x5800e ? 3 : ~UINT64_C(0); /* CNTV_CTL_EL0 */
        assert_int_equal(get(SLOT_VTL0, names[i]).low & writable, (0x1000 + i) & writable);
        assert_int_equal(get(SLOT_VTL2, names[i]).low & writable, (0x2000 + i) & writable);
    }
    /* VTL2 is in the hardware, VTL0 in memory. */
    assert_int_equal(fake_sysreg_get("vbar_el1"), 0x2009);
    assert_int_equal(vps[0].vtl[SLOT_VTL0].regs.vbar_el1, 0x1009);
    assert_int_equal(vps[0].vtl[SLOT_VTL0].regs.sctlr_el1, 0x1000);
    assert_int_equal(vps[0].vtl[SLOT_VTL2].regs.vbar_el1, 0);
}

static void section_3_2_pauth_keys_only_where_the_cpu_has_them(void **state)
{
    (void)state;
    assert_int_equal(get_status(SLOT_VTL0, SLOT_VTL2, 0x4002d), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(set(SLOT_VTL2, 0x4002d, 1), HV_STATUS_INVALID_PARAMETER);
    cpu.pauth = true;
    assert_int_equal(set(SLOT_VTL2, 0x4002d, 1), 0);
    assert_int_equal(fake_sysreg_get("apiakeylo_el1"), 1);
}

static void section_8_another_vp_is_never_in_the_hardware(void **state)
{
    (void)state;
    vp = &vps[1];
    assert_int_equal(set(SLOT_VTL2, 0x4000c, 0x5000), 0);
    assert_int_equal(fake_sysreg_writes("vbar_el1"), 0);
    assert_int_equal(vps[1].vtl[SLOT_VTL2].regs.vbar_el1, 0x5000);
}

static void section_3_unknown_names(void **state)
{
    static const uint32_t names[] = {
        0x1,     0x5,     0xff,    0x204,   0x208,   0x216,   0x10003, 0x20024, 0x40000,
        0x4000f, 0x40017, 0x30020, 0x30100, 0x58001, 0x5801a, 0x90000, 0x90005, 0x90014,
        0x9001b, 0x9001d, 0xa0015, 0xa0016, 0xb0008, 0xd0002, 0xd0009, 0xd0011, 0xffffffff};
    (void)state;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(get_status(SLOT_VTL2, SLOT_VTL2, names[i]), HV_STATUS_INVALID_PARAMETER);
        assert_int_equal(set(SLOT_VTL2, names[i], 0), HV_STATUS_INVALID_PARAMETER);
    }
}

static void section_2_3_read_only(void **state)
{
    static const uint32_t names[] = {0x100,   0x200,   0x201,   0x202,   0x203,
                                     0x209,   0x40001, 0x63000, 0x90003, 0x90004,
                                     0xd0003, 0xd0004, 0xd0006, 0xd0008, 0xa0011};
    (void)state;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(get_status(SLOT_VTL2, SLOT_VTL2, names[i]), HV_STATUS_SUCCESS);
        assert_int_equal(set(SLOT_VTL2, names[i], 0), HV_STATUS_INVALID_PARAMETER);
    }
}

static void section_3_3_what_the_partition_is(void **state)
{
    (void)state;
    fake_world.reference_time = 77;
    assert_int_equal(get(SLOT_VTL2, 0x90003).low, 0);
    assert_int_equal(get(SLOT_VTL2, 0x90004).low, 77);
    assert_int_equal(get(SLOT_VTL2, 0x40001).low, 0x80000000);
    assert_int_equal(get(SLOT_VTL2, 0x63000).low, 0x080a0000);
    assert_int_equal(get(SLOT_VTL2, 0x209).low, 0);
    vp = &vps[1];
    assert_int_equal(get(SLOT_VTL0, 0x90003).low, 1);
    assert_int_equal(get(SLOT_VTL0, 0x63000).low, 0x080c0000);
    assert_int_equal(get(SLOT_VTL0, 0x40001).low, 0x80000100);
}

static void section_3_5_privileges(void **state)
{
    const uint64_t both = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 5 | 1u << 6 | UINT64_C(1) << 36 |
                          UINT64_C(1) << 37 | UINT64_C(1) << 49 | UINT64_C(1) << 51;
    const uint64_t higher = UINT64_C(1) << 48 | UINT64_C(1) << 53;

    (void)state;
    assert_int_equal(get(SLOT_VTL2, 0x200).low & (both | higher), both | higher);
    assert_int_equal(get(SLOT_VTL0, 0x200).low & (both | higher), both);
    /* Crash registers (72), direct stimers (77). */
    assert_int_equal(get(SLOT_VTL0, 0x200).high, 1u << 8 | 1u << 13);
}

static void section_3_4_vsm_status(void **state)
{
    (void)state;
    assert_int_equal(get(SLOT_VTL2, 0xd0003).low, 0x50002);
    assert_int_equal(get(SLOT_VTL2, 0xd0004).low, 0x20005);
    vp->active = SLOT_VTL0;
    assert_int_equal(get(SLOT_VTL0, 0xd0003).low, 0x50000);
    vp = &vps[1];
    assert_int_equal(get(SLOT_VTL0, 0xd0003).low >> 16, 1);
}

static void section_3_4_capabilities(void **state)
{
    const uint64_t without =
        UINT64_C(1) << 17 | UINT64_C(1) << 28 | UINT64_C(1) << 30 | UINT64_C(1) << 32;
    (void)state;
    assert_int_equal(get(SLOT_VTL2, 0xd0006).low, without | UINT64_C(1) << 27);
    machine.options.intercept_by_simp = true;
    assert_int_equal(get(SLOT_VTL2, 0xd0006).low, without);
    assert_int_equal(get(SLOT_VTL0, 0xd0006).low, 0);
}

static void section_3_4_partition_config_k16(void **state)
{
    (void)state;
    assert_int_equal(set(SLOT_VTL2, 0xd0007, 0x1d), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(SLOT_VTL2, 0xd0007, 0x1f), 0);   /* openhcl_boot */
    assert_int_equal(set(SLOT_VTL2, 0xd0007, 0xdc3f), 0); /* OpenHCL, all capabilities */
    assert_int_equal(get(SLOT_VTL2, 0xd0007).low, 0xdc3f);
    assert_int_equal(set(SLOT_VTL2, 0xd0007, 0xdc3e), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(SLOT_VTL2, 0xd0007, 0xdc3d), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(SLOT_VTL2, 0xd0007, 0x1001f), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(SLOT_VTL2, 0xd0007, UINT64_C(1) << 63 | 0x1f),
                     HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(partition.vsm_config, 0xdc3f);
    machine.options.intercept_by_simp = true;
    assert_int_equal(set(SLOT_VTL2, 0xd0007, 0xdc3f), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(SLOT_VTL2, 0xd0007, 0xcc3f), 0);
    assert_int_equal(vtl0_set(0xd0007, 0x1f), HV_STATUS_ACCESS_DENIED);
    assert_int_equal(get_status(SLOT_VTL0, SLOT_VTL0, 0xd0007), HV_STATUS_ACCESS_DENIED);
}

static void section_3_4_secure_config(void **state)
{
    (void)state;
    assert_int_equal(set(SLOT_VTL2, 0xd0010, 2), 0);
    assert_true(vp->secure_tlb_lock);
    assert_int_equal(get(SLOT_VTL2, 0xd0010).low, 2);
    assert_int_equal(set(SLOT_VTL2, 0xd0010, 1), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(SLOT_VTL2, 0xd0010, 0), 0);
    assert_false(vp->secure_tlb_lock);
    assert_int_equal(vtl0_set(0xd0010, 2), HV_STATUS_ACCESS_DENIED);
    assert_false(vp->secure_tlb_lock);
}

static void section_3_6_pending_event(void **state)
{
    const struct vtl_event *event = &vps[0].vtl[SLOT_VTL0].event;

    (void)state;
    assert_int_equal(set(SLOT_VTL0, 0x10005, 0xdead0000), 0);
    assert_false(event->pending);
    assert_int_equal(set128(SLOT_VTL0, 0x10004, 1, 0x96000021), 0);
    assert_true(event->pending);
    assert_int_equal(event->esr, 0x96000021);
    assert_int_equal(event->far, 0xdead0000);
    assert_int_equal(get(SLOT_VTL0, 0x10004).low, 1);
    assert_int_equal(get(SLOT_VTL0, 0x10004).high, 0x96000021);
    assert_int_equal(get(SLOT_VTL0, 0x10005).low, 0xdead0000);
    assert_int_equal(set(SLOT_VTL0, 0x10004, 0), 0);
    assert_false(event->pending);
    assert_int_equal(set128(SLOT_VTL0, 0x10004, 1 | 1 << 1, 0), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set128(SLOT_VTL0, 0x10004, 1 | 1 << 8, 0), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set128(SLOT_VTL0, 0x10005, 1, 1), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(vtl0_set(0x10004, 1), HV_STATUS_ACCESS_DENIED);
    assert_int_equal(set(SLOT_VTL2, 0x10004, 1), HV_STATUS_ACCESS_DENIED);
}

static void section_7_8_startup_suspend(void **state)
{
    struct vtl_state *vtl0 = &vps[0].vtl[SLOT_VTL0];

    (void)state;
    assert_int_equal(get(SLOT_VTL0, 0x4).low, 0); /* the hypervisor's default */
    assert_int_equal(set(SLOT_VTL0, 0x4, 1), 0);
    assert_int_equal(vtl0->run, VTL_OFF);
    assert_int_equal(get(SLOT_VTL0, 0x4).low, 1);
    assert_int_equal(set(SLOT_VTL0, 0x4, 0), 0);
    assert_int_equal(vtl0->run, VTL_RUNNING);
    assert_int_equal(set(SLOT_VTL0, 0x4, 2), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(vtl0_set(0x4, 1), HV_STATUS_ACCESS_DENIED);
    vp = &vps[1];
    assert_int_equal(set(SLOT_VTL0, 0x4, 0), HV_STATUS_INVALID_VP_STATE);
}

static void section_3_3_deliverability(void **state)
{
    (void)state;
    assert_int_equal(set(SLOT_VTL0, 0x10006, UINT64_C(4) << 48), 0);
    assert_int_equal(get(SLOT_VTL0, 0x10006).low, UINT64_C(4) << 48);
    assert_int_equal(set(SLOT_VTL0, 0x10006, 2), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(vtl0_set(0x10006, 0), HV_STATUS_ACCESS_DENIED);
}

static void section_4_page_registers(void **state)
{
    (void)state;
    assert_int_equal(set(SLOT_VTL2, 0x90013, (FAKE_RAM + 0x5000) | 1), 0);
    assert_int_equal(vps[0].vtl[SLOT_VTL2].vp_assist, (FAKE_RAM + 0x5000) | 1);
    assert_int_equal(set(SLOT_VTL2, 0x90013, 0x9000001), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(set(SLOT_VTL2, 0x90013, 0x9000000), 0); /* off: any address */
    assert_int_equal(set(SLOT_VTL2, 0x9001c, (FAKE_RAM + 0x6000) | 1), 0);
    assert_int_equal(set(SLOT_VTL0, 0x9001c, (FAKE_RAM + 0x6000) | 1), HV_STATUS_INVALID_PARAMETER);
    machine.options.no_register_page = true;
    assert_int_equal(set(SLOT_VTL2, 0x9001c, (FAKE_RAM + 0x6000) | 1), HV_STATUS_INVALID_PARAMETER);
    fake_vtl0_rights[7] = 0;
    assert_int_equal(vtl0_set(0x90013, (FAKE_RAM + 0x7000) | 1), HV_STATUS_INVALID_REGISTER_VALUE);
}

static void section_3_3_reference_tsc(void **state)
{
    (void)state;
    fake_sysreg_set("cntfrq_el0", 62500000);
    fake_sysreg_set("cntpct_el0", 62500000);
    fake_world.reference_time = 3000000; /* 0.3 s, the counter says 1 s */
    assert_int_equal(set(SLOT_VTL2, 0x90017, (FAKE_RAM + 0x5000) | 1), 0);
    assert_int_equal(fake_read64(FAKE_RAM + 0x5000), 1);
    const uint64_t scale = fake_read64(FAKE_RAM + 0x5008);
    const uint64_t offset = fake_read64(FAKE_RAM + 0x5010);
    for (uint64_t seconds = 1; seconds < 100000; seconds *= 10) {
        const uint64_t ticks = 62500000 * seconds;
        const uint64_t time = (uint64_t)(((unsigned __int128)ticks * scale) >> 64) + offset;
        assert_in_range(time, 10000000 * seconds - 7000001, 10000000 * seconds - 6999999);
    }
    assert_int_equal(reference_tsc_scale(0), 0);
    assert_int_equal(reference_tsc_scale(10000000), 0);
    assert_int_equal(reference_tsc_scale(20000000), UINT64_C(1) << 63);
}

static void section_3_3_guest_os_id_is_private(void **state)
{
    (void)state;
    assert_int_equal(set(SLOT_VTL2, 0x90002, 0), 0);
    assert_int_equal(get(SLOT_VTL2, 0x90002).low, 0);
    assert_int_equal(get(SLOT_VTL0, 0x90002).low, 0x8100000000000000);
}

static void section_3_3_vtl2_crash_ends_the_machine(void **state)
{
    static const char text[] = "line\nend\x1b[2J";

    (void)state;
    memcpy(fake_at(FAKE_RAM + 0x5ffc), text, sizeof(text));
    assert_int_equal(set(SLOT_VTL2, 0x210, 0xabc), 0);
    assert_int_equal(set(SLOT_VTL2, 0x213, FAKE_RAM + 0x5ffc), 0);
    assert_int_equal(set(SLOT_VTL2, 0x214, sizeof(text) - 1), 0);
    assert_int_equal(get(SLOT_VTL2, 0x215).low, UINT64_C(3) << 62);
    assert_int_equal(set(SLOT_VTL2, 0x215, UINT64_C(1) << 62), 0); /* no notify */
    assert_false(fake_world.ended);
    if (setjmp(fake_world.end_jump) == 0) {
        (void)set(SLOT_VTL2, 0x215, UINT64_C(3) << 62);
    }
    assert_true(fake_world.ended);
    assert_int_equal(fake_world.end, MACHINE_END_CRASH);
    assert_string_equal(fake_world.console, "refhv: VTL2 crashed: abc 0 0\nline\nend.[2J\n");
}

static void section_3_3_crash_message_is_bounded(void **state)
{
    (void)state;
    memset(fake_at(FAKE_RAM), 'x', FAKE_RAM_BYTES);
    assert_int_equal(set(SLOT_VTL2, 0x213, FAKE_RAM + 0x5001), 0);
    assert_int_equal(set(SLOT_VTL2, 0x214, UINT64_MAX), 0);
    if (setjmp(fake_world.end_jump) == 0) {
        (void)set(SLOT_VTL2, 0x215, UINT64_C(3) << 62);
    }
    assert_int_equal(fake_world.console_bytes, strlen("refhv: VTL2 crashed: 0 0 0\n") + 4096 + 1);

    fake_world_reset();
    assert_int_equal(set(SLOT_VTL2, 0x213, 0x1000), 0);
    assert_int_equal(set(SLOT_VTL2, 0x214, 100), 0);
    if (setjmp(fake_world.end_jump) == 0) {
        (void)set(SLOT_VTL2, 0x215, UINT64_C(3) << 62);
    }
    assert_string_equal(fake_world.console, "refhv: VTL2 crashed: 0 0 0\n\n");
}

static void section_3_3_vtl0_crash_is_a_note(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(vtl0_set(0x215, UINT64_C(1) << 63), 0);
    }
    assert_false(fake_world.ended);
    assert_int_not_equal(fake_world.console_bytes, 0);
    assert_true(fake_world.console_bytes < 1000);
}

/* Reference 6.6: the hypervisor keeps VTL0's timer going, also one that VTL2 has set by name. */
static void section_3_2_timer_of_the_inactive_vtl_is_looked_at_again(void **state)
{
    (void)state;
    assert_int_equal(set(SLOT_VTL0, 0x5800f, 1234), HV_STATUS_SUCCESS); /* CntvCvalEl0 */
    assert_int_equal(vp->vtl[SLOT_VTL0].timer.cntv_cval, 1234);
    assert_int_equal(fake_world.timer_changes[SLOT_VTL0], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(section_8_1_shared_and_private_gprs, setup),
        cmocka_unit_test_setup(section_3_1_pc_pstate_sp, setup),
        cmocka_unit_test_setup(section_3_1_pstate_never_reaches_el2, setup),
        cmocka_unit_test_setup(section_3_2_system_registers, setup),
        cmocka_unit_test_setup(section_3_2_pauth_keys_only_where_the_cpu_has_them, setup),
        cmocka_unit_test_setup(section_8_another_vp_is_never_in_the_hardware, setup),
        cmocka_unit_test_setup(section_3_unknown_names, setup),
        cmocka_unit_test_setup(section_2_3_read_only, setup),
        cmocka_unit_test_setup(section_3_3_what_the_partition_is, setup),
        cmocka_unit_test_setup(section_3_5_privileges, setup),
        cmocka_unit_test_setup(section_3_4_vsm_status, setup),
        cmocka_unit_test_setup(section_3_4_capabilities, setup),
        cmocka_unit_test_setup(section_3_4_partition_config_k16, setup),
        cmocka_unit_test_setup(section_3_4_secure_config, setup),
        cmocka_unit_test_setup(section_3_6_pending_event, setup),
        cmocka_unit_test_setup(section_7_8_startup_suspend, setup),
        cmocka_unit_test_setup(section_3_3_deliverability, setup),
        cmocka_unit_test_setup(section_4_page_registers, setup),
        cmocka_unit_test_setup(section_3_3_reference_tsc, setup),
        cmocka_unit_test_setup(section_3_3_guest_os_id_is_private, setup),
        cmocka_unit_test_setup(section_3_3_vtl2_crash_ends_the_machine, setup),
        cmocka_unit_test_setup(section_3_3_crash_message_is_bounded, setup),
        cmocka_unit_test_setup(section_3_3_vtl0_crash_is_a_note, setup),
        cmocka_unit_test_setup(section_3_2_timer_of_the_inactive_vtl_is_looked_at_again, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
