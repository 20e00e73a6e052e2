/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which profiling, trace and branch records of VTL0's a VP has to stop. Expectations: Arm ARM,
 * ID_AA64DFR0_EL1 (PMSVer 35:32, TraceBuffer 47:44, BRBE 55:52), PMBIDR_EL1 and TRBIDR_EL1 (P, bit
 * 4: EL1 does not own the buffer). What the switch does with them: tests/buffers.
 */
#include "fake_cpu.h"
#include "fake_hv.h"
#include "hv/vp.h"
#include "vtl_test.h"

#include <cmocka.h>

#define SPE (UINT64_C(1) << 32)
#define TRBE (UINT64_C(1) << 44)
#define BRBE (UINT64_C(1) << 52)
#define OWNER_NOT_EL1 UINT64_C(0x10)
#define PROFILING (UINT64_C(1) << VP_BUFFER_PROFILING_BIT)
#define TRACING (UINT64_C(1) << VP_BUFFER_TRACING_BIT)
#define BRANCHES (UINT64_C(1) << VP_BUFFER_BRANCHES_BIT)

/* vtl_irq_init maps its windows. */
enum pv_status vtl_map(uint64_t base, uint64_t bytes, enum vtl_mapping kind)
{
    (void)base;
    (void)bytes;
    (void)kind;
    return PV_OK;
}

/* Whatever else PMBIDR_EL1 and TRBIDR_EL1 say. */
static void expect_buffers(uint64_t features, uint64_t pmbidr, uint64_t trbidr, uint64_t buffers)
{
    struct vtl_vp *vp = NULL;

    fake_cpu_reset();
    fake_hv_reset();
    fake_cpu.id_aa64dfr0_el1 = features;
    fake_cpu.pmbidr_el1 = pmbidr | 0x2f;
    fake_cpu.trbidr_el1 = trbidr | 0x2f;
    assert_int_equal(vtl_init(1), PV_OK);
    for (unsigned i = 0; i < 8; i++) {
        fake_hv.hidden[fake_hv.hidden_count++] = fake_cpu_page(i) >> 12;
    }
    assert_int_equal(vtl_irq_init(0x08000000, 0x080a0000, 27), PV_OK);
    assert_int_equal(vtl_vp_init(0, true, &vp), PV_OK);
    assert_int_equal(vp->buffers, buffers);
}

static void none(void **state)
{
    (void)state;
    expect_buffers(0, 0, 0, 0);
    /* All that the register has beside them. */
    expect_buffers(~(SPE * 15 | TRBE * 15 | BRBE * 15), 0, 0, 0);
}

static void each(void **state)
{
    (void)state;
    expect_buffers(SPE, 0, 0, PROFILING);
    expect_buffers(SPE * 8, 0, 0, PROFILING);
    expect_buffers(TRBE, 0, 0, TRACING);
    expect_buffers(TRBE * 8, 0, 0, TRACING);
    expect_buffers(BRBE, 0, 0, BRANCHES);
    expect_buffers(BRBE * 8, 0, 0, BRANCHES);
    expect_buffers(SPE | TRBE | BRBE, 0, 0, PROFILING | TRACING | BRANCHES);
}

static void owned_by_another(void **state)
{
    (void)state;
    expect_buffers(SPE | TRBE, OWNER_NOT_EL1, 0, TRACING);
    expect_buffers(SPE | TRBE, 0, OWNER_NOT_EL1, PROFILING);
    expect_buffers(SPE | TRBE | BRBE, OWNER_NOT_EL1, OWNER_NOT_EL1, BRANCHES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none),
        cmocka_unit_test(each),
        cmocka_unit_test(owned_by_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
