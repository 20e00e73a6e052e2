/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time is the virtual counter: CNTVCT_EL0 is readable at EL1 whatever the hypervisor traps,
 * CNTPCT_EL0 is not (Arm ARM D11.2.4).
 */
#include "cpu/sysreg.h"
#include "vtl/vtl.h"

#define NS_PER_SECOND UINT64_C(1000000000)

uint64_t vtl_time_ns(void)
{
    isb();
    uint64_t ticks = read_cntvct_el0();
    uint64_t frequency = read_cntfrq_el0() & UINT32_MAX;
    if (frequency == 0) {
        return 0;
    }
    /* Split, so that the product fits: the remainder is below 2^32, times 10^9 below 2^62. */
    return ticks / frequency * NS_PER_SECOND + ticks % frequency * NS_PER_SECOND / frequency;
}
