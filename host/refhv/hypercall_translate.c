/* SPDX-License-Identifier: BSD-3-Clause */
/* HvCallTranslateVirtualAddressEx: reference section 2.8. */
#include "arm64.h"
#include "hvregs.h"
#include "hypercall.h"
#include "registers_el1.h"
#include "stage1.h"

#define FLAGS_KNOWN                                                                                \
    (HV_TRANSLATE_READ | HV_TRANSLATE_WRITE | HV_TRANSLATE_EXECUTE |                               \
     HV_TRANSLATE_SET_PAGE_TABLE_BITS | HV_TRANSLATE_TLB_FLUSH_INHIBIT | HV_TRANSLATE_SUPERVISOR | \
     HV_TRANSLATE_USER | HV_TRANSLATE_PAN_SET | HV_TRANSLATE_PAN_CLEAR |                           \
     UINT64_C(0xff) << HV_TRANSLATE_INPUT_VTL_SHIFT)

#define GVA_PAGE_LIMIT (UINT64_C(1) << 52)

static uint64_t field(uint64_t id, unsigned shift)
{
    return id >> shift & 0xf;
}

/* ID_AA64MMFR0_EL1.PARange to address bits (Arm ARM D19.2.64). */
static unsigned physical_bits(uint64_t mmfr0)
{
    static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 52};
    const uint64_t range = field(mmfr0, 0);

    return range < sizeof(bits) ? bits[range] : 48u;
}

static uint64_t register_of(const struct hypercall *call, uint32_t name)
{
    struct hv_register_value value;

    /* Each of the names exists, so that the status carries nothing. */
    (void)hvregs_get(call->target, call->target_slot, call->slot, name, &value);
    return value.low;
}

static struct stage1 regime_of(const struct hypercall *call)
{
    const uint64_t mmfr0 = read_id_aa64mmfr0_el1();
    const uint64_t mmfr1 = read_id_aa64mmfr1_el1();
    const uint64_t tgran4 = field(mmfr0, 28);

    return (struct stage1){
        .slot = call->target_slot,
        .sctlr = register_of(call, HV_REGISTER_sctlr_el1),
        .tcr = register_of(call, HV_REGISTER_tcr_el1),
        .ttbr0 = register_of(call, HV_REGISTER_ttbr0_el1),
        .ttbr1 = register_of(call, HV_REGISTER_ttbr1_el1),
        .mair = register_of(call, HV_REGISTER_mair_el1),
        .pa_bits = physical_bits(mmfr0),
        .lpa2_4k = tgran4 == 1,
        .lpa2_16k = field(mmfr0, 20) == 2,
        .lva = field(read_id_aa64mmfr2_el1(), 16) >= 1,
        .hafdbs = field(mmfr1, 0) >= 1,
        .hafdbs_dirty = field(mmfr1, 0) >= 2,
    };
}

/* At the VP's own EL and PAN unless the flags say otherwise. */
static struct stage1_access access_of(const struct hypercall *call, uint64_t flags)
{
    const uint64_t pstate = register_of(call, HV_REGISTER_PSTATE);
    const bool user = (flags & HV_TRANSLATE_USER) != 0 ||
                      ((flags & HV_TRANSLATE_SUPERVISOR) == 0 && PSTATE_EL(pstate) == 0);

    return (struct stage1_access){
        .read = (flags & HV_TRANSLATE_READ) != 0,
        .write = (flags & HV_TRANSLATE_WRITE) != 0,
        .execute = (flags & HV_TRANSLATE_EXECUTE) != 0,
        .user = user,
        .pan = (flags & HV_TRANSLATE_PAN_SET) != 0 ||
               ((flags & HV_TRANSLATE_PAN_CLEAR) == 0 && (pstate & PSTATE_PAN) != 0),
        .set_flags = (flags & HV_TRANSLATE_SET_PAGE_TABLE_BITS) != 0,
    };
}

/*
 * RAM that the VTL may not touch as asked fails. Where there is no RAM the translation stands: that is what an
 * emulator of a device asks for (hypercalls.md).
 */
static uint32_t second_stage(unsigned slot, uint64_t gpa, const struct stage1_access *access)
{
    if (!stage2_is_ram(gpa) || slot != SLOT_VTL0) {
        return HV_TRANSLATE_RESULT_SUCCESS;
    }
    const uint32_t rights = stage2_vtl0_permissions(gpa);
    if (access->write && (rights & HV_MAP_WRITE) == 0) {
        return HV_TRANSLATE_RESULT_NO_WRITE;
    }
    if ((access->read || access->execute) && (rights & HV_MAP_READ) == 0) {
        return HV_TRANSLATE_RESULT_NO_READ;
    }
    return HV_TRANSLATE_RESULT_SUCCESS;
}

/* MAIR byte (Arm ARM D19.2.99) to cache type, by the outer policy. */
static uint8_t cache_type(uint8_t attributes)
{
    const unsigned outer = attributes >> 4;

    if (outer == 0) {
        return 0; /* device: uncached */
    }
    if (outer == 4) {
        return 1; /* normal, non-cacheable: write combining */
    }
    return outer < 4 || (outer >= 8 && outer < 12) ? 4 : HV_CACHE_TYPE_WRITE_BACK;
}

static uint32_t check_flags(uint64_t flags)
{
    const uint64_t both_privileges = HV_TRANSLATE_SUPERVISOR | HV_TRANSLATE_USER;
    const uint64_t both_pans = HV_TRANSLATE_PAN_SET | HV_TRANSLATE_PAN_CLEAR;

    if ((flags & ~FLAGS_KNOWN) != 0 || (flags & both_privileges) == both_privileges ||
        (flags & both_pans) == both_pans) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    return HV_STATUS_SUCCESS;
}

static uint32_t check(struct hypercall *call, const struct hv_translate_virtual_address_ex *request)
{
    const uint8_t input_vtl = (uint8_t)(request->flags >> HV_TRANSLATE_INPUT_VTL_SHIFT);
    uint32_t status = hypercall_partition(request->partition_id);

    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_vp(call, request->vp_index, &call->target);
    }
    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_input_vtl(call, input_vtl, &call->target_slot);
    }
    if (status == HV_STATUS_SUCCESS) {
        status = check_flags(request->flags);
    }
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    if (request->zero != 0 || request->gva_page >= GVA_PAGE_LIMIT) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    if (call->slot == SLOT_VTL0 && call->target != call->vp) {
        return HV_STATUS_ACCESS_DENIED;
    }
    return hypercall_target_at_rest(call, call->target, call->target_slot);
}

uint32_t hypercall_translate(struct hypercall *call, const void *input, void *output)
{
    const struct hv_translate_virtual_address_ex *request = input;
    struct hv_translate_virtual_address_ex_output *result = output;
    const uint32_t status = check(call, request);

    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    const struct stage1 regime = regime_of(call);
    const struct stage1_access access = access_of(call, request->flags);
    const struct stage1_result walk =
        stage1_walk(&regime, request->gva_page * HV_PAGE_SIZE, &access);
    result->result = walk.code;
    if (walk.code != HV_TRANSLATE_RESULT_SUCCESS) {
        return HV_STATUS_SUCCESS;
    }
    result->result = second_stage(call->target_slot, walk.gpa, &access);
    result->cache_type = cache_type(walk.attributes);
    result->gpa_page = walk.gpa / HV_PAGE_SIZE;
    if (result->result == HV_TRANSLATE_RESULT_SUCCESS && call->slot == SLOT_VTL2 &&
        (request->flags & HV_TRANSLATE_TLB_FLUSH_INHIBIT) != 0) {
        call->target->secure_tlb_lock = true;
    }
    return HV_STATUS_SUCCESS;
}
