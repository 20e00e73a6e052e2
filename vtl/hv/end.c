/* SPDX-License-Identifier: BSD-3-Clause */
/* The machine's end: PSCI for an orderly one, the crash registers for the other (reference 3.3). */
#include "cpu/sysreg.h"
#include "hv/hypercall.h"
#include "smccc.h"

/* A hypervisor that does not end the machine gets a VP that does nothing. */
__attribute__((noreturn)) static void end(uint32_t function)
{
    (void)hv_smccc(function, 0, 0, 0);
    for (;;) {
        wait_for_interrupt();
    }
}

void vtl_power_off(void)
{
    end(PSCI_SYSTEM_OFF);
}

void vtl_reset(void)
{
    end(PSCI_SYSTEM_RESET);
}

void vtl_crash(uint64_t code, uint64_t a, uint64_t b, const char *text, size_t bytes)
{
    const struct {
        uint32_t name;
        uint64_t value;
    } crash[] = {
        {HV_REGISTER_GUEST_CRASH_P0, code},
        {HV_REGISTER_GUEST_CRASH_P1, a},
        {HV_REGISTER_GUEST_CRASH_P2, b},
        {HV_REGISTER_GUEST_CRASH_P3, (uint64_t)(uintptr_t)text},
        {HV_REGISTER_GUEST_CRASH_P4, bytes},
        {HV_REGISTER_GUEST_CRASH_CTL, HV_CRASH_NOTIFY | (bytes != 0 ? HV_CRASH_MESSAGE : 0)},
    };
    enum pv_status status = PV_OK;
    for (size_t i = 0; status == PV_OK && i < sizeof(crash) / sizeof(crash[0]); i++) {
        status = hv_set64(HV_INPUT_VTL_CURRENT, crash[i].name, crash[i].value);
    }
    end(PSCI_SYSTEM_OFF);
}
