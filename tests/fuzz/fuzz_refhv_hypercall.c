/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hypercalls of VTL0 with arbitrary registers and memory. A guest must not break, stop or escape: VTL2's state
 * stays, protections stay, the machine goes on, a call that is continued comes to an end.
 */
#include "fake_refhv_world.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 8u
#define TURNS_MAX 300u /* 4095 elements, 16 at a time */
#define HVC_PC UINT64_C(0x41080000)
#define PAGES 4u

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

/* A call word that gets past the first checks now and then. */
static uint64_t control(struct input *input)
{
    static const uint16_t codes[] = {0x0c, 0x0d, 0x0f, 0x4d, 0x50, 0x51, 0x5c, 0x5d,
                                     0x94, 0x99, 0x9a, 0xac, 0xc0, 0xc1, 0x11, 0xc001};
    const uint64_t kind = take(input, 1);

    if (kind == 0xff) {
        return take(input, 8);
    }
    return codes[kind % (sizeof(codes) / sizeof(codes[0]))] | (take(input, 1) & 1) << 16 |
           (take(input, 1) & 0xff) << 32 | (take(input, 1) & 0x1f) << 48;
}

static uint64_t address(struct input *input)
{
    const uint64_t kind = take(input, 1);

    if (kind >= 0xf0) {
        return take(input, 8);
    }
    return FAKE_RAM + (kind & 3) * 0x1000 + (kind < 0x80 ? 0 : take(input, 1) * 8);
}

static void one_call(struct input *input)
{
    struct vp *vp = &vps[0];
    const bool smccc = (take(input, 1) & 1) != 0;
    const unsigned first = smccc ? 1 : 0;

    vp->x[0] = 0x46000001;
    vp->x[first] = control(input);
    vp->x[first + 1] = HV_PARTITION_ID_SELF;
    vp->x[first + 2] = HV_VP_INDEX_SELF;
    for (unsigned i = (take(input, 1) & 1) != 0 ? 1 : 3; i < 17; i++) {
        vp->x[first + i] = take(input, 8);
    }
    if ((vp->x[first] & HV_CONTROL_FAST) == 0) {
        vp->x[first + 1] = address(input);
        vp->x[first + 2] = address(input);
    }
    unsigned turns = 0;
    const unsigned intercepts = fake_world.hypercall_intercepts + fake_world.memory_intercepts;
    do {
        vp->pc = HVC_PC + 4;
        hypercall_handle(vp, smccc);
        require(++turns <= TURNS_MAX);
    } while (vp->pc == HVC_PC &&
             fake_world.hypercall_intercepts + fake_world.memory_intercepts == intercepts);
    fake_world.line_count = 0;
    fake_world.reference_time += 1000;
    synic_timers_run(vp);
    (void)synic_timers_next(vp);
    (void)synic_take_deliverable(vp);
}

/* Four pages that start like most inputs do, and go on with the data over and over. */
static void fill_memory(const uint8_t *data, size_t size)
{
    for (size_t page = 0; page < PAGES; page++) {
        uint8_t *to = fake_at(FAKE_RAM + page * 4096);
        for (size_t i = 0; i < 4096 && size != 0; i++) {
            to[i] = data[(page * 64 + i) % size];
        }
        fake_write64(FAKE_RAM + page * 4096, HV_PARTITION_ID_SELF);
        if (page % 2 == 0) {
            fake_write64(FAKE_RAM + page * 4096 + 8, HV_VP_INDEX_SELF);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t beyond[FAKE_RAM_BYTES - PAGES * 4096];
    struct input input = {data, size};

    fake_world_reset();
    vps[0].active = SLOT_VTL0;
    vps[0].vtl[SLOT_VTL0].deliverability = UINT64_C(0xffff) << 48;
    partition.vsm_config = 0x1f;
    partition.unknown_connection_intercept = (take(&input, 1) & 1) != 0;
    if ((take(&input, 1) & 1) != 0) {
        vps[0].vtl[SLOT_VTL0].guest_os_id = 0;
    }
    memset(fake_vtl0_rights + PAGES, 0, sizeof(fake_vtl0_rights) - PAGES);
    memset(beyond, 0x5a, sizeof(beyond));
    memcpy(fake_ram + PAGES * 4096, beyond, sizeof(beyond));
    fill_memory(data, size);
    const struct vtl_state vtl2 = vps[0].vtl[SLOT_VTL2];
    const struct vp other = vps[1];
    for (unsigned i = 0; i < CALLS_MAX && input.left != 0; i++) {
        one_call(&input);
    }
    require(!fake_world.ended);
    require(vps[0].start[SLOT_VTL0].on_state == VP_ON_IDLE &&
            vps[0].start[SLOT_VTL2].on_state == VP_ON_IDLE);
    require(vps[0].active == SLOT_VTL0 && !vps[0].secure_tlb_lock && partition.vsm_config == 0x1f);
    require(memcmp(&vtl2, &vps[0].vtl[SLOT_VTL2], sizeof(vtl2)) == 0);
    require(memcmp(&other, &vps[1], sizeof(other)) == 0);
    for (size_t i = 0; i < FAKE_RAM_BYTES / 4096; i++) {
        require(fake_vtl0_rights[i] == (i < PAGES ? HV_MAP_ALL : 0));
    }
    require(memcmp(beyond, fake_ram + PAGES * 4096, sizeof(beyond)) == 0);
    return 0;
}
