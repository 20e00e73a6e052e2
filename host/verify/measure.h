/* SPDX-License-Identifier: BSD-3-Clause */
/* Measurements: how a log of events makes the registers, and what is held against the reference values. */
#ifndef VERIFY_MEASURE_H
#define VERIFY_MEASURE_H

#include "verdict.h"

/* What the log makes of register `reg`. False: a digest is not known, or no memory. */
bool measure_register(const struct pv_verify_events *events, unsigned reg,
                      uint8_t value[PV_VERIFY_DIGEST_BYTES]);

/* The verdict's claims of a realm against the question's reference values and event log. */
void measure_compare(const struct pv_verify_question *question, struct pv_verify_verdict *verdict);

/* What the question leaves out: waived where it says so, else failed. Before measure_compare. */
void measure_ask(const struct pv_verify_question *question, struct pv_verify_verdict *verdict);

#endif /* VERIFY_MEASURE_H */
