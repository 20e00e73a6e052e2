/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL return (reference 1.1, 8.1; docs/vtl-contract.md for the SMCCC form). Register use:
 *   x18         the VP, all the way: private to each VTL in every source (reference 8.1, C2)
 *   sp          VTL2's own, private; what C expects back lies there, the frame record first
 *   x0-x17, x19-x28   VTL0's between the loads and the stores; but in an SMCCC return x0 is the
 *               function id, and VTL0's x0 lies in the assist page
 *   x29, x30    VTL0's only in the shared form's window: one load before, one store after the hvc
 *   Q, FPCR, ...      never touched: code that wants them takes them by a trap (cpu/simd.h)
 * Interrupts stay masked (DAIF) in VTL2; they bring VTL2 in and are polled.
 *
 * The unwind data says "saved at sp" from the prologue to the epilogue, so it holds at every
 * instruction, the window included. A frame-pointer walk holds everywhere but in the window, whose
 * labels are for it.
 */
#include "vp.h"
#include "vtl/asm.h"

#define FRAME_BYTES 96

/*
 * Back to VTL0 what BUFFERS_TAKE took. Clobbers x0, x1. Last but for loads of registers: nothing of
 * VTL2 is to be profiled, and a record of it would go where VTL0 says, through VTL2's translation.
 * Branch records come last of all: no branch may be taken behind that.
 */
.macro BUFFERS_GIVE
    ldr     x1, [x18, #VP_BUFFERS]
    tbz     x1, #VP_BUFFER_PROFILING_BIT, 1f
    ldr     x0, [x18, #VP_PROFILING]
    MSR_ROW pmblimitr_el1, x0
1:
    tbz     x1, #VP_BUFFER_TRACING_BIT, 2f
    ldr     x0, [x18, #VP_TRACING]
    MSR_ROW trblimitr_el1, x0
2:
    tbz     x1, #VP_BUFFER_BRANCHES_BIT, 3f
    ldr     x0, [x18, #VP_BRANCHES]
    MSR_ROW brbcr_el1, x0
3:
.endm

/*
 * Nothing is stored before all of them are off and drained: TPIDR_EL0, TPIDRRO_EL0, SP_EL0 and
 * FAR_EL1, private and unused, keep x0, x1 and what was read. No branch is taken before branch
 * records are off, which is so from the ISB on. The other barriers: see PROFILING_OFF. What this
 * CPU does not have is stored as chance has it, and never given back.
 */
.macro BUFFERS_TAKE
    msr     tpidr_el0, x0
    msr     tpidrro_el0, x1
    ldr     x0, [x18, #VP_BUFFERS]
    tbz     x0, #VP_BUFFER_BRANCHES_BIT, 1f
    MRS_ROW x1, brbcr_el1
    MSR_ROW brbcr_el1, xzr
    isb
    msr     far_el1, x1
1:
    tbz     x0, #VP_BUFFER_PROFILING_BIT, 2f
    MRS_ROW x1, pmblimitr_el1
    MSR_ROW pmblimitr_el1, xzr
    msr     sp_el0, x1
2:
    tbz     x0, #VP_BUFFER_TRACING_BIT, 3f
    MRS_ROW x1, trblimitr_el1
    MSR_ROW trblimitr_el1, xzr
3:
    isb
    PSB_CSYNC
    TSB_CSYNC
    dsb     nsh
    str     x1, [x18, #VP_TRACING]
    mrs     x0, far_el1
    mrs     x1, sp_el0
    str     x0, [x18, #VP_BRANCHES]
    str     x1, [x18, #VP_PROFILING]
    mrs     x0, tpidr_el0
    mrs     x1, tpidrro_el0
.endm

/*
 * VTL0's x0 into the assist page, and the entry reason gone: a return that the hypervisor refuses
 * comes back with none. vina_asserted, between the two, is written at each entry like the reason.
 */
.macro ASSIST_GIVE
    ldp     x0, x1, [x18, #VP_X(0)]
    ldr     x17, [x18, #VP_ASSIST]
    stp     xzr, x0, [x17, #ASSIST_REASON]
.endm

.macro SWITCH name, smccc, shared, buffers
    .section .text.\name, "ax", %progbits
    .balign 64
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    paciasp
    .cfi_negate_ra_state
    stp     x29, x30, [sp, #-FRAME_BYTES]!
    .cfi_def_cfa_offset FRAME_BYTES
    .cfi_offset x29, -96
    .cfi_offset x30, -88
    mov     x29, sp
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    .cfi_offset x19, -80
    .cfi_offset x20, -72
    .cfi_offset x21, -64
    .cfi_offset x22, -56
    .cfi_offset x23, -48
    .cfi_offset x24, -40
    .cfi_offset x25, -32
    .cfi_offset x26, -24
    .cfi_offset x27, -16
    .cfi_offset x28, -8
    mov     x18, x0
    .if \smccc
    ASSIST_GIVE
    .endif
    ldp     x2, x3, [x18, #VP_X(2)]
    ldp     x4, x5, [x18, #VP_X(4)]
    ldp     x6, x7, [x18, #VP_X(6)]
    ldp     x8, x9, [x18, #VP_X(8)]
    ldp     x10, x11, [x18, #VP_X(10)]
    ldp     x12, x13, [x18, #VP_X(12)]
    ldp     x14, x15, [x18, #VP_X(14)]
    ldp     x16, x17, [x18, #VP_X(16)]
    ldp     x19, x20, [x18, #VP_X(19)]
    ldp     x21, x22, [x18, #VP_X(21)]
    ldp     x23, x24, [x18, #VP_X(23)]
    ldp     x25, x26, [x18, #VP_X(25)]
    ldp     x27, x28, [x18, #VP_X(27)]
    .if \buffers
    BUFFERS_GIVE
    .endif
    .if \smccc
    .if \buffers
    ldr     x1, [x18, #VP_X(1)]
    .endif
    mov     w0, #SMCCC_RETURN_LOW
    movk    w0, #SMCCC_RETURN_HIGH, lsl #16
    .else
    ldp     x0, x1, [x18, #VP_X(0)]
    .endif
    .if \shared
    ldp     x29, x30, [x18, #VP_X(29)]
\name\()_window:
    .endif
    .if \smccc
    hvc     #0
    .else
    hvc     #3
    .endif
    .if \shared
    .if \buffers
    BUFFERS_TAKE
    .endif
    stp     x29, x30, [x18, #VP_X(29)]
    ldp     x29, x30, [sp]
\name\()_window_end:
    .elseif \buffers
    BUFFERS_TAKE
    .endif
    stp     x0, x1, [x18, #VP_X(0)]
    stp     x2, x3, [x18, #VP_X(2)]
    stp     x4, x5, [x18, #VP_X(4)]
    stp     x6, x7, [x18, #VP_X(6)]
    stp     x8, x9, [x18, #VP_X(8)]
    stp     x10, x11, [x18, #VP_X(10)]
    stp     x12, x13, [x18, #VP_X(12)]
    stp     x14, x15, [x18, #VP_X(14)]
    stp     x16, x17, [x18, #VP_X(16)]
    stp     x19, x20, [x18, #VP_X(19)]
    stp     x21, x22, [x18, #VP_X(21)]
    stp     x23, x24, [x18, #VP_X(23)]
    stp     x25, x26, [x18, #VP_X(25)]
    stp     x27, x28, [x18, #VP_X(27)]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #FRAME_BYTES
    .cfi_restore x19
    .cfi_restore x20
    .cfi_restore x21
    .cfi_restore x22
    .cfi_restore x23
    .cfi_restore x24
    .cfi_restore x25
    .cfi_restore x26
    .cfi_restore x27
    .cfi_restore x28
    .cfi_restore x29
    .cfi_restore x30
    .cfi_def_cfa_offset 0
    autiasp
    .cfi_negate_ra_state
    mov     x0, x18
    b       hv_entry
    .cfi_endproc
    .size \name, . - \name
.endm

    SWITCH  hv_switch_smccc, 1, 0, 0
    SWITCH  hv_switch_private, 0, 0, 0
    SWITCH  hv_switch_shared, 0, 1, 0
    SWITCH  hv_switch_smccc_buffers, 1, 0, 1
    SWITCH  hv_switch_private_buffers, 0, 0, 1
    SWITCH  hv_switch_shared_buffers, 0, 1, 1

/* bool switch_window_contains(uint64_t pc) */
FUNC switch_window_contains
    .irp    name, hv_switch_shared, hv_switch_shared_buffers
    ADDRESS x1, \name\()_window
    ADDRESS x2, \name\()_window_end
    cmp     x0, x1
    ccmp    x0, x2, #2, hs
    b.lo    1f
    .endr
    mov     w0, #0
    ret
1:
    mov     w0, #1
    ret
ENDFUNC switch_window_contains
