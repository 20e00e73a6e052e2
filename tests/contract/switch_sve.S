/* SPDX-License-Identifier: BSD-3-Clause */
/* SVE and SME registers, at whatever vector length: see switch_vector.c. SME by its encodings, which older
 * assemblers don't know (Arm ARM C8, SME). */
#include "sve.inc"

/* sve_load(x0: Z0..Z31, x1: P0..P15, x2: FFR or 0), packed. */
    function sve_load
    cbz x2, 1f
    ldr p0, [x2]
    wrffr p0.b
1:  each_p ldr
    each_z ldr
    ret

    function sve_store
    each_p str
    each_z str
    cbz x2, 1f
    rdffr p0.b
    str p0, [x2]
1:  ret

/* Bytes of a vector. */
    function sve_bytes
    rdvl x0, #1
    ret

/* za_load(x0: rows of ZA, x1: bytes of a row, which is their number) */
    function za_load
    mov w12, wzr
1:  .inst 0xe1000000            /* ldr za[w12, 0], [x0] */
    add x0, x0, x1
    add w12, w12, #1
    cmp w12, w1
    b.lo 1b
    ret

    function za_store
    mov w12, wzr
1:  .inst 0xe1200000            /* str za[w12, 0], [x0] */
    add x0, x0, x1
    add w12, w12, #1
    cmp w12, w1
    b.lo 1b
    ret

    function zt0_load
    .inst 0xe11f8000            /* ldr zt0, [x0] */
    ret

    function zt0_store
    .inst 0xe13f8000            /* str zt0, [x0] */
    ret

/* One instruction each. X0: memory to spare. */
    function try_z0
    str z0, [x0]
    ret

    function try_p0
    str p0, [x0]
    ret

    function try_ffr
    rdffr p0.b
    ret

    function try_za
    mov w12, wzr
    .inst 0xe1200000
    ret
