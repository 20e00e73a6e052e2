/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of the vGIC share: a guest that sets interrupts up through GICD and GICR. */
#ifndef VGIC_TEST_H
#define VGIC_TEST_H

#include "gic.h"
#include "refhv_gic/fake_refhv_gic.h"
#include "timer_switch.h"
#include "vgic_switch.h"

#include <cmocka.h>

#define GICD UINT64_C(0x08000000)
#define GICR UINT64_C(0x080a0000)
#define SGI_FRAME(vp) (GICR + UINT64_C(0x20000) * (vp) + 0x10000)

__attribute__((unused)) static uint64_t mmio_get(unsigned slot, uint64_t gpa, unsigned size)
{
    uint64_t value = 0;

    assert_true(vgic_mmio(vp_current(), slot, gpa, size, false, &value));
    return value;
}

__attribute__((unused)) static void mmio_put(unsigned slot, uint64_t gpa, unsigned size,
                                             uint64_t value)
{
    assert_true(vgic_mmio(vp_current(), slot, gpa, size, true, &value));
}

/* The 32-bit word of a bit register that holds the INTID, for the current VP. */
__attribute__((unused)) static uint64_t bit_word(uint32_t intid, uint32_t reg)
{
    return (intid < 32 ? SGI_FRAME(vp_current()->index) : GICD) + reg + intid / 32 * 4;
}

__attribute__((unused)) static void bit_put(unsigned slot, uint32_t intid, uint32_t reg)
{
    mmio_put(slot, bit_word(intid, reg), 4, 1u << intid % 32);
}

__attribute__((unused)) static bool bit_get(unsigned slot, uint32_t intid, uint32_t reg)
{
    return (mmio_get(slot, bit_word(intid, reg), 4) >> intid % 32 & 1) != 0;
}

#define ISENABLER 0x100u
#define ICENABLER 0x180u
#define ISPENDR 0x200u
#define ICPENDR 0x280u
#define ISACTIVER 0x300u
#define ICACTIVER 0x380u

__attribute__((unused)) static void interrupt_setup(unsigned slot, uint32_t intid, uint8_t priority,
                                                    bool edge)
{
    const uint64_t frame = intid < 32 ? SGI_FRAME(vp_current()->index) : GICD;
    const uint64_t config = frame + 0xc00 + intid / 16 * 4;
    const uint32_t edge_bit = 2u << intid % 16 * 2;
    const uint64_t others = mmio_get(slot, config, 4) & ~(uint64_t)edge_bit;

    mmio_put(slot, frame + 0x400 + intid, 1, priority);
    mmio_put(slot, config, 4, others | (edge ? edge_bit : 0));
    bit_put(slot, intid, ISENABLER);
}

/* What vp_resume() does about timers and interrupts: nothing, unless it was asked to look. */
__attribute__((unused)) static void look(void)
{
    struct vp *vp = vp_current();

    if (!vp->attention) {
        return;
    }
    vp->attention = false;
    timer_program(vp);
    vgic_flush(vp);
    if (!vgic_settled(vp)) {
        vp_attend(vp);
    }
}

/* The way into a guest, maintenance interrupts and all. */
__attribute__((unused)) static void enter(void)
{
    look();
    for (unsigned i = 0; guest_maintenance(); i++) {
        assert_true(i < 4);
        vgic_maintenance(vp_current());
        assert_false(guest_maintenance());
        look();
    }
}

/* The VTL switch, in the order of switch.c. */
__attribute__((unused)) static void switch_to(unsigned slot)
{
    struct vp *vp = vp_current();

    timer_save(vp, vp->active);
    vgic_save(vp, vp->active);
    vp->active = slot;
    timer_load(vp, slot);
    vgic_load(vp, slot);
}

/* All VPs in VTL0 with both groups on and the mask open; the test plays CPU 0. */
__attribute__((unused)) static void guests_start(uint32_t vp_count, unsigned lr_count)
{
    fake_refhv_gic_reset(vp_count, lr_count);
    machine.device_count = 1;
    machine.device[0] = (struct machine_device){.intid = 33};
    vgic_init();
    for (uint32_t i = vp_count; i-- != 0;) {
        struct vp *vp = fake_refhv_gic_cpu(i);
        timer_cpu_init();
        vgic_cpu_init();
        vp->active = SLOT_VTL2;
        timer_load(vp, SLOT_VTL2);
        vgic_load(vp, SLOT_VTL2);
        guest_open(0xf8);
        switch_to(SLOT_VTL0);
        guest_open(0xf8);
    }
    mmio_put(SLOT_VTL2, GICD, 4, 3);
    mmio_put(SLOT_VTL0, GICD, 4, 3);
    for (uint32_t i = vp_count; i-- != 0;) {
        (void)fake_refhv_gic_cpu(i);
        vgic_take_requests(vp_current());
        enter();
        fake_board.kicks[i] = 0;
    }
    (void)fake_refhv_gic_writes();
}

#endif /* VGIC_TEST_H */
