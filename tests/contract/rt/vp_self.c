/* SPDX-License-Identifier: BSD-3-Clause */
/* A VP among others: who it is, time, bounded waiting, work handed over, interrupts taken. Also of the
 * programs in tests/guests. */
#include "rt.h"
#include "runtime.h"

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
        give_way();
    }
    barrier();
    return true;
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
