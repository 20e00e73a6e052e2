/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a finished run means: the exit status, one line on standard error, the JSON file.
 */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include "machine.h"

#define REPORT_TIMEOUT 124 /* as timeout(1) */
#define REPORT_FAILURE 125 /* the machine failed, not the command in it */
#define REPORT_INTERRUPT 130

/* Prints the line, if there is one to print, and returns the exit status. */
int report_outcome(const struct machine_run *run);

/* False if the file can't be written. */
bool report_json(const struct machine_run *run, int exit_status, const char *path);

#endif /* RUN_REPORT_H */
