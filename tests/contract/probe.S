/* SPDX-License-Identifier: BSD-3-Clause */
/* See probe.h. The exception vectors are this file's own: an instruction that traps is noted and stepped over. */

#define ESR_EC_SVC64 0x15
#define SPSR_EL0T_MASKED 0x3c0
#define PSCI_SYSTEM_OFF 0x84000008

    .section .text.probe_run, "ax"
    .global probe_run
    .type probe_run, %function
probe_run:
    stp x29, x30, [sp, #-48]!
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    mov x19, x0
    ldp x20, x21, [x19]         /* code, el0 */
    ldp x22, x0, [x19, #16]     /* map, value */
    mrs x29, vbar_el1
    adrp x9, probe_vectors
    add x9, x9, :lo12:probe_vectors
    msr vbar_el1, x9
    isb
    mov x11, xzr
    cbnz x21, 1f
    blr x20
    b probe_done
1:  mov x9, #SPSR_EL0T_MASKED
    msr spsr_el1, x9
    msr elr_el1, x20
    adr x30, probe_leave_el0
    eret

probe_leave_el0:
    svc #0

probe_done:
    msr vbar_el1, x29
    isb
    stp x0, x11, [x19, #24]
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x29, x30, [sp], #48
    ret

/* X9, X10, X12 are nobody's, X11 counts, X20 is the code, X22 the map. The return restores NZCV. */
probe_trapped:
    mrs x9, esr_el1
    lsr x9, x9, #26
    cmp x9, #ESR_EC_SVC64
    b.eq probe_done
    mrs x10, elr_el1
    sub x12, x10, x20
    lsr x12, x12, #2
    orr x9, x9, #0x80
    strb w9, [x22, x12]
    add x11, x11, #1
    add x10, x10, #4
    msr elr_el1, x10
    eret

    .macro entries label, count
    .rept \count
    .balign 0x80
    b \label
    .endr
    .endm

    .section .text.probe_vectors, "ax"
    .balign 0x800
probe_vectors:
    entries probe_lost, 4
    entries probe_trapped, 1    /* EL1 with SP_EL1, synchronous */
    entries probe_lost, 3
    entries probe_trapped, 1    /* EL0, synchronous */
    entries probe_lost, 7
    .balign 0x80
/* No other exception can come: all are masked. The machine ends without the program's last line. */
probe_lost:
    mov w0, #(PSCI_SYSTEM_OFF & 0xffff)
    movk w0, #(PSCI_SYSTEM_OFF >> 16), lsl #16
    hvc #0
    b probe_lost
