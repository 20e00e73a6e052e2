/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bench guest: runs in VTL0 with MMU and caches off, and leaves VTL0 bench_count times in each of
 * several ways. The instruction that leaves lies between bench_exit_NAME and bench_exit_NAME_end:
 * the plugin tells kinds of exits by these addresses, bench.py finds them in this program's symbols.
 *
 * Requests, which are several exits each, are those of the drivers in C: between bench_request_NAME and
 * bench_request_NAME_end.
 *
 * It counts nothing itself. Addresses and interrupts are those of Paravane's device tree for the
 * guest on QEMU's virt board (boot/fdt_out.h); GICv3 by IHI 0069, PL011 by DDI 0183G.
 *
 *   x19 PL011   x20 exits left   x21 what the kind needs   x22 an interrupt has come
 */

#define UART 0x09000000
#define UART_DR 0x00
#define UART_FR 0x18
#define UART_LCRH 0x2c
#define UART_CR 0x30
#define UART_IMSC 0x38
#define NO_DEVICE 0x0b000000
#define GICD 0x08000000
#define GICR 0x080a0000
#define GICR_SGI 0x080b0000
#define TIMER_PPI 27
/* Of the UART, of the socket device, the network, the disk. */
#define SPIS (1 << (33 - 32) | 1 << (50 - 32) | 1 << (51 - 32) | 1 << (52 - 32))

#define PSCI_VERSION 0x84000000
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
/* The disk; virtio 1.2, 4.2.2 and 5.2.6 */
#define DISK_WINDOW 0x0a000800
#define VIRTIO_QUEUE_NOTIFY 0x50
#define VIRTIO_INTERRUPT_STATUS 0x60
#define VIRTIO_BLK_IN 0
#define VIRTIO_BLK_OUT 1
/* The SMCCC form of a hypercall, fast: reference 1.2, 1.3. A control word for one repetition. */
#define HYPERCALL 0x46000001
#define GET_REGISTERS_1 0x100010050
#define SET_REGISTERS_1 0x100010051
#define SIGNAL_EVENT 0x1005d
#define VP_SELF 0xfffffffe
#define GUEST_OS_ID 0x00090002
#define VP_INDEX 0x00090003
#define CONNECTION 0x1234

/* The instruction that leaves VTL0. */
.macro LEAVE name, instruction:vararg
    .global bench_exit_\name
    .global bench_exit_\name\()_end
bench_exit_\name:
    \instruction
bench_exit_\name\()_end:
.endm

/* A request: all exits of the call are counted as one, to the instruction behind it. */
.macro REQUEST name, function
    .global bench_request_\name
    .global bench_request_\name\()_end
bench_request_\name:
    bl      \function
bench_request_\name\()_end:
    cbz     x0, failed
.endm

.macro DISK name, type, bytes
    ldr     x20, bench_requests
1:
    mov     w0, #\type
    mov     w1, #\bytes
    REQUEST disk_\name, bench_disk_request
    UNTIL_DONE
.endm

/* The frame out and the one that answers it. */
.macro FRAME bytes
    mov     w0, #\bytes
    bl      bench_network_prepare
    ldr     x20, bench_requests
1:
    REQUEST frame_out_\bytes, bench_network_send
    REQUEST frame_in_\bytes, bench_network_receive
    UNTIL_DONE
.endm

.macro ECHO bytes
    ldr     x20, bench_requests
1:
    mov     w0, #\bytes
    REQUEST socket_\bytes, bench_socket_echo
    UNTIL_DONE
.endm

/* So many as it takes for a median: each wants a virtual second of its own. */
.macro EVIDENCE
    mov     x20, #3
1:
    bl      bench_evidence_prepare
    cbz     x0, failed
    REQUEST evidence, bench_evidence_get
    UNTIL_DONE
.endm

.macro REPEAT
    ldr     x20, bench_count
1:
.endm

.macro UNTIL_DONE
    subs    x20, x20, #1
    b.ne    1b
.endm

    .section .text.guest, "ax"
    .global _start
_start:
    b       start
    .word   0
    .quad   0                   /* text_offset */
    .quad   bench_image_bytes
    .quad   0xa                 /* little-endian, 4 KiB pages, anywhere */
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .word   0
    .global bench_count
    .global bench_requests
    .global bench_luks
bench_count:                    /* bench.py writes the numbers here; 0: only the start is measured */
    .quad   1
bench_requests:
    .quad   1
bench_luks:                     /* not 0: the disk is a LUKS2 volume, and nothing else is measured */
    .quad   0

start:
    ldr     x0, bench_count
    cbz     x0, off
    adr     x0, vectors
    msr     vbar_el1, x0
    ldr     x19, =UART
    bl      interrupts_on
    bl      identify
    ldr     x0, bench_luks
    cbnz    x0, luks

    REPEAT
    LEAVE   pl011_read, ldr w0, [x19, #UART_FR]
    UNTIL_DONE

    REPEAT
    mov     w0, #'.'
    LEAVE   pl011_write, str w0, [x19, #UART_DR]
    UNTIL_DONE

    ldr     x21, =NO_DEVICE
    REPEAT
    LEAVE   no_device, ldr w0, [x21]
    UNTIL_DONE

    REPEAT
    ldr     x0, =HYPERCALL
    ldr     x1, =GET_REGISTERS_1
    mov     x2, #-1
    ldr     x3, =VP_SELF
    ldr     x4, =VP_INDEX
    LEAVE   get_register, hvc #0
    UNTIL_DONE

    REPEAT
    ldr     x0, =HYPERCALL
    ldr     x1, =SIGNAL_EVENT
    ldr     x2, =CONNECTION
    mov     x3, #0
    LEAVE   signal_event, hvc #0
    UNTIL_DONE

    REPEAT
    ldr     x0, =PSCI_VERSION
    LEAVE   psci_version, hvc #0
    UNTIL_DONE

    REPEAT
    LEAVE   vtl_call, hvc #2
    UNTIL_DONE

    /* 30 us: far more than an exit takes, with one instruction a nanosecond. */
    mrs     x21, cntfrq_el0
    lsr     x21, x21, #15
    REPEAT
    mov     x22, #0
    msr     cntv_tval_el0, x21
    mov     x0, #1
    msr     cntv_ctl_el0, x0
    isb
2:
    LEAVE   wfi, wfi
    cbz     x22, 2b
    UNTIL_DONE

    /* UARTEN, TXE, RXE; no FIFO; the receive interrupt. */
    mov     w0, #0x301
    str     w0, [x19, #UART_CR]
    mov     w0, #0x60
    str     w0, [x19, #UART_LCRH]
    mov     w0, #0x10
    str     w0, [x19, #UART_IMSC]
    REPEAT
    mov     x22, #0
    LEAVE   interrupt, cbz x22, bench_exit_interrupt
    UNTIL_DONE

    msr     daifset, #2
    adrp    x0, stack_end
    mov     sp, x0
    bl      bench_disk_start
    cbz     x0, failed
    ldr     x21, =DISK_WINDOW
    REPEAT
    LEAVE   interrupt_status, ldr w0, [x21, #VIRTIO_INTERRUPT_STATUS]
    UNTIL_DONE

    REPEAT
    LEAVE   queue_notify, str wzr, [x21, #VIRTIO_QUEUE_NOTIFY]
    UNTIL_DONE

    DISK    read_512, VIRTIO_BLK_IN, 512
    DISK    read_4096, VIRTIO_BLK_IN, 4096
    DISK    read_65536, VIRTIO_BLK_IN, 65536
    DISK    write_512, VIRTIO_BLK_OUT, 512
    DISK    write_4096, VIRTIO_BLK_OUT, 4096
    DISK    write_65536, VIRTIO_BLK_OUT, 65536

    bl      bench_network_start
    cbz     x0, failed
    FRAME   64
    FRAME   1514

    bl      bench_socket_start
    cbz     x0, failed
    EVIDENCE
    bl      bench_socket_connect_echo
    cbz     x0, failed
    ECHO    64
    ECHO    4096

off:
    ldr     x0, =PSCI_SYSTEM_OFF
    hvc     #0
    b       .

luks:
    msr     daifset, #2
    adrp    x0, stack_end
    mov     sp, x0
    bl      bench_disk_start
    cbz     x0, failed
    DISK    luks_read_4096, VIRTIO_BLK_IN, 4096
    DISK    luks_write_4096, VIRTIO_BLK_OUT, 4096
    b       off

/* bench.py wants a machine that powers off. */
failed:
    ldr     x0, =PSCI_SYSTEM_RESET
    hvc     #0
    b       .

/* Group 1, affinity routing; the timer's PPI and the SPIs to this CPU. */
interrupts_on:
    ldr     x0, =GICR
    str     wzr, [x0, #0x14]            /* GICR_WAKER */
1:
    ldr     w1, [x0, #0x14]
    tbnz    w1, #2, 1b
    ldr     x0, =GICR_SGI
    mov     w1, #-1
    str     w1, [x0, #0x80]             /* GICR_IGROUPR0 */
    mov     w1, #(1 << TIMER_PPI)
    str     w1, [x0, #0x100]            /* GICR_ISENABLER0 */
    ldr     x0, =GICD
    mov     w1, #0x12
    str     w1, [x0]                    /* GICD_CTLR: ARE, group 1 */
    ldr     w1, =SPIS
    str     w1, [x0, #0x84]             /* GICD_IGROUPR1 */
    str     w1, [x0, #0x104]            /* GICD_ISENABLER1 */
    mrs     x1, icc_sre_el1
    orr     x1, x1, #1
    msr     icc_sre_el1, x1
    isb
    mov     x1, #0xff
    msr     icc_pmr_el1, x1
    mov     x1, #1
    msr     icc_igrpen1_el1, x1
    isb
    msr     daifclr, #2
    ret

/* Hypercalls are refused until GuestOsId is set: open source, anything. */
identify:
    ldr     x0, =HYPERCALL
    ldr     x1, =SET_REGISTERS_1
    mov     x2, #-1
    ldr     x3, =VP_SELF
    ldr     x4, =GUEST_OS_ID
    mov     x5, #0
    ldr     x6, =0x8100000000000001
    mov     x7, #0
    hvc     #0
    cbnz    w0, .
    ret

/* An external abort for an access to nothing: on with what follows it. */
aborted:
    mrs     x0, elr_el1
    add     x0, x0, #4
    msr     elr_el1, x0
    eret

interrupted:
    mrs     x23, icc_iar1_el1
    cmp     x23, #TIMER_PPI
    b.ne    1f
    msr     cntv_ctl_el0, xzr
    b       2f
1:
    ldr     w24, [x19, #UART_DR]
2:
    isb
    msr     icc_eoir1_el1, x23
    mov     x22, #1
    eret

    .ltorg
    .balign 0x800
vectors:
    .balign 0x80
    b       .
    .balign 0x80
    b       .
    .balign 0x80
    b       .
    .balign 0x80
    b       .
    .balign 0x80
    b       aborted
    .balign 0x80
    b       interrupted
    .rept   10
    .balign 0x80
    b       .
    .endr

    .section .bss.stack, "aw", %nobits
    .balign 4096
    .skip   4096
stack_end:
