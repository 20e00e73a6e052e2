/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTRACT_REGISTERS_PROGRAM_H
#define CONTRACT_REGISTERS_PROGRAM_H

#include "rt.h"

/* registers_probe.S, in VTL0: stores what the registers hold at X0, changes them, rings the
 * doorbell. */
struct probe {
    uint64_t x18;
    uint64_t x29;
    uint64_t x30;
    uint64_t sp;
    uint64_t nzcv;
    uint64_t daif;
    uint64_t current_el;
    uint64_t room[9];
};
void probe_entry(void);
void probe_after(void);
void probe_doorbells(void);

void check_synthetic(void);
void check_register_page(void);
void check_events(void);

#endif /* CONTRACT_REGISTERS_PROGRAM_H */
