/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One run of QEMU: what comes from it goes through scans to the user, a command goes to its guest, its
 * time is limited.
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

/* QEMU's standard output, and the port: a socket that it finds as MACHINE_PORT_FD. */
enum { MACHINE_OUTPUT, MACHINE_PORT, MACHINE_STREAMS };
#define MACHINE_PORT_FD 3

struct machine_run {
    char **argv; /* QEMU and its arguments */
    const char
        *command; /* as it goes to the guest, that asks for it on one of the streams; or NULL */
    double timeout_seconds; /* 0: none */
    bool tail;              /* the console was not shown: its last lines explain a failure */
    struct scan *streams[MACHINE_STREAMS]; /* NULL: there is no port */
    struct scan *console;                  /* the one that refhv speaks on */
    struct scan *speaker;                  /* the one that the command speaks on */
    /* Results. */
    enum machine_stop stop;
    int wait_status;
    struct machine_times times;
};

void machine_run(struct machine_run *run);

#endif /* RUN_MACHINE_H */
