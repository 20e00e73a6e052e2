/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Driver for the board's PL031: the host's word for the time, and no more than that.
 */
#include "devices/devices.h"
#include "vtl/untrusted.h"

#define PL031_DR 0x00u

uint32_t host_rtc_read(uint64_t base)
{
    return mmio_read32(base + PL031_DR);
}
PV_UNTRUSTED(host_rtc_read, host, "");
