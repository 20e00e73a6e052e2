/* SPDX-License-Identifier: BSD-3-Clause */
/* Hypercalls in both conventions, fast and memory (reference sections 1.1 to 1.5), and registers
 * by name. */
#include "rt.h"

const char *const way_names[WAYS] = {"hvc1 fast", "hvc1 memory", "smccc fast", "smccc memory"};

uint64_t smccc(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
    struct call_regs regs = {.x = {function, a1, a2, a3}};

    raw_hvc0(&regs);
    return regs.x[0];
}

int32_t psci(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
    return (int32_t)(uint32_t)smccc(function, a1, a2, a3);
}

uint64_t *hv_input_page(void)
{
    return vp_self()->pages.input;
}

uint64_t *hv_output_page(void)
{
    return vp_self()->pages.output;
}

/* Where the fast form's output begins, reference section 1.3: HVC #1 the last registers up to
 * X16; SMCCC the first 16-byte pair behind the input. */
static size_t fast_output_at(enum way way, size_t input_words, size_t output_words)
{
    if (WAY_IS_SMCCC(way)) {
        return 2 + ((input_words + 1) & ~(size_t)1);
    }
    return 17 - output_words;
}

uint64_t hv_call(enum way way, uint64_t control, size_t input_words, size_t output_words,
                 struct hv_trace *trace)
{
    uint64_t *input = hv_input_page();
    uint64_t *output = hv_output_page();
    size_t first = WAY_IS_SMCCC(way) ? 1 : 0; /* the control word's register */
    struct call_regs regs = {0};

    for (size_t i = 0; i < CALL_X_COUNT; i++) {
        regs.x[i] = 0x5a5a000000000000 + i;
    }
    regs.x[0] = HV_SMCCC_HYPERCALL;
    regs.x[first] = control;
    if (WAY_IS_FAST(way)) {
        regs.x[first] |= HV_CONTROL_FAST;
        for (size_t i = 0; i < input_words && i < 16; i++) {
            regs.x[first + 1 + i] = input[i];
        }
    } else {
        regs.x[first + 1] = (uintptr_t)input;
        regs.x[first + 2] = (uintptr_t)output;
    }
    if (trace != NULL) {
        trace->before = regs;
    }
    barrier();
    if (WAY_IS_SMCCC(way)) {
        raw_hvc0(&regs);
    } else {
        raw_hvc1(&regs);
    }
    barrier();
    if (trace != NULL) {
        trace->after = regs;
    }
    if (WAY_IS_FAST(way) && output_words != 0 &&
        (HV_REPS(regs.x[0]) != 0 || HV_STATUS(regs.x[0]) == HV_STATUS_SUCCESS)) {
        size_t at = fast_output_at(way, input_words, output_words);
        for (size_t i = 0; i < output_words && at + i < CALL_X_COUNT; i++) {
            output[i] = regs.x[at + i];
        }
    }
    return regs.x[0];
}

uint64_t hv_get(uint32_t input_vtl, uint32_t name, uint64_t *value)
{
    uint64_t *input = hv_input_page();

    input[0] = HV_PARTITION_ID_SELF;
    input[1] = HV_VP_INDEX_SELF | (uint64_t)input_vtl << 32;
    input[2] = name;
    hv_output_page()[0] = 0;
    uint64_t result = hv_call(WAY_HVC1_MEMORY, HV_REP(HV_CALL_GET_VP_REGISTERS, 1), 3, 2, NULL);
    *value = hv_output_page()[0];
    return HV_STATUS(result);
}

uint64_t hv_set128(uint32_t input_vtl, uint32_t name, uint64_t low, uint64_t high)
{
    uint64_t *input = hv_input_page();

    input[0] = HV_PARTITION_ID_SELF;
    input[1] = HV_VP_INDEX_SELF | (uint64_t)input_vtl << 32;
    input[2] = name;
    input[3] = 0;
    input[4] = low;
    input[5] = high;
    return HV_STATUS(hv_call(WAY_HVC1_MEMORY, HV_REP(HV_CALL_SET_VP_REGISTERS, 1), 6, 0, NULL));
}

uint64_t hv_set(uint32_t input_vtl, uint32_t name, uint64_t value)
{
    return hv_set128(input_vtl, name, value, 0);
}

uint64_t hv_must_get(uint32_t input_vtl, uint32_t name)
{
    uint64_t value;
    uint64_t status = hv_get(input_vtl, name, &value);

    if (status != HV_STATUS_SUCCESS) {
        note("2.2 set-up reads register", name);
        check_eq("2.2 set-up reads a register that it needs", status, HV_STATUS_SUCCESS);
    }
    return value;
}

void hv_must_set(uint32_t input_vtl, uint32_t name, uint64_t value)
{
    uint64_t status = hv_set(input_vtl, name, value);

    if (status != HV_STATUS_SUCCESS) {
        note("2.3 set-up writes register", name);
        check_eq("2.3 set-up writes a register that it needs", status, HV_STATUS_SUCCESS);
    }
}
