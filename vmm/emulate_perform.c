/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Carries out a decoded load, store or atomic on the MMIO bus.
 *
 * Everything that can refuse (address, translation, ranges) is asked before the first device sees
 * an access, and the guest's registers change only after the last device has answered. An access is
 * made of pieces: naturally aligned, at most 8 bytes, ascending (DDI 0487 B2.2.1 "Requirements for
 * single-copy atomicity": a pair and a Q register are accesses of their elements).
 */
#include "arm64.h"
#include "emulate.h"
#include "mmio.h"

#include <string.h>

#define PIECES_MAX 4u
#define PIECE_BYTES_MAX 8u
#define PAGE_MASK UINT64_C(0xfff)
#define REGISTER_SP 31u

/* The low 56 bits are the address; the top byte may be a tag (DDI 0487, "Address tagging"). */
#define TAG_BITS 8
#define ADDRESS_MASK (~UINT64_C(0) >> TAG_BITS)

struct performance {
    struct vtl_vp *vp;
    const struct vtl_exit *exit;
    const struct emulate_op *op;
    uint64_t base;    /* of the base register */
    uint64_t address; /* of the first byte */
    uint8_t piece_bytes;
    uint8_t pieces;
    gpa_t place[PIECES_MAX];
    uint64_t data[PIECES_MAX];
};

static enum pv_status base_get(struct vtl_vp *vp, uint8_t rn, uint64_t *value)
{
    return rn == REGISTER_SP ? vtl_register_get(vp, VTL_SP, value) : vtl_x_get(vp, rn, value);
}

static enum pv_status base_set(struct vtl_vp *vp, uint8_t rn, uint64_t value)
{
    return rn == REGISTER_SP ? vtl_register_set(vp, VTL_SP, value) : vtl_x_set(vp, rn, value);
}

/* The option field of the register-offset forms: UXTW, LSL, SXTW, SXTX (DDI 0487, ExtendReg). */
static uint64_t extend_offset(uint64_t value, uint8_t extend)
{
    if (extend == 2) {
        return value & UINT64_C(0xffffffff);
    }
    if (extend == 6) {
        return (uint64_t)(int64_t)(int32_t)value;
    }
    return value;
}

static enum pv_status find_address(struct performance *it)
{
    const struct emulate_op *op = it->op;
    uint64_t offset = (uint64_t)op->offset;
    enum pv_status status;

    if (op->base == EMULATE_BASE_PC) {
        it->address = it->exit->pc.raw + offset;
        return PV_OK;
    }
    if (op->offset_is_register) {
        status = vtl_x_get(it->vp, op->rm, &offset);
        if (status != PV_OK) {
            return status;
        }
        offset = extend_offset(offset, op->extend) << op->shift;
    }
    status = base_get(it->vp, op->rn, &it->base);
    it->address = op->index == EMULATE_POST_INDEX ? it->base : it->base + offset;
    return status;
}

/*
 * Another VP of the guest may have changed the instruction since it faulted. What is carried out
 * must be what stage 1 allowed: the same direction, and an access that holds the faulting byte. An
 * atomic asks stage 1 itself in find_places. If not, VTL0 runs the new instruction.
 */
static bool agrees_with_fault(const struct performance *it)
{
    bool write = (it->exit->memory.esr & ESR_WNR) != 0;
    uint64_t total = (uint64_t)it->op->element_bytes * it->op->elements;

    if ((it->op->kind == EMULATE_LOAD && write) || (it->op->kind == EMULATE_STORE && !write)) {
        return false;
    }
    return !it->exit->memory.gva_valid ||
           ((it->exit->memory.gva.raw - it->address) & ADDRESS_MASK) < total;
}

/* Sign-extended from bit 55, as the guest's tables see it. */
static uint64_t untagged(uint64_t address)
{
    return (uint64_t)((int64_t)(address << TAG_BITS) >> TAG_BITS);
}

static bool same_page(uint64_t a, uint64_t b)
{
    return ((a ^ b) & ADDRESS_MASK & ~PAGE_MASK) == 0;
}

static enum vmm_verdict find_place(const struct performance *it, uint64_t address, gpa_t *place)
{
    enum vtl_access access = it->op->kind == EMULATE_LOAD ? VTL_READ : VTL_WRITE;
    bool atomic = it->op->kind == EMULATE_ATOMIC || it->op->kind == EMULATE_COMPARE_SWAP;
    gpa_t page = it->exit->memory.gpa;

    if (atomic || !it->exit->memory.gva_valid || !same_page(address, it->exit->memory.gva.raw)) {
        enum pv_status status = vtl_translate(it->vp, gva(untagged(address)), access, &page);

        if (status != PV_OK) {
            /* VTL0 takes its own fault when it runs the instruction again. */
            return status == PV_FAULT ? VMM_RETRY : VMM_ABORT;
        }
    }
    *place = gpa((page.raw & ~PAGE_MASK) | (address & PAGE_MASK));
    return mmio_covers(*place, it->piece_bytes) ? VMM_ADVANCE : VMM_ABORT;
}

static enum vmm_verdict find_places(struct performance *it)
{
    uint8_t bytes = it->op->element_bytes;

    it->piece_bytes = bytes < PIECE_BYTES_MAX ? bytes : PIECE_BYTES_MAX;
    it->pieces = (uint8_t)(bytes / it->piece_bytes * it->op->elements);
    for (uint8_t i = 0; i < it->pieces; i++) {
        uint64_t address = it->address + (uint64_t)i * it->piece_bytes;
        enum vmm_verdict verdict = find_place(it, address, &it->place[i]);

        if (verdict != VMM_ADVANCE) {
            return verdict;
        }
    }
    return VMM_ADVANCE;
}

static bool transfer(struct performance *it, uint8_t piece, bool write)
{
    struct mmio_access access = {
        .bytes = it->piece_bytes, .write = write, .value = it->data[piece]};

    if (!mmio_perform(it->place[piece], &access)) {
        return false;
    }
    it->data[piece] = access.value;
    return true;
}

/* The bytes of one SIMD register sit in one piece, or in two for Q. */
static enum pv_status vector_set(struct performance *it, uint8_t element)
{
    uint8_t value[16] = {0};
    uint8_t per_element = (uint8_t)(it->pieces / it->op->elements);

    memcpy(value, &it->data[element * per_element], 8u * per_element);
    return vtl_q_set(it->vp, element == 0 ? it->op->rt : it->op->rt2, value);
}

static enum pv_status vector_get(struct performance *it, uint8_t element)
{
    uint8_t value[16];
    uint8_t per_element = (uint8_t)(it->pieces / it->op->elements);
    enum pv_status status = vtl_q_get(it->vp, element == 0 ? it->op->rt : it->op->rt2, value);

    memcpy(&it->data[element * per_element], value, 8u * per_element);
    return status;
}

static enum vmm_verdict perform_load(struct performance *it)
{
    const struct emulate_op *op = it->op;
    enum pv_status status = PV_OK;

    for (uint8_t i = 0; i < it->pieces; i++) {
        if (!transfer(it, i, false)) {
            return VMM_ABORT;
        }
    }
    for (uint8_t i = 0; i < op->elements && status == PV_OK; i++) {
        uint8_t target = i == 0 ? op->rt : op->rt2;

        if (op->simd) {
            status = vector_set(it, i);
        } else {
            status = vtl_x_set(it->vp, target,
                               emulate_extend(it->data[i], op->element_bytes, op->sign, op->wide));
        }
    }
    return status == PV_OK ? VMM_ADVANCE : VMM_STOP;
}

static enum vmm_verdict perform_store(struct performance *it)
{
    const struct emulate_op *op = it->op;

    for (uint8_t i = 0; i < op->elements; i++) {
        uint8_t source = i == 0 ? op->rt : op->rt2;
        enum pv_status status =
            op->simd ? vector_get(it, i) : vtl_x_get(it->vp, source, &it->data[i]);

        if (status != PV_OK) {
            return VMM_STOP;
        }
    }
    for (uint8_t i = 0; i < it->pieces; i++) {
        if (!transfer(it, i, true)) {
            return VMM_ABORT;
        }
    }
    return VMM_ADVANCE;
}

/* What LD<op> and SWP leave in memory; old and operand are zero-extended. */
static uint64_t atomic_result(const struct emulate_op *op, uint64_t old, uint64_t operand)
{
    int64_t old_signed = (int64_t)emulate_extend(old, op->element_bytes, true, true);
    int64_t operand_signed = (int64_t)emulate_extend(operand, op->element_bytes, true, true);

    switch (op->atomic) {
    case EMULATE_ADD:
        return old + operand;
    case EMULATE_CLEAR:
        return old & ~operand;
    case EMULATE_EXCLUSIVE_OR:
        return old ^ operand;
    case EMULATE_SET:
        return old | operand;
    case EMULATE_SIGNED_MAX:
        return old_signed > operand_signed ? old : operand;
    case EMULATE_SIGNED_MIN:
        return old_signed < operand_signed ? old : operand;
    case EMULATE_UNSIGNED_MAX:
        return old > operand ? old : operand;
    case EMULATE_UNSIGNED_MIN:
        return old < operand ? old : operand;
    case EMULATE_SWAP:
    case EMULATE_ATOMICS:
        break;
    }
    return operand;
}

/*
 * A read and then a write of the device, as the bus of a device without exclusive access would
 * carry it: not one step for other VPs. Arm leaves atomics on Device memory to the implementation
 * (DDI 0487 B2.2).
 */
static enum vmm_verdict perform_atomic(struct performance *it)
{
    const struct emulate_op *op = it->op;
    uint64_t operand;
    uint64_t old;

    if (vtl_x_get(it->vp, op->rs, &operand) != PV_OK) {
        return VMM_STOP;
    }
    if (!transfer(it, 0, false)) {
        return VMM_ABORT;
    }
    old = it->data[0];
    it->data[0] = atomic_result(op, old, mmio_clip(operand, op->element_bytes));
    if (!transfer(it, 0, true)) {
        return VMM_ABORT;
    }
    return vtl_x_set(it->vp, op->rt, old) == PV_OK ? VMM_ADVANCE : VMM_STOP;
}

static enum vmm_verdict perform_compare_swap(struct performance *it)
{
    const struct emulate_op *op = it->op;
    uint64_t expected;
    uint64_t replacement;
    uint64_t old;

    if (vtl_x_get(it->vp, op->rs, &expected) != PV_OK ||
        vtl_x_get(it->vp, op->rt, &replacement) != PV_OK) {
        return VMM_STOP;
    }
    if (!transfer(it, 0, false)) {
        return VMM_ABORT;
    }
    old = it->data[0];
    if (old == mmio_clip(expected, op->element_bytes)) {
        it->data[0] = replacement;
        if (!transfer(it, 0, true)) {
            return VMM_ABORT;
        }
    }
    return vtl_x_set(it->vp, op->rs, old) == PV_OK ? VMM_ADVANCE : VMM_STOP;
}

static enum vmm_verdict write_back(struct performance *it)
{
    if (it->op->index == EMULATE_NO_WRITEBACK) {
        return VMM_ADVANCE;
    }
    return base_set(it->vp, it->op->rn, it->base + (uint64_t)it->op->offset) == PV_OK ? VMM_ADVANCE
                                                                                      : VMM_STOP;
}

enum vmm_verdict emulate_perform(struct vtl_vp *vp, const struct vtl_exit *exit,
                                 const struct emulate_op *op)
{
    static enum vmm_verdict (*const perform[])(struct performance *) = {
        [EMULATE_LOAD] = perform_load,
        [EMULATE_STORE] = perform_store,
        [EMULATE_ATOMIC] = perform_atomic,
        [EMULATE_COMPARE_SWAP] = perform_compare_swap,
    };
    struct performance it = {.vp = vp, .exit = exit, .op = op};
    enum vmm_verdict verdict;

    if (find_address(&it) != PV_OK) {
        return VMM_STOP;
    }
    if (!agrees_with_fault(&it)) {
        return VMM_RETRY;
    }
    verdict = find_places(&it);
    if (verdict == VMM_ADVANCE) {
        verdict = perform[op->kind](&it);
    }
    return verdict == VMM_ADVANCE ? write_back(&it) : verdict;
}
