/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting before VTL0 runs. Afterwards nothing waits: the run loop enters VTL0.
 */
#include "irq.h"

static void wake(void *device)
{
    (void)device;
}

/* The timer is deferred work's: so the end of a sleep is a work, too, that does nothing. */
static struct vmm_work waking = {.run = wake};

void vmm_idle(uint64_t until_ns)
{
    uint64_t now = vtl_time_ns();

    if (now < until_ns) {
        vmm_later(&waking, until_ns - now);
        vtl_irq_wait(); /* ends at once if something is there already */
    }
    (void)irq_dispatch();
}
