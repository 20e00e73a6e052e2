/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One instruction, eighteen registers: X0..X17 from a frame, the call, X0..X17 back into it. SMCCC
 * 1.2 lets a call change X4-X17; TLFS hypercall-interface changes fewer. X18 and up are preserved
 * by both.
 */
#include "vtl/asm.h"

/* HV_SMCCC_HYPERCALL */
#define FUNCTION_LOW 0x0001
#define FUNCTION_HIGH 0x4600

.macro INVOKE name, call:vararg
FUNC \name
    paciasp
    .cfi_negate_ra_state
    stp     x29, x30, [sp, #-32]!
    .cfi_def_cfa_offset 32
    .cfi_offset x29, -32
    .cfi_offset x30, -24
    mov     x29, sp
    str     x19, [sp, #16]
    .cfi_offset x19, -16
    mov     x19, x0
    ldp     x0, x1, [x19]
    ldp     x2, x3, [x19, #16]
    ldp     x4, x5, [x19, #32]
    ldp     x6, x7, [x19, #48]
    ldp     x8, x9, [x19, #64]
    ldp     x10, x11, [x19, #80]
    ldp     x12, x13, [x19, #96]
    ldp     x14, x15, [x19, #112]
    ldp     x16, x17, [x19, #128]
    \call
    stp     x0, x1, [x19]
    stp     x2, x3, [x19, #16]
    stp     x4, x5, [x19, #32]
    stp     x6, x7, [x19, #48]
    stp     x8, x9, [x19, #64]
    stp     x10, x11, [x19, #80]
    stp     x12, x13, [x19, #96]
    stp     x14, x15, [x19, #112]
    stp     x16, x17, [x19, #128]
    ldr     x19, [sp, #16]
    ldp     x29, x30, [sp], #32
    .cfi_restore x19
    .cfi_restore x29
    .cfi_restore x30
    .cfi_def_cfa_offset 0
    autiasp
    .cfi_negate_ra_state
    ret
ENDFUNC \name
.endm

/* vectors.S goes on behind it where there is no SMC. */
.macro SMC_MAYBE
.global hv_smc
hv_smc:
    smc     #0
.endm

    /* void hv_invoke_smccc(struct hv_frame *), and the same by HVC #1 and by SMC */
    INVOKE  hv_invoke_smccc, hvc #0
    INVOKE  hv_invoke_native, hvc #1
    INVOKE  hv_invoke_smc, SMC_MAYBE

/*
 * uint64_t hv_invoke_words_smccc(x0 control, x1..x4 four words), hv_invoke_words_native: the same
 * without a frame. All that a call changes is a caller's to save in any function.
 */
FUNC hv_invoke_words_smccc
    mov     x5, x4
    mov     x4, x3
    mov     x3, x2
    mov     x2, x1
    mov     x1, x0
    mov     w0, #FUNCTION_LOW
    movk    w0, #FUNCTION_HIGH, lsl #16
    hvc     #0
    ret
ENDFUNC hv_invoke_words_smccc

FUNC hv_invoke_words_native
    hvc     #1
    ret
ENDFUNC hv_invoke_words_native
