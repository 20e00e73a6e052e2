/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IGVM loader: puts the file's pages and parameter areas where VTL2 expects them and says how
 * VTL2 starts. Boot CPU, once, after machine_probe and before a guest runs. A file that can't be
 * loaded ends the machine.
 */
#ifndef REFHV_IGVM_LOAD_H
#define REFHV_IGVM_LOAD_H

#include "igvm_measure.h"

#include <stdint.h>

#define IGVM_LOAD_X_COUNT 8u

/* First state of VTL2 on VP 0; a register that the file does not give keeps its reset value. */
struct igvm_load_result {
    uint64_t vtl2_base; /* the relocatable region where it is now */
    uint64_t vtl2_bytes;
    uint8_t digest[IGVM_DIGEST_BYTES]; /* of the file: igvm.md 7 */
    struct igvm_vbs_measurement vbs;   /* what its signer says of it; zeros without one */
    uint64_t x[IGVM_LOAD_X_COUNT];
    uint64_t pc;
    uint64_t cpsr;
    uint64_t sctlr_el1;
    uint64_t ttbr0_el1;
    uint64_t ttbr1_el1;
    uint64_t tcr_el1;
    uint64_t mair_el1;
    uint64_t vbar_el1;
};

/*
 * The file goes to the top of RAM first, so that no page can land on it; its copy and the board's
 * device tree are wiped, so that RAM that the file does not fill is zero as it was at power on.
 */
void igvm_load(struct igvm_load_result *result);

#endif /* REFHV_IGVM_LOAD_H */
