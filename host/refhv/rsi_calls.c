/* SPDX-License-Identifier: BSD-3-Clause */
/* Realm Services Interface: Arm DEN0137 1.0-rel0, chapter B5. Arguments are read once; a call that fails changes nothing. */
#include "rsi_calls.h"

#include "measurement.h"
#include "token.h"
#include "token_claims.h"
#include "vp.h"

#include <string.h>

/* X1 to X3 are results of any call, zero where it has none (as TF-RMM gives them); X4 and on only of one that says so. */
#define USUAL_RESULTS 3u
#define RESULTS_MAX RSI_MEASUREMENT_WORDS

/* Arguments are X1 and on; results go where they came from. Returns RSI_*. */
typedef uint64_t (*rsi_call_t)(const struct vp *vp, const uint64_t *arguments, uint64_t *results);

/* One revision is there, so that the lower and the higher one are the same whatever is asked for. */
static uint64_t version(const struct vp *vp, const uint64_t *arguments, uint64_t *results)
{
    (void)vp;
    results[0] = RSI_VERSION_1_0;
    results[1] = RSI_VERSION_1_0;
    return arguments[0] == RSI_VERSION_1_0 ? RSI_SUCCESS : RSI_ERROR_INPUT;
}

/* No index has a feature in 1.0. */
static uint64_t features(const struct vp *vp, const uint64_t *arguments, uint64_t *results)
{
    (void)vp;
    (void)arguments;
    (void)results;
    return RSI_SUCCESS;
}

static uint64_t measurement_read_call(const struct vp *vp, const uint64_t *arguments,
                                      uint64_t *results)
{
    struct measurement_set set;

    (void)vp;
    if (arguments[0] >= RSI_MEASUREMENTS) {
        return RSI_ERROR_INPUT;
    }
    measurement_read(&set);
    memcpy(results, set.value[arguments[0]], sizeof(set.value[0]));
    return RSI_SUCCESS;
}

/* Index, size, then the bytes in registers, the first in the lowest byte. */
static uint64_t measurement_extend_call(const struct vp *vp, const uint64_t *arguments,
                                        uint64_t *results)
{
    (void)vp;
    (void)results;
    if (arguments[1] > RSI_MEASUREMENT_BYTES ||
        !measurement_extend(arguments[0], &arguments[2], arguments[1])) {
        return RSI_ERROR_INPUT;
    }
    return RSI_SUCCESS;
}

/* Any request under way on this VP is dropped. */
static uint64_t token_init_call(const struct vp *vp, const uint64_t *arguments, uint64_t *results)
{
    uint8_t challenge[RSI_CHALLENGE_BYTES];

    memcpy(challenge, arguments, sizeof(challenge));
    const uint64_t status = token_start(vp->index, challenge);
    results[0] = status == RSI_SUCCESS ? TOKEN_BYTES_MAX : 0;
    return status;
}

/* Page, offset in it, bytes that are free from there. */
static uint64_t token_continue_call(const struct vp *vp, const uint64_t *arguments,
                                    uint64_t *results)
{
    const uint64_t page = arguments[0];
    const uint64_t offset = arguments[1];
    const uint64_t room = arguments[2];
    size_t got = 0;

    if (page % RSI_PAGE_BYTES != 0 || offset >= RSI_PAGE_BYTES || room > RSI_PAGE_BYTES - offset) {
        return RSI_ERROR_INPUT;
    }
    uint8_t *to = stage2_guest_pointer(SLOT_VTL2, page, HV_MAP_WRITE);
    if (to == NULL) {
        return RSI_ERROR_INPUT;
    }
    const uint64_t status = token_continue(vp->index, to + offset, room, &got);
    results[0] = got;
    return status;
}

static const struct {
    uint32_t function;
    uint32_t results; /* of success */
    rsi_call_t call;
} calls[] = {
    {RSI_VERSION, USUAL_RESULTS, version},
    {RSI_FEATURES, USUAL_RESULTS, features},
    {RSI_MEASUREMENT_READ, RSI_MEASUREMENT_WORDS, measurement_read_call},
    {RSI_MEASUREMENT_EXTEND, USUAL_RESULTS, measurement_extend_call},
    {RSI_ATTEST_TOKEN_INIT, USUAL_RESULTS, token_init_call},
    {RSI_ATTEST_TOKEN_CONTINUE, USUAL_RESULTS, token_continue_call},
};

bool rsi_handle(struct vp *vp, uint32_t function)
{
    if (vp->active != SLOT_VTL2) {
        return false;
    }
    for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].function == function) {
            uint64_t results[RESULTS_MAX] = {0};
            const uint64_t status = calls[i].call(vp, &vp->x[1], results);
            const uint32_t count = status == RSI_SUCCESS ? calls[i].results : USUAL_RESULTS;

            vp->x[0] = status;
            memcpy(&vp->x[1], results, count * sizeof(results[0]));
            return true;
        }
    }
    return false;
}
