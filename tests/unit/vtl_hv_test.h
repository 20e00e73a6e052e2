/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of the Hyper-V backend begin with: a backend that is up, and an entry to VTL0. */
#ifndef TESTS_UNIT_VTL_HV_TEST_H
#define TESTS_UNIT_VTL_HV_TEST_H

#include "fake_cpu.h"
#include "fake_hv.h"
#include "hv/vp.h"
#include "vtl_test.h"

#include <string.h>

#include <cmocka.h>

#define GICD 0x08000000u
#define GICR 0x080a0000u
#define TIMER 27u

static struct vtl_vp *vp;

/* vtl_irq_init maps its windows. */
enum pv_status vtl_map(uint64_t base, uint64_t bytes, enum vtl_mapping kind)
{
    (void)base;
    (void)bytes;
    (void)kind;
    return PV_OK;
}

static void boot(void)
{
    vp = NULL;
    memset(hv_vp(0), 0, sizeof(struct vtl_vp));
    assert_int_equal(vtl_init(2), PV_OK);
    /* As boot does: before the VP is set up. The fake's pages are the only ones that matter. */
    for (unsigned i = 0; i < 8; i++) {
        fake_hv.hidden[fake_hv.hidden_count++] = fake_cpu_page(i) >> 12;
    }
    assert_int_equal(vtl_irq_init(GICD, GICR, TIMER), PV_OK);
    assert_int_equal(vtl_vp_init(0, true, &vp), PV_OK);
    assert_non_null(vp);
    for (unsigned i = 0; i < 8; i++) {
        assert_true(
            fake_hv_hidden(fake_cpu_page(i) >> 12)); /* the probe has hidden its page again */
    }
    fake_hv.register_calls = 0;
    fake_hv.rep_calls = 0;
    fake_hv.hidden_count = 0;
    fake_hv_register_set(0, 0x20022, 0); /* away from the probe's program */
}

static int setup(void **state)
{
    (void)state;
    fake_cpu_reset();
    fake_hv_reset();
    return 0;
}

__attribute__((unused)) static void enter(uint32_t reason, const uint8_t *message, size_t bytes,
                                          struct vtl_exit *exit)
{
    fake_hv.reason = reason;
    fake_hv.message = message;
    fake_hv.message_bytes = bytes;
    vtl_vp_enter(vp, exit);
}

/* An unmapped read at PC 0x40001000. */
static const uint8_t intercept[16 + 0x40] = {
    [3] = 0x80, [4] = 0x40,  [20] = 4, [22] = 1,    [24] = 0x00, 0x10, 0x00,
    0x40,       [32] = 0xc5, 0x03,     [64] = 0x00, 0x00,        0x00, 0x09,
};

#endif /* TESTS_UNIT_VTL_HV_TEST_H */
