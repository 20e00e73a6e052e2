/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decodes the A64 loads, stores and atomics that reach device memory without a syndrome to go by.
 *
 * Source: Arm ARM (DDI 0487) C4.1 "Loads and Stores", C6.2 and C7.2 for each instruction. What is
 * not in the table (exclusives, CASP, tag and pointer-authentication forms, structure loads, DC
 * ZVA, prefetches, SVE) is refused: an access that is not understood is an abort to the guest,
 * never a guess.
 */
#include "emulate.h"

#define REGISTER_31 31u

static uint32_t field(uint32_t instruction, unsigned low, unsigned bits)
{
    return (instruction >> low) & ((UINT32_C(1) << bits) - 1);
}

static int64_t field_signed(uint32_t instruction, unsigned low, unsigned bits)
{
    uint64_t value = field(instruction, low, bits);

    return (int64_t)(value << (64 - bits)) >> (64 - bits);
}

static uint8_t field_register(uint32_t instruction, unsigned low)
{
    return (uint8_t)field(instruction, low, 5);
}

/* A base that is also a data register can't be both: CONSTRAINED UNPREDICTABLE (DDI 0487 K1.2). */
static bool overlaps_base(const struct emulate_op *op, uint8_t rt)
{
    return op->index != EMULATE_NO_WRITEBACK && !op->simd && op->rn != REGISTER_31 && op->rn == rt;
}

/* size, V and opc of the single-register forms, bits 31:30, 26 and 23:22. */
static bool decode_transfer(uint32_t instruction, struct emulate_op *op)
{
    uint32_t size = field(instruction, 30, 2);
    uint32_t opc = field(instruction, 22, 2);

    op->simd = field(instruction, 26, 1) != 0;
    op->elements = 1;
    op->rt = field_register(instruction, 0);
    op->rn = field_register(instruction, 5);
    if (op->simd) {
        /* opc<1> makes a size of 0 mean 128 bits; it has no meaning with another size. */
        if (opc >= 2 && size != 0) {
            return false;
        }
        op->element_bytes = opc >= 2 ? 16 : (uint8_t)(1u << size);
        op->kind = (opc & 1) != 0 ? EMULATE_LOAD : EMULATE_STORE;
        return true;
    }
    op->element_bytes = (uint8_t)(1u << size);
    op->kind = opc == 0 ? EMULATE_STORE : EMULATE_LOAD;
    op->sign = opc >= 2;
    op->wide = opc == 2 || (opc == 1 && size == 3);
    /* opc 2 sign-extends to 64 bits (size 3 is a prefetch), opc 3 to 32 bits. */
    return !(opc == 2 && size == 3) && !(opc == 3 && size >= 2);
}

static unsigned log2_bytes(uint8_t bytes)
{
    return (unsigned)__builtin_ctz(bytes);
}

static bool decode_unsigned_immediate(uint32_t instruction, struct emulate_op *op)
{
    if (!decode_transfer(instruction, op)) {
        return false;
    }
    op->offset = (int64_t)((uint64_t)field(instruction, 10, 12) << log2_bytes(op->element_bytes));
    return true;
}

/* Unscaled, post-indexed, unprivileged and pre-indexed: bits 11:10. */
static bool decode_immediate9(uint32_t instruction, struct emulate_op *op)
{
    static const enum emulate_index forms[4] = {EMULATE_NO_WRITEBACK, EMULATE_POST_INDEX,
                                                EMULATE_NO_WRITEBACK, EMULATE_PRE_INDEX};
    uint32_t form = field(instruction, 10, 2);

    if (!decode_transfer(instruction, op)) {
        return false;
    }
    op->index = forms[form];
    op->offset = field_signed(instruction, 12, 9);
    if (form == 2 && op->simd) {
        return false;
    }
    return !overlaps_base(op, op->rt);
}

static bool decode_register_offset(uint32_t instruction, struct emulate_op *op)
{
    if (!decode_transfer(instruction, op)) {
        return false;
    }
    op->offset_is_register = true;
    op->rm = field_register(instruction, 16);
    op->extend = (uint8_t)field(instruction, 13, 3);
    op->shift = field(instruction, 12, 1) != 0 ? (uint8_t)log2_bytes(op->element_bytes) : 0;
    return (op->extend & 2) != 0;
}

/* STLUR and LDAPUR: as the unscaled forms, without SIMD. */
static bool decode_ordered_immediate(uint32_t instruction, struct emulate_op *op)
{
    op->offset = field_signed(instruction, 12, 9);
    return decode_transfer(instruction, op);
}

/* opc of the pair and literal SIMD forms: S, D, Q. */
static bool decode_vector_size(uint32_t opc, struct emulate_op *op)
{
    op->simd = true;
    op->element_bytes = (uint8_t)(4u << opc);
    return opc != 3;
}

static bool decode_pair_size(uint32_t instruction, struct emulate_op *op)
{
    uint32_t opc = field(instruction, 30, 2);
    bool load = op->kind == EMULATE_LOAD;
    bool no_allocate = field(instruction, 23, 2) == 0;

    if (field(instruction, 26, 1) != 0) {
        return decode_vector_size(opc, op);
    }
    op->element_bytes = opc == 2 ? 8 : 4;
    op->wide = opc != 0;
    op->sign = opc == 1;
    /* opc 1 is LDPSW; as a store it is STGP, without allocation it is nothing. */
    return opc == 0 || opc == 2 || (opc == 1 && load && !no_allocate);
}

static bool decode_pair(uint32_t instruction, struct emulate_op *op)
{
    static const enum emulate_index forms[4] = {EMULATE_NO_WRITEBACK, EMULATE_POST_INDEX,
                                                EMULATE_NO_WRITEBACK, EMULATE_PRE_INDEX};

    op->kind = field(instruction, 22, 1) != 0 ? EMULATE_LOAD : EMULATE_STORE;
    op->index = forms[field(instruction, 23, 2)];
    op->elements = 2;
    op->rt = field_register(instruction, 0);
    op->rt2 = field_register(instruction, 10);
    op->rn = field_register(instruction, 5);
    if (!decode_pair_size(instruction, op)) {
        return false;
    }
    op->offset = field_signed(instruction, 15, 7) * op->element_bytes;
    if (op->kind == EMULATE_LOAD && op->rt == op->rt2) {
        return false;
    }
    return !overlaps_base(op, op->rt) && !overlaps_base(op, op->rt2);
}

static bool decode_literal(uint32_t instruction, struct emulate_op *op)
{
    uint32_t opc = field(instruction, 30, 2);

    op->kind = EMULATE_LOAD;
    op->base = EMULATE_BASE_PC;
    op->elements = 1;
    op->rt = field_register(instruction, 0);
    op->offset = field_signed(instruction, 5, 19) * 4;
    if (field(instruction, 26, 1) != 0) {
        return decode_vector_size(opc, op);
    }
    op->element_bytes = opc == 1 ? 8 : 4;
    op->sign = opc == 2;
    op->wide = opc != 0;
    return opc != 3;
}

/* LDAR, LDLAR, STLR, STLLR: Rs and Rt2 should be ones, and another value is no instruction to rely
 * on. */
static bool decode_ordered(uint32_t instruction, struct emulate_op *op)
{
    uint32_t size = field(instruction, 30, 2);

    op->kind = field(instruction, 22, 1) != 0 ? EMULATE_LOAD : EMULATE_STORE;
    op->element_bytes = (uint8_t)(1u << size);
    op->elements = 1;
    op->wide = size == 3;
    op->rt = field_register(instruction, 0);
    op->rn = field_register(instruction, 5);
    return field(instruction, 16, 5) == REGISTER_31 && field(instruction, 10, 5) == REGISTER_31;
}

static void decode_atomic_operands(uint32_t instruction, struct emulate_op *op)
{
    uint32_t size = field(instruction, 30, 2);

    op->element_bytes = (uint8_t)(1u << size);
    op->elements = 1;
    op->wide = size == 3;
    op->rt = field_register(instruction, 0);
    op->rn = field_register(instruction, 5);
    op->rs = field_register(instruction, 16);
}

/* CAS and its ordered forms; Rt2 tells them from CASP. */
static bool decode_compare_swap(uint32_t instruction, struct emulate_op *op)
{
    op->kind = EMULATE_COMPARE_SWAP;
    decode_atomic_operands(instruction, op);
    return true;
}

/* LD<op>, SWP and LDAPR: o3:opc, bits 15:12. */
static bool decode_atomic(uint32_t instruction, struct emulate_op *op)
{
    uint32_t operation = field(instruction, 12, 4);
    uint32_t order = field(instruction, 22, 2);

    decode_atomic_operands(instruction, op);
    if (operation == 12) {
        /* LDAPR: A set, R clear, Rs ones. */
        op->kind = EMULATE_LOAD;
        return order == 2 && op->rs == REGISTER_31;
    }
    op->kind = EMULATE_ATOMIC;
    op->atomic = (enum emulate_atomic)operation;
    return operation < EMULATE_ATOMICS;
}

struct encoding {
    uint32_t mask;
    uint32_t value;
    bool (*decode)(uint32_t instruction, struct emulate_op *op);
};

static const struct encoding encodings[] = {
    {0x3b000000, 0x39000000, decode_unsigned_immediate},
    {0x3b200000, 0x38000000, decode_immediate9},
    {0x3b200c00, 0x38200800, decode_register_offset},
    {0x3a000000, 0x28000000, decode_pair},
    {0x3f200c00, 0x38200000, decode_atomic},
    {0x3fa07c00, 0x08a07c00, decode_compare_swap},
    {0x3fa00000, 0x08800000, decode_ordered},
    {0x3f200c00, 0x19000000, decode_ordered_immediate},
    {0x3b000000, 0x18000000, decode_literal},
};

bool emulate_decode(uint32_t instruction, struct emulate_op *op)
{
    *op = (struct emulate_op){.kind = EMULATE_LOAD};
    for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
        if ((instruction & encodings[i].mask) == encodings[i].value) {
            return encodings[i].decode(instruction, op);
        }
    }
    return false;
}
