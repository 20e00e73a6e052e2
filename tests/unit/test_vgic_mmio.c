/* SPDX-License-Identifier: BSD-3-Clause */
/* GICD and GICR as a guest reads and writes them. Expectations: Arm IHI 0069H, 12.8 to 12.11. */
#include "gic.h"
#include "refhv_gic/fake_refhv_gic.h"

#include <cmocka.h>

#define GICD UINT64_C(0x08000000)
#define GICR UINT64_C(0x080a0000)
#define RD(vp) (GICR + UINT64_C(0x20000) * (vp))
#define SGI(vp) (RD(vp) + 0x10000)
#define DEVICE_INTID 33u

static int setup(void **state)
{
    (void)state;
    fake_refhv_gic_reset(3, 4);
    machine.device_count = 2;
    machine.device[0] = (struct machine_device){.intid = DEVICE_INTID};
    machine.device[1] = (struct machine_device){.intid = 48, .edge = true};
    machine.cpu_mpidr[2] = UINT64_C(0x0700050302);
    vgic_init();
    return 0;
}

static uint64_t get(uint64_t gpa, unsigned size)
{
    uint64_t value = UINT64_C(0x5555555555555555);

    assert_true(vgic_mmio(vp_current(), SLOT_VTL0, gpa, size, false, &value));
    return value;
}

static void put(uint64_t gpa, unsigned size, uint64_t value)
{
    assert_true(vgic_mmio(vp_current(), SLOT_VTL0, gpa, size, true, &value));
}

/* A write of the value, and what the register then reads. */
static uint64_t put_get(uint64_t gpa, uint64_t value)
{
    put(gpa, 4, value);
    return get(gpa, 4);
}

static void identification(void **state)
{
    (void)state;
    const uint64_t typer = get(GICD + 0x4, 4);
    assert_int_equal(typer & 0x1f, 288 / 32 - 1); /* ITLinesNumber */
    assert_int_equal((typer >> 10) & 1, 0);       /* SecurityExtn */
    assert_int_equal((typer >> 17) & 1, 0);       /* LPIS */
    assert_true(((typer >> 19) & 0x1f) + 1 >= 9); /* IDbits reach INTID 287 */
    assert_int_equal((get(GICD + 0xffe8, 4) >> 4) & 0xf, 3);
    assert_int_equal(get(GICD + 0xffe8, 4), 0x3b);
    assert_int_equal(get(RD(1) + 0xffe8, 4), 0x3b);
    assert_int_equal(get(GICD + 0x8, 4) & 0xfff, 0x43b);
    assert_int_equal(get(RD(0) + 0x4, 4) & 0xfff, 0x43b);
    assert_int_equal(get(GICD + 0xc, 4), 0);  /* TYPER2 */
    assert_int_equal(get(GICD + 0x10, 4), 0); /* STATUSR */
}

static void distributor_control(void **state)
{
    (void)state;
    assert_int_equal(get(GICD, 4), 0x50); /* DS and ARE are one and stay so */
    assert_int_equal(put_get(GICD, 0), 0x50);
    assert_int_equal(put_get(GICD, 2) & 0x7fffffff, 0x52);
    assert_int_equal(put_get(GICD, 0xffffffff) & 0x7fffffff, 0x53);
    uint64_t value = 0;
    assert_true(vgic_mmio(vp_current(), SLOT_VTL2, GICD, 4, false, &value));
    assert_int_equal(value, 0x50); /* each VTL has its own */
}

static void redistributor_type(void **state)
{
    (void)state;
    assert_int_equal(get(RD(0) + 8, 8), 0);
    assert_int_equal(get(RD(1) + 8, 8), UINT64_C(1) << 32 | 1u << 8);
    /* Aff3.Aff2.Aff1.Aff0, number 2, Last. */
    assert_true(get(RD(2) + 8, 8) == (UINT64_C(0x07050302) << 32 | 2u << 8 | 1u << 4));
    assert_int_equal(get(RD(2) + 8, 4), 2u << 8 | 1u << 4);
    assert_int_equal(get(RD(2) + 0xc, 4), 0x07050302);
    assert_int_equal(get(RD(0), 4), 0);
    assert_int_equal(put_get(RD(0) + 0x70, 0xff), 0); /* PROPBASER, PENDBASER: no LPIs */
    assert_int_equal(get(RD(0) + 0x78, 8), 0);
}

static void waker(void **state)
{
    (void)state;
    assert_int_equal(get(RD(1) + 0x14, 4), 6); /* asleep at reset */
    assert_int_equal(put_get(RD(1) + 0x14, 0), 0);
    assert_int_equal(put_get(RD(1) + 0x14, 2), 6);
    assert_int_equal(get(RD(0) + 0x14, 4), 6);
}

static void enables(void **state)
{
    (void)state;
    assert_int_equal(put_get(GICD + 0x104, 0x80000005), 0x80000005);
    assert_int_equal(get(GICD + 0x184, 4), 0x80000005);
    assert_int_equal(put_get(GICD + 0x104, 0x2), 0x80000007); /* writing zero changes nothing */
    assert_int_equal(put_get(GICD + 0x184, 0x4), 0x80000003);
    /* ARE: INTIDs 0..31 are the redistributor's alone. */
    assert_int_equal(put_get(GICD + 0x100, 0xffffffff), 0);
    assert_int_equal(get(SGI(0) + 0x100, 4), 0);
    assert_int_equal(put_get(SGI(1) + 0x100, 0x08000001), 0x08000001);
    assert_int_equal(get(SGI(0) + 0x100, 4), 0);
    assert_int_equal(put_get(SGI(1) + 0x104, 0xff), 0); /* no extended PPIs */
    /* Last implemented word and the first that is not. */
    assert_int_equal(put_get(GICD + 0x120, 0xffffffff), 0xffffffff);
    assert_int_equal(put_get(GICD + 0x124, 0xffffffff), 0);
}

static void groups(void **state)
{
    (void)state;
    assert_int_equal(put_get(GICD + 0x84, 0x0f), 0x0f);
    assert_int_equal(put_get(SGI(0) + 0x80, 0xf0f0), 0xf0f0);
    assert_int_equal(put_get(GICD + 0x80, 0xffffffff), 0);
    assert_int_equal(put_get(GICD + 0xd04, 0xffffffff), 0);   /* IGRPMODR: DS */
    assert_int_equal(put_get(SGI(0) + 0xd00, 0xffffffff), 0); /* IGRPMODR0 */
    assert_int_equal(put_get(SGI(0) + 0xe00, 0xffffffff), 0); /* NSACR */
}

static void priorities(void **state)
{
    (void)state;
    /* Five bits are implemented: the low three read as zero. */
    assert_int_equal(put_get(GICD + 0x420, 0xa7ff0810), 0xa0f80810);
    put(GICD + 0x421, 1, 0x44);
    assert_int_equal(get(GICD + 0x420, 4), 0xa0f84010);
    assert_int_equal(get(GICD + 0x421, 1), 0x40);
    assert_int_equal(get(GICD + 0x423, 1), 0xa0);
    assert_int_equal(put_get(GICD + 0x400, 0xffffffff), 0);
    assert_int_equal(put_get(SGI(2) + 0x41c, 0x80808080), 0x80808080);
    assert_int_equal(get(SGI(1) + 0x41c, 4), 0);
    assert_int_equal(put_get(SGI(2) + 0x420, 0x80808080), 0);
    assert_int_equal(put_get(GICD + 0x400 + 284, 0xf8f8f8f8), 0xf8f8f8f8);
    assert_int_equal(put_get(GICD + 0x400 + 288, 0xf8f8f8f8), 0);
}

static void configuration(void **state)
{
    (void)state;
    assert_int_equal(put_get(SGI(0) + 0xc00, 0), 0xaaaaaaaa); /* SGIs are edge-triggered */
    /* PPIs: those of the timers are level-sensitive for good. */
    assert_int_equal(put_get(SGI(0) + 0xc04, 0xffffffff), 0xaaaaaaaa & ~(2u << 22 | 2u << 28));
    assert_int_equal(put_get(GICD + 0xc08, 0xffffffff), 0xaaaaaaaa);
    assert_int_equal(put_get(GICD + 0xc08, 0x8), 0x8);
    assert_int_equal(put_get(GICD + 0xc00, 0xffffffff), 0);
}

static void board_configuration(void **state)
{
    uint64_t value = 0;

    (void)state;
    /* In VTL2 a device's interrupt is what the board says, whatever VTL2 writes. */
    assert_true(vgic_mmio(vp_current(), SLOT_VTL2, GICD + 0xc0c, 4, true, &value));
    assert_true(vgic_mmio(vp_current(), SLOT_VTL2, GICD + 0xc0c, 4, false, &value));
    assert_int_equal(value, 2); /* INTID 48 */
    value = 0xffffffff;
    assert_true(vgic_mmio(vp_current(), SLOT_VTL2, GICD + 0xc08, 4, true, &value));
    assert_true(vgic_mmio(vp_current(), SLOT_VTL2, GICD + 0xc08, 4, false, &value));
    assert_int_equal(value, 0xaaaaaaaa & ~(2u << 2)); /* all but INTID 33 */
}

static void board_enable(void **state)
{
    uint64_t value = 0x7;

    (void)state;
    put(GICD + 0x104, 4, 0xffffffff);
    assert_false(fake_board.spi_enabled[DEVICE_INTID]); /* VTL0's own */
    assert_true(vgic_mmio(vp_current(), SLOT_VTL2, GICD + 0x104, 4, true, &value));
    assert_true(fake_board.spi_enabled[DEVICE_INTID]);
    assert_false(fake_board.spi_enabled[32]); /* no device's */
    value = 0x2;
    assert_true(vgic_mmio(vp_current(), SLOT_VTL2, GICD + 0x184, 4, true, &value));
    assert_false(fake_board.spi_enabled[DEVICE_INTID]);
}

static void routers(void **state)
{
    (void)state;
    put(GICD + 0x6100, 8, UINT64_C(0xffffffffffffffff));
    assert_true(get(GICD + 0x6100, 8) == UINT64_C(0x000000ff80ffffff));
    put(GICD + 0x6100 + 8, 4, 0x00010203);
    put(GICD + 0x6100 + 12, 4, 0x00000004);
    assert_true(get(GICD + 0x6108, 8) == UINT64_C(0x0000000400010203));
    assert_int_equal(get(GICD + 0x6108, 4), 0x00010203);
    assert_int_equal(get(GICD + 0x610c, 4), 4);
    put(GICD + 0x6000, 8, 1);
    assert_int_equal(get(GICD + 0x6000, 8), 0);
    put(GICD + 0x6000 + 8 * 287, 8, 1);
    assert_int_equal(get(GICD + 0x6000 + 8 * 287, 8), 1);
    put(GICD + 0x6000 + 8 * 288, 8, 1);
    assert_int_equal(get(GICD + 0x6000 + 8 * 288, 8), 0);
}

static void pending_and_active(void **state)
{
    (void)state;
    assert_int_equal(put_get(GICD + 0x208, 0x11), 0x11);
    assert_int_equal(get(GICD + 0x288, 4), 0x11);
    assert_int_equal(put_get(GICD + 0x288, 0x10), 0x01);
    assert_int_equal(get(GICD + 0x208, 4), 0x01);
    assert_int_equal(put_get(GICD + 0x308, 0x6), 0x6);
    assert_int_equal(get(GICD + 0x388, 4), 0x6);
    assert_int_equal(put_get(GICD + 0x388, 0x2), 0x4);
    assert_int_equal(put_get(SGI(0) + 0x200, 0x3), 0x3);
    assert_int_equal(get(SGI(1) + 0x200, 4), 0);
    assert_int_equal(put_get(SGI(0) + 0x280, 0x1), 0x2);
    assert_int_equal(put_get(SGI(1) + 0x300, 0x8), 0x8); /* of another VP */
    assert_int_equal(put_get(SGI(1) + 0x380, 0x8), 0);
    assert_int_equal(put_get(GICD + 0x200, 0xffffffff), 0);
}

/* A level-sensitive interrupt is pending while its line is high, ICPENDR or not (12.9.10). */
static void level_pending(void **state)
{
    (void)state;
    assert_true(vgic_set_line(SLOT_VTL0, NULL, 40, true));
    assert_int_equal(get(GICD + 0x204, 4), 1u << 8);
    assert_int_equal(put_get(GICD + 0x284, 1u << 8), 1u << 8);
    assert_true(vgic_set_line(SLOT_VTL0, NULL, 40, false));
    assert_int_equal(get(GICD + 0x204, 4), 0);
    /* Written pending, it outlasts the line. */
    put(GICD + 0x204, 4, 1u << 8);
    assert_true(vgic_set_line(SLOT_VTL0, NULL, 40, true));
    assert_true(vgic_set_line(SLOT_VTL0, NULL, 40, false));
    assert_int_equal(get(GICD + 0x204, 4), 1u << 8);
    /* Edge-triggered: the rise counts, the fall does not. */
    put(GICD + 0xc08, 4, 2u << 18);
    assert_true(vgic_set_line(SLOT_VTL0, NULL, 41, true));
    assert_true(vgic_set_line(SLOT_VTL0, NULL, 41, false));
    assert_int_equal(get(GICD + 0x204, 4) & 1u << 9, 1u << 9);
    assert_int_equal(put_get(GICD + 0x284, 1u << 9) & 1u << 9, 0);
}

static void lines(void **state)
{
    (void)state;
    assert_false(vgic_set_line(SLOT_VTL0, NULL, 15, true));
    assert_false(vgic_set_line(SLOT_VTL0, &vps[0], 3, true));
    assert_false(vgic_set_line(SLOT_VTL0, NULL, 18, true)); /* a PPI of nobody */
    assert_true(vgic_set_line(SLOT_VTL0, &vps[1], 18, true));
    assert_int_equal(get(SGI(1) + 0x200, 4), 1u << 18);
    assert_int_equal(get(SGI(0) + 0x200, 4), 0);
    assert_false(vgic_set_line(SLOT_VTL0, NULL, 288, true));
    assert_false(vgic_set_line(SLOT_VTL0, NULL, UINT32_MAX, true));
    assert_true(vgic_set_line(SLOT_VTL0, NULL, 287, true));
}

static void odd_accesses(void **state)
{
    uint64_t value = 0;

    (void)state;
    put(GICD + 0x104, 4, 0xffffffff);
    assert_int_equal(get(GICD + 0x104, 2), 0);
    assert_int_equal(get(GICD + 0x104, 1), 0);
    assert_int_equal(get(GICD + 0x104, 8), 0);
    assert_int_equal(get(GICD + 0x105, 4), 0);
    assert_int_equal(get(GICD + 0x104, 3), 0);
    put(GICD + 0x104 + 0x80, 1, 0xff);
    assert_int_equal(get(GICD + 0x104, 4), 0xffffffff);
    assert_int_equal(get(GICD + 0x5000, 4), 0);
    assert_int_equal(get(GICD + 0xfffc, 4), 0);
    assert_int_equal(get(GICD + 0xffff, 1), 0);
    assert_int_equal(get(GICD + 0xf00, 4), 0); /* SGIR: ARE */
    assert_false(vgic_mmio(vp_current(), SLOT_VTL0, GICD - 4, 4, false, &value));
    assert_false(vgic_mmio(vp_current(), SLOT_VTL0, GICD + 0x10000, 4, false, &value));
    assert_false(vgic_mmio(vp_current(), SLOT_VTL0, RD(3), 4, false, &value));
    assert_true(vgic_window(RD(2) + 0x1ffff));
    assert_false(vgic_window(RD(3)));
    machine.gicr.bytes *= 2; /* a window with room for more VPs than there are */
    assert_int_equal(put_get(SGI(3) + 0x100, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(identification, setup),
        cmocka_unit_test_setup(distributor_control, setup),
        cmocka_unit_test_setup(redistributor_type, setup),
        cmocka_unit_test_setup(waker, setup),
        cmocka_unit_test_setup(enables, setup),
        cmocka_unit_test_setup(groups, setup),
        cmocka_unit_test_setup(priorities, setup),
        cmocka_unit_test_setup(configuration, setup),
        cmocka_unit_test_setup(board_configuration, setup),
        cmocka_unit_test_setup(board_enable, setup),
        cmocka_unit_test_setup(routers, setup),
        cmocka_unit_test_setup(pending_and_active, setup),
        cmocka_unit_test_setup(level_pending, setup),
        cmocka_unit_test_setup(lines, setup),
        cmocka_unit_test_setup(odd_accesses, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
