/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guest "work": VTL2's own timer, and the deferred work that it runs (vmm.h), as VTL0 sees them. The
 * work counts its runs in the guest's memory, so VTL0 sees one without an exit.
 */
#include "guest.h"
#include "smccc.h"
#include "work/device.h"

#define MS UINT64_C(1000000)
#define AGAIN_TIMES 100u
#define WAIT_MS 5000u /* far more than any machine is late */
#define WFI_MS 1000u

static volatile uint32_t runs;

static void ask(uint64_t delay_ns, uint64_t again)
{
    runs = 0;
    barrier();
    write64(WORK_DEVICE_GPA + WORK_DEVICE_TARGET, (uintptr_t)&runs);
    write64(WORK_DEVICE_GPA + WORK_DEVICE_AGAIN, again);
    write64(WORK_DEVICE_GPA + WORK_DEVICE_ASK, delay_ns);
}

static uint64_t told(uint64_t offset)
{
    return read64(WORK_DEVICE_GPA + offset);
}

/* No exit is VTL0's own here: VTL2 comes by its timer, or never. */
static void check_spin(void)
{
    check_way("VTL0 runs");
    ask(20 * MS, 0);
    check_true("work comes without an exit of VTL0's", wait_for(&runs, 1));
    check_true("work not before its time", told(WORK_DEVICE_LATE) >= 20 * MS);
    check_eq("work on the VP that asked", told(WORK_DEVICE_VP), 0);
}

/* VTL0's own timer, masked, ends its wait: VTL2's need not, and VTL0 sees no interrupt of VTL2's. */
static void check_wfi(void)
{
    uint32_t taken = vp_self()->irq_total;
    uint64_t end = counter_now() + counter_ms(WFI_MS);

    check_way("VTL0 waits in WFI");
    gic_enable(INTID_VTIMER, false);
    ask(20 * MS, 0);
    sysreg_write_cntv_cval_el0(end);
    sysreg_write_cntv_ctl_el0(1);
    while (runs == 0 && counter_now() < end) {
        __asm__ volatile("wfi" ::: "memory");
    }
    check_true("work has run", wait_for(&runs, 1));
    check_true("work not before its time", told(WORK_DEVICE_LATE) >= 20 * MS);
    check_true("work before VTL0's wait had its end", told(WORK_DEVICE_LATE) < WFI_MS * MS);
    sysreg_write_cntv_ctl_el0(0);
    check_eq("work is no interrupt of VTL0's", vp_self()->irq_total, taken);
}

/* Always more to do: VTL0 runs between any two turns, or it would not see each count. */
static void check_share(void)
{
    uint64_t end = counter_now() + counter_ms(WAIT_MS);
    uint32_t seen = 0;
    uint32_t last = 0;

    check_way("always more to do");
    ask(0, AGAIN_TIMES - 1);
    while (last != AGAIN_TIMES && counter_now() < end) {
        uint32_t now = runs;

        if (now != last) {
            seen++;
        }
        last = now;
    }
    check_eq("work has run as often as it asked", last, AGAIN_TIMES);
    /* Where virtual time is no count of instructions, a QEMU that is held up runs none in 100 us. */
    check_true("VTL0 saw each run", seen >= (board_told("icount") ? AGAIN_TIMES : AGAIN_TIMES / 2));
    check_true("100 us between two runs at least",
               told(WORK_DEVICE_LATE) >= (AGAIN_TIMES - 1) * MS / 10);
}

static uint64_t ask_and_go(uint64_t delay_ns)
{
    ask(delay_ns, 0);
    return (uint64_t)psci(PSCI_CPU_OFF, 0, 0, 0);
}

/* The other VP asks, and is turned off by VTL0 before the time has come. */
static void check_off(void)
{
    check_way("VTL0 has turned the VP off");
    (void)guest_vps_start();
    vp_run(1, ask_and_go, 50 * MS);
    check_true("work comes all the same", wait_for(&runs, 1));
    check_eq("work on the VP that asked", told(WORK_DEVICE_VP), 1);
    check_true("work not before its time", told(WORK_DEVICE_LATE) >= 50 * MS);
}

void guest_main(void)
{
    check_spin();
    check_wfi();
    check_share();
    if (board.vp_count > 1) {
        check_off();
    }
    check_way("");
}
