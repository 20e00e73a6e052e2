/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL0's Q registers, which stay live in the unit while VTL2 runs. The only code that touches the
 * unit; CPACR_EL1.FPEN is set around the access and nowhere else. CPACR_EL1 is private to VTL2
 * (TLFS vsm). A load to Q zeroes what lies above in Z, as the guest's own load would have (Arm ARM
 * B1.2.2).
 */
#include "vtl/asm.h"

#define CPACR_FPEN 0x300000

/* void simd_q_read(x0 n, x1 uint8_t[16]); n below 32, checked by the caller. */
FUNC simd_q_read
    mov     x2, #CPACR_FPEN
    msr     cpacr_el1, x2
    isb
    adr     x3, 1f
    add     x3, x3, x0, lsl #4
    br      x3
1:
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    bti     j
    str     q\n, [x1]
    b       simd_done
    nop
    .endr
ENDFUNC simd_q_read

/* void simd_q_write(x0 n, x1 const uint8_t[16]). */
FUNC simd_q_write
    mov     x2, #CPACR_FPEN
    msr     cpacr_el1, x2
    isb
    adr     x3, 1f
    add     x3, x3, x0, lsl #4
    br      x3
1:
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    bti     j
    ldr     q\n, [x1]
    b       simd_done
    nop
    .endr
ENDFUNC simd_q_write

FUNC simd_done
    msr     cpacr_el1, xzr
    isb
    ret
ENDFUNC simd_done
