/* SPDX-License-Identifier: BSD-3-Clause */
/* A VP's own set-up, and the start of VTL2 on others: reference sections 2.5, 4, 5.7, 7.8. */
#include "hv/vp.h"

#include "cpu/cpu.h"
#include "cpu/gic.h"
#include "cpu/sysreg.h"
#include "hv/exit.h"
#include "hv/hypercall.h"
#include "hv/switch.h"
#include "smccc.h"

#define VTL2 2u
#define BUFFER_NOT_OURS UINT64_C(0x10) /* P, in PMBIDR_EL1 and TRBIDR_EL1 */

/* A zeroed page, and its register set to it. */
static enum pv_status page_register(uint32_t name, void **page)
{
    *page = vtl_page_alloc(1);
    if (*page == NULL) {
        return PV_NO_SPACE;
    }
    return hv_set64(HV_INPUT_VTL_CURRENT, name,
                    (uint64_t)(uintptr_t)*page | HV_PAGE_REGISTER_ENABLE);
}

/* SIMP and SINT0, where the hypervisor has no intercept page. */
static enum pv_status synic_init(struct vtl_vp *vp)
{
    void *page;
    enum pv_status status = page_register(HV_REGISTER_SIMP, &page);
    if (status == PV_OK) {
        vp->messages = page;
        status = hv_set64(HV_INPUT_VTL_CURRENT, HV_REGISTER_SINT(HV_SINT_INTERCEPT), HV_SINT_PPI);
    }
    if (status == PV_OK) {
        status = hv_set64(HV_INPUT_VTL_CURRENT, HV_REGISTER_SCONTROL, HV_SCONTROL_ENABLE);
    }
    if (status == PV_OK) {
        status = gic_messages_enable(vp->index, HV_SINT_PPI);
    }
    if (status != PV_OK) {
        log_error("vp %u: SynIC: %d", vp->index, (int)status);
    }
    return status;
}

/* Without a register page VTL0's PC and PSTATE go by hypercall: reference K13. */
static void register_page_init(struct vtl_vp *vp)
{
    void *page;
    if (page_register(HV_REGISTER_REGISTER_PAGE, &page) == PV_OK) {
        vp->registers = page;
    } else {
        log_debug("vp %u: no register page", vp->index);
    }
}

/* Which buffers a lower VTL could have on: reference 8.1 (SPE), 8.3. */
static uint64_t own_buffers(void)
{
    uint64_t features = read_id_aa64dfr0_el1();
    uint64_t buffers = 0;
    if ((features >> 32 & 0xf) != 0 && (read_pmbidr_el1() & BUFFER_NOT_OURS) == 0) {
        buffers |= UINT64_C(1) << VP_BUFFER_PROFILING_BIT;
    }
    if ((features >> 44 & 0xf) != 0 && (read_trbidr_el1() & BUFFER_NOT_OURS) == 0) {
        buffers |= UINT64_C(1) << VP_BUFFER_TRACING_BIT;
    }
    if ((features >> 52 & 0xf) != 0) {
        buffers |= UINT64_C(1) << VP_BUFFER_BRANCHES_BIT;
    }
    return buffers;
}

static enum pv_status check_index(uint32_t index)
{
    uint64_t actual;
    enum pv_status status = hv_get64(HV_INPUT_VTL_CURRENT, HV_REGISTER_VP_INDEX, &actual);
    if (status == PV_OK && actual != index) {
        log_error("vp %u is the hypervisor's %llu", index, (unsigned long long)actual);
        status = PV_INVALID;
    }
    return status;
}

static enum pv_status pages_init(struct vtl_vp *vp)
{
    void *page;
    enum pv_status status = page_register(HV_REGISTER_VP_ASSIST_PAGE, &page);
    if (status != PV_OK) {
        log_error("vp %u: assist page: %d", vp->index, (int)status);
        return status;
    }
    vp->assist = page;
    register_page_init(vp);
    return hv.intercept_page ? PV_OK : synic_init(vp);
}

enum pv_status vtl_vp_init(uint32_t index, bool boot_vp, struct vtl_vp **result)
{
    if (index >= hv.vp_count || index != cpu_current()->index) {
        return PV_INVALID;
    }
    struct vtl_vp *vp = hv_vp(index);
    vp->index = index;
    hv_exit_init(vp);
    vp->buffers = own_buffers();
    hv_switch_choose(vp);
    enum pv_status status = hv_page_init(index);
    if (status == PV_OK) {
        status = check_index(index);
    }
    if (status == PV_OK) {
        status = gic_cpu_init(index);
    }
    if (status == PV_OK) {
        status = pages_init(vp);
    }
    if (status == PV_OK) {
        status = boot_vp ? hv_probe_x29(vp)
                         : hv_set64(VTL0, HV_REGISTER_INTERNAL_ACTIVITY_STATE,
                                    HV_ACTIVITY_STARTUP_SUSPEND);
    }
    *result = status == PV_OK ? vp : NULL;
    return status;
}

uint32_t vtl_vp_index(const struct vtl_vp *vp)
{
    return vp->index;
}

/*
 * Reference 2.5: enabled already is as good. The context is all zero: CPU_ON says where to begin.
 */
static enum pv_status enable_vtl2(uint32_t index)
{
    struct hv_enable_vp_vtl *input = hv_input();
    *input = (struct hv_enable_vp_vtl){
        .partition_id = HV_PARTITION_ID_SELF,
        .vp_index = index,
        .target_vtl = VTL2,
    };
    uint32_t status = hv_call(HV_CALL_ENABLE_VP_VTL);
    return status == HV_STATUS_VTL_ALREADY_ENABLED ? PV_OK : hv_status(status);
}

enum pv_status vtl_vp_start(uint32_t index, uint64_t mpidr, vtl_vp_entry_t entry)
{
    if (index == 0 || index >= hv.vp_count || entry == NULL) {
        return PV_INVALID;
    }
    enum pv_status status = enable_vtl2(index);
    if (status == PV_OK) {
        status = cpu_prepare(index, entry);
    }
    if (status != PV_OK) {
        return status;
    }
    int64_t psci =
        (int64_t)hv_smccc(PSCI_CPU_ON | PSCI_64BIT, mpidr, (uint64_t)(uintptr_t)secondary_entry,
                          (uint64_t)(uintptr_t)&cpus[index]);
    if (psci != PSCI_SUCCESS) {
        log_error("vp %u: CPU_ON: %lld", index, (long long)psci);
    }
    switch (psci) {
    case PSCI_SUCCESS:
        return PV_OK;
    case PSCI_ALREADY_ON:
    case PSCI_ON_PENDING:
        return PV_BUSY;
    case PSCI_INVALID_PARAMETERS:
        return PV_NOT_FOUND;
    default:
        return PV_DENIED;
    }
}
