/* SPDX-License-Identifier: BSD-3-Clause */
/* How the checks write their lines. */
#ifndef VERIFY_VERDICT_H
#define VERIFY_VERDICT_H

#include "cbor.h"
#include "include/pv_verify.h"

#define HEX_BYTES_MAX PV_VERIFY_MEASUREMENT_BYTES_MAX

struct hex {
    char text[2 * HEX_BYTES_MAX + 1];
};

/* Of HEX_BYTES_MAX bytes at most, the rest is left out. */
struct hex hex_of(const void *data, size_t bytes);

/* Every line skipped and required, until something else is said. */
void verdict_begin(struct pv_verify_verdict *verdict);

void verdict_pass(struct pv_verify_verdict *verdict, enum pv_verify_check check, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));
void verdict_fail(struct pv_verify_verdict *verdict, enum pv_verify_check check, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));
/* Not asked for, and not needed. */
void verdict_waive(struct pv_verify_verdict *verdict, enum pv_verify_check check,
                   const char *reason);
/* Fails with the problem; NULL: passes, with `good` as the reason. */
void verdict_judge(struct pv_verify_verdict *verdict, enum pv_verify_check check,
                   const char *problem, const char *good);

/* Accepted or not, from the lines. */
void verdict_end(struct pv_verify_verdict *verdict);

#endif /* VERIFY_VERDICT_H */
