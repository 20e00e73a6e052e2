/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Realm Services with arbitrary registers, on two VPs in turn. No call may write elsewhere than its results and, for
 * CONTINUE, the piece of the page that it names; the RIM stays; VTL0 gets none.
 */
#include "cpu_random.h"
#include "fake_refhv_realm.h"
#include "measurement.h"
#include "rsi_calls.h"

#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at;
    size_t left;
};

static uint64_t take(struct input *input, size_t bytes)
{
    uint64_t value = 0;
    const size_t count = bytes < input->left ? bytes : input->left;

    memcpy(&value, input->at, count);
    input->at += count;
    input->left -= count;
    return value;
}

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

bool cpu_random(uint64_t *word)
{
    *word = 1;
    return true;
}

/* Registers of a CONTINUE that is good now and then. */
static void page_choose(struct input *input, struct vp *vp)
{
    vp->x[1] = FAKE_RAM + (take(input, 1) & 7) * 0x1000;
    vp->x[2] = take(input, 2) & 0x1fff;
    vp->x[3] = take(input, 2) & 0x1fff;
}

static void ram_check(const struct vp *vp, uint32_t function, const uint64_t *arguments)
{
    static const uint8_t fill[FAKE_RAM_BYTES];
    uint64_t from = 0;
    uint64_t bytes = 0;

    if (function == RSI_ATTEST_TOKEN_CONTINUE &&
        (vp->x[0] == RSI_SUCCESS || vp->x[0] == RSI_INCOMPLETE)) {
        require(vp->x[1] <= arguments[2]);
        from = arguments[0] - FAKE_RAM + arguments[1];
        bytes = vp->x[1];
        require(from <= FAKE_RAM_BYTES && bytes <= FAKE_RAM_BYTES - from);
    }
    require(memcmp(fake_ram, fill, from) == 0);
    require(memcmp(fake_ram + from + bytes, fill, FAKE_RAM_BYTES - from - bytes) == 0);
    memset(fake_ram, 0, sizeof(fake_ram));
}

static void one_call(struct input *input)
{
    const uint64_t kind = take(input, 1);
    struct vp *vp = &vps[kind & 1];
    const uint32_t function = RSI_VERSION + (uint32_t)(kind >> 1 & 7);
    struct vp before;

    vp->active = kind >= 0xf0 ? SLOT_VTL0 : SLOT_VTL2;
    for (unsigned i = 1; i < 11; i++) {
        vp->x[i] = take(input, (kind & 0x10) != 0 ? 8 : 1);
    }
    if (function == RSI_ATTEST_TOKEN_CONTINUE && (kind & 0x20) != 0) {
        page_choose(input, vp);
    }
    before = *vp;
    if (!rsi_handle(vp, function)) {
        require(vp->active == SLOT_VTL0 || function > RSI_ATTEST_TOKEN_CONTINUE);
        require(memcmp(vp, &before, sizeof(before)) == 0);
        return;
    }
    require(vp->active == SLOT_VTL2 && vp->x[0] <= RSI_ERROR_UNKNOWN);
    require(memcmp(&vp->x[9], &before.x[9], sizeof(before) - 9 * sizeof(before.x[0])) == 0);
    ram_check(vp, function, &before.x[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct measurement_set set;

    fake_realm_reset();
    for (unsigned i = 0; i < CALLS_MAX && input.left != 0; i++) {
        one_call(&input);
    }
    measurement_read(&set);
    for (unsigned i = 0; i < HASH_SHA256_BYTES; i++) {
        require(set.value[0][i] == 0xc0 + i);
    }
    return 0;
}
