/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which VP gets an interrupt: SGIs, GICD_IROUTER, and one VP's hands on another's interrupts. Expectations:
 * Arm IHI 0069H, 3.2, 12.2.20 (ICC_SGI1R_EL1), 12.9.22 (GICD_IROUTER).
 */
#include "vgic_test.h"

#define VP_COUNT 4u

static int setup(void **state)
{
    (void)state;
    guests_start(VP_COUNT, 4);
    for (uint32_t i = VP_COUNT; i-- != 0;) {
        (void)fake_refhv_gic_cpu(i);
        interrupt_setup(SLOT_VTL0, 5, 0xa0, true);
    }
    return 0;
}

/* Mask of the VPs to which the INTID is signalled; takes and ends it there. */
static unsigned takers(uint32_t intid)
{
    unsigned mask = 0;

    for (uint32_t i = VP_COUNT; i-- != 0;) {
        (void)fake_refhv_gic_cpu(i);
        vgic_take_requests(vp_current());
        enter();
        const uint32_t taken = guest_acknowledge(1);
        if (taken == intid) {
            mask |= 1u << i;
            guest_end(1, intid);
            enter();
        } else {
            assert_int_equal(taken, FAKE_SPURIOUS);
        }
    }
    return mask;
}

static void sgi(uint64_t value)
{
    vgic_sgi(vp_current(), SLOT_VTL0, UINT64_C(5) << 24 | value);
}

static void sgi_list(void **state)
{
    (void)state;
    sgi(0x6);
    assert_int_equal(fake_board.kicks[0], 0);
    assert_int_equal(fake_board.kicks[1], 1);
    assert_int_equal(fake_board.kicks[2], 1);
    assert_int_equal(fake_board.kicks[3], 0);
    assert_int_equal(takers(5), 0x6);
    sgi(0x1); /* oneself */
    assert_int_equal(takers(5), 0x1);
    sgi(0xfff0);
    assert_int_equal(takers(5), 0);
}

static void sgi_all_but_self(void **state)
{
    (void)state;
    (void)fake_refhv_gic_cpu(2);
    sgi(UINT64_C(1) << 40 | 0xffff);
    assert_int_equal(takers(5), 0xb);
}

static void sgi_affinity(void **state)
{
    (void)state;
    machine.cpu_mpidr[1] = UINT64_C(1) << 32 | 2u << 16 | 3u << 8 | 0x25;
    sgi(UINT64_C(1) << 48 | UINT64_C(2) << 44 | UINT64_C(2) << 32 | UINT64_C(3) << 16 | 1u << 5);
    assert_int_equal(takers(5), 0x2);
    sgi(UINT64_C(1) << 48 | UINT64_C(2) << 32 | UINT64_C(3) << 16 | 1u << 5); /* RS 0: Aff0 0..15 */
    sgi(UINT64_C(2) << 44 | UINT64_C(2) << 32 | UINT64_C(3) << 16 | 1u << 5); /* Aff3 0 */
    sgi(UINT64_C(1) << 48 | UINT64_C(2) << 44 | UINT64_C(3) << 16 | 1u << 5); /* Aff2 0 */
    sgi(UINT64_C(1) << 48 | UINT64_C(2) << 44 | UINT64_C(2) << 32 | 1u << 5); /* Aff1 0 */
    assert_int_equal(takers(5), 0);
}

/* Two of the same before the first is taken are one; while it is active, one more. */
static void sgi_merges(void **state)
{
    (void)state;
    sgi(0x2);
    sgi(0x2);
    (void)fake_refhv_gic_cpu(1);
    enter();
    assert_int_equal(guest_acknowledge(1), 5);
    (void)fake_refhv_gic_cpu(0);
    sgi(0x2);
    (void)fake_refhv_gic_cpu(1);
    vgic_take_requests(vp_current());
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    guest_end(1, 5);
    assert_int_equal(takers(5), 0x2);
    assert_int_equal(takers(5), 0);
}

/* SGIs of the two VTLs are apart. */
static void sgi_per_vtl(void **state)
{
    (void)state;
    vgic_sgi(vp_current(), SLOT_VTL2, UINT64_C(5) << 24 | 0x2);
    assert_int_equal(takers(5), 0);
}

static void route_to(uint32_t intid, uint64_t affinity)
{
    mmio_put(SLOT_VTL0, GICD + 0x6000 + UINT64_C(8) * intid, 8, affinity);
}

static void line(uint32_t intid, bool level)
{
    assert_true(vgic_set_line(SLOT_VTL0, NULL, intid, level));
}

static void routing(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL0, 40, 0xa0, true);
    line(40, true);
    assert_int_equal(takers(40), 0x1);
    route_to(40, 3);
    line(40, true);
    assert_int_equal(fake_board.kicks[3], 1);
    assert_int_equal(takers(40), 0x8);
    route_to(40, 77); /* nobody there: pending, and comes when there is a PE */
    line(40, true);
    assert_int_equal(takers(40), 0);
    route_to(40, 2);
    assert_int_equal(takers(40), 0x4);
}

static void routing_any(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL0, 40, 0xa0, true);
    route_to(40, UINT64_C(1) << 31 | 3);
    vps[0].vtl[SLOT_VTL0].run = VTL_OFF;
    line(40, true);
    assert_int_equal(takers(40), 0x2);
    vps[0].vtl[SLOT_VTL0].run = VTL_HALTED;
    line(40, true);
    assert_int_equal(takers(40), 0x1);
}

/* Pending in VP 1's list register when it is routed away: it is taken once, on VP 2. */
static void retarget_pending(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL0, 40, 0xa0, true);
    route_to(40, 1);
    line(40, true);
    (void)fake_refhv_gic_cpu(1);
    enter();
    assert_int_equal(guest_signalled(1), 40);
    (void)fake_refhv_gic_cpu(0);
    fake_board.kicks[1] = 0;
    route_to(40, 2);
    assert_int_equal(fake_board.kicks[1], 1);
    (void)fake_refhv_gic_cpu(1);
    vgic_take_requests(vp_current());
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_true(fake_board.kicks[2] >= 1);
    assert_int_equal(takers(40), 0x4);
}

/* Active on VP 1 when it is routed away: it is VP 1's until its end; the next goes to VP 2. */
static void retarget_active(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL0, 40, 0xa0, true);
    route_to(40, 1);
    line(40, true);
    (void)fake_refhv_gic_cpu(1);
    enter();
    assert_int_equal(guest_acknowledge(1), 40);
    (void)fake_refhv_gic_cpu(0);
    route_to(40, 2);
    line(40, true);
    assert_int_equal(takers(40), 0);
    (void)fake_refhv_gic_cpu(1);
    enter();
    guest_end(1, 40);
    enter();
    assert_true(fake_board.kicks[2] >= 1);
    assert_int_equal(takers(40), 0x4);
    assert_int_equal(takers(40), 0);
}

/* Disabled by VP 0 while VP 1 has it in a list register: GICD_CTLR.RWP until VP 1's CPU has seen it. */
static void disable_elsewhere(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL0, 40, 0xa0, false);
    route_to(40, 1);
    line(40, true);
    (void)fake_refhv_gic_cpu(1);
    enter();
    (void)fake_refhv_gic_cpu(0);
    assert_int_equal(mmio_get(SLOT_VTL0, GICD, 4) >> 31, 0);
    fake_board.kicks[1] = 0;
    bit_put(SLOT_VTL0, 40, ICENABLER);
    assert_int_equal(fake_board.kicks[1], 1);
    assert_int_equal(mmio_get(SLOT_VTL0, GICD, 4) >> 31, 1);
    (void)fake_refhv_gic_cpu(1);
    vgic_take_requests(vp_current());
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    (void)fake_refhv_gic_cpu(0);
    assert_int_equal(mmio_get(SLOT_VTL0, GICD, 4) >> 31, 0);
}

/* State that VP 1's list register has, changed and read by VP 0. */
static void state_elsewhere(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL0, 40, 0xa0, true);
    route_to(40, 1);
    line(40, true);
    (void)fake_refhv_gic_cpu(1);
    enter();
    (void)fake_refhv_gic_cpu(0);
    assert_true(bit_get(SLOT_VTL0, 40, ISPENDR));
    bit_put(SLOT_VTL0, 40, ICPENDR);
    assert_int_equal(takers(40), 0);
    (void)fake_refhv_gic_cpu(0);
    line(40, true);
    (void)fake_refhv_gic_cpu(1);
    enter();
    assert_int_equal(guest_acknowledge(1), 40);
    (void)fake_refhv_gic_cpu(0);
    (void)bit_get(SLOT_VTL0, 40, ISACTIVER);
    (void)fake_refhv_gic_cpu(1);
    vgic_take_requests(vp_current());
    enter();
    (void)fake_refhv_gic_cpu(0);
    assert_true(bit_get(SLOT_VTL0, 40, ISACTIVER));
    bit_put(SLOT_VTL0, 40, ICACTIVER);
    (void)fake_refhv_gic_cpu(1);
    vgic_take_requests(vp_current());
    enter();
    (void)fake_refhv_gic_cpu(0);
    assert_false(bit_get(SLOT_VTL0, 40, ISACTIVER));
}

/* VTL2's interrupt of the board, active on VP 1, is ended by VP 0's write: at the board too. */
static void board_state_elsewhere(void **state)
{
    (void)state;
    (void)fake_refhv_gic_cpu(1);
    switch_to(SLOT_VTL2);
    (void)fake_refhv_gic_cpu(0);
    interrupt_setup(SLOT_VTL2, 33, 0xa0, false);
    mmio_put(SLOT_VTL2, GICD + 0x6000 + UINT64_C(8) * 33, 8, 1);
    fake_board.active[33] = true;
    vgic_hw_spi(33);
    (void)fake_refhv_gic_cpu(1);
    enter();
    assert_int_equal(guest_acknowledge(1), 33);
    (void)fake_refhv_gic_cpu(0);
    bit_put(SLOT_VTL2, 33, ICACTIVER);
    (void)fake_refhv_gic_cpu(1);
    vgic_take_requests(vp_current());
    assert_false(fake_board.active[33]);
    assert_false(bit_get(SLOT_VTL2, 33, ISACTIVER));
}

/* A VP that never came up holds nobody's GICD_CTLR.RWP. */
static void absent_vp(void **state)
{
    (void)state;
    vps[3].online = false;
    mmio_put(SLOT_VTL0, GICD, 4, 1);
    mmio_put(SLOT_VTL0, SGI_FRAME(3) + ICENABLER, 4, 0xffffffff);
    mmio_put(SLOT_VTL0, SGI_FRAME(3) + ICACTIVER, 4, 0xffffffff);
    assert_int_equal(mmio_get(SLOT_VTL0, GICD, 4) >> 31, 0);
    assert_int_equal(mmio_get(SLOT_VTL0, SGI_FRAME(3) - 0x10000, 4), 0);
}

/* A level line that falls while VP 1 has it pending, and is raised and lowered from VP 0. */
static void line_elsewhere(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL0, 40, 0xa0, false);
    route_to(40, 1);
    line(40, true);
    (void)fake_refhv_gic_cpu(1);
    enter();
    (void)fake_refhv_gic_cpu(0);
    line(40, false);
    assert_int_equal(takers(40), 0);
    line(40, true);
    assert_int_equal(takers(40), 0x2);
    assert_int_equal(takers(40), 0x2); /* still high */
}

/* A VP that is not online yet is not kicked, and finds what waits for it. */
static void offline_target(void **state)
{
    (void)state;
    (void)fake_refhv_gic_cpu(3);
    vgic_reset_cpu(&vps[3], SLOT_VTL0);
    guest_open(0xf8);
    (void)fake_refhv_gic_cpu(0);
    sgi(0x8);
    (void)fake_refhv_gic_cpu(3);
    assert_true(bit_get(SLOT_VTL0, 5, ISPENDR));
    assert_int_equal(takers(5), 0); /* its enables are at reset */
    (void)fake_refhv_gic_cpu(3);
    bit_put(SLOT_VTL0, 5, ISENABLER);
    assert_int_equal(takers(5), 0x8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sgi_list, setup),
        cmocka_unit_test_setup(sgi_all_but_self, setup),
        cmocka_unit_test_setup(sgi_affinity, setup),
        cmocka_unit_test_setup(sgi_merges, setup),
        cmocka_unit_test_setup(sgi_per_vtl, setup),
        cmocka_unit_test_setup(routing, setup),
        cmocka_unit_test_setup(routing_any, setup),
        cmocka_unit_test_setup(retarget_pending, setup),
        cmocka_unit_test_setup(retarget_active, setup),
        cmocka_unit_test_setup(disable_elsewhere, setup),
        cmocka_unit_test_setup(state_elsewhere, setup),
        cmocka_unit_test_setup(board_state_elsewhere, setup),
        cmocka_unit_test_setup(absent_vp, setup),
        cmocka_unit_test_setup(line_elsewhere, setup),
        cmocka_unit_test_setup(offline_target, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
