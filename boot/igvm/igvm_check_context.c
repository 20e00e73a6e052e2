/* SPDX-License-Identifier: BSD-3-Clause */
/* First registers (igvm.md 2.3). */
#include "igvm_check.h"

#include <string.h>

/* Bit of a register's name in a set of those seen; -1 if no file may set it (igvm.md 2.3). */
static int register_bit(uint32_t name)
{
    static const uint32_t others[] = {
        IGVM_REGISTER_PC,        IGVM_REGISTER_CPSR,      IGVM_REGISTER_SCTLR_EL1,
        IGVM_REGISTER_TTBR0_EL1, IGVM_REGISTER_TTBR1_EL1, IGVM_REGISTER_TCR_EL1,
        IGVM_REGISTER_MAIR_EL1,  IGVM_REGISTER_VBAR_EL1,
    };

    if (name >= IGVM_REGISTER_X0 && name <= IGVM_REGISTER_X7) {
        return (int)(name - IGVM_REGISTER_X0);
    }
    for (int i = 0; i < (int)(sizeof(others) / sizeof(others[0])); i++) {
        if (others[i] == name) {
            return 8 + i;
        }
    }
    return -1;
}

static bool record_zeros(const uint8_t *record)
{
    for (uint32_t i = IGVM_VP_REGISTER_ZERO_OFFSET; i < IGVM_VP_REGISTER_VALUE_OFFSET; i++) {
        if (record[i] != 0) {
            return false;
        }
    }
    for (uint32_t i = IGVM_VP_REGISTER_VALUE_OFFSET + 8; i < IGVM_VP_REGISTER_BYTES; i++) {
        if (record[i] != 0) {
            return false;
        }
    }
    return true;
}

static enum igvm_status check_registers(struct igvm_check *check,
                                        const struct igvm_vp_context *context, uint32_t count,
                                        uint8_t *vtl)
{
    const uint8_t *records = check->file->data + context->file_offset + sizeof(count);
    struct igvm_vp_register value;
    uint32_t seen = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (!igvm_vp_register(check->file, context, i, &value)) {
            return IGVM_BAD_CONTEXT;
        }
        if (!record_zeros(records + i * IGVM_VP_REGISTER_BYTES)) {
            return IGVM_RESERVED_NOT_ZERO;
        }
        if (!igvm_vtl_allowed(value.vtl) || (i != 0 && value.vtl != *vtl)) {
            return IGVM_BAD_VTL;
        }
        int bit = register_bit(value.name);
        if (bit < 0) {
            return IGVM_BAD_REGISTER;
        }
        if ((seen & (UINT32_C(1) << bit)) != 0) {
            return IGVM_REGISTER_TWICE;
        }
        seen |= UINT32_C(1) << bit;
        *vtl = value.vtl;
    }
    return IGVM_OK;
}

static enum igvm_status check_vsm(struct igvm_check *check, const struct igvm_vp_context *context)
{
    uint32_t count;
    uint8_t vtl = 0;

    enum igvm_status status = igvm_check_data(check, context->file_offset, sizeof(count));
    if (status != IGVM_OK) {
        return status;
    }
    memcpy(&count, check->file->data + context->file_offset, sizeof(count));
    if (count == 0 || count > IGVM_REGISTER_COUNT) {
        return IGVM_BAD_CONTEXT;
    }
    status = igvm_check_data(check, context->file_offset,
                             sizeof(count) + (uint64_t)count * IGVM_VP_REGISTER_BYTES);
    if (status != IGVM_OK) {
        return status;
    }
    status = check_registers(check, context, count, &vtl);
    if (status != IGVM_OK) {
        return status;
    }
    if (check->context_seen[vtl]) {
        return IGVM_CONTEXT_TWICE;
    }
    check->context_seen[vtl] = true;
    return IGVM_OK;
}

/* A page with the first registers of a REC (igvm.md 2.3); any values will do. */
static enum igvm_status check_cca(struct igvm_check *check, const struct igvm_vp_context *context)
{
    enum igvm_status status = igvm_check_data(check, context->file_offset, IGVM_CCA_CONTEXT_BYTES);
    const uint8_t *page = check->file->data + context->file_offset;

    if (status != IGVM_OK) {
        return status;
    }
    if (check->cca_context_seen) {
        return IGVM_CONTEXT_TWICE;
    }
    check->cca_context_seen = true;
    for (uint32_t i = IGVM_CCA_CONTEXT_USED; i < IGVM_CCA_CONTEXT_BYTES; i++) {
        if (page[i] != 0) {
            return IGVM_RESERVED_NOT_ZERO;
        }
    }
    return IGVM_OK;
}

enum igvm_status igvm_check_context(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_vp_context *context = &header->vp_context;

    if (context->gpa != 0 || context->reserved != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (context->vp_index != 0) {
        return IGVM_BAD_VP_INDEX;
    }
    if (context->compatibility_mask == check->file->mask) {
        return check_vsm(check, context);
    }
    return context->compatibility_mask == check->file->cca_mask ? check_cca(check, context)
                                                                : IGVM_BAD_MASK;
}
