/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL0's Q registers, which are shared state and lie in the unit when VTL2 is entered (TLFS vsm).
 * CPACR_EL1, which is private to VTL2, keeps VTL2 off the unit: it is open in the two functions
 * that move one register, and from vectors.S taking all of them to simd_give_back.
 *
 * A load to Q clears what lies above it in Z (Arm ARM B1.2.2). VTL2 is not told of SVE: keeping
 * that part for VTL0 is the hypervisor's.
 */
#include "vtl/asm.h"
#include "cpu.h"

/* How each register is reached by its number: x0, below 32, checked by the caller. */
.macro Q_ACCESS access
    mov     x2, #CPACR_FPEN
    msr     cpacr_el1, x2
    isb
    adr     x3, 1f
    add     x3, x3, x0, lsl #4
    br      x3
1:
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    bti     j
    \access q\n, [x1]
    b       simd_done
    nop
    .endr
.endm

/* void simd_unit_read(x0 n, x1 uint8_t[16]). */
FUNC simd_unit_read
    Q_ACCESS str
ENDFUNC simd_unit_read

/* void simd_unit_write(x0 n, x1 const uint8_t[16]). */
FUNC simd_unit_write
    Q_ACCESS ldr
ENDFUNC simd_unit_write

FUNC simd_done
    msr     cpacr_el1, xzr
    isb
    ret
ENDFUNC simd_done

/* void simd_give_back(void): only after vectors.S has taken them. Nothing of VTL2's stays in Q. */
FUNC simd_give_back
    mrs     x0, tpidr_el1
    add     x1, x0, #CPU_SIMD_Q
    ld1     {v0.16b-v3.16b}, [x1], #64
    ld1     {v4.16b-v7.16b}, [x1], #64
    ld1     {v8.16b-v11.16b}, [x1], #64
    ld1     {v12.16b-v15.16b}, [x1], #64
    ld1     {v16.16b-v19.16b}, [x1], #64
    ld1     {v20.16b-v23.16b}, [x1], #64
    ld1     {v24.16b-v27.16b}, [x1], #64
    ld1     {v28.16b-v31.16b}, [x1], #64
    str     wzr, [x0, #CPU_SIMD_TAKEN]
    msr     cpacr_el1, xzr
    isb
    ret
ENDFUNC simd_give_back
