/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a switch between VTLs keeps apart and what it leaves in place (section 8), across each
 * way to enter VTL2. X29 and X30 are checked under the reading that the machine was started
 * with.
 */
#include "switch.h"

SYSREG_READER(daif, "daif")

#define SHARED_CHANGE 0x00010000u

const char *const event_names[EVENTS] = {"intercept", "interrupt", "vtl call"};
volatile uint32_t event_go;
static volatile uint32_t event_here;
struct gpr_block gpr_after;
static bool vtl_call_offered;

bool event_offered(enum event event)
{
    return event != EVENT_VTL_CALL || vtl_call_offered;
}

static void event_arm(enum event event)
{
    VTL0_OF(event_go) = 0;
    if (event == EVENT_INTERRUPT) {
        gic_enable(INTID_VTIMER, false);
        sysreg_write_cntv_cval_el0(counter_now() + counter_ms(20));
        sysreg_write_cntv_ctl_el0(1);
    }
}

/* VTL0 has come to where it waits for the interrupt. */
static bool event_waits(void)
{
    return VTL0_OF(event_here) != 0 ||
           hv_must_get(VTL0, HV_REGISTER_PC) == (uintptr_t)vtl0_address(gpr_interrupt_at);
}

void event_run(enum event event, struct exit *exit)
{
    VTL0_OF(event_here) = 0;
    do {
        event_arm(event);
        vtl0_run(exit);
    } while (event == EVENT_INTERRUPT && exit->kind == EXIT_INTERRUPT && !event_waits());
}

void event_check(enum event event, const struct exit *exit)
{
    static const enum exit_kind kinds[EVENTS] = {EXIT_DOORBELL, EXIT_INTERRUPT, EXIT_CALL};

    check_eq("8 VTL2 is entered by the event", exit->kind, kinds[event]);
    if (event == EVENT_INTERRUPT) {
        check_eq("4.1 entry reason is interrupt", exit->reason, HV_ENTRY_REASON_INTERRUPT);
        VTL0_OF(event_go) = 1;
        barrier();
    }
}

void event_happen(enum event event)
{
    struct call_regs regs = {0};

    if (event == EVENT_INTERCEPT) {
        doorbell(1);
    } else if (event == EVENT_INTERRUPT) {
        event_here = 1;
        barrier();
        while (event_go == 0) {
        }
    } else {
        raw_hvc2(&regs);
    }
}

static uint64_t try_vtl_call(void)
{
    struct call_regs regs = {0};

    exception_expect();
    raw_hvc2(&regs);
    return exception_took();
}

static void find_vtl_call(void)
{
    struct exit exit;

    vtl0_start((const void *)try_vtl_call, 0, 0, 0);
    vtl0_run(&exit);
    vtl_call_offered = exit.kind == EXIT_CALL;
    if (vtl_call_offered) {
        (void)vtl0_finish(&exit);
    }
    note("VTL call offered to VTL0", vtl_call_offered ? 1 : 0);
}

/* ---- X0..X30, NZCV, SP, section 8.1 ---------------------------------------------------------- */

static bool is_private(unsigned n)
{
    return n == 18 || (n >= 29 && !board.x29_shared);
}

static uint64_t guest_value(enum event event, unsigned n)
{
    uint64_t quarter = 0x0a00 + n;

    if (n == 1 && event == EVENT_INTERCEPT) {
        return VTL0_DOORBELL_GPA;
    }
    return quarter | quarter << 16 | quarter << 32 | quarter << 48;
}

static uint64_t own_value(unsigned n)
{
    return 0x2222000022220000 + n;
}

/* ---- A line for each row -------------------------------------------------------------------- */

static bool state_checked[STATE_COUNT];

static void state_check(enum state state, const char *name, uint64_t wrong)
{
    state_checked[state] = true;
    check_eq(name, wrong, 0);
}

void state_check_vtl2(enum state state, uint64_t wrong)
{
    static const char *const names[STATE_COUNT] = {
#define STATE(name, count, bits, feature, class, saver, ...) \
    "8 " #name " " #class " " #saver ": VTL2 finds",
#include "registers.def"
    };

    state_check(state, names[state], wrong);
}

void state_check_vtl0(enum state state, uint64_t wrong)
{
    static const char *const names[STATE_COUNT] = {
#define STATE(name, count, bits, feature, class, saver, ...) \
    "8 " #name " " #class " " #saver ": VTL0 finds",
#include "registers.def"
    };

    state_check(state, names[state], wrong);
}

uint32_t states_unchecked(void)
{
    uint32_t unchecked = 0;

    for (size_t i = 0; i < STATE_COUNT; i++) {
        unchecked += state_checked[i] ? 0 : 1;
    }
    return unchecked;
}

/* X0..X30 by their rows. */
static void check_x(uint64_t wrong, void (*check)(enum state state, uint64_t wrong))
{
    check(STATE_x0, wrong & 0x3ffff);
    check(STATE_x18, wrong & 0x40000);
    check(STATE_x19, wrong & 0x1ff80000);
    check(STATE_x29, wrong & 0x60000000);
}

static void check_found(enum event event, const struct vtl_regs *regs)
{
    uint64_t wrong = 0;

    for (unsigned n = 0; n < 31; n++) {
        uint64_t want = is_private(n) ? own_value(n) : guest_value(event, n);
        if (regs->x[n] != want) {
            wrong |= UINT64_C(1) << n;
        }
    }
    check_x(wrong, state_check_vtl2);
    state_check_vtl2(STATE_pstate,
                     ((regs->nzcv & 0xf0000000) ^ 0x50000000) | (sysreg_read_daif() ^ PSTATE_DAIF));
}

/* VTL0's PC in VTL2's eyes: at the instruction that was intercepted or interrupted, or behind the call. */
static void check_pc(enum event event)
{
    static const struct {
        const void *at;
    } at[EVENTS] = {{gpr_intercept_at}, {gpr_interrupt_at}, {gpr_vtl_call_after}};

    /* A doorbell has been stepped over. */
    const uint64_t step = event == EVENT_INTERCEPT ? 4 : 0;
    state_check_vtl2(STATE_pc, hv_must_get(VTL0, HV_REGISTER_PC) ^
                                   ((uintptr_t)vtl0_address(at[event].at) + step));
}

static void check_left(enum event event)
{
    const struct gpr_block *after = &VTL0_OF(gpr_after);
    uint64_t wrong = 0;

    for (unsigned n = 0; n < 31; n++) {
        uint64_t want = guest_value(event, n) + (is_private(n) ? 0 : SHARED_CHANGE);
        if (after->x[n] != want) {
            wrong |= UINT64_C(1) << n;
            note("8.1 X register", n);
            note("8.1 X register's value", after->x[n]);
        }
    }
    check_x(wrong, state_check_vtl0);
    state_check_vtl0(STATE_pstate, after->nzcv ^ 0xa0000000);
    check_eq("8.1 SP is private: VTL0's own", after->sp, 0x0000777700000000);
}

void check_general_registers(enum event event)
{
    static const struct {
        void (*code)(void);
    } code[EVENTS] = {{gpr_intercept}, {gpr_interrupt}, {gpr_vtl_call}};
    struct vtl_regs *regs = &vp_self()->regs;
    struct exit exit;

    vtl0_start((const void *)code[event].code, 0, 0, 0);
    hv_must_set(VTL0, HV_REGISTER_PC, (uintptr_t)vtl0_address((const void *)code[event].code));
    hv_must_set(VTL0, HV_REGISTER_sp_el1, 0x0000777700000000);
    for (unsigned n = 0; n < 31; n++) {
        regs->x[n] = own_value(n);
    }
    regs->nzcv = 0x50000000;
    event_run(event, &exit);
    event_check(event, &exit);
    check_found(event, regs);
    check_pc(event);
    if (event == EVENT_INTERRUPT) {
        hv_must_set(VTL0, HV_REGISTER_PC, (uintptr_t)vtl0_address((const void *)gpr_interrupt_on));
    }
    for (unsigned n = 0; n < 31; n++) {
        regs->x[n] = is_private(n) ? own_value(n) : guest_value(event, n) + SHARED_CHANGE;
    }
    vtl0_run(&exit);
    state_check_vtl0(STATE_pc, exit.kind ^ EXIT_DOORBELL);
    check_left(event);
}

/* ---- Q0..Q31, FPCR, FPSR --------------------------------------------------------------------- */

static struct fp_regs fp_block;

static void fp_fill(struct fp_regs *fp, uint64_t base, uint64_t fpcr, uint64_t fpsr)
{
    for (size_t i = 0; i < COUNT_OF(fp->q); i++) {
        fp->q[i] = base + i;
    }
    fp->fpcr = fpcr;
    fp->fpsr = fpsr;
}

static uint64_t fp_wrong(const struct fp_regs *fp, uint64_t base)
{
    uint64_t wrong = 0;

    for (size_t i = 0; i < COUNT_OF(fp->q); i++) {
        wrong |= fp->q[i] != base + i ? UINT64_C(1) << i / 2 : 0;
    }
    return wrong;
}

static uint64_t fp_guest(uint64_t event)
{
    fp_fill(&fp_block, 0xaaaa000000000000, 0x01c00000, 0x08000010);
    fp_load(&fp_block);
    event_happen((enum event)event);
    fp_store(&fp_block);
    return 0;
}

void check_vector_registers(enum event event)
{
    static struct fp_regs own;
    struct exit exit;
    const struct fp_regs *guest = &VTL0_OF(fp_block);

    vtl0_start((const void *)fp_guest, event, 0, 0);
    fp_fill(&own, 0x2222000000000000, 0x00400000, 0x0000000f);
    vp_self()->fp = &own;
    event_run(event, &exit);
    event_check(event, &exit);
    state_check_vtl2(STATE_q0, fp_wrong(&own, 0xaaaa000000000000));
    check_eq("8.1 FPCR is private: VTL2's own", own.fpcr, 0x00400000);
    check_eq("8.1 FPSR is private: VTL2's own", own.fpsr, 0x0000000f);
    fp_fill(&own, 0xbbbb000000000000, 0x00800000, 0x00000011);
    vtl0_run(&exit);
    vp_self()->fp = NULL;
    check_eq("8 VTL0 went on", exit.kind, EXIT_DOORBELL);
    state_check_vtl0(STATE_q0, fp_wrong(guest, 0xbbbb000000000000));
    check_eq("8.1 FPCR is private: VTL0's own", guest->fpcr, 0x01c00000);
    check_eq("8.1 FPSR is private: VTL0's own", guest->fpsr, 0x08000010);
}

static void run(void)
{
    find_vtl_call();
    find_vector_features();
    note("x29 and x30 are shared here", board.x29_shared ? 1 : 0);
    for (enum event event = EVENT_INTERCEPT; event < EVENTS; event++) {
        if (event_offered(event)) {
            check_way(event_names[event]);
            check_general_registers(event);
            check_vector_registers(event);
            check_scalable_registers(event);
            check_way("");
        }
    }
    check_eq("8 rows of the table that no line is of", states_unchecked(), 0);
}

const struct program program = {.main = run};
