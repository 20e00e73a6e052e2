/* SPDX-License-Identifier: BSD-3-Clause */
/* Reference section 1: control and result words, both conventions, rep continuation. */
#include "hv/hypercall.h"

#include "cpu/cpu.h"
#include "hv/vp.h"
#include "smccc.h"
#include "vtl/untrusted.h"

#include <string.h>

/*
 * A hypervisor that stops early without having done an element this many times in a row gets no
 * more.
 */
#define STALLS_MAX 64u

static uint8_t *pages[VTL_VP_MAX];

/* Reference 1.10. */
static const struct {
    uint32_t status;
    enum pv_status result;
} statuses[] = {
    {HV_STATUS_SUCCESS, PV_OK},
    {HV_STATUS_ACCESS_DENIED, PV_DENIED},
    {HV_STATUS_OPERATION_DENIED, PV_DENIED},
    {HV_STATUS_INVALID_PARTITION_STATE, PV_DENIED},
    {HV_STATUS_INVALID_HYPERCALL_CODE, PV_UNSUPPORTED},
    {HV_STATUS_UNKNOWN_REGISTER_NAME, PV_UNSUPPORTED},
    {HV_STATUS_INVALID_HYPERCALL_INPUT, PV_INVALID},
    {HV_STATUS_INVALID_ALIGNMENT, PV_INVALID},
    {HV_STATUS_INVALID_PARAMETER, PV_INVALID},
    {HV_STATUS_INVALID_PARTITION_ID, PV_INVALID},
    {HV_STATUS_INVALID_VP_INDEX, PV_INVALID},
    {HV_STATUS_INVALID_REGISTER_VALUE, PV_INVALID},
    {HV_STATUS_INVALID_VTL_STATE, PV_INVALID},
    {HV_STATUS_INVALID_VP_STATE, PV_BUSY},
    {HV_STATUS_VTL_ALREADY_ENABLED, PV_BUSY},
    {HV_STATUS_OBJECT_IN_USE, PV_BUSY},
    {HV_STATUS_TIMEOUT, PV_BUSY},
    {HV_STATUS_INSUFFICIENT_MEMORY, PV_NO_SPACE},
    {HV_STATUS_NOT_FOUND, PV_NOT_FOUND},
};

enum pv_status hv_status(uint32_t status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (statuses[i].status == status) {
            return statuses[i].result;
        }
    }
    return PV_IO;
}

enum pv_status hv_page_init(uint32_t index)
{
    if (pages[index] == NULL) {
        pages[index] = vtl_page_alloc(1);
    }
    return pages[index] == NULL ? PV_NO_SPACE : PV_OK;
}

static uint8_t *page(void)
{
    uint8_t *mine = pages[cpu_current()->index];
    CHECK(mine != NULL);
    return mine;
}

void *hv_input(void)
{
    return page();
}

const void *hv_output(void)
{
    return page() + HV_INPUT_BYTES;
}

/*
 * The control word and what follows it sit one register higher in the SMCCC form, behind the
 * function id.
 */
static uint64_t invoke(struct hv_frame *frame)
{
    if (hv.native) {
        memmove(&frame->x[0], &frame->x[1], sizeof(frame->x) - sizeof(frame->x[0]));
        hv_invoke_native(frame);
    } else {
        frame->x[0] = HV_SMCCC_HYPERCALL;
        hv_invoke_smccc(frame);
    }
    return frame->x[0];
}

static uint64_t call_memory(uint64_t control)
{
    struct hv_frame frame = {0};
    frame.x[1] = control;
    frame.x[2] = (uint64_t)(uintptr_t)hv_input();
    frame.x[3] = (uint64_t)(uintptr_t)hv_output();
    return invoke(&frame);
}
PV_UNTRUSTED(call_memory, host, "");

uint32_t hv_call(uint16_t code)
{
    return (uint32_t)(call_memory(code) & HV_RESULT_STATUS_MASK);
}

enum pv_status hv_call_rep(uint16_t code, uint32_t count)
{
    uint64_t done = 0;
    uint32_t stalls = 0;
    while (done < count) {
        uint64_t result = call_memory(code | (uint64_t)count << HV_CONTROL_REP_COUNT_SHIFT |
                                      done << HV_CONTROL_REP_START_SHIFT);
        uint32_t status = (uint32_t)(result & HV_RESULT_STATUS_MASK);
        uint64_t now = (result >> HV_RESULT_REP_SHIFT) & HV_RESULT_REP_MASK;
        if (status != HV_STATUS_SUCCESS && status != HV_STATUS_TIMEOUT) {
            return hv_status(status);
        }
        if (now < done || now > count) {
            return PV_IO;
        }
        stalls = now == done ? stalls + 1u : 0;
        if (stalls > STALLS_MAX) {
            return PV_BUSY;
        }
        done = now;
    }
    return PV_OK;
}

uint32_t hv_call_words(uint16_t code, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t control = code | HV_CONTROL_FAST;
    uint64_t result = hv.native ? hv_invoke_words_native(control, a, b, c, d)
                                : hv_invoke_words_smccc(control, a, b, c, d);
    return (uint32_t)(result & HV_RESULT_STATUS_MASK);
}
PV_UNTRUSTED(hv_call_words, host, "");

uint64_t hv_smccc(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
    struct hv_frame frame = {.x = {function, a1, a2, a3}};
    hv_invoke_smccc(&frame);
    return frame.x[0];
}
PV_UNTRUSTED(hv_smccc, host, "");

/* One element, with its header in registers: partition, VP and VTL, name (reference 1.3). */
static void register_frame(struct hv_frame *frame, uint16_t code, uint8_t vtl, uint32_t name)
{
    *frame = (struct hv_frame){0};
    frame->x[1] = code | HV_CONTROL_FAST | UINT64_C(1) << HV_CONTROL_REP_COUNT_SHIFT;
    frame->x[2] = HV_PARTITION_ID_SELF;
    frame->x[3] = HV_VP_INDEX_SELF | (uint64_t)vtl << 32;
    frame->x[4] = name;
}

/* A status that means success must also say that the one element was done. */
static enum pv_status one_done(uint64_t result)
{
    uint32_t status = (uint32_t)(result & HV_RESULT_STATUS_MASK);
    if (status != HV_STATUS_SUCCESS) {
        return hv_status(status);
    }
    return ((result >> HV_RESULT_REP_SHIFT) & HV_RESULT_REP_MASK) == 1 ? PV_OK : PV_IO;
}

enum pv_status hv_set(uint8_t vtl, uint32_t name, struct hv_register_value value)
{
    struct hv_frame frame;
    register_frame(&frame, HV_CALL_SET_VP_REGISTERS, vtl, name);
    frame.x[6] = value.low;
    frame.x[7] = value.high;
    return one_done(invoke(&frame));
}

enum pv_status hv_set64(uint8_t vtl, uint32_t name, uint64_t value)
{
    return hv_set(vtl, name, (struct hv_register_value){value, 0});
}

enum pv_status hv_get_fast(uint8_t vtl, uint32_t name, struct hv_register_value *value)
{
    struct hv_frame frame;
    register_frame(&frame, HV_CALL_GET_VP_REGISTERS, vtl, name);
    enum pv_status status = one_done(invoke(&frame));
    *value = (struct hv_register_value){frame.x[6], frame.x[7]};
    return status;
}
PV_UNTRUSTED(hv_get_fast, host, "");

enum pv_status hv_get_memory(uint8_t vtl, uint32_t name, struct hv_register_value *value)
{
    struct {
        struct hv_vp_registers_header header;
        uint32_t name;
    } *input = hv_input();
    input->header = (struct hv_vp_registers_header){
        .partition_id = HV_PARTITION_ID_SELF,
        .vp_index = HV_VP_INDEX_SELF,
        .input_vtl = vtl,
    };
    input->name = name;
    enum pv_status status = hv_call_rep(HV_CALL_GET_VP_REGISTERS, 1);
    memcpy(value, hv_output(), sizeof(*value));
    return status;
}
PV_UNTRUSTED(hv_get_memory, host, "");

enum pv_status hv_get(uint8_t vtl, uint32_t name, struct hv_register_value *value)
{
    return hv.fast_output ? hv_get_fast(vtl, name, value) : hv_get_memory(vtl, name, value);
}

enum pv_status hv_get64(uint8_t vtl, uint32_t name, uint64_t *value)
{
    struct hv_register_value wide;
    enum pv_status status = hv_get(vtl, name, &wide);
    *value = wide.low;
    return status;
}
