/* SPDX-License-Identifier: BSD-3-Clause */
/* HvCallAssertVirtualInterrupt and HvCallGetVpIndexFromApicId: reference sections 2.7 and 2.9. */
#include "arm64.h"
#include "gic.h"
#include "hypercall.h"

#define SPI_LAST 1019u

uint32_t hypercall_assert_interrupt(struct hypercall *call, const void *input, void *output)
{
    const struct hv_assert_virtual_interrupt *request = input;
    const uint64_t control = request->interrupt_control;
    unsigned slot;
    uint32_t status = hypercall_partition(request->partition_id);

    (void)output;
    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_plain_vtl(call, request->target_vtl, &slot);
    }
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    /* Type 0, "fixed", is the only one that a line of the GIC can be; there is no other field but bit 34. */
    if ((control & ~HV_INTERRUPT_CONTROL_ASSERTED) != 0 || request->destination_address != 0 ||
        !hypercall_is_zero(request->zero, sizeof(request->zero)) ||
        request->vector < GIC_SPI_FIRST || request->vector > SPI_LAST) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    const bool level = (control & HV_INTERRUPT_CONTROL_ASSERTED) != 0;
    return vgic_set_line(slot, NULL, request->vector, level) ? HV_STATUS_SUCCESS
                                                             : HV_STATUS_INVALID_PARAMETER;
}

uint32_t hypercall_vp_index_begin(struct hypercall *call, const void *input, void *output)
{
    const struct hv_vp_index_from_apic_id *header = input;
    uint32_t status = hypercall_partition(header->partition_id);

    (void)output;
    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_plain_vtl(call, header->target_vtl, &call->target_slot);
    }
    if (status == HV_STATUS_SUCCESS && !hypercall_is_zero(header->zero, sizeof(header->zero))) {
        status = HV_STATUS_INVALID_PARAMETER;
    }
    return status;
}

uint32_t hypercall_vp_index_element(struct hypercall *call, const void *input, void *output)
{
    const uint64_t *mpidr = input;
    uint32_t *index = output;

    /* Callers pass the affinity alone or the register as they read it. */
    if ((*mpidr & ~(MPIDR_AFFINITY_MASK | MPIDR_RES1)) != 0) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    const struct vp *vp = vp_by_mpidr(*mpidr & MPIDR_AFFINITY_MASK);
    if (vp == NULL) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    if (call->target_slot == SLOT_VTL2 && !vp->vtl[SLOT_VTL2].enabled) {
        return HV_STATUS_INVALID_VTL_STATE;
    }
    *index = vp->index;
    return HV_STATUS_SUCCESS;
}
