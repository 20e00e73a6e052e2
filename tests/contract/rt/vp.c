/* SPDX-License-Identifier: BSD-3-Clause */
/* VPs: who runs, starting the others in VTL2, handing them work, bounded waiting; exceptions of
 * either VTL. */
#include "rt.h"
#include "runtime.h"

#define VECTOR_SYNC 4u
#define VECTOR_IRQ 5u
#define VECTOR_SYNC_LOWER 8u
#define WAIT_MS 4000u
#define IRQ_BURST 32u

struct vp vps[RT_VP_MAX] __attribute__((aligned(4096)));
void (*irq_spi_work)(uint32_t intid);
const uint64_t rt_vp_stack_bytes[2] = {sizeof(struct vp),
                                       offsetof(struct vp, stack) + RT_STACK_BYTES};

SYSREG_READER(cntvct_el0, "cntvct_el0")
SYSREG_READER(cntfrq_el0, "cntfrq_el0")

uint32_t vp_self_index(void)
{
    return (uint32_t)(sysreg_read_mpidr_el1() & 0xff) % RT_VP_MAX;
}

struct vp *vp_self(void)
{
    return &vps[vp_self_index()];
}

uint64_t counter_now(void)
{
    barrier();
    return sysreg_read_cntvct_el0();
}

uint64_t counter_ms(uint64_t milliseconds)
{
    return sysreg_read_cntfrq_el0() / 1000 * milliseconds;
}

void spin_ms(uint64_t milliseconds)
{
    uint64_t end = counter_now() + counter_ms(milliseconds);

    while (counter_now() < end) {
    }
}

bool wait_for(const volatile uint32_t *word, uint32_t value)
{
    uint64_t end = counter_now() + counter_ms(WAIT_MS);

    while (*word != value) {
        if (counter_now() > end) {
            return false;
        }
    }
    barrier();
    return true;
}

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

void vp_run(uint32_t index, uint64_t (*work)(uint64_t), uint64_t argument)
{
    struct vp *vp = &vps[index];

    vp->work = work;
    vp->argument = argument;
    barrier();
    vp->started = vp->started + 1;
}

bool vp_join(uint32_t index, uint64_t *value)
{
    struct vp *vp = &vps[index];
    bool done = wait_for(&vp->finished, vp->started);

    *value = vp->value;
    return done;
}

void exception_expect(void)
{
    struct vp *vp = vp_self();

    vp->exception.count = 0;
    vp->exception_expected = 1;
    barrier();
}

uint64_t exception_took(void)
{
    barrier();
    vp_self()->exception_expected = 0;
    return vp_self()->exception.count;
}

uint32_t irq_take(void)
{
    struct vp *vp = vp_self();
    uint32_t taken = 0;

    while (taken < IRQ_BURST) {
        uint32_t intid = gic_acknowledge();
        if (intid >= RT_INTID_MAX) {
            break;
        }
        taken++;
        vp->irq_total++;
        vp->irq_last = intid;
        vp->irq_count[intid]++;
        if (intid == INTID_VTIMER) {
            sysreg_write_cntv_ctl_el0(3);
        } else if (intid >= 32 && vp->irq_keep == 0) {
            gic_disable(intid);
        }
        if (intid >= 32 && irq_spi_work != NULL) {
            irq_spi_work(intid);
        }
        gic_end(intid);
    }
    return taken;
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
