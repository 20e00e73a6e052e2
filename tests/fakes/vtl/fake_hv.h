/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hypervisor for host tests, of one VP: hypercalls in both conventions, registers by name, VTL
 * protections, VTL0 as far as the tests need one. Offsets are typed from the reference, not taken
 * from vtl/abi. It aborts on a call that the contract forbids (bad control word, list across a
 * page, call before GuestOsId).
 */
#ifndef FAKE_HV_H
#define FAKE_HV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_REGISTERS_MAX 128u
#define FAKE_HIDDEN_MAX 2048u
#define FAKE_CALLS_MAX 64u

struct fake_register {
    uint8_t vtl;
    uint32_t name;
    uint64_t low;
    uint64_t high;
};

enum fake_switch { FAKE_SWITCH_SMCCC, FAKE_SWITCH_PRIVATE, FAKE_SWITCH_SHARED };

struct fake_hv {
    /* What kind of hypervisor it is; set before use. */
    bool x29_shared;
    bool x29_lies;       /* VTL0's x29 comes back as neither reading has it */
    bool native_only;    /* no SMCCC form of hypercalls */
    bool output_by_tlfs; /* fast output at the 8-byte boundary of TLFS */
    bool refuse_uid;
    int64_t smccc_version;
    bool smccc_return;  /* the SMCCC form of the VTL return is offered */
    bool smccc_refuses; /* but not carried out */
    uint64_t capabilities;
    uint32_t refuse_register;  /* 0: none */
    uint32_t rep_budget;       /* elements a call does before it stops early; 0: all */
    bool stop_by_timeout;      /* stops with status 0x78; else with success */
    bool stall;                /* never gets anywhere */
    uint64_t translate_result; /* the first eight bytes of the output */
    uint64_t translate_page;
    int64_t psci;
    bool report;           /* VbsVmCallReport is there */
    uint32_t report_bytes; /* what its package says of its size */
    bool report_replayed;  /* with the data of another call */

    /* What happened. */
    struct fake_register registers[FAKE_REGISTERS_MAX];
    size_t register_count;
    uint64_t hidden[FAKE_HIDDEN_MAX];
    size_t hidden_count;
    uint32_t rep_calls;
    uint32_t register_calls; /* Get and Set for VTL0 */
    uint64_t fast[16];       /* input words of the last fast call other than Get and Set */
    uint16_t fast_code;
    uint8_t input[128]; /* input bytes of the last simple call */
    uint64_t smccc[4];  /* the last PSCI call */
    uint32_t entries;
    enum fake_switch switched; /* the form of the last return */
    uint64_t entered_x[31];    /* VTL0's registers as it went on */
    uint32_t eoms;

    /* What the next entries to VTL0 end with: filled in by the test. */
    uint32_t reason;
    const uint8_t *message;
    size_t message_bytes;
    bool message_pending_again; /* SIMP: another message waits for the slot */
    uint64_t guest_x[31];       /* VTL0's registers at the exit, if guest_runs */
    bool guest_runs;
};

extern struct fake_hv fake_hv;

/* All capabilities, Linux's placement of fast output, HVC #3 only, x29 private, no guest. */
void fake_hv_reset(void);
/* Register of a VTL (0 or 2) as it stands; 0 if never written. */
uint64_t fake_hv_register(uint8_t vtl, uint32_t name);
uint64_t fake_hv_register_high(uint8_t vtl, uint32_t name);
void fake_hv_register_set(uint8_t vtl, uint32_t name, uint64_t low);
bool fake_hv_hidden(uint64_t page);

#endif /* FAKE_HV_H */
