/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host that answers anything to the calls of measurement and attestation, by SMC and by hypercall: no more than was
 * asked for is written, no more than a token may have is given, it comes to an end.
 */
#include "fake_cpu.h"
#include "hv/hypercall.h"
#include "hv/vp.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 9u
#define STEPS_MAX 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct hv hv;
static uint64_t lists[512];
static struct {
    const uint8_t *at;
    size_t left;
} input;

static uint64_t take(size_t bytes)
{
    uint64_t value = 0;
    const size_t count = bytes < input.left ? bytes : input.left;

    memcpy(&value, input.at, count);
    input.at += count;
    input.left -= count;
    return value;
}

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

void *hv_input(void)
{
    return lists;
}

const void *hv_output(void)
{
    return &lists[256];
}

uint32_t hv_call(uint16_t code)
{
    require(code == 0xc001);
    for (unsigned i = 0; i < 70; i++) {
        lists[256 + i] = take(1);
    }
    if ((take(1) & 1) != 0) { /* often a good one */
        const uint32_t bytes = 0x230;
        memcpy(&lists[256], &bytes, sizeof(bytes));
        memcpy((uint8_t *)&lists[256] + 0x18, lists, 64);
    }
    return (uint32_t)take(1) & 3u;
}

enum pv_status hv_status(uint32_t status)
{
    return (enum pv_status)status;
}

/* The lengths that it tells are about right, now and then. */
void hv_invoke_smc(struct hv_frame *frame)
{
    const uint64_t kind = take(1);
    const uint64_t wanted = frame->x[3];

    if (frame->x[0] == 0xc4000195) {
        require(frame->x[1] % 4096 == 0 && frame->x[2] < 4096 && wanted <= 4096 - frame->x[2]);
        memset((void *)(uintptr_t)(frame->x[1] + frame->x[2]), (int)kind, wanted);
    }
    frame->x[0] = (kind & 0x80) != 0 ? take(8) : kind & 7;
    for (unsigned i = 1; i < WORDS; i++) {
        frame->x[i] = (kind & 0x40) != 0 ? take(2) : wanted - 1 + (kind >> 4 & 3);
    }
    if ((kind & 0x08) != 0) {
        frame->x[1] = 0x10000;
    }
}

static void tokens(size_t room)
{
    static const uint8_t challenge[VTL_CHALLENGE_BYTES] = {7};
    uint8_t *to = malloc(room);
    size_t total = 0;
    bool more = vtl_evidence_start(challenge) == PV_OK;

    for (unsigned i = 0; i < STEPS_MAX && more; i++) {
        size_t got = 1;
        const enum pv_status status = vtl_evidence_continue(to, room, &got, &more);
        total += got;
        require(got <= room && total <= VTL_EVIDENCE_BYTES_MAX);
        require(status == PV_OK || (got == 0 && !more));
    }
    free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t value[VTL_MEASUREMENT_BYTES];

    input.at = data;
    input.left = size;
    fake_cpu_reset();
    hv = (struct hv){.vp_count = 1};
    require(vtl_evidence_kind() <= VTL_EVIDENCE_VBS);
    for (unsigned i = 0; i < 4; i++) {
        (void)vtl_measurement_read((unsigned)take(1), value);
        (void)vtl_measurement_extend((unsigned)take(1), value, take(1) % 65);
        tokens(take(2) % 5000 + 1);
    }
    return 0;
}
