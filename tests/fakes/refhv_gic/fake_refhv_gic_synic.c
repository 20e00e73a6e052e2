/* SPDX-License-Identifier: BSD-3-Clause */
/* Synthetic timers for tests of timer.c: one deadline. */
#include "fake_refhv_gic_synic.h"

#include "synic.h"

struct fake_refhv_gic_synic fake_refhv_gic_synic;

void synic_timers_run(struct vp *vp)
{
    (void)vp;
    fake_refhv_gic_synic.runs++;
}

uint64_t synic_timers_next(const struct vp *vp)
{
    (void)vp;
    return fake_refhv_gic_synic.next;
}
