/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measurements and evidence: the RSI calls of an Arm CCA realm by SMC (Arm DEN0137 1.0, B5.3), or else Hyper-V's VBS
 * report (reference section 9). Nothing tells beforehand whether SMC is there: hv_invoke_smc survives that it is not.
 */
#include "cpu/cpu.h"
#include "hv/hypercall.h"
#include "hv/vp.h"
#include "rsi.h"
#include "vtl/untrusted.h"
#include "vtl/vtl.h"

#include <string.h>

/* A host that gives nothing this many times in a row gets no more: refhv needs some 80. */
#define EMPTY_MAX 65536u

_Static_assert(VTL_MEASUREMENT_REGISTERS == RSI_MEASUREMENTS, "B5.3.8");
_Static_assert(VTL_MEASUREMENT_BYTES == RSI_MEASUREMENT_BYTES, "B5.3.8");
_Static_assert(VTL_CHALLENGE_BYTES == RSI_CHALLENGE_BYTES, "B5.3.2");

/* What a VP has begun. */
static struct evidence {
    bool begun;
    uint32_t bytes; /* given to the caller */
    uint32_t empty; /* steps without a byte */
    struct hv_vbs_report report;
} evidences[VTL_VP_MAX];

/* Where the host puts a piece of a token; one VP at a time. */
static uint8_t granule[RSI_PAGE_BYTES] __attribute__((aligned(RSI_PAGE_BYTES)));
static struct vtl_lock granule_lock;

/* A host may answer 0 to whatever it does not know: so the version counts too. */
static bool has_rsi(void)
{
    struct hv_frame frame = {.x = {RSI_VERSION, RSI_VERSION_1_0}};

    hv_invoke_smc(&frame);
    return frame.x[0] == RSI_SUCCESS && frame.x[1] == RSI_VERSION_1_0;
}

static enum pv_status report_take(struct hv_vbs_report *report,
                                  const uint8_t challenge[VTL_CHALLENGE_BYTES])
{
    memcpy(hv_input(), challenge, VTL_CHALLENGE_BYTES);
    const enum pv_status status = hv_status(hv_call(HV_CALL_VBS_VM_CALL_REPORT));
    memcpy(report, hv_output(), sizeof(*report));
    if (status == PV_OK && (report->header.package_bytes != sizeof(*report) ||
                            memcmp(report->report_data, challenge, VTL_CHALLENGE_BYTES) != 0)) {
        return PV_IO;
    }
    return status;
}
PV_UNTRUSTED(report_take, host, "fuzz_vtl_evidence");

static bool has_report(void)
{
    static const uint8_t challenge[VTL_CHALLENGE_BYTES];

    return report_take(&evidences[cpu_current()->index].report, challenge) == PV_OK;
}

/* Two VPs that ask at once get the same. */
enum vtl_evidence_kind vtl_evidence_kind(void)
{
    const uint32_t known = __atomic_load_n(&hv.evidence, __ATOMIC_RELAXED);

    if (known != 0) {
        return (enum vtl_evidence_kind)(known - 1);
    }
    const enum vtl_evidence_kind kind = has_rsi()      ? VTL_EVIDENCE_CCA
                                        : has_report() ? VTL_EVIDENCE_VBS
                                                       : VTL_EVIDENCE_NONE;
    __atomic_store_n(&hv.evidence, (uint32_t)kind + 1, __ATOMIC_RELAXED);
    return kind;
}

static enum pv_status rsi_status(uint64_t status)
{
    return status == RSI_SUCCESS       ? PV_OK
           : status == RSI_ERROR_INPUT ? PV_INVALID
           : status == RSI_ERROR_STATE ? PV_BUSY
                                       : PV_IO;
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
    return rsi_status(frame.x[0]);
}

/* Words behind the digest may be what they were before the call: zero, here. */
enum pv_status vtl_measurement_read(unsigned index, uint8_t value[VTL_MEASUREMENT_BYTES])
{
    struct hv_frame frame = {.x = {RSI_MEASUREMENT_READ, index}};

    if (vtl_evidence_kind() != VTL_EVIDENCE_CCA) {
        return PV_UNSUPPORTED;
    }
    if (index >= VTL_MEASUREMENT_REGISTERS) {
        return PV_INVALID;
    }
    hv_invoke_smc(&frame);
    memcpy(value, &frame.x[1], VTL_MEASUREMENT_BYTES);
    return rsi_status(frame.x[0]);
}
PV_UNTRUSTED(vtl_measurement_read, host, "fuzz_vtl_evidence");

static enum pv_status token_start(const uint8_t challenge[VTL_CHALLENGE_BYTES])
{
    struct hv_frame frame = {.x = {RSI_ATTEST_TOKEN_INIT}};

    memcpy(&frame.x[1], challenge, VTL_CHALLENGE_BYTES);
    hv_invoke_smc(&frame);
    return rsi_status(frame.x[0]);
}

enum pv_status vtl_evidence_start(const uint8_t challenge[VTL_CHALLENGE_BYTES])
{
    struct evidence *evidence = &evidences[cpu_current()->index];
    const enum vtl_evidence_kind which = vtl_evidence_kind();
    enum pv_status status = PV_UNSUPPORTED;

    if (which == VTL_EVIDENCE_CCA) {
        status = token_start(challenge);
    } else if (which == VTL_EVIDENCE_VBS) {
        status = report_take(&evidence->report, challenge);
    }
    evidence->begun = status == PV_OK;
    evidence->bytes = 0;
    evidence->empty = 0;
    return status;
}

static enum pv_status report_continue(const struct evidence *evidence, void *to, size_t room,
                                      size_t *got, bool *more)
{
    const size_t left = sizeof(evidence->report) - evidence->bytes;

    *got = left < room ? left : room;
    memcpy(to, (const uint8_t *)&evidence->report + evidence->bytes, *got);
    *more = left > room;
    return PV_OK;
}

/* The granule is this VP's. */
static enum pv_status token_step(const struct evidence *evidence, void *to, size_t room,
                                 size_t *got, bool *more)
{
    const size_t wanted = room < sizeof(granule) ? room : sizeof(granule);
    struct hv_frame frame = {
        .x = {RSI_ATTEST_TOKEN_CONTINUE, (uint64_t)(uintptr_t)granule, 0, wanted}};

    hv_invoke_smc(&frame);
    *more = frame.x[0] == RSI_INCOMPLETE;
    if (!*more && frame.x[0] != RSI_SUCCESS) {
        return rsi_status(frame.x[0]);
    }
    if (frame.x[1] > wanted || frame.x[1] > VTL_EVIDENCE_BYTES_MAX - evidence->bytes ||
        (frame.x[1] == 0 && evidence->empty == EMPTY_MAX)) {
        return PV_IO;
    }
    *got = frame.x[1];
    memcpy(to, granule, *got);
    return PV_OK;
}
PV_UNTRUSTED(token_step, host, "fuzz_vtl_evidence");

/* While another VP has the granule, this one has the step that gives nothing. */
static enum pv_status token_continue(const struct evidence *evidence, void *to, size_t room,
                                     size_t *got, bool *more)
{
    if (!vtl_lock_try(&granule_lock)) {
        *more = true;
        return PV_OK;
    }
    const enum pv_status status = token_step(evidence, to, room, got, more);
    vtl_unlock(&granule_lock);
    return status;
}

enum pv_status vtl_evidence_continue(void *to, size_t room, size_t *got, bool *more)
{
    struct evidence *evidence = &evidences[cpu_current()->index];

    *got = 0;
    *more = false;
    if (!evidence->begun || room == 0) {
        return PV_INVALID;
    }
    const enum pv_status status = vtl_evidence_kind() == VTL_EVIDENCE_CCA
                                      ? token_continue(evidence, to, room, got, more)
                                      : report_continue(evidence, to, room, got, more);
    evidence->bytes += (uint32_t)*got;
    evidence->empty = *got == 0 ? evidence->empty + 1 : 0;
    *more = *more && status == PV_OK;
    evidence->begun = *more;
    return status;
}
