/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtual CPU interface over VTL switches, what would be signalled, what ends a WFI. Expectations: Arm IHI
 * 0069H, 4.8; Hyper-V TLFS vsm, "Private State": the GIC is a VTL's own.
 */
#include "vgic_test.h"

static int setup(void **state)
{
    (void)state;
    guests_start(2, 4);
    return 0;
}

static void spi(unsigned slot, uint32_t intid, uint8_t priority)
{
    interrupt_setup(slot, intid, priority, true);
}

static void fire(unsigned slot, uint32_t intid)
{
    assert_true(vgic_set_line(slot, NULL, intid, true));
}

/* Taken and pending interrupts of VTL0, VTL2's in between, and back. */
static void state_survives(void **state)
{
    (void)state;
    spi(SLOT_VTL0, 50, 0xa0);
    spi(SLOT_VTL0, 51, 0x50);
    spi(SLOT_VTL0, 52, 0x50);
    spi(SLOT_VTL2, 60, 0xc0);
    fire(SLOT_VTL0, 50);
    enter();
    assert_int_equal(guest_acknowledge(1), 50);
    fire(SLOT_VTL0, 51);
    fire(SLOT_VTL0, 52);
    enter();
    assert_int_equal(guest_acknowledge(1), 51);
    switch_to(SLOT_VTL2);
    enter();
    /* VTL0's running priority and pending interrupts are none of VTL2's. */
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    fire(SLOT_VTL2, 60);
    enter();
    assert_int_equal(guest_acknowledge(1), 60);
    fire(SLOT_VTL0, 50);
    switch_to(SLOT_VTL0);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS); /* 52 is no more urgent than 51 */
    guest_end(1, 51);
    assert_int_equal(guest_acknowledge(1), 52);
    guest_end(1, 52);
    guest_end(1, 50);
    enter();
    assert_int_equal(guest_acknowledge(1), 50);
    guest_end(1, 50);
    switch_to(SLOT_VTL2);
    enter();
    guest_end(1, 60);
    enter();
    assert_false(bit_get(SLOT_VTL2, 60, ISACTIVER));
}

static void masks_survive(void **state)
{
    (void)state;
    const uint64_t vmcr = 0x3u | 0x8u | 0x200u | 5u << 18 | 4u << 21 | 0x48u << 24;

    fake_refhv_gic_set("ich_vmcr_el2", vmcr);
    switch_to(SLOT_VTL2);
    assert_int_equal(fake_refhv_gic_get("ich_vmcr_el2") >> 24, 0xf8);
    switch_to(SLOT_VTL0);
    assert_int_equal(fake_refhv_gic_get("ich_vmcr_el2"), vmcr);
}

/* A switch with nothing in use writes the mask register and none other of the interface. */
static void idle_switch_is_cheap(void **state)
{
    (void)state;
    switch_to(SLOT_VTL2);
    switch_to(SLOT_VTL0);
    (void)fake_refhv_gic_writes();
    vgic_save(vp_current(), SLOT_VTL0);
    assert_int_equal(fake_refhv_gic_writes(), 0);
    vgic_load(vp_current(), SLOT_VTL2);
    assert_int_equal(fake_refhv_gic_writes(), 1);
    vp_current()->active = SLOT_VTL2;
    vgic_flush(vp_current());
    assert_int_equal(fake_refhv_gic_writes(), 0);
    assert_int_equal(fake_board.cntv_activations, 0);
}

static bool vtl2_wants(void)
{
    return vgic_deliverable(vp_current(), SLOT_VTL2);
}

static void vtl2_mask(uint32_t vmcr)
{
    const unsigned active = vp_current()->active;

    switch_to(SLOT_VTL2);
    fake_refhv_gic_set("ich_vmcr_el2", vmcr);
    switch_to(active);
}

/* VTL2's interrupt while VTL0 runs. */
static void deliverable_inactive(void **state)
{
    (void)state;
    assert_false(vtl2_wants());
    spi(SLOT_VTL2, 60, 0x80);
    assert_false(vtl2_wants());
    fire(SLOT_VTL2, 60);
    assert_true(vtl2_wants());
    vtl2_mask(0xb | 2u << 21 | 3u << 18 | 0x80u << 24); /* PMR: not below the mask */
    assert_false(vtl2_wants());
    assert_true(vgic_wakes(vp_current(), SLOT_VTL2));
    vtl2_mask(0xb | 2u << 21 | 3u << 18 | 0x88u << 24);
    assert_true(vtl2_wants());
    vtl2_mask(0x9 | 2u << 21 | 3u << 18 | 0xf8u << 24); /* group 1 off */
    assert_false(vtl2_wants());
    assert_true(vgic_wakes(vp_current(), SLOT_VTL2));
    vtl2_mask(0xb | 2u << 21 | 3u << 18 | 0xf8u << 24);
    assert_true(vtl2_wants());
    bit_put(SLOT_VTL2, 60, ICENABLER);
    assert_false(vtl2_wants());
    assert_false(vgic_wakes(vp_current(), SLOT_VTL2));
    bit_put(SLOT_VTL2, 60, ISENABLER);
    assert_true(vtl2_wants());
    mmio_put(SLOT_VTL2, GICD, 4, 1);
    assert_false(vtl2_wants());
}

/* The same once the interrupt is in a saved list register. */
static void deliverable_listed(void **state)
{
    (void)state;
    spi(SLOT_VTL2, 60, 0x80);
    switch_to(SLOT_VTL2);
    fire(SLOT_VTL2, 60);
    enter();
    assert_true(vgic_deliverable(vp_current(), SLOT_VTL2));
    switch_to(SLOT_VTL0);
    assert_true(vtl2_wants());
    vtl2_mask(0xb | 2u << 21 | 3u << 18 | 0x80u << 24);
    assert_false(vtl2_wants());
    vtl2_mask(0xb | 2u << 21 | 3u << 18 | 0xf8u << 24);
    switch_to(SLOT_VTL2);
    assert_int_equal(guest_acknowledge(1), 60);
    switch_to(SLOT_VTL0);
    assert_false(vtl2_wants());
    assert_false(vgic_wakes(vp_current(), SLOT_VTL2));
}

/* Running priority, and the binary point that decides how much of a priority counts (4.8.3). */
static void deliverable_preemption(void **state)
{
    (void)state;
    spi(SLOT_VTL2, 60, 0x80);
    spi(SLOT_VTL2, 61, 0x78);
    switch_to(SLOT_VTL2);
    fire(SLOT_VTL2, 60);
    enter();
    assert_int_equal(guest_acknowledge(1), 60);
    assert_false(vtl2_wants());
    fire(SLOT_VTL2, 61);
    assert_true(vtl2_wants());
    fake_refhv_gic_set("ich_vmcr_el2", 0xb | 2u << 21 | 7u << 18 | 0xf8u << 24);
    assert_true(vtl2_wants()); /* BPR1 7: bit 7 alone counts: 0 < 0x80 */
    mmio_put(SLOT_VTL2, GICD + 0x400 + 61, 1, 0x88);
    assert_false(vtl2_wants());
    mmio_put(SLOT_VTL2, GICD + 0x400 + 61, 1, 0x78);
    /* CBPR: BPR0 counts for group 1 too. BPR0 7: no preemption at all. */
    fake_refhv_gic_set("ich_vmcr_el2", 0x1b | 6u << 21 | 3u << 18 | 0xf8u << 24);
    assert_true(vtl2_wants());
    switch_to(SLOT_VTL0);
    assert_true(vtl2_wants());
    switch_to(SLOT_VTL2);
    guest_open(0xf8);
    guest_end(1, 60);
    enter();
    assert_true(vtl2_wants());
}

/* A board interrupt for VTL2 while VTL0 runs: it stays active at the board until VTL2 has ended it. */
static void board_interrupt_waits(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL2, 33, 0xa0, false);
    fake_board.active[33] = true;
    vgic_hw_spi(33);
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_true(vtl2_wants());
    switch_to(SLOT_VTL2);
    enter();
    assert_int_equal(guest_acknowledge(1), 33);
    switch_to(SLOT_VTL0);
    assert_true(fake_board.active[33]);
    assert_false(vtl2_wants());
    switch_to(SLOT_VTL2);
    enter();
    guest_end(1, 33);
    assert_false(fake_board.active[33]);
}

/* A level line of VTL0 that VTL2 raises and lowers, as a device model does. */
static void line_from_vtl2(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL0, 40, 0xa0, false);
    switch_to(SLOT_VTL2);
    fire(SLOT_VTL0, 40);
    switch_to(SLOT_VTL0);
    enter();
    assert_int_equal(guest_acknowledge(1), 40);
    switch_to(SLOT_VTL2); /* the guest's access to the device */
    assert_true(vgic_set_line(SLOT_VTL0, NULL, 40, false));
    switch_to(SLOT_VTL0);
    enter();
    guest_end(1, 40);
    assert_false(guest_maintenance());
    enter();
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    /* Ended with the line high, and the switch comes before the maintenance interrupt is taken. */
    fire(SLOT_VTL0, 40);
    enter();
    assert_int_equal(guest_acknowledge(1), 40);
    guest_end(1, 40);
    assert_true(guest_maintenance());
    switch_to(SLOT_VTL2);
    assert_false(guest_maintenance());
    enter();
    switch_to(SLOT_VTL0);
    enter();
    assert_int_equal(guest_signalled(1), 40);
}

/* More active interrupts than registers, over switches. */
static void overflow_survives(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 7; i++) {
        spi(SLOT_VTL0, 60 + i, (uint8_t)(0xf0 - 16 * i));
        fire(SLOT_VTL0, 60 + i);
        enter();
        assert_int_equal(guest_acknowledge(1), 60 + i);
        switch_to(SLOT_VTL2);
        enter();
        assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
        switch_to(SLOT_VTL0);
    }
    for (uint32_t i = 7; i-- != 0;) {
        enter();
        guest_end(1, 60 + i);
        switch_to(SLOT_VTL2); /* before the maintenance interrupt is taken */
        assert_false(guest_maintenance());
        switch_to(SLOT_VTL0);
        enter();
        assert_false(bit_get(SLOT_VTL0, 60 + i, ISACTIVER));
    }
}

static void reset_clears(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL0, 18, 0xa0, false);
    assert_true(vgic_set_line(SLOT_VTL0, vp_current(), 18, true));
    spi(SLOT_VTL0, 50, 0x50);
    fire(SLOT_VTL0, 50);
    enter();
    assert_int_equal(guest_acknowledge(1), 50);
    vgic_reset_cpu(vp_current(), SLOT_VTL0);
    enter();
    guest_open(0xf8);
    assert_int_equal(guest_signalled(1), FAKE_SPURIOUS);
    assert_false(bit_get(SLOT_VTL0, 18, ISENABLER));
    assert_false(bit_get(SLOT_VTL0, 18, ISPENDR));
    assert_int_equal(fake_refhv_gic_get("ich_ap1r0_el2"), 0);
    assert_true(bit_get(SLOT_VTL0, 50, ISACTIVER)); /* the distributor's, still */
    vgic_reset_cpu(vp_current(), SLOT_VTL0);
    assert_int_equal(fake_refhv_gic_get("ich_vmcr_el2") & 0x3, 0);
    assert_int_equal(fake_refhv_gic_get("ich_vmcr_el2") >> 24, 0);
}

static bool asks(void)
{
    return vp_current()->attention;
}

/* vp_resume() is not called in between: what a switch or another VP leaves for it must be told. */
static void attention(void **state)
{
    (void)state;
    spi(SLOT_VTL2, 60, 0x80);
    spi(SLOT_VTL0, 61, 0x80);
    enter();
    switch_to(SLOT_VTL2);
    switch_to(SLOT_VTL0);
    assert_false(asks());

    fire(SLOT_VTL2, 60);
    assert_true(asks());
    switch_to(SLOT_VTL2);
    enter();
    assert_false(asks());
    switch_to(SLOT_VTL0); /* with 60 pending in a list register */
    assert_true(asks());
    assert_true(vtl2_wants());
    switch_to(SLOT_VTL2);
    assert_int_equal(guest_acknowledge(1), 60);
    guest_end(1, 60);

    fire(SLOT_VTL0, 61);
    enter();
    assert_true(asks()); /* VTL0's, until VTL0 runs */
    switch_to(SLOT_VTL0);
    enter();
    assert_int_equal(guest_acknowledge(1), 61);
    assert_false(asks());

    (void)fake_refhv_gic_cpu(
        1); /* another VP switches 61 off: this one must look at its list registers */
    bit_put(SLOT_VTL0, 61, ICACTIVER);
    (void)fake_refhv_gic_cpu(0);
    assert_true(asks());
    enter();
    assert_false(bit_get(SLOT_VTL0, 61, ISACTIVER));
    assert_false(asks());
}

/* After an interrupt that has been ended, switches are as cheap as before it. */
static void ended_leaves_nothing(void **state)
{
    (void)state;
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        spi(slot, 60, 0x80);
        switch_to(slot);
        fire(slot, 60);
        enter();
        assert_int_equal(guest_acknowledge(1), 60);
        guest_end(1, 60);
        switch_to(SLOT_COUNT - 1 - slot);
        switch_to(slot);
        enter();
        (void)fake_refhv_gic_writes();
        switch_to(SLOT_COUNT - 1 - slot);
        switch_to(slot);
        assert_int_equal(fake_refhv_gic_writes(),
                         2 * 5); /* VMCR; CNTV_CTL twice, its CVAL, CNTKCTL */
        assert_false(asks());
        assert_false(vp_current()->vtl[slot].gic.busy);
    }
}

/* A level interrupt whose line is still high at its end, and a switch before the maintenance interrupt came: the
 * list register that would raise it is saved away. */
static void ended_line_is_looked_at(void **state)
{
    (void)state;
    interrupt_setup(SLOT_VTL0, 40, 0x40, false);
    spi(SLOT_VTL0, 61, 0x80);
    fire(SLOT_VTL0, 40);
    fire(SLOT_VTL0, 61);
    enter();
    assert_int_equal(guest_acknowledge(1), 40);
    guest_end(1, 40);
    switch_to(SLOT_VTL2);
    switch_to(SLOT_VTL0);
    assert_true(asks());
    enter();
    assert_int_equal(guest_acknowledge(1), 40);
}

/* What VTL2 had active at an earlier switch does not keep later interrupts from it. */
static void old_priority_masks_nothing(void **state)
{
    (void)state;
    spi(SLOT_VTL2, 60, 0x40);
    spi(SLOT_VTL2, 61, 0x80);
    switch_to(SLOT_VTL2);
    fire(SLOT_VTL2, 60);
    enter();
    assert_int_equal(guest_acknowledge(1), 60);
    switch_to(SLOT_VTL0);
    switch_to(SLOT_VTL2);
    guest_end(1, 60);
    bit_put(SLOT_VTL2, 60,
            ICACTIVER); /* so that its list register is looked at before the switch */
    enter();
    switch_to(SLOT_VTL0);
    fire(SLOT_VTL2, 61);
    assert_true(vtl2_wants());
}

/* An interrupt whose active state was taken away leaves a running priority, and no list register. */
static void priority_alone_survives(void **state)
{
    (void)state;
    spi(SLOT_VTL0, 61, 0x80);
    fire(SLOT_VTL0, 61);
    enter();
    assert_int_equal(guest_acknowledge(1), 61);
    bit_put(SLOT_VTL0, 61, ICACTIVER);
    enter();
    const uint64_t running = fake_refhv_gic_get("ich_ap1r0_el2");
    assert_int_not_equal(running, 0);
    switch_to(SLOT_VTL2);
    assert_int_equal(fake_refhv_gic_get("ich_ap1r0_el2"), 0);
    switch_to(SLOT_VTL0);
    assert_int_equal(fake_refhv_gic_get("ich_ap1r0_el2"), running);
    guest_end(1, 61);
    switch_to(SLOT_VTL2);
    switch_to(SLOT_VTL0);
    assert_int_equal(fake_refhv_gic_get("ich_ap1r0_el2"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(state_survives, setup),
        cmocka_unit_test_setup(masks_survive, setup),
        cmocka_unit_test_setup(idle_switch_is_cheap, setup),
        cmocka_unit_test_setup(deliverable_inactive, setup),
        cmocka_unit_test_setup(deliverable_listed, setup),
        cmocka_unit_test_setup(deliverable_preemption, setup),
        cmocka_unit_test_setup(board_interrupt_waits, setup),
        cmocka_unit_test_setup(line_from_vtl2, setup),
        cmocka_unit_test_setup(overflow_survives, setup),
        cmocka_unit_test_setup(reset_clears, setup),
        cmocka_unit_test_setup(attention, setup),
        cmocka_unit_test_setup(ended_leaves_nothing, setup),
        cmocka_unit_test_setup(ended_line_is_looked_at, setup),
        cmocka_unit_test_setup(old_priority_masks_nothing, setup),
        cmocka_unit_test_setup(priority_alone_survives, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
