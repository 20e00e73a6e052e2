/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All at once (sections 5.7, 6.6, 7.8, 8.1): on each VP VTL0 does a pseudo-random mix of MMIO intercepts,
 * hypercalls, VTL calls, SGIs, SPIs that VTL2 drives for another VP, waits for its timer, and starts of a victim
 * that goes off again and again, while VTL2 answers and has a timer of its own. Nothing may be lost: whatever
 * VTL0 asked for comes, with the right value, in bounded time, and at the end every VP starts once more.
 */
#include "rt.h"

#define SEED UINT64_C(0x9e3779b97f4a7c15)
#define OPERATIONS 500u
#define VICTIM_OPERATIONS 12u
#define WAIT_MS 8000u

/* VTL0's "device": no RAM and no device of VTL0 there. */
#define DEVICE UINT64_C(0x09010000)
#define DEVICE_TOKEN (DEVICE + 0x00) /* write: keeps; read: what was kept, changed */
#define DEVICE_RAISE (DEVICE + 0x10) /* write: INTID of the line */
#define DEVICE_LOWER (DEVICE + 0x18)

#define SGI_PING 1u
#define SGI_STOP 8u
#define SPI_OF(index) (40u + (index))
#define CALL_MASK UINT64_C(0x00c0ffee12345678)

enum operation { MMIO, HYPERCALL, VTL_CALL, SGI, SPI, WAIT, MASKED_WAIT, VICTIM, OPERATION_COUNT };

static const char *const operation_names[OPERATION_COUNT] = {
    [MMIO] = "5.4 MMIO: what VTL2 answered arrives",
    [HYPERCALL] = "2.2 hypercall: the VP's own index",
    [VTL_CALL] = "1.1 VTL call: what VTL2 answered arrives",
    [SGI] = "8.1 SGI to VTL0 of another VP arrives",
    [SPI] = "2.7 line that VTL2 raises for another VP arrives",
    [WAIT] = "6.6 WFI ends by the timer",
    [MASKED_WAIT] = "6.6 WFI with IRQs masked ends by the timer",
    [VICTIM] = "6.6 CPU_ON of a VP that comes and goes: a status of PSCI",
};

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 11;
}

/* ---- VTL0 -------------------------------------------------------------------------------------------- */

/* Written by the VTL0 of its own VP only. */
struct guest {
    uint64_t state; /* of the generator */
    uint32_t done[OPERATION_COUNT];
    uint32_t failed[OPERATION_COUNT];
    volatile uint32_t lines[RT_VP_MAX]; /* SPIs taken, by whose they are */
    volatile uint32_t finished;
    volatile uint32_t granted; /* starts of the victim that this VP was granted */
    /* The victim's: starts, by whom; that it was running already; the last start of each VP. */
    volatile uint32_t arrived[RT_VP_MAX];
    volatile uint32_t running;
    volatile uint32_t overrun;
    volatile uint32_t alive;
};
static struct guest guests[RT_VP_MAX];
static volatile uint32_t last_round;

static bool device_read(uint64_t address, uint64_t want)
{
    register uint64_t x0 __asm__("x0") = 0;
    register uint64_t x1 __asm__("x1") = address;

    __asm__ volatile("ldr x0, [x1]" : "+r"(x0) : "r"(x1) : "memory");
    return x0 == want;
}

static void device_write(uint64_t address, uint64_t value)
{
    register uint64_t x0 __asm__("x0") = value;
    register uint64_t x1 __asm__("x1") = address;

    __asm__ volatile("str x0, [x1]" ::"r"(x0), "r"(x1) : "memory");
}

static uint64_t token_answer(uint64_t token, uint32_t index)
{
    return token * 3 + index;
}

static bool do_mmio(uint64_t random)
{
    device_write(DEVICE_TOKEN, random);
    return device_read(DEVICE_TOKEN, token_answer(random, vp_self_index()));
}

static bool do_hypercall(void)
{
    uint64_t value = ~UINT64_C(0);

    return hv_get(OWN_VTL, HV_REGISTER_VP_INDEX, &value) == HV_STATUS_SUCCESS &&
           value == vp_self_index();
}

static bool do_vtl_call(uint64_t random)
{
    struct call_regs regs = {.x = {random}};

    raw_hvc2(&regs);
    return regs.x[0] == (random ^ CALL_MASK);
}

/* VPs that stay: all but the last, which is the victim, if there are others. */
static uint32_t stayers(void)
{
    return board.vp_count > 1 ? board.vp_count - 1 : 1;
}

/* SGIs of two senders can become one: that one comes after this one was sent is all that is certain. */
static bool do_sgi(uint64_t random)
{
    uint32_t target = (uint32_t)(random % stayers());
    const volatile uint16_t *count = &vps[target].irq_count[SGI_PING];
    uint16_t before = *count;
    uint64_t end = counter_now() + counter_ms(WAIT_MS);

    gic_sgi(SGI_PING, board.mpidr[target]);
    while (*count == before && counter_now() < end) {
    }
    return *count != before;
}

/* This VP's own SPI, level, routed to one that stays: that one has VTL2 lower it, and counts then. */
static bool do_spi(uint64_t random)
{
    uint32_t self = vp_self_index();
    uint32_t target = (uint32_t)(random % stayers());
    const volatile uint32_t *count = &guests[target].lines[self];
    uint32_t before = *count;
    uint64_t end = counter_now() + counter_ms(WAIT_MS);

    gic_route(SPI_OF(self), board.mpidr[target]);
    gic_enable(SPI_OF(self), false);
    device_write(DEVICE_RAISE, SPI_OF(self));
    while (*count == before && counter_now() < end) {
    }
    return *count == before + 1;
}

static void take_line(uint32_t intid)
{
    volatile uint32_t *count = &guests[vp_self_index()].lines[intid - SPI_OF(0)];

    device_write(DEVICE_LOWER, intid);
    *count = *count + 1;
}

/* IRQs are masked between the look at what is waited for and WFI, which what is pending ends all the same. */
static void wait_for_interrupt(bool poll)
{
    __asm__ volatile("wfi" ::: "memory");
    if (poll) {
        (void)irq_take();
    } else {
        irq_unmask();
        irq_mask();
    }
}

/* The interrupt is taken as an exception, or polled. */
static bool do_wait(uint64_t random, bool poll)
{
    const volatile uint16_t *count = &vp_self()->irq_count[INTID_VTIMER];
    uint16_t before = *count;
    uint64_t end = counter_now() + counter_ms(WAIT_MS);

    irq_mask();
    sysreg_write_cntv_cval_el0(counter_now() + counter_ms(1) * (random % 32) / 64);
    sysreg_write_cntv_ctl_el0(1);
    while (*count == before && counter_now() < end) {
        wait_for_interrupt(poll);
    }
    irq_unmask();
    return *count == (uint16_t)(before + 1);
}

static bool do_victim(void)
{
    uint32_t self = vp_self_index();
    uint32_t victim = board.vp_count - 1;

    if (victim == 0 || self == victim) {
        return true;
    }
    int32_t result =
        psci(PSCI_CPU_ON | PSCI_64BIT, board.mpidr[victim], (uintptr_t)vtl0_cpu_on, self);
    if (result == PSCI_SUCCESS) {
        guests[self].granted++;
    }
    return result == PSCI_SUCCESS || result == PSCI_ALREADY_ON || result == PSCI_ON_PENDING;
}

static bool perform(enum operation operation, uint64_t random)
{
    switch (operation) {
    case MMIO:
        return do_mmio(random);
    case HYPERCALL:
        return do_hypercall();
    case VTL_CALL:
        return do_vtl_call(random);
    case SGI:
        return do_sgi(random);
    case SPI:
        return do_spi(random);
    case WAIT:
        return do_wait(random, false);
    case MASKED_WAIT:
        return do_wait(random, true);
    default:
        return do_victim();
    }
}

static void mix(uint32_t operations)
{
    struct guest *guest = &guests[vp_self_index()];

    gic_vp_init();
    gic_enable(SGI_PING, true);
    gic_enable(INTID_VTIMER, false);
    irq_unmask();
    for (uint32_t i = 0; i < operations; i++) {
        uint64_t random = random_next(&guest->state);
        enum operation operation = (enum operation)(random % OPERATION_COUNT);
        guest->done[operation]++;
        if (!perform(operation, random / OPERATION_COUNT)) {
            guest->failed[operation]++;
        }
    }
}

static void guest_off(void)
{
    irq_mask();
    (void)psci(PSCI_CPU_OFF, 0, 0, 0);
}

static void victim_round(struct guest *guest, uint64_t context)
{
    guest->overrun += guest->running;
    guest->running = 1;
    guest->arrived[context % RT_VP_MAX]++;
    barrier();
    mix(VICTIM_OPERATIONS);
    guest->running = 0;
    barrier();
}

/* Where CPU_ON of any VP but the first begins. */
static void guest_other(uint64_t context)
{
    uint32_t self = vp_self_index();
    struct guest *guest = &guests[self];

    if (last_round != 0) {
        guest->alive++;
    } else if (self == board.vp_count - 1) {
        victim_round(guest, context);
    } else {
        mix(OPERATIONS);
        guest->finished = 1;
        irq_mask();
        while (last_round == 0) {
            wait_for_interrupt(false);
        }
    }
    guest_off();
}

static bool wait_off(uint32_t index)
{
    uint64_t end = counter_now() + counter_ms(WAIT_MS);

    while (psci(PSCI_AFFINITY_INFO | PSCI_64BIT, board.mpidr[index], 0, 0) != PSCI_AFFINITY_OFF) {
        if (counter_now() > end) {
            return false;
        }
    }
    return true;
}

static void start(uint32_t index)
{
    check_eq(
        "6.6 CPU_ON",
        (uint32_t)psci(PSCI_CPU_ON | PSCI_64BIT, board.mpidr[index], (uintptr_t)vtl0_cpu_on, index),
        PSCI_SUCCESS);
}

static void check_all_alive(void)
{
    /* The victim may be at work still, on those that stay. */
    if (board.vp_count > 1) {
        check_true("6.6 the victim goes off", wait_off(board.vp_count - 1));
    }
    last_round = 1;
    barrier();
    for (uint32_t i = 1; i < board.vp_count; i++) {
        gic_sgi(SGI_PING, board.mpidr[i]);
        check_true("6.6 VPs that did their part go off", wait_off(i));
    }
    for (uint32_t i = 1; i < board.vp_count; i++) {
        start(i);
        check_true("6.6 afterwards every VP starts once more", wait_for(&guests[i].alive, 1));
        check_true("6.6 and goes off", wait_off(i));
    }
}

static uint64_t guest_main(void)
{
    gic_distributor_init();
    hv_must_set(OWN_VTL, HV_REGISTER_GUEST_OS_ID, GUEST_OS_ID_PROGRAM);
    vtl0_cpu_on_work = guest_other;
    irq_spi_work = take_line;
    barrier();
    for (uint32_t i = 1; i < stayers(); i++) {
        start(i);
    }
    mix(OPERATIONS);
    for (uint32_t i = 1; i < stayers(); i++) {
        for (uint32_t tries = 0; tries < 10 && guests[i].finished == 0; tries++) {
            (void)wait_for(&guests[i].finished, 1);
        }
        check_true("6.6 every VP comes to its end", guests[i].finished != 0);
    }
    check_all_alive();
    irq_mask();
    return 0;
}

/* ---- VTL2 -------------------------------------------------------------------------------------------- */

static volatile uint32_t stop;
static uint64_t tokens[RT_VP_MAX];
static volatile uint32_t messages[RT_VP_MAX];
static volatile uint32_t calls[RT_VP_MAX];
static volatile uint32_t strange[RT_VP_MAX];

static bool line(uint64_t intid, bool level)
{
    uint64_t *input = hv_input_page();

    input[0] = HV_PARTITION_ID_SELF;
    input[1] = level ? HV_INTERRUPT_CONTROL_ASSERTED : 0;
    input[2] = 0;
    input[3] = intid;
    return hv_call(WAY_SMCCC_FAST, HV_CALL_ASSERT_VIRTUAL_INTERRUPT, 4, 0, NULL) == 0;
}

static bool answer(const struct exit *exit)
{
    uint32_t self = vp_self_index();
    uint64_t *x0 = &vp_self()->regs.x[0];
    const struct hv_memory_intercept *memory =
        (const struct hv_memory_intercept *)(const void *)exit->message.payload;

    if (exit->message.type != HV_MESSAGE_UNMAPPED_GPA) {
        return false;
    }
    vtl0_skip();
    if (memory->gpa == DEVICE_TOKEN && memory->header.access_type == HV_INTERCEPT_READ) {
        *x0 = token_answer(tokens[self], self);
        return true;
    }
    if (memory->gpa == DEVICE_TOKEN) {
        tokens[self] = *x0;
        return true;
    }
    return (memory->gpa == DEVICE_RAISE || memory->gpa == DEVICE_LOWER) &&
           line(*x0, memory->gpa == DEVICE_RAISE);
}

static void serve_exit(struct exit *exit)
{
    uint32_t self = vp_self_index();

    if (exit->kind == EXIT_MESSAGE) {
        messages[self]++;
        strange[self] += answer(exit) ? 0 : 1;
    } else if (exit->kind == EXIT_CALL) {
        calls[self]++;
        vp_self()->regs.x[0] ^= CALL_MASK;
    } else if (exit->kind != EXIT_INTERRUPT) {
        strange[self]++;
    }
}

/* An interrupt of VTL2 now and then: irq_take has masked the timer. */
static void timer_again(uint64_t *state)
{
    if (sysreg_read_cntv_ctl_el0() != 1) {
        sysreg_write_cntv_cval_el0(counter_now() +
                                   counter_ms(1) * (8 + random_next(state) % 64) / 64);
        sysreg_write_cntv_ctl_el0(1);
    }
}

/* Until VTL0 has returned (the boot VP), or the boot VP says so. */
static uint64_t serve(uint64_t index)
{
    uint64_t state = SEED * (index + 100);
    struct exit exit;

    gic_enable(INTID_VTIMER, false);
    gic_enable(SGI_STOP, true);
    if (index != 0 &&
        hv_set(VTL0, HV_REGISTER_INTERNAL_ACTIVITY_STATE, HV_ACTIVITY_STARTUP_SUSPEND) != 0) {
        strange[index]++;
    }
    vps[index].ready = 2;
    do {
        timer_again(&state);
        vtl0_run(&exit);
        if (exit.kind == EXIT_DOORBELL) {
            break;
        }
        serve_exit(&exit);
    } while (stop == 0);
    sysreg_write_cntv_ctl_el0(0);
    return exit.kind == EXIT_DOORBELL ? exit.value : 0;
}

static uint32_t sum(const volatile uint32_t *counts)
{
    uint32_t total = 0;

    for (uint32_t i = 0; i < board.vp_count; i++) {
        total += counts[i];
    }
    return total;
}

static void check_counts(const struct guest *all)
{
    const struct guest *victim = &all[board.vp_count - 1];
    uint32_t done[OPERATION_COUNT] = {0};
    uint32_t granted = 0;

    for (unsigned operation = 0; operation < OPERATION_COUNT; operation++) {
        uint32_t failed = 0;
        for (uint32_t i = 0; i < board.vp_count; i++) {
            done[operation] += all[i].done[operation];
            failed += all[i].failed[operation];
        }
        note(operation_names[operation], done[operation]);
        check_eq(operation_names[operation], failed, 0);
    }
    for (uint32_t i = 0; i < board.vp_count; i++) {
        granted += all[i].granted;
        check_eq("6.6 each start that a VP was granted happened", victim->arrived[i],
                 all[i].granted);
    }
    note("starts of the victim", granted);
    check_eq("6.6 CPU_ON starts no VP that runs", victim->overrun, 0);
    check_eq("5.7 one message for each access", sum(messages), 2 * (done[MMIO] + done[SPI]));
    check_eq("1.1 one entry for each VTL call", sum(calls), done[VTL_CALL]);
    check_eq("5.7 no other exit", sum(strange), 0);
}

static void run(void)
{
    uint64_t value = 0;

    note("seed", SEED);
    for (uint32_t i = 0; i < board.vp_count; i++) {
        VTL0_OF(guests)[i].state = SEED * (i + 1);
        VTL0_OF(vps)[i].irq_keep = 1;
    }
    if (board.vp_count > 1 && !vps_start()) {
        return;
    }
    for (uint32_t i = 1; i < board.vp_count; i++) {
        vp_run(i, serve, i);
        check_true("7.8 VTL0 is held back by startup suspend", wait_for(&vps[i].ready, 2));
    }
    vtl0_start((const void *)guest_main, 0, 0, 0);
    check_eq("6 VTL0 comes to its end", serve(0), DOORBELL_RETURNED);
    vtl0_drain();
    stop = 1;
    for (uint32_t i = 1; i < board.vp_count; i++) {
        gic_sgi(SGI_STOP, board.mpidr[i]);
        check_true("7.8 an interrupt of VTL2 enters a VP whose VTL0 is off", vp_join(i, &value));
        check_eq("5.7 VTL0 of the other VPs never ended", value, 0);
    }
    check_counts(VTL0_OF(guests));
}

const struct program program = {.main = run};
