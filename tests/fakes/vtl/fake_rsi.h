/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What answers SMC: nothing at first, as on a machine without EL3 and RSI. Numbers are typed from Arm DEN0137 1.0, not
 * taken from vtl/abi.
 */
#ifndef FAKE_RSI_H
#define FAKE_RSI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_RSI_STEPS_MAX 16u

struct fake_rsi {
    bool there;
    uint64_t version_status; /* what RSI_VERSION answers */
    uint64_t version;
    uint64_t status; /* what MEASUREMENT_* and TOKEN_INIT answer */
    uint8_t measurement[5][64];
    size_t measurement_bytes; /* of a value: the rest of X1 to X8 is left alone */
    /* One a CONTINUE, the last for good: the status, X1, and what is put into the page, a counter of bytes. */
    struct fake_rsi_step {
        uint64_t status;
        uint64_t told;
        size_t written;
    } steps[FAKE_RSI_STEPS_MAX];

    /* What happened. */
    uint32_t calls;
    uint32_t versions;
    uint64_t index; /* of the last EXTEND: its arguments */
    uint64_t bytes;
    uint8_t data[64];
    uint8_t challenge[64];
    uint32_t inits;
    uint32_t continues; /* since INIT */
    uint64_t page;
    uint64_t size; /* that the last CONTINUE asked for */
    uint8_t next;  /* the next byte of the token */
};

extern struct fake_rsi fake_rsi;
void fake_rsi_reset(void);

#endif /* FAKE_RSI_H */
