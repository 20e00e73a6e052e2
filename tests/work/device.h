/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The test's device: registers that ask for deferred work. Included by the guest too.
 */
#ifndef TESTS_WORK_DEVICE_H
#define TESTS_WORK_DEVICE_H

#define WORK_DEVICE_GPA 0x0b000000 /* QEMU virt has nothing there */
#define WORK_DEVICE_BYTES 0x1000

/* 8 bytes each. */
#define WORK_DEVICE_ASK 0x00    /* W: runs the work this many nanoseconds later */
#define WORK_DEVICE_TARGET 0x08 /* W: where in RAM the work counts its runs, 4 bytes */
#define WORK_DEVICE_AGAIN 0x10  /* W: the work asks for itself this often, without a delay */
#define WORK_DEVICE_LATE 0x18   /* R: nanoseconds from ASK to the last run */
#define WORK_DEVICE_VP 0x20     /* R: which VP that was on */

#endif /* TESTS_WORK_DEVICE_H */
