/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL0 for the unwind test: a Linux Image that makes one exit of each kind, for ever. Its x29 looks
 * like a frame record of its own and its x30 like a return address, so that a walk that takes them
 * for VTL2's goes astray; what else the two VTLs share is full of words of its own too.
 */

#define PL011 0x09000000
#define PL011_FR 0x18
#define CRYPTO_DEVICE 0x0b000010 /* of tests/simd, if the image has it: a register behind cryptography */
#define NOWHERE 0x30000000  /* neither memory nor a device of the board's */
#define IMAGE_FLAGS 0xa     /* 4 KiB pages, anywhere in memory: Linux, booting.rst 4 */
#define INSTRUCTION_BYTES 4

    .section .text.entry, "ax", %progbits
    .global _start
_start:
    b       begin
    .long   0
    .quad   0
    .quad   0x10000
    .quad   IMAGE_FLAGS
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

begin:
    adr     x0, vectors
    msr     vbar_el1, x0
    isb
    adr     x29, record
    adr     x30, begin
    mov     x18, #0x1818
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,22,23,24,25,26,27,28
    mov     x\n, #(0x6000 + \n)
    movk    x\n, #0x4000, lsl #16
    .endr
    mov     x19, #PL011
    mov     x20, #NOWHERE
    mov     x21, #(CRYPTO_DEVICE & 0xffff)
    movk    x21, #(CRYPTO_DEVICE >> 16), lsl #16
loop:
    ldr     w0, [x19, #PL011_FR]
    mov     w1, #13
    str     w1, [x19]
    ldp     w2, w3, [x19, #PL011_FR]    /* no valid syndrome: the instruction is read */
    ldr     w4, [x20]                   /* an external abort, for the vectors below */
    hvc     #2                          /* VTL call */
    ldr     x5, [x21]                   /* an external abort again, but under that image */
    b       loop

    .balign 16
record:
    .quad   record, begin

    .balign 2048
vectors:
    .rept   16
    .balign 128
    mrs     x6, elr_el1
    add     x6, x6, #INSTRUCTION_BYTES
    msr     elr_el1, x6
    eret
    .endr
