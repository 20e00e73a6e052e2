/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of the run loop give it: an access of the guest to a device, one turn. */
#ifndef TESTS_UNIT_VMM_TEST_H
#define TESTS_UNIT_VMM_TEST_H

#include "arm64.h"
#include "fake_vtl.h"
#include "vmm/vmm.h"

#define PC UINT64_C(0xffff800008000100)

/* A word load into X1 or store from it, by syndrome. */
static inline struct vtl_exit memory_exit(uint64_t address, bool write)
{
    struct vtl_exit exit = {.kind = VTL_EXIT_MEMORY,
                            .pc = gva(PC),
                            .pstate = PSTATE_EL1H | PSTATE_DAIF,
                            .instruction_bytes = 4};

    exit.memory.access = write ? VTL_WRITE : VTL_READ;
    exit.memory.gva_valid = true;
    exit.memory.gva = gva(UINT64_C(0xffff800009000000) | (address & 0xfff));
    exit.memory.gpa = gpa(address);
    exit.memory.esr = (uint64_t)ESR_EC_DATA_ABORT_LOWER << ESR_EC_SHIFT | ESR_IL | ESR_ISV |
                      UINT64_C(2) << ESR_SAS_SHIFT | UINT64_C(1) << ESR_SRT_SHIFT |
                      ESR_FSC_TRANSLATION | 3 | (write ? ESR_WNR : 0);
    return exit;
}

static inline enum vmm_verdict step(const struct vtl_exit *exit)
{
    fake_exit_push(exit);
    return vmm_vp_step(&fake_vp);
}

#endif /* TESTS_UNIT_VMM_TEST_H */
