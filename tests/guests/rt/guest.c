/* SPDX-License-Identifier: BSD-3-Clause */
/* The guest's start, its other VPs, exceptions, and code run at EL0 and EL1t. */
#include "guest.h"

#include "runtime.h"

#define VECTOR_KIND(vector) ((vector) & 3u)
#define KIND_SYNC 0u
#define KIND_IRQ 1u
#define VECTOR_GROUP(vector) ((vector) & ~UINT64_C(3))
#define EL0_BOTH 2u /* ID_AA64PFR0_EL1.EL0: AArch32 too */

SYSREG_READER(ctr_el0, "ctr_el0")
SYSREG_READER(daif, "daif")
SYSREG_READER(cntfrq_el0, "cntfrq_el0")

/* entry.S */
void guest_enter(const struct guest_state *state);
extern const uint8_t guest_enter_end[];
void guest_boot(const void *fdt);
void guest_exception(struct guest_state *frame);

bool (*guest_exception_hook)(struct guest_state *frame);

/* What guest_run waits for on each VP. */
static struct {
    struct guest_state *state;
    uint64_t pstate;
} running[RT_VP_MAX];

void guest_boot(const void *fdt)
{
    if (!board_read(fdt)) {
        board.pl011 = GUEST_PL011;
        check_true("boot device tree", false);
        checks_done();
    }
    gic_distributor_init();
    gic_vp_init();
    guest_main();
    checks_done();
}

/* PSCI CPU_ON brought another VP here (prepare.S). */
void vp_main(uint64_t index)
{
    struct vp *vp = &vps[index % RT_VP_MAX];

    gic_vp_init();
    barrier();
    vp->ready = vp->ready + 1;
    for (uint32_t done = vp->started;;) {
        if (vp->started != done) {
            barrier();
            done = vp->started;
            vp->value = vp->work(vp->argument);
            barrier();
            vp->finished = done;
        }
        __asm__ volatile("wfe" ::: "memory");
    }
}

bool guest_vp_start(uint32_t index)
{
    uint32_t ready = vps[index].ready + 1;
    int32_t on = psci(PSCI_CPU_ON | PSCI_64BIT, board.mpidr[index], (uintptr_t)vp_entry, index);

    return on == PSCI_SUCCESS && wait_for(&vps[index].ready, ready);
}

bool guest_vps_start(void)
{
    bool all = true;

    for (uint32_t i = 1; i < board.vp_count; i++) {
        all &= check_true("boot another VP comes by CPU_ON", guest_vp_start(i));
    }
    return all;
}

void guest_run(struct guest_state *state)
{
    uint32_t self = vp_self_index();

    running[self].pstate = sysreg_read_daif() | PSTATE_EL1H;
    running[self].state = state;
    barrier();
    guest_enter(state);
}

bool guest_has_aarch32(void)
{
    return (sysreg_read_id_aa64pfr0_el1() & 0xf) == EL0_BOTH;
}

void guest_code_sync(const void *code, size_t bytes)
{
    uint64_t ctr = sysreg_read_ctr_el0();
    uint64_t step = UINT64_C(4) << (ctr >> 16 & 0xf);
    uint64_t first = (uintptr_t)code & ~(step - 1);

    for (uint64_t at = first; at < (uintptr_t)code + bytes; at += step) {
        __asm__ volatile("dc cvau, %0" ::"r"(at) : "memory");
    }
    __asm__ volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::: "memory");
}

uint64_t guest_ns(uint64_t ticks)
{
    return ticks * (UINT64_C(1000000000) / 1000) / (sysreg_read_cntfrq_el0() / 1000);
}

static void fatal(const struct guest_state *frame)
{
    if (vp_self_index() == 0) {
        note("exception vector", frame->vector);
        note("exception ESR", frame->esr);
        note("exception FAR", frame->far);
        note("exception PC", frame->pc);
        note("exception PC from the image", frame->pc - (uintptr_t)__image_start);
        check_true("boot no exception that nobody expects", false);
        checks_done();
    }
    for (;;) {
        __asm__ volatile("wfi");
    }
}

/* An exception of the code that guest_run runs. */
static void leave(struct guest_state *frame)
{
    uint32_t self = vp_self_index();

    *running[self].state = *frame;
    running[self].state = NULL;
    frame->pc = (uintptr_t)guest_enter_end;
    frame->pstate = running[self].pstate;
}

static bool expected(struct guest_state *frame)
{
    struct vp *vp = vp_self();

    vp->exception.count++;
    vp->exception.esr = frame->esr;
    vp->exception.far = frame->far;
    vp->exception.elr = frame->pc;
    vp->exception.spsr = frame->pstate;
    if (VECTOR_KIND(frame->vector) != KIND_SYNC || vp->exception_expected == 0) {
        return false;
    }
    frame->pc += 4;
    return true;
}

void guest_exception(struct guest_state *frame)
{
    if (VECTOR_KIND(frame->vector) == KIND_IRQ) {
        (void)irq_take();
    } else if (VECTOR_GROUP(frame->vector) != GUEST_VECTOR_EL1H &&
               running[vp_self_index()].state != NULL) {
        leave(frame);
    } else if (VECTOR_GROUP(frame->vector) != GUEST_VECTOR_EL1H || !expected(frame)) {
        if (guest_exception_hook == NULL || !guest_exception_hook(frame)) {
            fatal(frame);
        }
    }
}

_Static_assert(offsetof(struct guest_state, sp) == 0xf8 &&
                   offsetof(struct guest_state, pc) == 0x100 &&
                   offsetof(struct guest_state, esr) == 0x110 &&
                   offsetof(struct guest_state, vector) == 0x120 &&
                   sizeof(struct guest_state) == 0x130,
               "entry.S");
