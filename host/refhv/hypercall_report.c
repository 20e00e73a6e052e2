/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HvCallVbsVmCallReport: reference section 9. The measurement is refhv's own. SVN, product, module and debug
 * policy are the file's signed block's, zeros without one: nothing but that block vouches for them. The
 * report says of itself that nobody has signed it.
 */
#include "hypercall.h"

#include <string.h>

#define VERSION 1u
/* No scheme that a host has: a verifier that takes reports of hosts refuses these. */
#define SCHEME_TEST 0u

static struct hv_vbs_report_identity identity;

void hypercall_report_init(const struct igvm_load_result *loaded)
{
    const struct igvm_vbs_measurement *file = &loaded->vbs;

    identity = (struct hv_vbs_report_identity){
        .enabled_vtls = 1u << 0 | 1u << 2,
        .policy = file->policy_flags & IGVM_VBS_POLICY_DEBUG,
        .guest_vtl = 2,
        .guest_svn = file->svn,
        .guest_product_id = file->product_id,
        .guest_module_id = file->module_id,
    };
    memcpy(identity.measurement, loaded->digest, sizeof(identity.measurement));
    memcpy(identity.host_data, machine.options.rpv, sizeof(identity.host_data));
}

uint32_t hypercall_report(struct hypercall *call, const void *input, void *output)
{
    static const char test[] = "a test report of refhv: not signed";
    struct hv_vbs_report_list *list = output;
    struct hv_vbs_report *report = &list->report;

    (void)call;
    report->header = (struct hv_vbs_report_header){
        .package_bytes = sizeof(*report),
        .package_version = VERSION,
        .signature_scheme = SCHEME_TEST,
        .signature_bytes = sizeof(report->signature),
    };
    report->version = VERSION;
    memcpy(report->report_data, input, sizeof(report->report_data));
    report->identity = identity;
    memcpy(report->signature, test, sizeof(test));
    return HV_STATUS_SUCCESS;
}
