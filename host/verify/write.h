/* SPDX-License-Identifier: BSD-3-Clause */
/* A verdict for people, and for programs. */
#ifndef VERIFY_WRITE_H
#define VERIFY_WRITE_H

#include "include/pv_verify.h"

#include <stdio.h>

void write_text(const struct pv_verify_verdict *verdict, FILE *to);

/* False: no memory. */
bool write_json(const struct pv_verify_verdict *verdict, FILE *to);

/* The same, where there was nothing to judge. */
bool write_json_problem(const char *problem, FILE *to);

#endif /* VERIFY_WRITE_H */
