/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_hv.h"

#include "cpu/cpu.h"
#include "hv/exit.h"
#include "hv/hypercall.h"
#include "hv/message.h"
#include "hv/switch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names and numbers from the reference, sections 1, 2, 3. */
#define GET 0x50u
#define SET 0x51u
#define PROTECT 0x0cu
#define NAME_X29 0x2001du
#define NAME_X30 0x2001eu
#define NAME_PC 0x20022u
#define NAME_PRIVILEGES 0x200u
#define NAME_OS_ID 0x90002u
#define NAME_VP_INDEX 0x90003u
#define NAME_ASSIST 0x90013u
#define NAME_REGISTER_PAGE 0x9001cu
#define NAME_SIMP 0xa0013u
#define NAME_EOM 0xa0014u
#define NAME_VP_STATUS 0xd0003u
#define NAME_CAPABILITIES 0xd0006u
#define SUCCESS 0u
#define TIMEOUT 0x78u

struct fake_hv fake_hv;

#define MUST(condition)                                                                        \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            fprintf(stderr, "fake_hv: contract broken: %s (line %d)\n", #condition, __LINE__); \
            abort();                                                                           \
        }                                                                                      \
    } while (0)

void fake_hv_reset(void)
{
    fake_hv = (struct fake_hv){
        /* Bits 27, 28, 30, 32 (reference 3.4). */
        .capabilities =
            UINT64_C(1) << 27 | UINT64_C(1) << 28 | UINT64_C(1) << 30 | UINT64_C(1) << 32,
        .reason = 2,
        .smccc_version = 0x10002,
        .report_bytes = 0x230,
    };
}

static struct fake_register *find(uint8_t vtl, uint32_t name)
{
    for (size_t i = 0; i < fake_hv.register_count; i++) {
        if (fake_hv.registers[i].vtl == vtl && fake_hv.registers[i].name == name) {
            return &fake_hv.registers[i];
        }
    }
    MUST(fake_hv.register_count < FAKE_REGISTERS_MAX);
    struct fake_register *made = &fake_hv.registers[fake_hv.register_count++];
    *made = (struct fake_register){.vtl = vtl, .name = name};
    return made;
}

uint64_t fake_hv_register(uint8_t vtl, uint32_t name)
{
    return find(vtl, name)->low;
}

uint64_t fake_hv_register_high(uint8_t vtl, uint32_t name)
{
    return find(vtl, name)->high;
}

void fake_hv_register_set(uint8_t vtl, uint32_t name, uint64_t low)
{
    find(vtl, name)->low = low;
}

bool fake_hv_hidden(uint64_t page)
{
    for (size_t i = 0; i < fake_hv.hidden_count; i++) {
        if (fake_hv.hidden[i] == page) {
            return true;
        }
    }
    return false;
}

static uint64_t word(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

/* Header of Get and Set: partition @0, VP index @8, input VTL @12, zero @13. Returns the VTL. */
static uint8_t header_vtl(const uint8_t *header)
{
    MUST(word(header) == UINT64_MAX);
    uint64_t second = word(header + 8);
    MUST((uint32_t)second == 0xfffffffe && second >> 40 == 0);
    uint8_t input = (uint8_t)(second >> 32);
    MUST(input == 0 || input == 0x10 || input == 0x12);
    return input == 0x10 ? 0 : 2;
}

static uint32_t set_register(uint8_t vtl, uint32_t name, uint64_t low, uint64_t high)
{
    fake_hv.register_calls += vtl == 0;
    if (name == fake_hv.refuse_register) {
        return 5;
    }
    fake_hv.eoms += vtl == 2 && name == NAME_EOM;
    struct fake_register *at = find(vtl, name);
    at->low = low;
    at->high = high;
    return SUCCESS;
}

/* What may be read while GuestOsId is 0 (reference 1.9). */
static bool early(uint32_t name)
{
    static const uint32_t names[] = {NAME_OS_ID, 0x100, 0x200, 0x201, 0x202, 0x203, 0x90004};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i] == name) {
            return true;
        }
    }
    return name >= 0x210 && name <= 0x215;
}

static uint32_t get_register(uint8_t vtl, uint32_t name, uint64_t *low, uint64_t *high)
{
    fake_hv.register_calls += vtl == 0;
    if (name == fake_hv.refuse_register) {
        return 5;
    }
    if (fake_hv_register(2, NAME_OS_ID) == 0 && !early(name)) {
        return 6;
    }
    *low = find(vtl, name)->low;
    *high = find(vtl, name)->high;
    if (name == NAME_PRIVILEGES) {
        *low = 0x0032003000000067; /* access to VSM, VP registers; fast output is not told */
        *high = 0x100;
    } else if (vtl == 2 && name == NAME_VP_STATUS) {
        *low = 0x50002; /* active VTL 2; VTL0 and VTL2 enabled */
    } else if (vtl == 2 && name == NAME_CAPABILITIES) {
        *low = fake_hv.capabilities;
    } else if (vtl == 2 && name == NAME_VP_INDEX) {
        *low = 0;
    }
    return SUCCESS;
}

static uint32_t protect(const uint8_t *input, const uint8_t *element)
{
    /* Flags @8, own VTL @12. */
    MUST(word(input) == UINT64_MAX && word(input + 8) <= 0xf);
    MUST((fake_hv_register(2, 0xd0007) & 1) != 0);
    if (word(input + 8) != 0) {
        for (size_t i = 0; i < fake_hv.hidden_count; i++) {
            fake_hv.hidden[i] = fake_hv.hidden[i] == word(element) ? 0 : fake_hv.hidden[i];
        }
        return SUCCESS;
    }
    MUST(fake_hv.hidden_count < FAKE_HIDDEN_MAX);
    fake_hv.hidden[fake_hv.hidden_count++] = word(element);
    return SUCCESS;
}

static uint32_t element_do(uint16_t code, const uint8_t *input, uint8_t *output, uint32_t i)
{
    uint64_t low = 0;
    uint64_t high = 0;
    uint32_t status;
    switch (code) {
    case GET:
        status = get_register(header_vtl(input), (uint32_t)word(input + 16 + 4 * i), &low, &high);
        memcpy(output + 16 * i, &low, 8);
        memcpy(output + 16 * i + 8, &high, 8);
        return status;
    case SET:
        return set_register(header_vtl(input), (uint32_t)word(input + 16 + 32 * i),
                            word(input + 32 + 32 * i), word(input + 40 + 32 * i));
    case PROTECT:
        return protect(input, input + 16 + 8 * i);
    default:
        return 2;
    }
}

static uint64_t rep(uint64_t control, const uint8_t *input, uint8_t *output)
{
    uint16_t code = (uint16_t)control;
    uint32_t count = control >> 32 & 0xfff;
    uint32_t start = control >> 48 & 0xfff;
    MUST(count > 0 && start < count);
    MUST(((uintptr_t)input & 7) == 0 && ((uintptr_t)output & 7) == 0);
    MUST(((uintptr_t)input & 0xfff) + 16 + 8ull * count <= 4096 || code != PROTECT);
    fake_hv.rep_calls++;
    uint32_t end = count;
    if (fake_hv.stall) {
        return TIMEOUT | (uint64_t)start << 32;
    }
    if (fake_hv.rep_budget != 0 && count - start > fake_hv.rep_budget) {
        end = start + fake_hv.rep_budget;
    }
    for (uint32_t i = start; i < end; i++) {
        uint32_t status = element_do(code, input, output, i);
        if (status != SUCCESS) {
            return status | (uint64_t)i << 32;
        }
    }
    return (end < count && fake_hv.stop_by_timeout ? TIMEOUT : SUCCESS) | (uint64_t)end << 32;
}

static uint64_t simple(uint64_t control, const uint8_t *input, uint8_t *output)
{
    MUST(control >> 32 == 0);
    memcpy(fake_hv.input, input, sizeof(fake_hv.input));
    switch ((uint16_t)control) {
    case 0x0f: /* EnableVpVtl */
        return SUCCESS;
    case 0xac: /* TranslateVirtualAddressEx */
        memcpy(output, &fake_hv.translate_result, 8);
        memcpy(output + 8, &fake_hv.translate_page, 8);
        return SUCCESS;
    case 0xc001: /* VbsVmCallReport: size @0, data @0x18, 0x230 in all; here each byte tells its place */
        if (!fake_hv.report) {
            return 2;
        }
        for (unsigned i = 0; i < 2048; i++) {
            output[i] = (uint8_t)(i * 7);
        }
        memcpy(output, &fake_hv.report_bytes, 4);
        memcpy(output + 0x18, input, 64);
        output[0x18] ^= fake_hv.report_replayed ? 1 : 0;
        return SUCCESS;
    default:
        return 2;
    }
}

/*
 * x: the registers behind the control word. Output as Linux reads it, X6 and X7, or at TLFS's
 * place.
 */
static uint64_t fast(uint64_t control, uint64_t *x)
{
    uint16_t code = (uint16_t)control;
    uint32_t status;
    if (code == SET) {
        MUST(x[3] == 0);
        status = set_register(header_vtl((uint8_t *)x), (uint32_t)x[2], x[4], x[5]);
        return status | (uint64_t)(status == SUCCESS) << 32;
    }
    if (code == GET) {
        uint64_t *out = fake_hv.output_by_tlfs ? &x[3] : &x[4];
        status = get_register(header_vtl((uint8_t *)x), (uint32_t)x[2], &out[0], &out[1]);
        return status | (uint64_t)(status == SUCCESS) << 32;
    }
    MUST(control >> 32 == 0);
    memcpy(fake_hv.fast, x, sizeof(fake_hv.fast));
    fake_hv.fast_code = code;
    return SUCCESS;
}

static uint64_t hypercall(uint64_t control, uint64_t *x)
{
    uint16_t code = (uint16_t)control;
    MUST((control & UINT64_C(0xf000f000f8000000)) == 0);
    MUST(code == GET || code == SET || fake_hv_register(2, NAME_OS_ID) != 0);
    if ((control & 0x10000) != 0) {
        return fast(control, x);
    }
    const uint8_t *input = (const uint8_t *)(uintptr_t)x[0];
    uint8_t *output = (uint8_t *)(uintptr_t)x[1];
    return control >> 32 != 0 ? rep(control, input, output) : simple(control, input, output);
}

void hv_invoke_smccc(struct hv_frame *frame)
{
    static const uint32_t uid[] = {0x4d32ba58, 0xcd244764, 0x8eef6c75, 0x16597024};
    if (frame->x[0] == 0x8600ff01 && !fake_hv.refuse_uid) {
        for (unsigned i = 0; i < 4; i++) {
            frame->x[i] = uid[i];
        }
    } else if (frame->x[0] == 0x46000001 && !fake_hv.native_only) {
        frame->x[0] = hypercall(frame->x[1], &frame->x[2]);
    } else if (frame->x[0] == 0x80000000) {
        frame->x[0] = (uint64_t)fake_hv.smccc_version;
    } else if (frame->x[0] == 0x80000001) {
        /* A function of SMCCC 1.1 (DEN0028, 7.3). */
        MUST(fake_hv.smccc_version >= 0x10001);
        frame->x[0] = frame->x[1] == 0xc6000012 && fake_hv.smccc_return ? 0 : (uint64_t)(int64_t)-1;
    } else if (frame->x[0] >> 16 == 0x8400 || frame->x[0] >> 16 == 0xc400) {
        memcpy(fake_hv.smccc, frame->x, sizeof(fake_hv.smccc));
        frame->x[0] = (uint64_t)fake_hv.psci;
    } else {
        frame->x[0] = UINT64_MAX;
    }
}

void hv_invoke_native(struct hv_frame *frame)
{
    uint64_t x[18] = {0};
    memcpy(x, &frame->x[1], 16 * sizeof(x[0]));
    frame->x[0] = hypercall(frame->x[0], x);
}

uint64_t hv_invoke_words_smccc(uint64_t control, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct hv_frame frame = {.x = {0x46000001, control, a, b, c, d}};
    hv_invoke_smccc(&frame);
    return frame.x[0];
}

uint64_t hv_invoke_words_native(uint64_t control, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct hv_frame frame = {.x = {control, a, b, c, d}};
    hv_invoke_native(&frame);
    return frame.x[0];
}

static uint8_t *page_of(uint32_t name)
{
    uint64_t value = fake_hv_register(2, name);
    return (value & 1) != 0 ? (uint8_t *)(uintptr_t)(value & ~UINT64_C(0xfff)) : NULL;
}

static void deliver(uint32_t reason, const uint8_t *message, size_t bytes)
{
    uint8_t *assist = page_of(NAME_ASSIST);
    bool by_page = (fake_hv_register(2, 0xd0007) & 1 << 12) != 0;
    MUST(assist != NULL);
    memcpy(assist + 8, &reason, 4);
    if (message == NULL) {
        return;
    }
    uint8_t *to = by_page ? assist + 0x70 : page_of(NAME_SIMP);
    MUST(to != NULL);
    MUST(by_page || word(to) == 0 || (uint32_t)word(to) == 0);
    memset(to, 0, 256);
    memcpy(to, message, bytes);
    if (!by_page) {
        to[5] = fake_hv.message_pending_again;
        reason = 2;
        memcpy(assist + 8, &reason, 4);
    }
}

/* The memory intercept that ends the probe's program, if VTL0's PC is at one: it knows these three
 * instructions, and the load faults if its page is hidden. */
static bool run_program(uint64_t x[31])
{
    static const uint32_t program[] = {0xaa0003fd, 0xaa0103fe, 0xb9400062};
    static uint8_t message[16 + 0x40];
    uint64_t pc = fake_hv_register(0, NAME_PC);
    if (pc == 0 || (pc & 0xfff) != 0 ||
        memcmp((void *)(uintptr_t)pc, program, sizeof(program)) != 0) {
        return false;
    }
    MUST(!fake_hv_hidden(pc >> 12));
    x[29] = x[0];
    x[30] = x[1];
    MUST(fake_hv_hidden(x[3] >> 12));
    uint64_t at = pc + 8;
    memset(message, 0, sizeof(message));
    message[0] = 0x01;
    message[3] = 0x80;
    message[4] = 0x40;
    message[16 + 4] = 4;
    message[16 + 6] = 1; /* EL1 */
    memcpy(message + 16 + 8, &at, 8);
    memcpy(message + 16 + 0x30, &x[3], 8);
    deliver(3, message, sizeof(message));
    return true;
}

static void register_page(bool entry)
{
    uint8_t *page = page_of(NAME_REGISTER_PAGE);
    uint32_t dirty;
    if (page == NULL) {
        return;
    }
    if (entry) {
        uint64_t pc = fake_hv_register(0, NAME_PC);
        memset(page, 0, 4096);
        page[0] = 1;
        page[2] = 1;
        memcpy(page + 0x110, &pc, 8);
        return;
    }
    memcpy(&dirty, page + 4, 4);
    if (page[2] != 0 && page[3] == 0 && (dirty & 2) != 0) {
        fake_hv_register_set(0, NAME_PC, word(page + 0x110));
    }
}

/* The function id in X0: then VTL0's X0 is in the assist page, and its X29 and X30 are private. */
static bool return_by_smccc(uint64_t x[31])
{
    const uint8_t *assist = page_of(NAME_ASSIST);

    if (!fake_hv.smccc_return || fake_hv.smccc_refuses || assist == NULL) {
        x[0] = UINT64_MAX;
        return false;
    }
    x[0] = word(assist + 0x10);
    return true;
}

static void vtl0_runs(uint64_t x[31])
{
    fake_hv.entries++;
    register_page(false);
    memcpy(fake_hv.entered_x, x, sizeof(fake_hv.entered_x));
    if (!run_program(x)) {
        memcpy(x, fake_hv.guest_runs ? fake_hv.guest_x : x, 31 * sizeof(x[0]));
        deliver(fake_hv.reason, fake_hv.message, fake_hv.message_bytes);
    }
    register_page(true);
    fake_message_reset();
}

/* What switch.S does, and the hypervisor in between. */
static void switch_to_vtl0(struct vtl_vp *vp, enum fake_switch form, bool buffers)
{
    uint64_t x[31];
    uint64_t own[2] = {vp->x[29], vp->x[30]};
    bool shared = fake_hv.x29_shared && form != FAKE_SWITCH_SMCCC;

    MUST(!shared || form == FAKE_SWITCH_SHARED);
    MUST(buffers == (vp->buffers != 0));
    MUST(cpus[0].simd_taken == 0);
    fake_hv.switched = form;
    memcpy(x, vp->x, sizeof(x));
    if (form == FAKE_SWITCH_SMCCC) {
        uint8_t *assist = page_of(NAME_ASSIST);

        memset(assist + 8, 0, 8);
        memcpy(assist + 0x10, &vp->x[0], 8);
        if (!return_by_smccc(x)) {
            vp->x[0] = x[0];
            hv_entry(vp);
            return;
        }
    }
    if (!shared) {
        x[29] = fake_hv_register(0, NAME_X29);
        x[30] = fake_hv_register(0, NAME_X30);
    }
    vtl0_runs(x);
    x[18] = vp->x[18];
    memcpy(vp->x, x, sizeof(x));
    if (!shared) {
        fake_hv_register_set(0, NAME_X29, x[29]);
        fake_hv_register_set(0, NAME_X30, x[30]);
        vp->x[29] = own[0] + fake_hv.x29_lies;
        vp->x[30] = own[1];
    }
    hv_entry(vp);
}

void hv_switch_smccc(struct vtl_vp *vp)
{
    switch_to_vtl0(vp, FAKE_SWITCH_SMCCC, false);
}

void hv_switch_private(struct vtl_vp *vp)
{
    switch_to_vtl0(vp, FAKE_SWITCH_PRIVATE, false);
}

void hv_switch_shared(struct vtl_vp *vp)
{
    switch_to_vtl0(vp, FAKE_SWITCH_SHARED, false);
}

void hv_switch_smccc_buffers(struct vtl_vp *vp)
{
    switch_to_vtl0(vp, FAKE_SWITCH_SMCCC, true);
}

void hv_switch_private_buffers(struct vtl_vp *vp)
{
    switch_to_vtl0(vp, FAKE_SWITCH_PRIVATE, true);
}

void hv_switch_shared_buffers(struct vtl_vp *vp)
{
    switch_to_vtl0(vp, FAKE_SWITCH_SHARED, true);
}
