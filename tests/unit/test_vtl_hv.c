/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Hyper-V backend over tests/fakes/vtl/fake_hv: detection, both conventions, both readings of
 * x29, delivery.
 */
#include "cpu/gic.h"
#include "fake_cpu.h"
#include "fake_hv.h"
#include "vtl_hv_test.h"

static void test_init(void **state)
{
    (void)state;
    boot();
    /*
     * Protection, mask RWX, zero memory, intercept page, not-present, system reset: bits 0-5, 12,
     * 14, 15.
     */
    assert_int_equal(fake_hv_register(2, 0xd0007), 0xd03f);
    assert_true((fake_hv_register(2, 0x90002) >> 63) == 1);
    assert_true(hv.intercept_page);
    assert_true(hv.fast_output);
    assert_false(hv.native);
    assert_int_equal(fake_hv_register(2, 0x90013) & 0xfff, 1);
    assert_int_equal(fake_hv_register(2, 0x9001c) & 0xfff, 1);
    assert_int_equal(fake_hv_register(0, 0x4), 0); /* the boot VP's VTL0 is not held back */
}

static void test_init_refused(void **state)
{
    (void)state;
    assert_int_equal(vtl_init(0), PV_INVALID);
    assert_int_equal(vtl_init(9), PV_INVALID);
    fake_hv.refuse_uid = true;
    assert_int_equal(vtl_init(1), PV_UNSUPPORTED);
    fake_hv.refuse_uid = false;
    fake_hv.capabilities &= ~(UINT64_C(1) << 30);
    assert_int_equal(vtl_init(1), PV_UNSUPPORTED);
    fake_hv_reset();
    fake_hv.refuse_register = 0xd0007;
    assert_int_equal(vtl_init(1), PV_UNSUPPORTED);
}

/* HVC #1 only; and fast output where TLFS has it: memory calls are used, and answers stay right. */
static void test_conventions(void **state)
{
    (void)state;
    uint64_t value;
    for (unsigned i = 0; i < 2; i++) {
        (void)setup(NULL);
        fake_hv.native_only = i == 0;
        fake_hv.output_by_tlfs = i == 1;
        boot();
        assert_int_equal(hv.native, i == 0);
        assert_false(hv.fast_output);
        fake_hv_register_set(0, 0x40008, 0x96000045);
        assert_int_equal(vtl_register_get(vp, VTL_ESR_EL1, &value), PV_OK);
        assert_int_equal(value, 0x96000045);
        assert_int_equal(vtl_register_set(vp, VTL_VBAR_EL1, 0x800), PV_OK);
        assert_int_equal(fake_hv_register(0, 0x4000c), 0x800);
    }
}

static void test_x29_private(void **state)
{
    (void)state;
    struct vtl_exit exit;
    uint64_t value;
    boot();
    assert_int_equal(hv.vtl_return, HV_RETURN_PRIVATE);
    fake_hv_register_set(0, 0x2001d, 0x29292929);
    fake_hv_register_set(0, 0x2001e, 0x30303030);
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(fake_hv.switched, FAKE_SWITCH_PRIVATE);
    assert_int_equal(vtl_x_get(vp, 29, &value), PV_OK);
    assert_int_equal(value, 0x29292929);
    assert_int_equal(vtl_x_set(vp, 30, 77), PV_OK);
    assert_int_equal(fake_hv_register(0, 0x2001e), 77);
}

static void test_x29_shared(void **state)
{
    (void)state;
    struct vtl_exit exit;
    uint64_t value;
    fake_hv.x29_shared = true;
    boot();
    assert_int_equal(hv.vtl_return, HV_RETURN_SHARED);
    fake_hv.guest_runs = true;
    for (unsigned n = 0; n < 31; n++) {
        fake_hv.guest_x[n] = 0x1000 + n;
    }
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(fake_hv.switched, FAKE_SWITCH_SHARED);
    fake_hv.register_calls = 0;
    assert_int_equal(vtl_x_get(vp, 29, &value), PV_OK);
    assert_int_equal(value, 0x1000 + 29);
    assert_int_equal(vtl_x_set(vp, 30, 77), PV_OK);
    assert_int_equal(vp->x[30], 77);
    assert_int_equal(fake_hv.register_calls, 0);
}

static void test_x29_lies(void **state)
{
    (void)state;
    fake_hv.x29_lies = true;
    assert_int_equal(vtl_init(1), PV_OK);
    assert_int_equal(vtl_vp_init(0, true, &vp), PV_UNSUPPORTED);
    assert_null(vp);
}

static void test_x(void **state)
{
    (void)state;
    struct vtl_exit exit;
    uint64_t value = 1;
    boot();
    fake_hv.guest_runs = true;
    for (unsigned n = 0; n < 31; n++) {
        fake_hv.guest_x[n] = 0x2000 + n;
    }
    fake_hv_register_set(0, 0x20012, 0x1818);
    enter(3, intercept, sizeof(intercept), &exit);
    for (unsigned n = 0; n < 29; n++) {
        assert_int_equal(vtl_x_get(vp, n, &value), PV_OK);
        assert_int_equal(value, n == 18 ? 0x1818 : 0x2000 + n);
    }
    assert_int_equal(vtl_x_get(vp, 31, &value), PV_OK);
    assert_int_equal(value, 0);
    assert_int_equal(vtl_x_set(vp, 31, 5), PV_OK);
    assert_int_equal(vtl_x_get(vp, 32, &value), PV_INVALID);
    assert_int_equal(vtl_x_set(vp, 32, 5), PV_INVALID);
    assert_int_equal(vtl_x_set(vp, 18, 0x99), PV_OK);
    assert_int_equal(fake_hv_register(0, 0x20012), 0x99);
    fake_hv.refuse_register = 0x20012;
    assert_int_equal(vtl_x_get(vp, 18, &value), PV_DENIED);
}

/* VTL2 has used the SIMD unit: VTL0 gets its registers, and the one that VTL2 has set for it. */
static void test_q(void **state)
{
    (void)state;
    struct vtl_exit exit;
    uint8_t value[16];
    uint8_t set[16];
    boot();
    enter(3, intercept, sizeof(intercept), &exit);
    for (unsigned n = 0; n < 32; n++) {
        memset(fake_cpu.q[n], (int)n, sizeof(value));
    }
    fake_cpu_simd_take(0xa5);
    memset(set, 0x77, sizeof(set));
    assert_int_equal(vtl_q_set(vp, 5, set), PV_OK);
    assert_int_equal(vtl_q_get(vp, 31, value), PV_OK);
    assert_int_equal(value[15], 31);
    assert_int_equal(vtl_q_get(vp, 32, value), PV_INVALID);
    assert_int_equal(vtl_q_set(vp, 32, set), PV_INVALID);
    enter(3, intercept, sizeof(intercept), &exit);
    for (unsigned n = 0; n < 32; n++) {
        assert_int_equal(fake_cpu.q[n][0], n == 5 ? 0x77 : n);
    }
}

/* The exit gives PC and PSTATE; a new PC goes by the register page, without a hypercall. */
static void test_pc_by_page(void **state)
{
    (void)state;
    struct vtl_exit exit;
    uint64_t value;
    boot();
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(exit.kind, VTL_EXIT_MEMORY);
    fake_hv.register_calls = 0;
    assert_int_equal(vtl_register_get(vp, VTL_PC, &value), PV_OK);
    assert_int_equal(value, 0x40001000);
    assert_int_equal(vtl_register_set(vp, VTL_PC, 0x40001004), PV_OK);
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(fake_hv.register_calls, 0);
    assert_int_equal(fake_hv_register(0, 0x20022), 0x40001004);
}

static void test_pc_by_call(void **state)
{
    (void)state;
    struct vtl_exit exit;
    uint64_t value;
    fake_hv.refuse_register = 0x9001c;
    boot();
    assert_null(vp->registers);
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(vtl_register_set(vp, VTL_PC, 0x40001004), PV_OK);
    assert_int_equal(vtl_register_set(vp, VTL_PSTATE, 0x3c4), PV_OK);
    enter(2, NULL, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_INTERRUPT);
    assert_int_equal(fake_hv_register(0, 0x20022), 0x40001004);
    assert_int_equal(fake_hv_register(0, 0x20023), 0x3c4);
    /* After an interrupt nothing is known of them. */
    fake_hv_register_set(0, 0x20022, 0x5000);
    assert_int_equal(vtl_register_get(vp, VTL_PC, &value), PV_OK);
    assert_int_equal(value, 0x5000);
}

static void test_reasons(void **state)
{
    (void)state;
    struct vtl_exit exit;
    boot();
    enter(1, NULL, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_CALL);
    enter(2, NULL, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_INTERRUPT);
    enter(0, NULL, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_UNKNOWN);
    enter(4, NULL, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_UNKNOWN);
    enter(0xffffffff, NULL, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_UNKNOWN);
}

/* No intercept page: slot 0 of SIMP, its interrupt ended, the slot freed, EOM only if asked for. */
static void test_simp(void **state)
{
    (void)state;
    struct vtl_exit exit;
    fake_hv.capabilities &= ~(UINT64_C(1) << 27);
    boot();
    assert_int_equal(fake_hv_register(2, 0xd0007), 0xc03f);
    assert_int_equal(fake_hv_register(2, 0xa0000), 18);
    assert_int_equal(fake_hv_register(2, 0xa0010), 1);
    assert_true((fake_mmio_last(GICR + 0x10000 + 0x100) & UINT32_C(1) << 18) != 0);
    /* Before any SPI: what is taken in its place waits while messages come (GICR_IPRIORITYR4). */
    fake_mmio_set(GICD + 4, 1);
    assert_int_equal(vtl_irq_init(GICD, GICR, TIMER), PV_OK);
    assert_int_equal(vtl_irq_enable(33, false), PV_OK);
    assert_true((fake_mmio_last(GICR + 0x10000 + 0x410) >> 16 & 0xff) <
                (fake_mmio_last(GICD + 0x420) >> 8 & 0xff));
    fake_cpu_raise(18);
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(exit.kind, VTL_EXIT_MEMORY);
    assert_int_equal(exit.memory.gpa.raw, 0x09000000);
    assert_int_equal(fake_cpu.icc_eoir1_el1, 18);
    assert_int_equal(vp->messages->slots[0].type, 0);
    assert_int_equal(fake_hv.eoms, 0);
    fake_hv.message_pending_again = true;
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(fake_hv.eoms, 1);
    /* A device's interrupt found on the way is kept; reason 3 is nothing that was asked for. */
    fake_cpu_raise(33);
    enter(2, NULL, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_INTERRUPT);
    /* It is there already, though acknowledged: nothing would end a sleep. */
    vtl_irq_wait();
    assert_int_equal(fake_cpu.waits, 0);
    assert_true(vtl_irq_pending());
    assert_int_equal(vtl_irq_take(), 33);
    assert_false(vtl_irq_pending());
    assert_int_equal(vtl_irq_take(), 0);
    fake_cpu_raise(34);
    assert_true(vtl_irq_pending());
    assert_int_equal(vtl_irq_take(), 34);
    assert_false(vtl_irq_pending());
    vtl_irq_wait();
    assert_int_equal(fake_cpu.waits, 1);
    enter(3, NULL, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_UNKNOWN);
}

static void test_hide(void **state)
{
    (void)state;
    boot();
    assert_int_equal(vtl_memory_hide(gpa(0x41000000), 0x400000), PV_OK);
    assert_int_equal(fake_hv.hidden_count, 1024);
    for (uint64_t i = 0; i < 1024; i++) {
        assert_int_equal(fake_hv.hidden[i], 0x41000 + i);
    }
    assert_int_equal(vtl_memory_hide(gpa(0x41000800), 0x1000), PV_INVALID);
    assert_int_equal(vtl_memory_hide(gpa(0x41000000), 0x800), PV_INVALID);
    assert_int_equal(vtl_memory_hide(gpa(UINT64_MAX & ~0xfffull), 0x2000), PV_INVALID);
}

/*
 * The hypervisor stops early: by itself, by timeout; every page once, in order. Or never goes on.
 */
static void test_hide_continues(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        (void)setup(NULL);
        boot();
        fake_hv.rep_budget = 7;
        fake_hv.stop_by_timeout = i == 1;
        assert_int_equal(vtl_memory_hide(gpa(0x41000000), 0x100000), PV_OK);
        assert_int_equal(fake_hv.hidden_count, 256);
        for (uint64_t n = 0; n < 256; n++) {
            assert_int_equal(fake_hv.hidden[n], 0x41000 + n);
        }
        assert_true(fake_hv.rep_calls >= 256 / 7);
    }
    fake_hv.stall = true;
    assert_int_equal(vtl_memory_hide(gpa(0x41000000), 0x1000), PV_BUSY);
}

static void test_guest(void **state)
{
    (void)state;
    const struct vtl_guest_start start = {.pc = {0x42000000}, .x = {0x43000000, 1, 2, 3}};
    boot();
    assert_int_equal(vtl_guest_prepare(vp, &start), PV_OK);
    assert_int_equal(fake_hv_register(0, 0x20022), 0x42000000);
    assert_int_equal(fake_hv_register(0, 0x20023), 0x3c5);
    assert_int_equal(fake_hv_register(0, 0x40002) & 0x1005, 0); /* M, C, I off */
    assert_int_equal(fake_hv_register(0, 0x40002) & 0x30d00800, 0x30d00800);
    assert_int_equal(vp->x[0], 0x43000000);
    assert_int_equal(vp->x[3], 3);
    assert_int_equal(vp->x[4], 0);
    assert_int_equal(fake_hv_register(0, 0x2001d), 0); /* nothing of the probe is left */
    assert_int_equal(fake_hv_register(0, 0x2001e), 0);
    fake_hv.refuse_register = 0x40005;
    assert_int_equal(vtl_guest_prepare(vp, &start), PV_INVALID);
}

static void test_inject(void **state)
{
    (void)state;
    boot();
    assert_int_equal(vtl_exception_inject(vp, 0x96000010, gva(0xffff800008000000)), PV_OK);
    /* Reference 3.6: header byte 0x01 (pending, type 0), syndrome @8, fault address @16. */
    assert_int_equal(fake_hv_register(0, 0x10004), 1);
    assert_int_equal(fake_hv_register_high(0, 0x10004), 0x96000010);
    assert_int_equal(fake_hv_register(0, 0x10005), 0xffff800008000000);
}

/* Reference 3.3: bit 1 halt, bit 2 idle. */
static void test_guest_waits(void **state)
{
    static const struct {
        uint64_t activity;
        bool waits;
    } rows[] = {{0, false}, {1, false}, {2, true}, {4, true}, {6, true}, {8, false}};

    (void)state;
    boot();
    assert_false(vtl_guest_waits()); /* the host knows no such register */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fake_hv_register_set(0, 0x4, rows[i].activity);
        assert_int_equal(vtl_guest_waits(), rows[i].waits);
    }
}

static void test_translate(void **state)
{
    (void)state;
    gpa_t result;
    boot();
    fake_hv.translate_page = 0x40123;
    assert_int_equal(vtl_translate(vp, gva(0xffff800008000abc), VTL_WRITE, &result), PV_OK);
    assert_int_equal(result.raw, 0x40123abc);
    /*
     * Self, VP self @8, flags @16: read, write, A/D bits, TLB lock, VTL0 in the top byte; page @24.
     */
    static const uint8_t expected[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                         0xfe, 0xff, 0xff, 0xff, 0,    0,    0,    0,
                                         0x33, 0,    0,    0,    0,    0,    0,    0x10,
                                         0x00, 0x80, 0x00, 0x00, 0xf8, 0xff, 0x0f, 0};
    assert_memory_equal(fake_hv.input, expected, sizeof(expected));
    fake_hv.translate_result = 1;
    assert_int_equal(vtl_translate(vp, gva(0), VTL_READ, &result), PV_FAULT);
    fake_hv.translate_result = 0;
    fake_hv.translate_page = UINT64_C(1) << 40;
    assert_int_equal(vtl_translate(vp, gva(0), VTL_READ, &result), PV_FAULT);
}

/* A PC that was set is read back before it is anywhere but in the page; PSTATE as it was. */
static void test_pc_is_read_back(void **state)
{
    (void)state;
    struct vtl_exit exit;
    uint64_t value;
    boot();
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(vtl_pc_set(vp, gva(0x40002004)), PV_OK);
    assert_int_equal(vtl_register_get(vp, VTL_PC, &value), PV_OK);
    assert_int_equal(value, 0x40002004);
    fake_hv_register_set(0, 0x20023, 0x3c5);
    assert_int_equal(vtl_register_get(vp, VTL_PSTATE, &value), PV_OK);
    assert_int_equal(value, 0x3c5);
    assert_int_equal(vtl_register_set(vp, VTL_PSTATE, 0x3c4), PV_OK);
    assert_int_equal(vtl_register_get(vp, VTL_PC, &value), PV_OK);
    assert_int_equal(value, 0x40002004);
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(fake_hv_register(0, 0x20022), 0x40002004);
    assert_int_equal(fake_hv_register(0, 0x20023), 0x3c4);
}

/* A page that is not VTL0's, or not valid, is not used: reference 4.2. */
static void test_pc_by_call_if_page_is_not_good(void **state)
{
    (void)state;
    static const uint8_t bad[][2] = {{0, 0}, {1, 2}, {0, 2}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct vtl_exit exit;
        (void)setup(NULL);
        boot();
        enter(3, intercept, sizeof(intercept), &exit);
        vp->registers->valid = bad[i][0];
        vp->registers->vtl = bad[i][1];
        assert_int_equal(vtl_pc_set(vp, gva(0x40003000)), PV_OK);
        assert_int_equal(fake_hv_register(0, 0x20022), 0x40003000);
        assert_int_equal(vp->registers->dirty, 0);
    }
}

/* The walk goes by the PSTATE that was set, and what was set stays set. */
static void test_translate_after_pstate(void **state)
{
    (void)state;
    struct vtl_exit exit;
    gpa_t result;
    boot();
    assert_non_null(vp->registers);
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(vtl_register_set(vp, VTL_PSTATE, 0x3c0), PV_OK);
    fake_hv.translate_page = 0x40123;
    assert_int_equal(vtl_translate(vp, gva(0x1000), VTL_READ, &result), PV_OK);
    assert_int_equal(fake_hv_register(0, 0x20023), 0x3c0);
    assert_int_equal(vtl_register_set(vp, VTL_PC, 0x40001004), PV_OK);
    enter(3, intercept, sizeof(intercept), &exit);
    assert_int_equal(fake_hv_register(0, 0x20022), 0x40001004);
    assert_int_equal(fake_hv_register(0, 0x20023), 0x3c0);
}

static void test_line(void **state)
{
    (void)state;
    boot();
    assert_int_equal(vtl_line_set(33, true), PV_OK);
    assert_int_equal(fake_hv.fast_code, 0x94);
    assert_true(fake_hv.fast[0] == UINT64_MAX);
    assert_int_equal(fake_hv.fast[1], UINT64_C(1) << 34);
    assert_int_equal(fake_hv.fast[2], 0);
    assert_int_equal(fake_hv.fast[3], 33);
    assert_int_equal(vtl_line_set(33, false), PV_OK);
    assert_int_equal(fake_hv.fast[1], 0);
    assert_int_equal(vtl_line_set(31, true), PV_INVALID);
    assert_int_equal(vtl_line_set(1020, true), PV_INVALID);
}

static void entry(uint32_t index)
{
    (void)index;
}

static void test_start(void **state)
{
    (void)state;
    boot();
    assert_int_equal(vtl_vp_start(1, 0x100, entry), PV_OK);
    /* EnableVpVtl (reference 2.5): VP @8, VTL 2 @12, a zero context. */
    assert_int_equal(fake_hv.input[8], 1);
    assert_int_equal(fake_hv.input[12], 2);
    for (unsigned i = 16; i < 88; i++) {
        assert_int_equal(fake_hv.input[i], 0);
    }
    assert_int_equal(fake_hv.smccc[0], 0xc4000003);
    assert_int_equal(fake_hv.smccc[1], 0x100);
    assert_int_equal(vtl_vp_start(0, 0, entry), PV_INVALID);
    assert_int_equal(vtl_vp_start(2, 0x200, entry), PV_INVALID);
    fake_hv.psci = -4;
    assert_int_equal(vtl_vp_start(1, 0x100, entry), PV_BUSY);
    fake_hv.psci = -2;
    assert_int_equal(vtl_vp_start(1, 0x100, entry), PV_NOT_FOUND);
}

static void test_irq(void **state)
{
    (void)state;
    boot();
    assert_int_equal(vtl_irq_enable(48, true), PV_INVALID); /* this GICD has no SPIs */
    fake_mmio_set(GICD + 4, 8);                             /* GICD_TYPER.ITLinesNumber: 288 */
    fake_cpu.mpidr_el1 = 0x80000000 | UINT64_C(1) << 32 | 0x010203;
    assert_int_equal(vtl_irq_init(GICD, GICR, TIMER), PV_OK);
    assert_int_equal(vtl_irq_enable(48, true), PV_OK);
    assert_int_equal(vtl_irq_enable(288, true), PV_INVALID);
    assert_int_equal(fake_mmio_last(GICD + 0x84), 1u << 16);     /* group 1 */
    assert_int_equal(fake_mmio_last(GICD + 0x104), 1u << 16);    /* enabled */
    assert_int_equal(fake_mmio_last(GICD + 0xc0c), 2);           /* edge: bits 1:0 of ICFGR3 */
    assert_int_equal(fake_mmio_last(GICD + 0x430) & 0xff, 0xa0); /* priority */
    assert_int_equal(fake_mmio_last(GICD + 0x6180), 0x010203);   /* IROUTER48 */
    assert_int_equal(fake_mmio_last(GICD + 0x6184), 1);
}

/* VTL2's own timer: on from the VP's start, by its level (IHI 0069, 12.11; GICR_ICFGR1). */
static void test_irq_timer(void **state)
{
    (void)state;
    fake_cpu.cntv_ctl_el0 = 1;
    boot();
    assert_int_equal(fake_cpu.cntv_ctl_el0, 0);
    assert_true((fake_mmio_last(GICR + 0x10000 + 0x80) & UINT32_C(1) << TIMER) != 0);
    assert_true((fake_mmio_last(GICR + 0x10000 + 0x100) & UINT32_C(1) << TIMER) != 0);
    assert_int_equal(fake_mmio_last(GICR + 0x10000 + 0xc04) >> 22 & 3, 0);
    assert_int_equal(fake_mmio_last(GICR + 0x10000 + 0x418) >> 24, 0xa0); /* as devices */
    assert_true(vtl_irq_is_timer(TIMER));
    assert_false(vtl_irq_is_timer(33));
    assert_int_equal(vtl_irq_init(GICD, GICR, 15), PV_INVALID);
    assert_int_equal(vtl_irq_init(GICD, GICR, 32), PV_INVALID);
}

/* One VP calls another: INTID 1, to the affinity that is in its MPIDR_EL1 (IHI 0069, 12.2.20). */
static void test_irq_call(void **state)
{
    (void)state;
    boot();
    fake_cpu.mpidr_el1 = 0x80000000 | UINT64_C(1) << 32 | 0x020325;
    fake_mmio_set(GICR + 12, 0x01020325); /* GICR_TYPER, affinity */
    assert_int_equal(gic_cpu_init(0), PV_OK);
    assert_true((fake_mmio_last(GICR + 0x10000 + 0x80) & 1u << 1) != 0);
    assert_int_equal(fake_mmio_last(GICR + 0x10000 + 0x400) >> 8 & 0xff, 0xa0); /* as devices */
    vtl_irq_call(0);
    assert_true(fake_cpu.icc_sgi1r_el1 == (UINT64_C(1) << 48 | UINT64_C(2) << 44 |
                                           UINT64_C(2) << 32 | 1u << 24 | 3u << 16 | 1u << 5));
    assert_true(vtl_irq_is_call(1));
    assert_false(vtl_irq_is_call(TIMER));
    assert_false(vtl_irq_is_timer(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_init, setup),
        cmocka_unit_test_setup(test_init_refused, setup),
        cmocka_unit_test_setup(test_conventions, setup),
        cmocka_unit_test_setup(test_x29_private, setup),
        cmocka_unit_test_setup(test_x29_shared, setup),
        cmocka_unit_test_setup(test_x29_lies, setup),
        cmocka_unit_test_setup(test_x, setup),
        cmocka_unit_test_setup(test_q, setup),
        cmocka_unit_test_setup(test_pc_by_page, setup),
        cmocka_unit_test_setup(test_pc_by_call, setup),
        cmocka_unit_test_setup(test_pc_is_read_back, setup),
        cmocka_unit_test_setup(test_pc_by_call_if_page_is_not_good, setup),
        cmocka_unit_test_setup(test_reasons, setup),
        cmocka_unit_test_setup(test_simp, setup),
        cmocka_unit_test_setup(test_hide, setup),
        cmocka_unit_test_setup(test_hide_continues, setup),
        cmocka_unit_test_setup(test_guest, setup),
        cmocka_unit_test_setup(test_inject, setup),
        cmocka_unit_test_setup(test_guest_waits, setup),
        cmocka_unit_test_setup(test_translate, setup),
        cmocka_unit_test_setup(test_translate_after_pstate, setup),
        cmocka_unit_test_setup(test_line, setup),
        cmocka_unit_test_setup(test_start, setup),
        cmocka_unit_test_setup(test_irq_call, setup),
        cmocka_unit_test_setup(test_irq_timer, setup),
        cmocka_unit_test_setup(test_irq, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
