/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_random.h"

#include "el2_regs.h"

#define TRIES 16u

bool cpu_random(uint64_t *word)
{
    if (ID_FIELD(read_id_aa64isar0_el1(), 60) == 0) {
        return false;
    }
    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t good;

        /* RNDR sets Z where it has nothing (Arm ARM D19.2.130). */
        __asm__ volatile("mrs %0, s3_3_c2_c4_0\n\tcset %1, ne" : "=r"(*word), "=r"(good) : : "cc");
        if (good != 0) {
            return true;
        }
    }
    return false;
}
