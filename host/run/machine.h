/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One run of QEMU: its console goes through a scan to standard output, its time is limited.
 */
#ifndef RUN_MACHINE_H
#define RUN_MACHINE_H

#include "scan.h"

struct machine_times {
    double kernel; /* seconds from the start of QEMU to ...; negative: it did not happen */
    double command;
    double command_end;
    double end;
};

enum machine_stop {
    MACHINE_STOP_SELF,    /* QEMU ended */
    MACHINE_STOP_TIMEOUT, /* we ended it */
    MACHINE_STOP_SIGNAL,  /* the user ended us */
    MACHINE_STOP_START,   /* it could not be started */
};

struct machine_run {
    char **argv;            /* QEMU and its arguments */
    bool own_console;       /* standard input goes to the guest */
    double timeout_seconds; /* 0: none */
    struct scan *scan;
    /* Results. */
    enum machine_stop stop;
    int wait_status;
    struct machine_times times;
};

void machine_run(struct machine_run *run);

#endif /* RUN_MACHINE_H */
