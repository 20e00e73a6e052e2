/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measurement registers and evidence: a realm's (rsi.h), where SMC is answered by a monitor that has it;
 * else VBS' report (reference 9.1), which has no registers.
 */
#include "cpu/cpu.h"
#include "hv/hypercall.h"
#include "rsi.h"
#include "vtl/untrusted.h"

#include <string.h>

#define WORDS (VTL_MEASUREMENT_BYTES / 8u)

_Static_assert(VTL_MEASUREMENT_REGISTERS == RSI_MEASUREMENTS, "rsi.h");
_Static_assert(VTL_MEASUREMENT_BYTES == RSI_MEASUREMENT_BYTES, "rsi.h");
_Static_assert(VTL_CHALLENGE_BYTES == RSI_CHALLENGE_BYTES, "rsi.h");
_Static_assert(VTL_CHALLENGE_BYTES == HV_VBS_REPORT_DATA_BYTES, "hv_hypercall.h");

/* One at a time in the machine: its user's promise. */
static struct {
    bool asked;
    enum vtl_evidence_kind kind;
    bool begun;
    uint8_t challenge[VTL_CHALLENGE_BYTES]; /* VBS */
    uint32_t told;                          /* bytes of the report */
    uint8_t page[RSI_PAGE_BYTES] __attribute__((aligned(RSI_PAGE_BYTES)));
} evidence;

/* ---- A realm -------------------------------------------------------------------------------------- */

static bool has_rsi(void)
{
    struct hv_frame frame = {.x = {RSI_VERSION, RSI_VERSION_1_0}};

    hv_invoke_smc(&frame);
    return frame.x[0] == RSI_SUCCESS;
}

/* A slice of the token at the page's start. */
static enum pv_status token_continue(void *to, size_t room, size_t *got, bool *more)
{
    uint64_t wanted = room < RSI_PAGE_BYTES ? room : RSI_PAGE_BYTES;
    struct hv_frame frame = {
        .x = {RSI_ATTEST_TOKEN_CONTINUE, (uint64_t)(uintptr_t)evidence.page, 0, wanted}};

    hv_invoke_smc(&frame);
    *more = frame.x[0] == RSI_INCOMPLETE;
    if ((frame.x[0] != RSI_SUCCESS && !*more) || frame.x[1] > wanted) {
        return PV_IO;
    }
    *got = (size_t)frame.x[1];
    memcpy(to, evidence.page, *got);
    return PV_OK;
}
PV_UNTRUSTED(token_continue, host, "");

/* ---- VBS ------------------------------------------------------------------------------------------ */

static enum pv_status report_get(const uint8_t challenge[VTL_CHALLENGE_BYTES])
{
    memcpy(hv_input(), challenge, VTL_CHALLENGE_BYTES);
    return hv_status(hv_call(HV_CALL_VBS_VM_CALL_REPORT));
}

static bool has_vbs(void)
{
    static const uint8_t none[VTL_CHALLENGE_BYTES];

    return report_get(none) == PV_OK;
}

/* It fits one page, and is asked for again at each step: nobody else's call comes between. */
static enum pv_status report_continue(void *to, size_t room, size_t *got, bool *more)
{
    enum pv_status status = report_get(evidence.challenge);
    size_t left = sizeof(struct hv_vbs_report) - evidence.told;

    if (status != PV_OK) {
        return status;
    }
    *got = left < room ? left : room;
    memcpy(to, (const uint8_t *)hv_output() + evidence.told, *got);
    evidence.told += (uint32_t)*got;
    *more = evidence.told < sizeof(struct hv_vbs_report);
    return PV_OK;
}
PV_UNTRUSTED(report_continue, host, "");

/* ---- Both ----------------------------------------------------------------------------------------- */

enum vtl_evidence_kind vtl_evidence_kind(void)
{
    if (!evidence.asked) {
        evidence.asked = true;
        evidence.kind = has_rsi()   ? VTL_EVIDENCE_CCA
                        : has_vbs() ? VTL_EVIDENCE_VBS
                                    : VTL_EVIDENCE_NONE;
    }
    return evidence.kind;
}

enum pv_status vtl_measurement_extend(unsigned index, const void *data, size_t bytes)
{
    struct hv_frame frame = {.x = {RSI_MEASUREMENT_EXTEND, index, bytes}};

    if (vtl_evidence_kind() != VTL_EVIDENCE_CCA) {
        return PV_UNSUPPORTED;
    }
    if (index == 0 || index >= VTL_MEASUREMENT_REGISTERS || bytes > VTL_MEASUREMENT_BYTES) {
        return PV_INVALID;
    }
    memcpy(&frame.x[3], data, bytes);
    hv_invoke_smc(&frame);
    return frame.x[0] == RSI_SUCCESS ? PV_OK : PV_IO;
}

enum pv_status vtl_measurement_read(unsigned index, uint8_t value[VTL_MEASUREMENT_BYTES])
{
    struct hv_frame frame = {.x = {RSI_MEASUREMENT_READ, index}};

    if (vtl_evidence_kind() != VTL_EVIDENCE_CCA) {
        return PV_UNSUPPORTED;
    }
    hv_invoke_smc(&frame);
    if (frame.x[0] != RSI_SUCCESS) {
        return index < VTL_MEASUREMENT_REGISTERS ? PV_IO : PV_INVALID;
    }
    memcpy(value, &frame.x[1], WORDS * sizeof(uint64_t));
    return PV_OK;
}

enum pv_status vtl_evidence_start(const uint8_t challenge[VTL_CHALLENGE_BYTES])
{
    struct hv_frame frame = {.x = {RSI_ATTEST_TOKEN_INIT}};
    enum vtl_evidence_kind kind = vtl_evidence_kind();

    evidence.begun = false;
    if (kind == VTL_EVIDENCE_NONE) {
        return PV_UNSUPPORTED;
    }
    if (kind == VTL_EVIDENCE_CCA) {
        memcpy(&frame.x[1], challenge, VTL_CHALLENGE_BYTES);
        hv_invoke_smc(&frame);
        if (frame.x[0] != RSI_SUCCESS) {
            return PV_IO;
        }
    }
    memcpy(evidence.challenge, challenge, VTL_CHALLENGE_BYTES);
    evidence.told = 0;
    evidence.begun = true;
    return PV_OK;
}

enum pv_status vtl_evidence_continue(void *to, size_t room, size_t *got, bool *more)
{
    enum pv_status status = PV_INVALID;

    *got = 0;
    *more = false;
    if (evidence.begun) {
        status = evidence.kind == VTL_EVIDENCE_CCA ? token_continue(to, room, got, more)
                                                   : report_continue(to, room, got, more);
        evidence.begun = status == PV_OK && *more;
    }
    return status;
}
