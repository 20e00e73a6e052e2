/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting VTL2 of the other VPs; exceptions of either VTL. */
#include "rt.h"
#include "runtime.h"

#define VECTOR_SYNC 4u
#define VECTOR_IRQ 5u
#define VECTOR_SYNC_LOWER 8u

static uint64_t vp_enable_vtl2(uint32_t index)
{
    uint64_t *input = hv_input_page();

    for (size_t i = 0; i < sizeof(struct hv_enable_vp_vtl) / 8; i++) {
        input[i] = 0;
    }
    input[0] = HV_PARTITION_ID_SELF;
    input[1] = index | UINT64_C(2) << 32;
    return HV_STATUS(hv_call(WAY_HVC1_MEMORY, HV_CALL_ENABLE_VP_VTL,
                             sizeof(struct hv_enable_vp_vtl) / 8, 0, NULL));
}

bool vps_start(void)
{
    bool all = true;

    for (uint32_t i = 1; i < board.vp_count; i++) {
        uint64_t status = vp_enable_vtl2(i);
        int32_t on = -1;

        all &= check_eq("2.5 enable-vp-vtl: VTL2 on another VP", status, HV_STATUS_SUCCESS);
        on = psci(PSCI_CPU_ON | PSCI_64BIT, board.mpidr[i], (uintptr_t)vp_entry, i);
        all &= check_eq("7.8 smp: CPU_ON of a VP in VTL2", (uint32_t)on, PSCI_SUCCESS);
        all &= check_true("7.8 smp: the VP runs in VTL2", wait_for(&vps[i].ready, 1));
    }
    return all;
}

void vp_main(uint64_t index)
{
    struct vp *vp = &vps[index % RT_VP_MAX];

    (void)vtl2_vp_init();
    barrier();
    vp->ready = 1;
    for (uint32_t done = 0;;) {
        if (vp->started != done) {
            barrier();
            vp->value = vp->work(vp->argument);
            done = vp->started;
            barrier();
            vp->finished = done;
        }
    }
}

static void exception_fatal(uint64_t vector, const struct exception_frame *frame)
{
    if (rt_vtl == 0) {
        for (;;) {
            doorbell(DOORBELL_FAULT);
        }
    }
    note("exception vector", vector);
    note("exception ESR", frame->esr);
    note("exception FAR", frame->far);
    note("exception ELR from the image", frame->elr - (uintptr_t)__image_start);
    check_true("12 no unexpected exception in VTL2", false);
    checks_done();
}

void exception_handle(uint64_t vector, struct exception_frame *frame)
{
    struct vp *vp = vp_self();

    if (vector == VECTOR_IRQ) {
        (void)irq_take();
        return;
    }
    vp->exception.count++;
    vp->exception.esr = frame->esr;
    vp->exception.far = frame->far;
    vp->exception.elr = frame->elr;
    vp->exception.spsr = frame->spsr;
    if ((vector != VECTOR_SYNC && vector != VECTOR_SYNC_LOWER) || vp->exception_expected == 0) {
        exception_fatal(vector, frame);
    }
    frame->elr += 4;
}
