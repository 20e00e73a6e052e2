/* SPDX-License-Identifier: BSD-3-Clause */
/* VTL0 as a machine: its memory, its first state, its address translation, its interrupt lines. */
#include "arm64.h"
#include "hv/hypercall.h"
#include "hv/vp.h"
#include "vtl/untrusted.h"

#include <string.h>

#define PAGE_SHIFT 12u
#define PROTECT_PAGES_MAX ((HV_INPUT_BYTES - sizeof(struct hv_modify_vtl_protection)) / 8u)
#define SPI_FIRST 32u
#define SPI_LAST 1019u
#define GPA_BITS_MAX 52u

/* Reference 2.6: our own VTL's mask binds every lower VTL. */
enum pv_status hv_protect(gpa_t base, uint64_t bytes, uint32_t map_flags)
{
    uint64_t page = base.raw >> PAGE_SHIFT;
    uint64_t left = bytes >> PAGE_SHIFT;
    if (((base.raw | bytes) & (HV_PAGE_SIZE - 1u)) != 0 ||
        !range_contains(0, UINT64_C(1) << GPA_BITS_MAX, base.raw, bytes)) {
        return PV_INVALID;
    }
    struct {
        struct hv_modify_vtl_protection header;
        uint64_t pages[PROTECT_PAGES_MAX];
    } *input = hv_input();
    while (left != 0) {
        uint32_t count = left < PROTECT_PAGES_MAX ? (uint32_t)left : (uint32_t)PROTECT_PAGES_MAX;
        input->header = (struct hv_modify_vtl_protection){
            .partition_id = HV_PARTITION_ID_SELF,
            .map_flags = map_flags,
            .input_vtl = HV_INPUT_VTL_CURRENT,
        };
        for (uint32_t i = 0; i < count; i++) {
            input->pages[i] = page + i;
        }
        enum pv_status status = hv_call_rep(HV_CALL_MODIFY_VTL_PROTECTION_MASK, count);
        if (status != PV_OK) {
            return status;
        }
        page += count;
        left -= count;
    }
    return PV_OK;
}

enum pv_status vtl_memory_hide(gpa_t base, uint64_t bytes)
{
    return hv_protect(base, bytes, 0);
}

/* Reference 7.9, Linux direct, with caches off: what a reset leaves. */
static const struct {
    uint32_t name;
    uint64_t value;
} first_state[] = {
    {HV_REGISTER_sctlr_el1, SCTLR_RES1 | SCTLR_ITD | SCTLR_SED},
    {HV_REGISTER_PSTATE, PSTATE_EL1H | PSTATE_DAIF},
    {HV_REGISTER_ttbr0_el1, 0},
    {HV_REGISTER_ttbr1_el1, 0},
    {HV_REGISTER_tcr_el1, 0},
    {HV_REGISTER_mair_el1, 0},
    {HV_REGISTER_vbar_el1, 0},
    {HV_REGISTER_esr_el1, 0},
    {HV_REGISTER_far_el1, 0},
    {HV_REGISTER_elr_el1, 0},
    {HV_REGISTER_sp_el0, 0},
    {HV_REGISTER_sp_el1, 0},
    {HV_REGISTER_X18, 0},
};

enum pv_status hv_first_state(struct vtl_vp *vp, uint64_t pc)
{
    for (size_t i = 0; i < sizeof(first_state) / sizeof(first_state[0]); i++) {
        enum pv_status status = hv_set64(VTL0, first_state[i].name, first_state[i].value);
        if (status != PV_OK) {
            log_error("VTL0 register 0x%x refused", first_state[i].name);
            return status;
        }
    }
    memset(vp->x, 0, sizeof(vp->x));
    vp->state = NULL;
    return hv_set64(VTL0, HV_REGISTER_PC, pc);
}

enum pv_status vtl_guest_prepare(struct vtl_vp *vp, const struct vtl_guest_start *start)
{
    enum pv_status status = hv_first_state(vp, start->pc.raw);
    for (unsigned n = 0; status == PV_OK && n < 31; n++) {
        status = vtl_x_set(vp, n, n < 4 ? start->x[n] : 0);
    }
    return status;
}

/*
 * Flags for an access, as reference 2.8 reports them in use: a write is also checked for reading.
 */
static const uint64_t translate_flags[] = {
    [VTL_READ] = HV_TRANSLATE_READ,
    [VTL_WRITE] = HV_TRANSLATE_READ | HV_TRANSLATE_WRITE,
    [VTL_EXECUTE] = HV_TRANSLATE_EXECUTE,
};

enum pv_status vtl_translate(struct vtl_vp *vp, gva_t address, enum vtl_access access,
                             gpa_t *result)
{
    (void)vp;
    struct hv_translate_virtual_address_ex *input = hv_input();
    *input = (struct hv_translate_virtual_address_ex){
        .partition_id = HV_PARTITION_ID_SELF,
        .vp_index = HV_VP_INDEX_SELF,
        .flags = translate_flags[access] | HV_TRANSLATE_SET_PAGE_TABLE_BITS |
                 HV_TRANSLATE_TLB_FLUSH_INHIBIT | (uint64_t)VTL0 << HV_TRANSLATE_INPUT_VTL_SHIFT,
        .gva_page = address.raw >> PAGE_SHIFT,
    };
    enum pv_status status = hv_status(hv_call(HV_CALL_TRANSLATE_VIRTUAL_ADDRESS_EX));
    if (status != PV_OK) {
        return status;
    }
    struct hv_translate_virtual_address_ex_output output;
    memcpy(&output, hv_output(), sizeof(output));
    if (output.result != HV_TRANSLATE_RESULT_SUCCESS ||
        output.gpa_page >= UINT64_C(1) << (GPA_BITS_MAX - PAGE_SHIFT)) {
        return PV_FAULT;
    }
    *result = gpa(output.gpa_page << PAGE_SHIFT | (address.raw & (HV_PAGE_SIZE - 1u)));
    return PV_OK;
}
PV_UNTRUSTED(vtl_translate, guest, "");

enum pv_status vtl_line_set(uint32_t intid, bool level)
{
    if (intid < SPI_FIRST || intid > SPI_LAST) {
        return PV_INVALID;
    }
    /* struct hv_assert_virtual_interrupt, target VTL 0. */
    uint32_t status = hv_call_words(HV_CALL_ASSERT_VIRTUAL_INTERRUPT, HV_PARTITION_ID_SELF,
                                    level ? HV_INTERRUPT_CONTROL_ASSERTED : 0, 0, intid);
    return status == HV_STATUS_SUCCESS ? PV_OK : hv_status(status);
}
