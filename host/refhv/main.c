/* SPDX-License-Identifier: BSD-3-Clause */
/* From the boot loader to the first instruction of VTL2: the fixed order of refhv's start. */
#include "main.h"

#include "console.h"
#include "cpu.h"
#include "exit.h"
#include "gic.h"
#include "hypercall.h"
#include "igvm_load.h"
#include "image.h"
#include "measurement.h"
#include "smccc.h"
#include "vp.h"

#include <stdatomic.h>

__attribute__((noreturn)) void vp_enter(struct vp *vp);

static struct igvm_load_result loaded;
static _Atomic bool started; /* tables and state are complete: other CPUs may use them */

static void vps_init(void)
{
    partition.vp_count = machine.cpu_count;
    for (uint32_t i = 0; i < machine.cpu_count; i++) {
        vps[i].index = i;
        vps[i].active = SLOT_VTL2;
        vps[i].vtl[SLOT_VTL0].enabled = true;
        atomic_store(&vps[i].vtl[SLOT_VTL0].run, VTL_RUNNING);
        atomic_store(&vps[i].vtl[SLOT_VTL2].run, VTL_OFF);
        synic_reset(&vps[i].vtl[SLOT_VTL0].synic);
        synic_reset(&vps[i].vtl[SLOT_VTL2].synic);
    }
}

/* On the CPU of the VP. VTL0's reset state waits in memory, VTL2's in the hardware. */
static void vp_first_state(struct vp *vp)
{
    vp_reset_vtl(vp, SLOT_VTL0);
    switch_load_first(vp, SLOT_VTL2);
    vp_reset_vtl(vp, SLOT_VTL2);
}

static void vtl2_first_registers(struct vp *vp, unsigned slot, void *context)
{
    const struct igvm_load_result *from = context;
    struct vtl_state *vtl = &vp->vtl[slot];

    vtl->pc = from->pc;
    vtl->pstate = from->cpsr;
    vtl->regs.sctlr_el1 = from->sctlr_el1;
    vtl->regs.tcr_el1 = from->tcr_el1;
    vtl->regs.mair_el1 = from->mair_el1;
    vtl->regs.ttbr0_el1 = from->ttbr0_el1;
    vtl->regs.ttbr1_el1 = from->ttbr1_el1;
    vtl->regs.vbar_el1 = from->vbar_el1;
}

static void start_others(void)
{
    for (uint32_t i = 1; i < machine.cpu_count; i++) {
        const int64_t result = machine_psci(PSCI_CPU_ON | PSCI_64BIT, machine.cpu_mpidr[i],
                                            (uint64_t)(uintptr_t)refhv_secondary_entry, i);
        if (result != PSCI_SUCCESS) {
            console_fatal("CPU %u does not start: PSCI says %lld", i, (long long)result);
        }
    }
}

static void cpu_up(struct vp *vp)
{
    cpu_init(vp);
    stage2_cpu_init();
    gic_cpu_init();
    timer_cpu_init();
    vp_first_state(vp);
    /* Before the first look at requests: who sees no VP online sends no kick. */
    atomic_store(&vp->online, true);
    atomic_thread_fence(memory_order_seq_cst);
}

void refhv_main(const void *fdt, uint64_t image_before)
{
    machine_probe(fdt, image_before);
    igvm_load(&loaded);
    measurement_init(loaded.digest);
    hypercall_report_init(&loaded);
    vps_init();
    stage2_init();
    gic_init();
    vgic_init();
    cpu_up(&vps[0]);
    atomic_store_explicit(&started, true, memory_order_release);
    start_others();

    struct vp *vp = &vps[0];
    vp->vtl[SLOT_VTL2].enabled = true;
    atomic_fetch_or(&partition.vtl2_enabled_vps, 1);
    switch_refresh(vp, vtl2_first_registers, SLOT_VTL2, &loaded);
    for (unsigned i = 0; i < 8; i++) {
        vp->x[i] = loaded.x[i];
    }
    atomic_store(&vp->vtl[SLOT_VTL2].run, VTL_RUNNING);
    vp_resume(vp);
    vp_enter(vp);
}

void refhv_secondary_main(uint64_t index)
{
    struct vp *vp = &vps[index];

    cpu_up(vp);
    vp_resume(vp);
    vp_enter(vp);
}
