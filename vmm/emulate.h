/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the parts of the instruction emulator: what an instruction asks for (emulate_decode.c),
 * and carrying it out (emulate_perform.c).
 */
#ifndef VMM_EMULATE_H
#define VMM_EMULATE_H

#include "vmm/vmm.h"

enum emulate_kind { EMULATE_LOAD, EMULATE_STORE, EMULATE_ATOMIC, EMULATE_COMPARE_SWAP };
enum emulate_index { EMULATE_NO_WRITEBACK, EMULATE_PRE_INDEX, EMULATE_POST_INDEX };
enum emulate_base { EMULATE_BASE_XN, EMULATE_BASE_PC };

/* The field "o3:opc" of LD<op> and SWP (DDI 0487 C4.1, "Atomic memory operations"). */
enum emulate_atomic {
    EMULATE_ADD,
    EMULATE_CLEAR,
    EMULATE_EXCLUSIVE_OR,
    EMULATE_SET,
    EMULATE_SIGNED_MAX,
    EMULATE_SIGNED_MIN,
    EMULATE_UNSIGNED_MAX,
    EMULATE_UNSIGNED_MIN,
    EMULATE_SWAP,
    EMULATE_ATOMICS,
};

/* One A64 load, store or atomic. */
struct emulate_op {
    enum emulate_kind kind;
    enum emulate_index index;
    enum emulate_base base;
    enum emulate_atomic atomic;
    uint8_t element_bytes; /* of one register's access: 1, 2, 4, 8; 16 for Q */
    uint8_t elements;      /* registers: 1 or 2 */
    bool simd;
    bool sign; /* sign-extend what was loaded */
    bool wide; /* to 64 bits, not to 32 */
    uint8_t rt;
    uint8_t rt2;
    uint8_t rn;
    uint8_t rs;
    bool offset_is_register;
    uint8_t rm;
    uint8_t extend; /* the instruction's option field */
    uint8_t shift;
    int64_t offset;
};

/* False: not an access that is emulated, unallocated, or CONSTRAINED UNPREDICTABLE. */
bool emulate_decode(uint32_t instruction, struct emulate_op *op);

/* Carries out op for the exit. Nothing of the guest's registers changes unless VMM_ADVANCE (or
 * VMM_STOP, after which there is no guest) comes back. */
enum vmm_verdict emulate_perform(struct vtl_vp *vp, const struct vtl_exit *exit,
                                 const struct emulate_op *op);

/* The whole of it, for an exit without a syndrome. */
enum vmm_verdict emulate_instruction(struct vtl_vp *vp, const struct vtl_exit *exit);

/* What a load of `bytes` puts into an X register (a W result clears bits 63:32). */
static inline uint64_t emulate_extend(uint64_t value, unsigned bytes, bool sign, bool wide)
{
    unsigned unused = 64u - 8u * bytes;

    if (sign) {
        value = (uint64_t)((int64_t)(value << unused) >> unused);
    }
    return wide ? value : value & UINT64_C(0xffffffff);
}

#endif /* VMM_EMULATE_H */
