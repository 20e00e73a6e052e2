/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Are x29 and x30 private to each VTL, as TLFS says, or shared, as all public code has it
 * (reference 8.4, C1)?
 *
 * Before the guest exists, VTL0 runs three instructions of ours: x29 and x30 := two random words,
 * then a load from a page that was taken from it, which brings VTL2 back. VTL2 had two other random
 * words in x29 and x30. It finds VTL0's words: shared. It finds its own, and VTL0's by name:
 * private. Anything else is no host to run on. The switch used for it is the one that survives
 * either. A return by SMCCC leaves nothing to find out: they are private.
 */
#include "arm64.h"
#include "cpu/cpu.h"
#include "cpu/random.h"
#include "hv/hypercall.h"
#include "hv/switch.h"
#include "vtl/untrusted.h"

#define PAGE UINT64_C(4096)
/* Interrupts of VTL2 may come first. */
#define ENTRIES_MAX 64u

static const uint32_t program[] = {
    0xaa0003fd, /* mov x29, x0 */
    0xaa0103fe, /* mov x30, x1 */
    0xb9400062, /* ldr w2, [x3] */
    0x14000000, /* b . */
};
#define LOAD_OFFSET 8u

struct words {
    uint64_t vtl0[2];
    uint64_t vtl2[2];
};

static bool run(struct vtl_vp *vp, uint64_t code, uint64_t target)
{
    for (unsigned i = 0; i < ENTRIES_MAX; i++) {
        struct vtl_exit exit;
        vtl_vp_enter(vp, &exit);
        if (exit.kind == VTL_EXIT_MEMORY || exit.kind == VTL_EXIT_PROTECTION) {
            return exit.pc.raw == code + LOAD_OFFSET && exit.memory.gpa.raw == target &&
                   exit.memory.access == VTL_READ;
        }
        if (exit.kind != VTL_EXIT_INTERRUPT) {
            return false;
        }
    }
    return false;
}

static enum hv_return judge(const struct vtl_vp *vp, const struct words *words)
{
    if (vp->x[29] == words->vtl0[0] && vp->x[30] == words->vtl0[1]) {
        return HV_RETURN_SHARED;
    }
    uint64_t x29;
    uint64_t x30;
    if (vp->x[29] == words->vtl2[0] && vp->x[30] == words->vtl2[1] &&
        hv_get64(VTL0, HV_REGISTER_FP, &x29) == PV_OK &&
        hv_get64(VTL0, HV_REGISTER_LR, &x30) == PV_OK && x29 == words->vtl0[0] &&
        x30 == words->vtl0[1]) {
        return HV_RETURN_PRIVATE;
    }
    return HV_RETURN_UNKNOWN;
}

static enum pv_status prepare(struct vtl_vp *vp, uint32_t *code, uint64_t target)
{
    for (size_t i = 0; i < sizeof(program) / sizeof(program[0]); i++) {
        code[i] = program[i];
    }
    cache_clean_code(code, sizeof(program));
    /* Right whether boot has hidden VTL2's memory already or not. */
    enum pv_status status = hv_protect(gpa((uint64_t)(uintptr_t)code), PAGE,
                                       HV_MAP_READ | HV_MAP_KERNEL_EXECUTE | HV_MAP_USER_EXECUTE);
    if (status == PV_OK) {
        status = vtl_memory_hide(gpa(target), PAGE);
    }
    return status == PV_OK ? hv_first_state(vp, (uint64_t)(uintptr_t)code) : status;
}

/* Runs the program and judges; the pages are VTL0's to use meanwhile. */
static enum pv_status probe(struct vtl_vp *vp, uint32_t *code, uint64_t target)
{
    const struct words words = {{random_secret(), random_secret()},
                                {random_secret(), random_secret()}};
    enum pv_status status = prepare(vp, code, target);
    if (status != PV_OK) {
        return status;
    }
    vp->x[0] = words.vtl0[0];
    vp->x[1] = words.vtl0[1];
    vp->x[3] = target;
    vp->x[29] = words.vtl2[0];
    vp->x[30] = words.vtl2[1];
    if (!run(vp, (uint64_t)(uintptr_t)code, target)) {
        log_error("the probe of VTL0's x29 did not come back as it should");
        return PV_UNSUPPORTED;
    }
    hv.vtl_return = judge(vp, &words);
    hv_switch_choose(vp);
    vp->state = NULL;
    if (hv.vtl_return == HV_RETURN_UNKNOWN) {
        log_error("x29 and x30 are neither shared nor private");
        return PV_UNSUPPORTED;
    }
    log_info("x29 and x30 are %s", hv.vtl_return == HV_RETURN_SHARED ? "shared" : "private");
    return PV_OK;
}

enum pv_status hv_probe_x29(struct vtl_vp *vp)
{
    if (hv.vtl_return != HV_RETURN_UNKNOWN) {
        return PV_OK;
    }
    uint8_t *pages = vtl_page_alloc(2);
    if (pages == NULL) {
        return PV_NO_SPACE;
    }
    uint32_t *code = (uint32_t *)(void *)pages;
    enum pv_status status = probe(vp, code, (uint64_t)(uintptr_t)pages + PAGE);
    enum pv_status hidden = vtl_memory_hide(gpa((uint64_t)(uintptr_t)pages), PAGE);
    return status == PV_OK ? hidden : status;
}
PV_UNTRUSTED(hv_probe_x29, host, "");
