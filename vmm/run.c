/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The run loop of a VP: enter VTL0, look at why it came back, do what its handler says, enter
 * again.
 */
#include "emulate_syndrome.h"
#include "hv_hypercall.h"
#include "hv_message.h"
#include "irq.h"
#include "smccc.h"
#include "vtl/untrusted.h"

/*
 * Retries of a memory exit in a row before the guest gets an abort instead: a guest that rewrites
 * its code under the emulator, or a host that answers at random, must not keep a VP in VTL2 for
 * ever.
 */
#define RETRY_MAX 64u

/* After this many, only every power of two is logged: the guest decides how many there are. */
#define LOG_FIRST 8u

#define CACHE_LINE 64

/*
 * A VP and the turn of the loop that it is in. Its own: no other VP writes here, so nothing is
 * locked; who sums the counters up may be one behind.
 */
struct turn {
    struct vtl_exit exit;
    struct mmio_access access; /* the exit's */
    uint64_t exits[VTL_EXIT_KINDS];
    struct vtl_vp *vp;
    enum vmm_verdict verdict; /* as carried out; VMM_ADVANCE is not told each time */
    /* Why the machine ends, with VMM_STOP; NULL: a register was refused. */
    enum vmm_end end;
    const char *reason;
    uint32_t retries;
    uint64_t retried; /* the number of the last memory exit that was retried */
    uint64_t aborts;
    uint64_t unhandled_irqs;
} __attribute__((aligned(CACHE_LINE)));

static struct turn turns[VTL_VP_MAX];
static vmm_end_t end_callback;
static bool ended;

static uint64_t count(uint64_t *counter)
{
    uint64_t value = *counter + 1;

    __atomic_store_n(counter, value, __ATOMIC_RELAXED);
    return value;
}

static bool worth_a_line(uint64_t times)
{
    return times <= LOG_FIRST || (times & (times - 1)) == 0;
}

void vmm_set_end(vmm_end_t end)
{
    end_callback = end;
    ended = false;
}

/* The sum of one counter over all VPs; offset: where it is in struct turn. */
static uint64_t sum(size_t offset)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < VTL_VP_MAX; i++) {
        const char *turn = (const char *)&turns[i];

        total += __atomic_load_n((const uint64_t *)(const void *)(turn + offset), __ATOMIC_RELAXED);
    }
    return total;
}

uint64_t vmm_exit_count(enum vtl_exit_kind kind)
{
    CHECK(kind < VTL_EXIT_KINDS);
    return sum(offsetof(struct turn, exits) + (size_t)kind * sizeof(uint64_t));
}

uint64_t vmm_abort_count(void)
{
    return sum(offsetof(struct turn, aborts));
}

/* ---- Handlers, by exit kind: VMM_RETRY is "enter again as it is" ----------------------------- */

static enum vmm_verdict stop(struct turn *turn, enum vmm_end end, const char *reason)
{
    turn->end = end;
    turn->reason = reason;
    return VMM_STOP;
}

static enum vmm_verdict handle_memory(struct turn *turn)
{
    return emulate_memory(turn->vp, &turn->exit);
}

static enum vmm_verdict handle_protection(struct turn *turn)
{
    (void)turn;
    return VMM_ABORT;
}

/* VTL2 offers VTL0 no hypercall: what it is asked for is a connection that nobody has. */
static uint64_t hypercall_status(uint64_t control)
{
    uint64_t code = control & HV_CONTROL_CODE_MASK;

    if (code == HV_CALL_POST_MESSAGE || code == HV_CALL_SIGNAL_EVENT) {
        return HV_STATUS_INVALID_CONNECTION_ID;
    }
    return HV_STATUS_INVALID_HYPERCALL_CODE;
}

static enum vmm_verdict handle_hypercall(struct turn *turn)
{
    bool smccc = turn->exit.hypercall.immediate == HV_HVC_SMCCC;
    uint64_t x0;
    uint64_t control;

    if (!smccc && turn->exit.hypercall.immediate != HV_HVC_HYPERCALL) {
        return VMM_UNDEFINED;
    }
    if (vtl_x_get(turn->vp, 0, &x0) != PV_OK ||
        vtl_x_get(turn->vp, smccc ? 1 : 0, &control) != PV_OK) {
        return VMM_STOP;
    }
    if (smccc && (uint32_t)x0 != HV_SMCCC_HYPERCALL) {
        x0 = SMCCC_NOT_SUPPORTED;
    } else {
        x0 = hypercall_status(control);
    }
    if (vtl_x_set(turn->vp, 0, x0) != PV_OK) {
        return VMM_STOP;
    }
    return VMM_ADVANCE;
}
PV_UNTRUSTED(handle_hypercall, guest, "");

static enum vmm_verdict handle_reset(struct turn *turn)
{
    switch (turn->exit.reset.type) {
    case HV_RESET_POWER_OFF:
        return stop(turn, VMM_END_POWER_OFF, "the guest powered off");
    case HV_RESET_HIBERNATE:
        return stop(turn, VMM_END_POWER_OFF, "the guest hibernated");
    case HV_RESET_REBOOT:
    case HV_RESET_SYSTEM_RESET:
        return stop(turn, VMM_END_REBOOT, "the guest rebooted");
    default:
        return stop(turn, VMM_END_FAULT, "a reset of a type that the contract does not have");
    }
}
PV_UNTRUSTED(handle_reset, guest, "");

static enum vmm_verdict handle_interrupt(struct turn *turn)
{
    uint32_t unhandled = irq_dispatch();

    if (unhandled != 0 && worth_a_line(count(&turn->unhandled_irqs))) {
        log_error("vp %u: %u interrupts without a handler", vtl_vp_index(turn->vp), unhandled);
    }
    return VMM_RETRY;
}

/*
 * A VTL call: there is nothing to call, and the guest's registers stay as they are. But the SMCCC
 * form has a result, "not supported" (DEN0028 5.2), where its function id was.
 */
static enum vmm_verdict handle_call(struct turn *turn)
{
    uint64_t x0;

    if (vtl_x_get(turn->vp, 0, &x0) != PV_OK) {
        return VMM_STOP;
    }
    if ((uint32_t)x0 == HV_SMCCC_VTL_CALL && vtl_x_set(turn->vp, 0, SMCCC_NOT_SUPPORTED) != PV_OK) {
        return VMM_STOP;
    }
    return VMM_RETRY;
}
PV_UNTRUSTED(handle_call, guest, "");

/* A SINT that can take a message: none waits. */
static enum vmm_verdict handle_nothing(struct turn *turn)
{
    (void)turn;
    return VMM_RETRY;
}

static enum vmm_verdict handle_unknown(struct turn *turn)
{
    log_error("vp %u: an exit that the contract does not have: type 0x%x", vtl_vp_index(turn->vp),
              turn->exit.unknown.type);
    return stop(turn, VMM_END_FAULT, "an exit that the contract does not have");
}

static enum vmm_verdict (*const handlers[VTL_EXIT_KINDS])(struct turn *turn) = {
    [VTL_EXIT_MEMORY] = handle_memory,       [VTL_EXIT_PROTECTION] = handle_protection,
    [VTL_EXIT_HYPERCALL] = handle_hypercall, [VTL_EXIT_RESET] = handle_reset,
    [VTL_EXIT_INTERRUPT] = handle_interrupt, [VTL_EXIT_CALL] = handle_call,
    [VTL_EXIT_SINT] = handle_nothing,        [VTL_EXIT_UNKNOWN] = handle_unknown,
};

/* ---- Carrying out a verdict ------------------------------------------------------------------ */

static enum pv_status inject_abort(struct turn *turn)
{
    const struct vtl_exit *exit = &turn->exit;

    turn->retries = 0;
    if (worth_a_line(count(&turn->aborts))) {
        log_info("vp %u: external abort to the guest: %s, gpa 0x%llx, pc 0x%llx, esr 0x%llx",
                 vtl_vp_index(turn->vp),
                 exit->kind == VTL_EXIT_PROTECTION ? "page taken from it" : "no device",
                 (unsigned long long)exit->memory.gpa.raw, (unsigned long long)exit->pc.raw,
                 (unsigned long long)exit->memory.esr);
    }
    return resume_abort(turn->vp, exit);
}

static void end_machine(const struct turn *turn)
{
    uint32_t index = vtl_vp_index(turn->vp);

    if (__atomic_exchange_n(&ended, true, __ATOMIC_ACQ_REL)) {
        return;
    }
    log_info("vp %u: end of the machine: %s", index, turn->reason);
    end_callback(turn->end, index, turn->reason);
}

/* An exception for the guest. If one waits already, VTL0 takes that and then runs the instruction
 * again. */
static enum vmm_verdict inject(struct turn *turn, enum vmm_verdict verdict)
{
    enum pv_status status = verdict == VMM_ABORT ? inject_abort(turn) : resume_undefined(turn->vp);

    if (status == PV_BUSY) {
        return VMM_RETRY;
    }
    return status == PV_OK ? verdict : VMM_STOP;
}

/* In a row: a memory exit in between that went another way, usual ones too, begins anew. */
static bool may_retry(struct turn *turn)
{
    uint64_t number = turn->exits[VTL_EXIT_MEMORY];

    if (number != turn->retried + 1) {
        turn->retries = 0;
    }
    turn->retried = number;
    return ++turn->retries <= RETRY_MAX;
}

static enum vmm_verdict carry_out(struct turn *turn, enum vmm_verdict verdict)
{
    if (verdict == VMM_ADVANCE) {
        turn->retries = 0;
        verdict = resume_advance(turn->vp, &turn->exit) == PV_OK ? VMM_ADVANCE : VMM_STOP;
    }
    if (verdict == VMM_RETRY && turn->exit.kind == VTL_EXIT_MEMORY && !may_retry(turn)) {
        verdict = VMM_ABORT;
    }
    if (verdict == VMM_ABORT || verdict == VMM_UNDEFINED) {
        verdict = inject(turn, verdict);
    }
    if (verdict == VMM_STOP) {
        if (turn->reason == NULL) {
            (void)stop(turn, VMM_END_FAULT, "the hypervisor refused the guest's registers");
        }
        end_machine(turn);
    }
    return verdict;
}

/* Ends a turn that VMM_ADVANCE of a usual exit does not. False: it was the last. */
static bool turn_end(struct turn *turn, enum vmm_verdict verdict)
{
    turn->verdict = carry_out(turn, verdict);
    return turn->verdict != VMM_STOP;
}

/* An exit that is not usual. Out of line, as turn_refused: off the way of every access. */
__attribute__((noinline)) static bool turn_unusual(struct turn *turn)
{
    CHECK(turn->exit.kind < VTL_EXIT_KINDS);
    count(&turn->exits[turn->exit.kind]);
    return turn_end(turn, handlers[turn->exit.kind](turn));
}

__attribute__((noinline)) static bool turn_refused(struct turn *turn, enum vmm_verdict verdict)
{
    return turn_end(turn, verdict);
}

/* One turn. False: it was the last. The way of every access to a device: always in line, without a
 * call more than it needs. */
__attribute__((always_inline)) static inline bool turn_run(struct turn *turn, struct vtl_vp *vp)
{
    struct vtl_exit *exit = &turn->exit;
    enum vmm_verdict verdict;

    vtl_vp_enter(vp, exit);
    if (!emulate_is_usual(exit)) {
        return turn_unusual(turn);
    }
    count(&turn->exits[VTL_EXIT_MEMORY]);
    verdict = emulate_syndrome(vp, exit, &turn->access);
    if (verdict != VMM_ADVANCE) {
        return turn_refused(turn, verdict);
    }
    if (resume_next(vp, exit) != PV_OK) {
        return turn_refused(turn, VMM_STOP);
    }
    return true;
}
PV_UNTRUSTED(turn_run, guest, "");

/* Not in line: the address of a turn is a value then, not a sum to make anew at each use. */
__attribute__((noinline)) static struct turn *turn_of(struct vtl_vp *vp)
{
    uint32_t index = vtl_vp_index(vp);

    CHECK(index < VTL_VP_MAX);
    turns[index].vp = vp;
    turns[index].reason = NULL;
    return &turns[index];
}

enum vmm_verdict vmm_vp_step(struct vtl_vp *vp)
{
    struct turn *turn = turn_of(vp);

    turn->verdict = VMM_ADVANCE;
    (void)turn_run(turn, vp);
    return turn->verdict;
}

void vmm_vp_run(struct vtl_vp *vp)
{
    struct turn *turn = turn_of(vp);

    CHECK(end_callback != NULL);
    while (turn_run(turn, vp)) {
    }
    /* Another VP has ended the machine, or is about to: nothing more of this guest runs here. */
    for (;;) {
    }
}
