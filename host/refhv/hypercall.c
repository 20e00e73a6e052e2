/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hypercalls: both calling conventions, fast and memory lists, rep calls and their continuation.
 * Source: TLFS hypercall-interface; reference section 1. Whatever can be checked before the handler runs is.
 */
#include "hypercall.h"

#include "arm64.h"

#define HVC_BYTES 4u
#define WORD_BYTES 8u
#define PAIR_BYTES 16u

/* Bytes of the whole lists of one call. */
struct lists {
    uint32_t input_bytes;
    uint32_t output_bytes;
};

/* First register of the fast block: X1, or X2 after SMCCC's function id (reference section 1.3). */
static unsigned fast_base(const struct hypercall *call)
{
    return call->smccc ? 2u : 1u;
}

/* Lists, their elements, and where these lie, are multiples of 32 bits. */
static void copy(void *to, const void *from, uint32_t bytes)
{
    uint32_t *out = to;
    const uint32_t *in = from;

    for (uint32_t i = 0; i < bytes / sizeof(*out); i++) {
        out[i] = in[i];
    }
}

static void decode(struct hypercall *call, struct vp *vp, bool smccc)
{
    const unsigned first = smccc ? 1u : 0u;
    const uint64_t control = vp->x[first];

    *call = (struct hypercall){
        .vp = vp,
        .slot = vp->active,
        .smccc = smccc,
        .fast = (control & HV_CONTROL_FAST) != 0,
        .code = (uint16_t)(control & HV_CONTROL_CODE_MASK),
        .control = control,
        .rep_count = (uint32_t)((control >> HV_CONTROL_REP_COUNT_SHIFT) & HV_CONTROL_REP_MASK),
        .rep_start = (uint32_t)((control >> HV_CONTROL_REP_START_SHIFT) & HV_CONTROL_REP_MASK),
        .return_pc = vp->pc,
        .input_gpa = vp->x[first + 1],
        .output_gpa = vp->x[first + 2],
    };
}

/* Who may call at all: reference sections 1.9 and 2. */
static uint32_t check_caller(const struct hypercall *call, const struct hypercall_entry *entry)
{
    const bool registers =
        call->code == HV_CALL_GET_VP_REGISTERS || call->code == HV_CALL_SET_VP_REGISTERS;

    if (!registers && vps[0].vtl[call->slot].guest_os_id == 0) {
        return HV_STATUS_ACCESS_DENIED;
    }
    return (entry->callers & (1u << call->slot)) != 0 ? HV_STATUS_SUCCESS : entry->denied;
}

/* Reserved fields and rep rules: reference sections 1.4 and 1.6. */
static uint32_t check_control(const struct hypercall *call, const struct hypercall_entry *entry)
{
    const uint64_t header = (call->control >> HV_CONTROL_VARHEAD_SHIFT) & HV_CONTROL_VARHEAD_MASK;
    const bool rep = entry->element != NULL;

    if ((call->control & (HV_CONTROL_RESERVED_MASK | HV_CONTROL_NESTED)) != 0 || header != 0) {
        return HV_STATUS_INVALID_HYPERCALL_INPUT;
    }
    if (!rep && (call->rep_count != 0 || call->rep_start != 0)) {
        return HV_STATUS_INVALID_HYPERCALL_INPUT;
    }
    if (rep && call->rep_start >= call->rep_count) {
        return HV_STATUS_INVALID_HYPERCALL_INPUT;
    }
    return HV_STATUS_SUCCESS;
}

static uint32_t round_up(uint32_t bytes, uint32_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static struct lists lists_of(const struct hypercall *call, const struct hypercall_entry *entry)
{
    if (entry->element == NULL) {
        return (struct lists){entry->input_bytes, entry->output_bytes};
    }
    return (struct lists){entry->input_bytes + call->rep_count * entry->element_bytes,
                          call->rep_count * entry->output_bytes};
}

static uint32_t check_list(uint64_t gpa, uint32_t bytes)
{
    if (bytes == 0) {
        return HV_STATUS_SUCCESS;
    }
    if (gpa % 8 != 0 || bytes > HV_PAGE_SIZE - gpa % HV_PAGE_SIZE) {
        return HV_STATUS_INVALID_ALIGNMENT;
    }
    return HV_STATUS_SUCCESS;
}

/* Both lists lie within a page, so that the distance can't be mistaken for a short one by a wrap. */
static bool lists_overlap(const struct hypercall *call, const struct lists *lists)
{
    if (lists->input_bytes == 0 || lists->output_bytes == 0) {
        return false;
    }
    return call->output_gpa >= call->input_gpa
               ? call->output_gpa - call->input_gpa < lists->input_bytes
               : call->input_gpa - call->output_gpa < lists->output_bytes;
}

static uint32_t check_lists(const struct hypercall *call, const struct lists *lists)
{
    if (call->fast) {
        const uint32_t pairs =
            round_up(lists->input_bytes, PAIR_BYTES) + round_up(lists->output_bytes, PAIR_BYTES);
        return pairs <= HV_FAST_BYTES_MAX ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_HYPERCALL_INPUT;
    }
    const uint32_t status = check_list(call->input_gpa, lists->input_bytes);
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    if (lists_overlap(call, lists)) {
        return HV_STATUS_INVALID_ALIGNMENT;
    }
    return check_list(call->output_gpa, lists->output_bytes);
}

/* A list that the caller can't reach is a memory intercept (TLFS), and nobody is above VTL2 to take its own. */
static void fault(const struct hypercall *call, uint64_t gpa, bool write)
{
    struct vp *vp = call->vp;
    const uint64_t syndrome = ESR_IL | ESR_FNV | ESR_FSC_EXTERNAL | (write ? ESR_WNR : 0);

    vp->pc = call->return_pc - HVC_BYTES;
    if (call->slot == SLOT_VTL2) {
        exception_inject(vp, (uint64_t)ESR_EC_DATA_ABORT << ESR_EC_SHIFT | syndrome, 0);
        return;
    }
    intercept_memory(vp, (uint64_t)ESR_EC_DATA_ABORT_LOWER << ESR_EC_SHIFT | syndrome, 0, gpa,
                     stage2_is_ram(gpa) ? HV_MESSAGE_GPA_INTERCEPT : HV_MESSAGE_UNMAPPED_GPA);
}

/* A fast call's registers are set apart: a handler may write some. A VP makes one call at a time. */
static uint64_t fast_inputs[MACHINE_CPU_MAX][HYPERCALL_FAST_WORDS];

/* False if the caller has got a fault. */
static bool open_lists(struct hypercall *call, const struct lists *lists)
{
    if (call->fast) {
        uint64_t *fast_input = fast_inputs[call->vp->index];
        const uint64_t *block = &call->vp->x[fast_base(call)];
        copy(fast_input, block, lists->input_bytes);
        /* SMCCC: the pair after the input; HVC #1: the last registers, up to X16 (reference K2). */
        const uint32_t offset = call->smccc
                                    ? round_up(lists->input_bytes, PAIR_BYTES)
                                    : HV_FAST_BYTES_MAX - round_up(lists->output_bytes, WORD_BYTES);
        call->input = (const uint8_t *)fast_input;
        call->output = (uint8_t *)&call->vp->x[fast_base(call)] + offset;
        return true;
    }
    if (lists->input_bytes != 0) {
        call->input = stage2_guest_pointer(call->slot, call->input_gpa, HV_MAP_READ);
        if (call->input == NULL) {
            fault(call, call->input_gpa, false);
            return false;
        }
    }
    if (lists->output_bytes != 0) {
        call->output = stage2_guest_pointer(call->slot, call->output_gpa, HV_MAP_WRITE);
        if (call->output == NULL) {
            fault(call, call->output_gpa, true);
            return false;
        }
    }
    return true;
}

static void finish(const struct hypercall *call, uint32_t status, uint32_t reps)
{
    call->vp->x[0] = status | (uint64_t)reps << HV_RESULT_REP_SHIFT;
}

/* The call as it was, or with a new start, from the HVC again. */
static void rewind_to(const struct hypercall *call, uint32_t rep_start)
{
    const uint64_t mask = HV_CONTROL_REP_MASK << HV_CONTROL_REP_START_SHIFT;
    const uint64_t start = (uint64_t)rep_start << HV_CONTROL_REP_START_SHIFT;

    call->vp->x[call->smccc ? 1 : 0] = (call->control & ~mask) | start;
    call->vp->pc = call->return_pc - HVC_BYTES;
}

static void run_into(struct hypercall *call, const struct hypercall_entry *entry, void *output)
{
    uint64_t input[HYPERCALL_INPUT_WORDS];

    copy(input, call->input, entry->input_bytes);
    const uint32_t status = entry->begin(call, input, output);
    if (status == HYPERCALL_INTERCEPT) {
        call->vp->pc = call->return_pc - HVC_BYTES;
        intercept_hypercall(call->vp, call->smccc ? HV_HVC_SMCCC : HV_HVC_HYPERCALL);
        return;
    }
    if (status == HV_STATUS_SUCCESS && entry->output_bytes != 0) {
        copy(call->output, output, entry->output_bytes);
    }
    finish(call, status, 0);
}

static void run_simple(struct hypercall *call, const struct hypercall_entry *entry)
{
    uint64_t output[HYPERCALL_OUTPUT_WORDS] = {0};

    run_into(call, entry, output);
}

/* Apart, so that the others need neither as much stack nor as many zeros. */
__attribute__((noinline)) static void run_large(struct hypercall *call,
                                                const struct hypercall_entry *entry)
{
    uint64_t output[HYPERCALL_LARGE_WORDS] = {0};

    run_into(call, entry, output);
}

static uint32_t run_element(struct hypercall *call, const struct hypercall_entry *entry,
                            uint32_t index)
{
    uint64_t input[HYPERCALL_ELEMENT_WORDS];
    uint64_t output[HYPERCALL_OUTPUT_WORDS] = {0};

    copy(input, call->input + entry->input_bytes + index * entry->element_bytes,
         entry->element_bytes);
    const uint32_t status = entry->element(call, input, output);
    if (status == HV_STATUS_SUCCESS && entry->output_bytes != 0) {
        copy(call->output + index * entry->output_bytes, output, entry->output_bytes);
    }
    return status;
}

/* The HVC, run again, would find what it found: a call may set the PC of its caller, and the registers that
 * the caller shares with VTL0. */
static bool repeatable(const struct hypercall *call)
{
    const uint64_t *arguments = &call->vp->x[call->smccc ? 1 : 0];

    return call->vp->pc == call->return_pc && arguments[0] == call->control &&
           arguments[1] == call->input_gpa && arguments[2] == call->output_gpa &&
           (!call->smccc || (uint32_t)call->vp->x[0] == HV_SMCCC_HYPERCALL);
}

/* A call that can't be repeated runs to its end: a list has less than a page of elements. */
static bool batch_goes_on(const struct hypercall *call, uint32_t done)
{
    if (done == call->rep_count) {
        return false;
    }
    return done - call->rep_start < HYPERCALL_REP_BATCH || !repeatable(call);
}

static void run_rep(struct hypercall *call, const struct hypercall_entry *entry)
{
    uint64_t header[HYPERCALL_HEADER_WORDS];
    uint32_t done = call->rep_start;

    if (call->input != NULL) {
        copy(header, call->input, entry->input_bytes);
    }
    uint32_t status = entry->begin(call, header, NULL);
    while (status == HV_STATUS_SUCCESS && batch_goes_on(call, done)) {
        status = run_element(call, entry, done);
        done += status == HV_STATUS_SUCCESS ? 1u : 0u;
    }
    if (status == HV_STATUS_SUCCESS && done < call->rep_count) {
        rewind_to(call, done);
        return;
    }
    finish(call, status, done);
}

void hypercall_handle(struct vp *vp, bool smccc)
{
    struct hypercall call;

    decode(&call, vp, smccc);
    const struct hypercall_entry *entry = hypercall_find(call.code);
    if (entry == NULL) {
        finish(&call, HV_STATUS_INVALID_HYPERCALL_CODE, 0);
        return;
    }
    const struct lists lists = lists_of(&call, entry);
    uint32_t status = check_caller(&call, entry);
    if (status == HV_STATUS_SUCCESS) {
        status = check_control(&call, entry);
    }
    if (status == HV_STATUS_SUCCESS) {
        status = check_lists(&call, &lists);
    }
    if (status != HV_STATUS_SUCCESS) {
        finish(&call, status, 0);
        return;
    }
    if (!open_lists(&call, &lists)) {
        return;
    }
    if (entry->element != NULL) {
        run_rep(&call, entry);
    } else if (entry->output_bytes > sizeof(uint64_t) * HYPERCALL_OUTPUT_WORDS) {
        run_large(&call, entry);
    } else {
        run_simple(&call, entry);
    }
}
