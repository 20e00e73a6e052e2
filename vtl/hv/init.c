/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding the hypervisor and settling how intercepts and registers travel: reference sections 1.8,
 * 3.4, 5.7, 13.
 */
#include "cpu/cpu.h"
#include "hv/hypercall.h"
#include "hv/vp.h"
#include "smccc.h"
#include "vtl/untrusted.h"

#define VTL2 2u
/*
 * GuestOsId of an open source system: type 62:56 ('P'), version 47:16. Only bit 63 has a meaning to
 * the host.
 */
#define GUEST_OS_ID (HV_GUEST_OS_ID_OPEN_SOURCE | UINT64_C(0x50) << 56 | UINT64_C(1) << 16)

struct hv hv;
static struct vtl_vp vps[VTL_VP_MAX];

static enum pv_status find_hypervisor(void)
{
    static const uint32_t uid[] = {HV_SMCCC_UID0, HV_SMCCC_UID1, HV_SMCCC_UID2, HV_SMCCC_UID3};
    struct hv_frame frame = {.x = {SMCCC_VENDOR_HYP_UID}};
    hv_invoke_smccc(&frame);
    for (unsigned i = 0; i < 4; i++) {
        if ((uint32_t)frame.x[i] != uid[i]) {
            log_error("no Hyper-V interface: the hypervisor's UID is another");
            return PV_UNSUPPORTED;
        }
    }
    return PV_OK;
}

/*
 * The SMCCC form, and where its fast output lies: registers that the sources disagree on (reference
 * K2), so what the memory form says decides. The register is one that may be read while GuestOsId
 * is still 0 (reference 1.9).
 */
static enum pv_status choose_convention(void)
{
    struct hv_register_value by_memory;
    struct hv_register_value by_registers;
    hv.native = false;
    enum pv_status status =
        hv_get_memory(HV_INPUT_VTL_CURRENT, HV_REGISTER_PRIVILEGES_AND_FEATURES, &by_memory);
    if (status != PV_OK) {
        hv.native = true;
        status =
            hv_get_memory(HV_INPUT_VTL_CURRENT, HV_REGISTER_PRIVILEGES_AND_FEATURES, &by_memory);
    }
    if (status != PV_OK) {
        log_error("no hypercall convention works: %d", (int)status);
        return PV_UNSUPPORTED;
    }
    hv.fast_output = !hv.native && by_memory.low != 0 &&
                     hv_get_fast(HV_INPUT_VTL_CURRENT, HV_REGISTER_PRIVILEGES_AND_FEATURES,
                                 &by_registers) == PV_OK &&
                     by_registers.low == by_memory.low && by_registers.high == by_memory.high;
    return PV_OK;
}

static enum pv_status check_vtl(void)
{
    uint64_t vp_status = 0;
    enum pv_status status = hv_get64(HV_INPUT_VTL_CURRENT, HV_REGISTER_VSM_VP_STATUS, &vp_status);
    if (status != PV_OK || (vp_status & HV_VSM_VP_STATUS_ACTIVE_MASK) != VTL2) {
        log_error("not in VTL2: VsmVpStatus 0x%llx", (unsigned long long)vp_status);
        return PV_UNSUPPORTED;
    }
    return PV_OK;
}

static uint64_t partition_config(uint64_t capabilities)
{
    static const struct {
        uint64_t capability;
        uint64_t config;
    } optional[] = {
        {HV_VSM_CAP_INTERCEPT_PAGE, HV_VSM_CONFIG_INTERCEPT_PAGE},
        {HV_VSM_CAP_INTERCEPT_NOT_PRESENT, HV_VSM_CONFIG_INTERCEPT_NOT_PRESENT},
        {HV_VSM_CAP_INTERCEPT_SYSTEM_RESET, HV_VSM_CONFIG_INTERCEPT_SYSTEM_RESET},
    };
    uint64_t config = HV_VSM_CONFIG_ENABLE_PROTECTION | HV_VSM_CONFIG_DEFAULT_MASK_ALL |
                      HV_VSM_CONFIG_ZERO_MEMORY_ON_RESET;
    for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
        if ((capabilities & optional[i].capability) != 0) {
            config |= optional[i].config;
        }
    }
    return config;
}

static enum pv_status configure(void)
{
    uint64_t capabilities;
    enum pv_status status =
        hv_get64(HV_INPUT_VTL_CURRENT, HV_REGISTER_VSM_CAPABILITIES, &capabilities);
    if (status != PV_OK) {
        log_error("VsmCapabilities refused: %d", (int)status);
        return PV_UNSUPPORTED;
    }
    if ((capabilities & HV_VSM_CAP_INTERCEPT_NOT_PRESENT) == 0) {
        log_error("the hypervisor keeps accesses to absent memory to itself");
        return PV_UNSUPPORTED;
    }
    if ((capabilities & HV_VSM_CAP_INTERCEPT_SYSTEM_RESET) == 0) {
        log_info("the hypervisor handles VTL0's power off and reset itself");
    }
    hv.intercept_page = (capabilities & HV_VSM_CAP_INTERCEPT_PAGE) != 0;
    status = hv_set64(HV_INPUT_VTL_CURRENT, HV_REGISTER_VSM_PARTITION_CONFIG,
                      partition_config(capabilities));
    if (status != PV_OK) {
        log_error("VsmPartitionConfig refused: %d", (int)status);
        return PV_UNSUPPORTED;
    }
    log_info("intercepts by %s, registers by %s", hv.intercept_page ? "assist page" : "SIMP",
             hv.fast_output ? "fast calls" : "memory calls");
    return PV_OK;
}

/* SMCCC_ARCH_FEATURES is of version 1.1; before that, an unknown function may do anything. */
static bool smccc_has(uint32_t function)
{
    int32_t version = (int32_t)hv_smccc(SMCCC_VERSION, 0, 0, 0);

    return version >= (int32_t)SMCCC_VERSION_1_1 &&
           (int32_t)hv_smccc(SMCCC_ARCH_FEATURES, function, 0, 0) == 0;
}

/* The return that Arm's calling convention knows, where it is offered; else HVC #3, and probe.c. */
static void choose_return(void)
{
    bool smccc = smccc_has(HV_SMCCC_VTL_RETURN);

    hv.vtl_return = smccc ? HV_RETURN_SMCCC : HV_RETURN_UNKNOWN;
    log_info("VTL return: %s", smccc ? "SMCCC" : "HVC #3");
}

enum pv_status vtl_init(uint32_t vp_count)
{
    if (vp_count == 0 || vp_count > VTL_VP_MAX) {
        return PV_INVALID;
    }
    hv = (struct hv){.vp_count = vp_count};
    enum pv_status status = hv_page_init(cpu_current()->index);
    if (status == PV_OK) {
        status = find_hypervisor();
    }
    if (status == PV_OK) {
        status = choose_convention();
    }
    if (status != PV_OK) {
        return status;
    }
    status = hv_set64(HV_INPUT_VTL_CURRENT, HV_REGISTER_GUEST_OS_ID, GUEST_OS_ID);
    if (status != PV_OK) {
        log_error("GuestOsId refused: %d", (int)status);
        return PV_UNSUPPORTED;
    }
    status = check_vtl();
    if (status == PV_OK) {
        status = configure();
    }
    if (status == PV_OK) {
        choose_return();
    }
    return status;
}
PV_UNTRUSTED(vtl_init, host, "");

struct vtl_vp *hv_vp(uint32_t index)
{
    return &vps[index];
}
