/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FAKE_REFHV_GIC_SYNIC_H
#define FAKE_REFHV_GIC_SYNIC_H

#include <stdint.h>

struct fake_refhv_gic_synic {
    uint64_t next;
    unsigned runs;
};
extern struct fake_refhv_gic_synic fake_refhv_gic_synic;

#endif /* FAKE_REFHV_GIC_SYNIC_H */
