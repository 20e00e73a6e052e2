/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time is the virtual counter: CNTVCT_EL0 is readable at EL1 whatever the hypervisor traps,
 * CNTPCT_EL0 is not (Arm ARM D11.2.4). The timer is that counter's, CNTV, which is private to a VTL
 * (TLFS vsm, "Private State"; the rows of vtl/abi/registers.def).
 */
#include "cpu/sysreg.h"
#include "vtl/vtl.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define CNTV_CTL_ENABLE UINT64_C(1)

static uint64_t frequency_hz(void)
{
    return read_cntfrq_el0() & UINT32_MAX;
}

uint64_t vtl_ticks(void)
{
    return read_cntvct_el0();
}

uint64_t vtl_ticks_ns(uint64_t ticks)
{
    uint64_t frequency = frequency_hz();
    if (frequency == 0) {
        return 0;
    }
    /* Split, so that the product fits: the remainder is below 2^32, times 10^9 below 2^62. */
    return ticks / frequency * NS_PER_SECOND + ticks % frequency * NS_PER_SECOND / frequency;
}

uint64_t vtl_time_ns(void)
{
    isb();
    return vtl_ticks_ns(read_cntvct_el0());
}

/*
 * Rounded up, so that vtl_time_ns has reached the deadline when the timer fires. Split as above: the
 * second product is below 10^9 times 2^32. CNTV_CVAL is compared with all 64 bits (Arm ARM D11.2.4),
 * so one beyond the counter just never comes.
 */
void vtl_timer_set(uint64_t deadline_ns)
{
    uint64_t frequency = frequency_hz();
    uint64_t rest = deadline_ns % NS_PER_SECOND * frequency;
    uint64_t ticks;
    bool off = deadline_ns == 0 || deadline_ns == UINT64_MAX ||
               __builtin_mul_overflow(deadline_ns / NS_PER_SECOND, frequency, &ticks) ||
               !u64_add(ticks, (rest + NS_PER_SECOND - 1) / NS_PER_SECOND, &ticks);
    if (off) {
        write_cntv_ctl_el0(0);
    } else {
        write_cntv_cval_el0(ticks);
        write_cntv_ctl_el0(CNTV_CTL_ENABLE);
    }
    isb();
}
