/* SPDX-License-Identifier: BSD-3-Clause */
/* Hypercalls: convention (section 1), each call's good and malformed forms (section 2), before
 * GuestOsId (1.9). */
#include "hypercall.h"

#define FILL UINT64_C(0xf1f1f1f1f1f1f1f1)

static bool row_register_may_change(enum way way, const struct row *row, size_t x, uint64_t result)
{
    size_t first = WAY_IS_SMCCC(way) ? 2 + (((size_t)row->input_words + 1) & ~(size_t)1)
                                     : (size_t)17 - row->output_words;

    if (x == 0 || (WAY_IS_SMCCC(way) && x == 1)) {
        return true;
    }
    return WAY_IS_FAST(way) && (HV_STATUS(result) == 0 || HV_REPS(result) != 0) && x >= first &&
           x < first + row->output_words;
}

/* Section 1.7. */
static bool row_kept_registers(enum way way, const struct row *row, const struct hv_trace *trace)
{
    for (size_t x = 0; x < CALL_X_COUNT; x++) {
        if (trace->before.x[x] != trace->after.x[x] &&
            !row_register_may_change(way, row, x, trace->after.x[0])) {
            note("register that changed", x);
            note(row->name, trace->after.x[x]);
            return false;
        }
    }
    return true;
}

static bool row_run(const struct row *row, enum way way)
{
    struct hv_trace trace;
    uint64_t wants[3];
    size_t want_count = 0;

    for (size_t i = 0; i < 512; i++) {
        hv_input_page()[i] = i < COUNT_OF(row->input) ? row->input[i] : 0;
        hv_output_page()[i] = FILL;
    }
    for (size_t i = 0; i < COUNT_OF(row->want); i++) {
        if (i == 0 || row->want[i] != 0) {
            wants[want_count++] = row->want[i] | (uint64_t)row->reps << HV_RESULT_REP_SHIFT;
        }
    }
    uint64_t result = hv_call(way, row->control, row->input_words, row->output_words, &trace);
    (void)check_any(row->name, result, wants, want_count);
    return row_kept_registers(way, row, &trace);
}

void rows_run(const char *table, const struct row *rows, size_t count)
{
    uint8_t from = rt_vtl == 0 ? FROM_VTL0 : FROM_VTL2;

    for (enum way way = WAY_HVC1_FAST; way < WAYS; way++) {
        bool kept = true;
        check_way(way_names[way]);
        for (size_t i = 0; i < count; i++) {
            if ((rows[i].from & from) != 0 &&
                (rows[i].ways == ANY_WAY || (rows[i].ways & 1u << way) != 0)) {
                kept &= row_run(&rows[i], way);
            }
        }
        check_true(table, kept);
    }
    check_way("");
}

/* ---- Results of good calls ------------------------------------------------------------------- */

static void get_two(enum way way, uint64_t rep_start, uint64_t first, uint64_t second)
{
    uint64_t *input = hv_input_page();
    uint64_t *output = hv_output_page();
    uint64_t control = HV_REP(HV_CALL_GET_VP_REGISTERS, 2) | rep_start
                                                                 << HV_CONTROL_REP_START_SHIFT;

    input[0] = SELF;
    input[1] = VP_SELF;
    input[2] = NAMES(HV_REGISTER_GUEST_OS_ID, HV_REGISTER_VP_INDEX);
    for (size_t i = 0; i < 4; i++) {
        output[i] = FILL;
    }
    uint64_t result = hv_call(way, control, 3, 4, NULL);
    check_eq("1.5 get-registers of two: result", result, UINT64_C(2) << HV_RESULT_REP_SHIFT);
    if (!WAY_IS_FAST(way) || rep_start == 0) {
        check_eq("1.6 get-registers of two: first value", output[0], first);
        check_eq("1.3 get-registers of two: second value", output[2], second);
        check_eq("2.2 get-registers of two: high half", output[3], 0);
    }
}

/* Linux's hv_get_vpreg_128 and minimal_rt's form: section 1.3's "proven uses", literally. */
static void check_proven_uses(uint64_t id)
{
    struct call_regs linux_get = {
        .x = {HV_SMCCC_HYPERCALL, 0x100010050, SELF, 0xfffffffe, HV_REGISTER_GUEST_OS_ID}};
    struct call_regs native_get = {.x = {0x100010050, SELF, 0xfffffffe, HV_REGISTER_GUEST_OS_ID}};
    struct call_regs linux_set = {.x = {HV_SMCCC_HYPERCALL, 0x100010051, SELF, 0xfffffffe,
                                        HV_REGISTER_GUEST_CRASH_P0, 0, 0x1122334455667788, 0}};
    uint64_t value = 0;

    raw_hvc0(&linux_get);
    check_eq("1.3 Linux get: result", linux_get.x[0], UINT64_C(1) << 32);
    check_eq("1.3 Linux get: X6", linux_get.x[6], id);
    check_eq("1.3 Linux get: X7", linux_get.x[7], 0);
    raw_hvc1(&native_get);
    check_eq("1.3 minimal_rt get: result", native_get.x[0], UINT64_C(1) << 32);
    check_eq("1.3 minimal_rt get: X15", native_get.x[15], id);
    check_eq("1.3 minimal_rt get: X16", native_get.x[16], 0);
    raw_hvc0(&linux_set);
    check_eq("1.3 Linux set: result", linux_set.x[0], UINT64_C(1) << 32);
    check_eq("1.3 Linux set: read back", hv_get(OWN_VTL, HV_REGISTER_GUEST_CRASH_P0, &value), 0);
    check_eq("1.3 Linux set: value", value, 0x1122334455667788);
}

static void check_many(void)
{
    uint64_t *input = hv_input_page();
    uint64_t *output = hv_output_page();
    const uint32_t count = 200;
    bool all = true;

    input[0] = SELF;
    input[1] = VP_SELF;
    for (size_t i = 0; i < count / 2; i++) {
        input[2 + i] = NAMES(HV_REGISTER_GUEST_OS_ID, HV_REGISTER_TIME_REF_COUNT);
    }
    for (size_t i = 0; i < 512; i++) {
        output[i] = FILL;
    }
    uint64_t result =
        hv_call(WAY_SMCCC_MEMORY, HV_REP(HV_CALL_GET_VP_REGISTERS, count), 2 + count / 2, 0, NULL);
    check_eq("1.6 get-registers of 200: result", result, (uint64_t)count << HV_RESULT_REP_SHIFT);
    for (size_t i = 0; i < count; i += 2) {
        all &= output[2 * i] == GUEST_OS_ID_PROGRAM && output[2 * i + 1] == 0;
        all &= i == 0 || output[2 * i + 2] >= output[2 * i - 2];
    }
    check_true("1.6 get-registers of 200: every value is its own", all);
    check_eq("1.6 get-registers of 200: nothing behind the last", output[2 * count], FILL);
}

/* Elements before the failing one are done, and no others. */
static void check_partial(void)
{
    uint64_t *input = hv_input_page();
    uint64_t *output = hv_output_page();
    static const uint64_t wants[] = {HV_STATUS_UNKNOWN_REGISTER_NAME, HV_STATUS_INVALID_PARAMETER};

    input[0] = SELF;
    input[1] = VP_SELF;
    input[2] = NAMES(HV_REGISTER_GUEST_OS_ID, HV_REGISTER_VP_INDEX);
    input[3] = NAMES(0x7fff0, HV_REGISTER_VP_INDEX);
    for (size_t i = 0; i < 8; i++) {
        output[i] = FILL;
    }
    uint64_t result = hv_call(WAY_HVC1_MEMORY, HV_REP(HV_CALL_GET_VP_REGISTERS, 4), 4, 0, NULL);
    check_any("1.6 third of four is unknown: status", HV_STATUS(result), wants, COUNT_OF(wants));
    check_eq("1.6 third of four is unknown: completed", HV_REPS(result), 2);
    check_eq("1.6 third of four is unknown: first value", output[0], GUEST_OS_ID_PROGRAM);
    check_differs("1.6 third of four is unknown: second value", output[2], FILL);
    check_eq("1.6 third of four is unknown: fourth value", output[6], FILL);
}

/* ---- Section 1.9 ----------------------------------------------------------------------------- */

static const uint32_t early_names[] = {
    HV_REGISTER_GUEST_OS_ID,
    HV_REGISTER_HYPERVISOR_VERSION,
    HV_REGISTER_PRIVILEGES_AND_FEATURES,
    HV_REGISTER_FEATURES,
    HV_REGISTER_IMPLEMENTATION_LIMITS,
    HV_REGISTER_HARDWARE_FEATURES,
    HV_REGISTER_TIME_REF_COUNT,
    HV_REGISTER_GUEST_CRASH_CTL,
    HV_REGISTER_GUEST_CRASH_P0,
    HV_REGISTER_GUEST_CRASH_P4,
};

static void check_before_id(void)
{
    uint64_t value;
    uint64_t status = 0;

    check_eq("1.9 GuestOsId is 0 at first", hv_get(OWN_VTL, HV_REGISTER_GUEST_OS_ID, &value), 0);
    check_eq("1.9 GuestOsId is 0 at first: value", value, 0);
    for (size_t i = 0; i < COUNT_OF(early_names); i++) {
        status |= hv_get(OWN_VTL, early_names[i], &value);
    }
    check_eq("1.9 early registers can be read", status, 0);
    check_eq("1.9 crash registers can be written early",
             hv_set(OWN_VTL, HV_REGISTER_GUEST_CRASH_P0, 0), 0);
    check_differs("1.9 VpIndex is not an early register",
                  hv_get(OWN_VTL, HV_REGISTER_VP_INDEX, &value), 0);
    check_differs("1.9 VpAssistPage can't be written early",
                  hv_set(OWN_VTL, HV_REGISTER_VP_ASSIST_PAGE, 0), 0);
    hv_input_page()[0] = SELF;
    hv_input_page()[1] = 0;
    hv_input_page()[2] = board.mpidr[0];
    uint64_t result =
        hv_call(WAY_HVC1_MEMORY, HV_REP(HV_CALL_GET_VP_INDEX_FROM_APIC_ID, 1), 3, 1, NULL);
    check_differs("1.9 other hypercalls are refused before GuestOsId", HV_STATUS(result), 0);
}

static void check_id(void)
{
    uint64_t value;

    check_eq("1.9 GuestOsId can be set", hv_set(OWN_VTL, HV_REGISTER_GUEST_OS_ID, 1ull << 40), 0);
    check_eq("1.9 after it VpIndex can be read", hv_get(OWN_VTL, HV_REGISTER_VP_INDEX, &value), 0);
    check_eq("1.9 GuestOsId can be cleared", hv_set(OWN_VTL, HV_REGISTER_GUEST_OS_ID, 0), 0);
    check_differs("1.9 after it VpIndex is refused", hv_get(OWN_VTL, HV_REGISTER_VP_INDEX, &value),
                  0);
}

static void early(void)
{
    check_before_id();
    check_id();
}

static uint64_t everything(void)
{
    if (rt_vtl == 0) {
        check_before_id();
        check_id();
        hv_must_set(OWN_VTL, HV_REGISTER_GUEST_OS_ID, GUEST_OS_ID_PROGRAM);
    }
    for (enum way way = WAY_HVC1_FAST; way < WAYS; way++) {
        check_way(way_names[way]);
        get_two(way, 0, GUEST_OS_ID_PROGRAM, vp_self_index());
        get_two(way, 1, FILL, vp_self_index());
    }
    check_way("");
    check_proven_uses(GUEST_OS_ID_PROGRAM);
    check_many();
    check_partial();
    rows_memory_forms();
    rows_run("1.7 registers kept by calls on registers", register_rows, register_row_count);
    rows_run("1.7 registers kept by other calls", other_rows, other_row_count);
    return 0;
}

static void run(void)
{
    (void)everything();
    check_eq("2 VTL0 came to the end", vtl0_call((const void *)everything, 0, 0, 0), 0);
    check_eq("1.9 GuestOsId is private: VTL2's is its own",
             hv_must_get(OWN_VTL, HV_REGISTER_GUEST_OS_ID), GUEST_OS_ID_PROGRAM);
}

const struct program program = {.early = early, .main = run};
