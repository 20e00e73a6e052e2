/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a line to the guest's end of interrupt: states, priorities, more interrupts than list registers, links to
 * the board. Expectations: Arm IHI 0069H, 4.1, 4.8, 6.3.
 */
#include "vgic_test.h"

static int setup(void **state)
{
    (void)state;
    guests_start(1, 4);
    return 0;
}

static void spi(uint32_t intid, uint8_t priority, bool edge)
{
    interrupt_setup(SLOT_VTL0, intid, priority, edge);
}

static void line(uint32_t intid, bool level)
{
    assert_true(vgic_set_line(SLOT_VTL0, NULL, intid, level));
}

static void take_and_end(uint32_t intid)
{
    enter();
    assert_int_equal(guest_acknowledge(1), intid);
    guest_end(1, intid);
}

static void needs_enable_and_group(void **state)
{
    (void)state;
    line(40, true);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    spi(40, 0xa0, false);
    enter();
    assert_int_equal(guest_signalled(1), 40);
    mmio_put(SLOT_VTL0, GICD, 4, 0);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    mmio_put(SLOT_VTL0, GICD, 4, 2);
    enter();
    assert_int_equal(guest_signalled(1), 40);
    bit_put(SLOT_VTL0, 40, ICENABLER);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_true(bit_get(SLOT_VTL0, 40, ISPENDR));
}

static void group_zero(void **state)
{
    (void)state;
    spi(40, 0xa0, false);
    mmio_put(SLOT_VTL0, GICD + 0x84, 4, ~(UINT64_C(1) << 8) & 0xffffffff);
    line(40, true);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_int_equal(guest_signalled(0), 40);
    mmio_put(SLOT_VTL0, GICD, 4, 2); /* group 1 only */
    enter();
    assert_int_equal(guest_signalled(0), FAKE_SPURIOUS);
}

static void edge_life(void **state)
{
    (void)state;
    spi(41, 0xa0, true);
    line(41, true);
    line(41, false);
    enter();
    assert_int_equal(guest_acknowledge(1), 41);
    assert_true(bit_get(SLOT_VTL0, 41, ISACTIVER));
    assert_false(bit_get(SLOT_VTL0, 41, ISPENDR));
    /* Again while active: active and pending; taken only after the end. */
    line(41, true);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_true(bit_get(SLOT_VTL0, 41, ISACTIVER));
    assert_true(bit_get(SLOT_VTL0, 41, ISPENDR));
    enter();
    guest_end(1, 41);
    assert_int_equal(guest_acknowledge(1), 41);
    guest_end(1, 41);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_false(bit_get(SLOT_VTL0, 41, ISACTIVER));
}

static void level_resample(void **state)
{
    (void)state;
    spi(40, 0xa0, false);
    line(40, true);
    /* Ended with the line still high: pending again. */
    take_and_end(40);
    enter();
    assert_int_equal(guest_acknowledge(1), 40);
    line(40, false);
    guest_end(1, 40);
    assert_false(guest_maintenance()); /* no exit when the line fell before the end */
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    /* Falls and rises again while active. */
    line(40, true);
    enter();
    assert_int_equal(guest_acknowledge(1), 40);
    line(40, false);
    line(40, true);
    guest_end(1, 40);
    enter();
    assert_int_equal(guest_signalled(1), 40);
    /* Falls before it is taken. */
    line(40, false);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
}

static void priority_order(void **state)
{
    (void)state;
    spi(50, 0xa0, true);
    spi(51, 0x80, true);
    spi(52, 0xa0, true);
    line(52, true);
    line(50, true);
    enter();
    assert_int_equal(guest_acknowledge(1), 50); /* of equals, here the lowest INTID */
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS); /* an equal does not preempt */
    line(51, true);
    enter();
    assert_int_equal(guest_acknowledge(1), 51); /* a more urgent one does */
    guest_end(1, 51);
    guest_end(1, 50);
    assert_int_equal(guest_acknowledge(1), 52);
}

/* Ten pending, four list registers: each is taken once, the most urgent first. */
static void more_than_registers(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 10; i++) {
        spi(60 + i, (uint8_t)(0xf0 - 8 * i), true);
        line(60 + i, true);
    }
    for (uint32_t i = 10; i-- != 0;) {
        enter();
        assert_int_equal(guest_acknowledge(1), 60 + i);
        guest_end(1, 60 + i);
    }
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
}

/* The guest takes them without an exit of its own: the fifth comes by a maintenance interrupt. */
static void overflow_without_exits(void **state)
{
    unsigned taken = 0;

    (void)state;
    for (uint32_t i = 0; i < 7; i++) {
        spi(60 + i, 0xa0, true);
        line(60 + i, true);
    }
    enter();
    for (unsigned i = 0; i < 50; i++) {
        const uint32_t intid = guest_acknowledge(1);
        if (intid != FAKE_SPURIOUS) {
            assert_int_equal(intid, 60 + taken);
            taken++;
            guest_end(1, intid);
        } else if (guest_maintenance()) {
            enter();
        }
    }
    assert_int_equal(taken, 7);
}

/* A more urgent interrupt arrives when all list registers are taken by others that wait. */
static void urgent_displaces(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 6; i++) {
        spi(60 + i, 0xa0, true);
        line(60 + i, true);
    }
    enter();
    spi(70, 0x20, true);
    line(70, true);
    take_and_end(70);
    for (uint32_t i = 0; i < 6; i++) {
        take_and_end(60 + i);
    }
}

/* Nested deeper than there are list registers: all ends arrive (EOIcount). */
static void deep_nesting(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        spi(60 + i, (uint8_t)(0xf0 - 16 * i), true);
    }
    for (uint32_t i = 0; i < 8; i++) {
        line(60 + i, true);
        enter();
        assert_int_equal(guest_acknowledge(1), 60 + i);
    }
    for (uint32_t i = 8; i-- != 0;) {
        assert_true(bit_get(SLOT_VTL0, 60 + i, ISACTIVER));
        enter();
        guest_end(1, 60 + i);
        enter();
        assert_false(bit_get(SLOT_VTL0, 60 + i, ISACTIVER));
        assert_int_equal(mmio_get(SLOT_VTL0, GICD + 0x304, 4) >> 28, (1u << (i < 4 ? i : 4)) - 1);
    }
    assert_int_equal(fake_refhv_gic_get("ich_hcr_el2"), 1);
}

/* The same, all ended in one go: what is not listed is counted, and the count is asked for. */
static void deep_nesting_unwound(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        spi(60 + i, (uint8_t)(0xf0 - 16 * i), true);
        line(60 + i, true);
        enter();
        assert_int_equal(guest_acknowledge(1), 60 + i);
    }
    enter();
    for (uint32_t i = 8; i-- != 0;) {
        guest_end(1, 60 + i);
        if (guest_maintenance()) {
            enter();
        }
    }
    assert_int_equal(mmio_get(SLOT_VTL0, GICD + 0x304, 4), 0);
    assert_int_equal(mmio_get(SLOT_VTL0, GICD + 0x308, 4), 0);
}

/* EOImode 1: priority drop first, deactivation later and in any order, of more than there are registers. */
static void split_deactivation(void **state)
{
    (void)state;
    guest_split_eoi(true);
    for (uint32_t i = 0; i < 6; i++) {
        spi(60 + i, 0xa0, true);
        line(60 + i, true);
    }
    for (uint32_t i = 0; i < 6; i++) {
        enter();
        assert_int_equal(guest_acknowledge(1), 60 + i);
        guest_end(1, 60 + i);
    }
    for (uint32_t i = 0; i < 6; i++) {
        const uint32_t intid = 60 + (i * 5 + 3) % 6;
        enter();
        if (!guest_deactivate(intid)) {
            vgic_dir(vp_current(), SLOT_VTL0, intid);
        }
        assert_false(bit_get(SLOT_VTL0, intid, ISACTIVER));
    }
    assert_int_equal(mmio_get(SLOT_VTL0, GICD + 0x304, 4) | mmio_get(SLOT_VTL0, GICD + 0x308, 4),
                     0);
    enter();
    assert_true(guest_deactivate(60)); /* no trap any more */
}

static void active_register(void **state)
{
    (void)state;
    spi(40, 0xa0, true);
    bit_put(SLOT_VTL0, 40, ISACTIVER);
    line(40, true);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS); /* active: not signalled */
    bit_put(SLOT_VTL0, 40, ICACTIVER);
    enter();
    assert_int_equal(guest_acknowledge(1), 40);
    bit_put(SLOT_VTL0, 40, ICACTIVER);
    line(40, true);
    enter();
    guest_end(1, 40);
    assert_int_equal(guest_acknowledge(1), 40);
}

static void pending_register(void **state)
{
    (void)state;
    spi(40, 0xa0, true);
    bit_put(SLOT_VTL0, 40, ISPENDR);
    enter();
    bit_put(SLOT_VTL0, 40, ICPENDR);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    /* A level-sensitive one that is made pending while active comes once more. */
    spi(41, 0xa0, false);
    bit_put(SLOT_VTL0, 41, ISPENDR);
    enter();
    assert_int_equal(guest_acknowledge(1), 41);
    bit_put(SLOT_VTL0, 41, ISPENDR);
    enter();
    guest_end(1, 41);
    take_and_end(41);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
}

/* ---- Links to the board ---- */

static void board_fires(uint32_t intid)
{
    assert_false(fake_board.active[intid]);
    assert_true(fake_board.spi_enabled[intid]);
    fake_board.active[intid] = true;
    vgic_hw_spi(intid);
}

static int setup_vtl2(void **state)
{
    (void)setup(state);
    switch_to(SLOT_VTL2);
    interrupt_setup(SLOT_VTL2, 33, 0xa0, false);
    enter();
    return 0;
}

static void linked_life(void **state)
{
    (void)state;
    board_fires(33);
    enter();
    assert_int_equal(guest_acknowledge(1), 33);
    assert_true(fake_board.active[33]);
    guest_end(1, 33);
    assert_false(fake_board.active[33]); /* the guest's end is the board's */
    assert_false(guest_maintenance());
    board_fires(33);
    take_and_end(33);
    assert_false(fake_board.active[33]);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
}

static void linked_by_registers(void **state)
{
    (void)state;
    board_fires(33);
    enter();
    bit_put(SLOT_VTL2, 33, ICPENDR);
    assert_false(fake_board.active[33]);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    board_fires(33);
    enter();
    assert_int_equal(guest_acknowledge(1), 33);
    bit_put(SLOT_VTL2, 33, ICACTIVER);
    assert_false(fake_board.active[33]);
}

/* Disabled while pending: stays so, and comes when it is enabled again. */
static void linked_disabled(void **state)
{
    (void)state;
    board_fires(33);
    bit_put(SLOT_VTL2, 33, ICENABLER);
    assert_false(fake_board.spi_enabled[33]);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_true(bit_get(SLOT_VTL2, 33, ISPENDR));
    bit_put(SLOT_VTL2, 33, ISENABLER);
    take_and_end(33);
    assert_false(fake_board.active[33]);
}

/* Pending by software while the linked one is active, and the other way round. */
static void linked_and_pending(void **state)
{
    (void)state;
    board_fires(33);
    enter();
    assert_int_equal(guest_acknowledge(1), 33);
    bit_put(SLOT_VTL2, 33, ISPENDR);
    enter();
    guest_end(1, 33);
    take_and_end(33);
    enter();
    assert_false(fake_board.active[33]);
    bit_put(SLOT_VTL2, 33, ISPENDR);
    enter();
    assert_int_equal(guest_acknowledge(1), 33);
    board_fires(33);
    enter();
    guest_end(1, 33);
    assert_true(fake_board.active[33]);
    take_and_end(33);
    assert_false(fake_board.active[33]);
}

/* Linked ones among more active interrupts than registers. */
static void linked_overflow(void **state)
{
    (void)state;
    mmio_put(SLOT_VTL2, GICD + 0x400 + 33, 1, 0xf0);
    board_fires(33);
    enter();
    assert_int_equal(guest_acknowledge(1), 33);
    for (uint32_t i = 0; i < 6; i++) {
        interrupt_setup(SLOT_VTL2, 60 + i, (uint8_t)(0xe0 - 16 * i), true);
        assert_true(vgic_set_line(SLOT_VTL2, NULL, 60 + i, true));
        enter();
        assert_int_equal(guest_acknowledge(1), 60 + i);
    }
    for (uint32_t i = 6; i-- != 0;) {
        guest_end(1, 60 + i);
        enter();
        assert_true(fake_board.active[33]);
    }
    guest_end(1, 33);
    enter();
    assert_false(fake_board.active[33]);
}

/* What the board should never send is ended at once. */
static void stray_board_interrupt(void **state)
{
    (void)state;
    fake_board.active[99] = true;
    vgic_hw_spi(99);
    assert_false(fake_board.active[99]);
    fake_board.active[1000] = true;
    vgic_hw_spi(1000);
    assert_false(fake_board.active[1000]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(needs_enable_and_group, setup),
        cmocka_unit_test_setup(group_zero, setup),
        cmocka_unit_test_setup(edge_life, setup),
        cmocka_unit_test_setup(level_resample, setup),
        cmocka_unit_test_setup(priority_order, setup),
        cmocka_unit_test_setup(more_than_registers, setup),
        cmocka_unit_test_setup(overflow_without_exits, setup),
        cmocka_unit_test_setup(urgent_displaces, setup),
        cmocka_unit_test_setup(deep_nesting, setup),
        cmocka_unit_test_setup(deep_nesting_unwound, setup),
        cmocka_unit_test_setup(split_deactivation, setup),
        cmocka_unit_test_setup(active_register, setup),
        cmocka_unit_test_setup(pending_register, setup),
        cmocka_unit_test_setup(linked_life, setup_vtl2),
        cmocka_unit_test_setup(linked_by_registers, setup_vtl2),
        cmocka_unit_test_setup(linked_disabled, setup_vtl2),
        cmocka_unit_test_setup(linked_and_pending, setup_vtl2),
        cmocka_unit_test_setup(linked_overflow, setup_vtl2),
        cmocka_unit_test_setup(stray_board_interrupt, setup_vtl2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
