/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL2's own set-up, and running code of this program in VTL0. Sections 4.1 and 5.7 (how an
 * intercept arrives), 7.9 (starting VTL0), 8.4 C1 (X29 and X30 under both readings).
 */
#include "rt.h"
#include "runtime.h"

bool rt_intercept_page;
uint64_t vtl0_result[RT_VP_MAX];
void (*vtl0_cpu_on_work)(uint64_t context);

bool vtl2_machine_init(void)
{
    uint64_t config = HV_VSM_CONFIG_ENABLE_PROTECTION | HV_VSM_CONFIG_DEFAULT_MASK_ALL;

    hv_must_set(OWN_VTL, HV_REGISTER_GUEST_OS_ID, GUEST_OS_ID_PROGRAM);
    uint64_t capabilities = hv_must_get(OWN_VTL, HV_REGISTER_VSM_CAPABILITIES);
    hv_must_set(OWN_VTL, HV_REGISTER_VSM_PARTITION_CONFIG, config);
    rt_intercept_page = (capabilities & HV_VSM_CAP_INTERCEPT_PAGE) != 0;
    config |= HV_VSM_CONFIG_ZERO_MEMORY_ON_RESET;
    if (rt_intercept_page) {
        config |= HV_VSM_CONFIG_INTERCEPT_PAGE;
    }
    if ((capabilities & HV_VSM_CAP_INTERCEPT_NOT_PRESENT) != 0) {
        config |= HV_VSM_CONFIG_INTERCEPT_NOT_PRESENT;
    }
    if ((capabilities & HV_VSM_CAP_INTERCEPT_SYSTEM_RESET) != 0) {
        config |= HV_VSM_CONFIG_INTERCEPT_SYSTEM_RESET;
    }
    hv_must_set(OWN_VTL, HV_REGISTER_VSM_PARTITION_CONFIG, config);
    gic_distributor_init();
    return true;
}

bool vtl2_vp_init(void)
{
    struct vp *vp = vp_self();
    uint64_t status = hv_set(OWN_VTL, HV_REGISTER_VP_ASSIST_PAGE, (uintptr_t)vp->pages.assist | 1);

    gic_vp_init();
    if (!rt_intercept_page) {
        status |= hv_set(OWN_VTL, HV_REGISTER_SIMP, (uintptr_t)vp->pages.simp | 1);
        status |= hv_set(OWN_VTL, HV_REGISTER_SINT(HV_SINT_INTERCEPT), INTID_INTERCEPT);
        status |= hv_set(OWN_VTL, HV_REGISTER_SCONTROL, HV_SCONTROL_ENABLE);
        gic_enable(INTID_INTERCEPT, true);
    }
    return status == HV_STATUS_SUCCESS;
}

void *vtl0_address(const volatile void *object)
{
    return (void *)((uintptr_t)object - (uintptr_t)__image_start + VTL0_IMAGE_GPA);
}

void vtl0_load(void)
{
    const uint64_t *from = (const uint64_t *)(const void *)__image_start;
    uint64_t *to = (uint64_t *)VTL0_IMAGE_GPA;

    for (size_t i = 0; i < (size_t)(__image_end - __image_start) / 8; i++) {
        to[i] = from[i];
    }
    relocate((uint8_t *)VTL0_IMAGE_GPA, VTL0_IMAGE_GPA);
    VTL0_OF(rt_vtl) = 0;
    VTL0_OF(check_log.used) = 0;
    VTL0_OF(check_log.passed) = 0;
    VTL0_OF(check_log.failed) = 0;
    __asm__ volatile("dsb sy\n\tic iallu\n\tdsb sy\n\tisb" ::: "memory");
}

void vtl0_start(const void *function, uint64_t a0, uint64_t a1, uint64_t a2)
{
    struct vtl_regs *regs = &vp_self()->regs;

    *regs = (struct vtl_regs){.x = {a0, a1, a2}};
    regs->x[9] = (uintptr_t)vtl0_address(function);
    hv_must_set(VTL0, HV_REGISTER_sctlr_el1, SCTLR_RES1);
    hv_must_set(VTL0, HV_REGISTER_PSTATE, PSTATE_DAIF | PSTATE_EL1H);
    hv_must_set(VTL0, HV_REGISTER_FP, 0);
    hv_must_set(VTL0, HV_REGISTER_LR, 0);
    hv_must_set(VTL0, HV_REGISTER_PC, (uintptr_t)vtl0_address((const void *)vtl0_entry));
}

void vtl0_skip(void)
{
    hv_must_set(VTL0, HV_REGISTER_PC, hv_must_get(VTL0, HV_REGISTER_PC) + 4);
}

/* The SIMP's slot 0, emptied as section 5.7 says. */
static bool take_simp_message(struct hv_message *message)
{
    volatile struct hv_message *slot = (volatile struct hv_message *)(void *)vp_self()->pages.simp;

    if (slot->type == HV_MESSAGE_NONE) {
        return false;
    }
    message->type = slot->type;
    message->payload_size = slot->payload_size;
    message->flags = slot->flags;
    message->zero = slot->zero;
    message->id = slot->id;
    for (size_t i = 0; i < HV_MESSAGE_PAYLOAD_BYTES; i++) {
        message->payload[i] = slot->payload[i];
    }
    slot->type = HV_MESSAGE_NONE;
    barrier();
    if ((message->flags & HV_MESSAGE_FLAG_PENDING) != 0) {
        hv_must_set(OWN_VTL, HV_REGISTER_EOM, 0);
    }
    return true;
}

static bool is_doorbell(const struct hv_message *message)
{
    struct hv_memory_intercept memory;

    if (message->type != HV_MESSAGE_UNMAPPED_GPA) {
        return false;
    }
    (void)memcpy(&memory, message->payload, sizeof(memory));
    return memory.gpa == VTL0_DOORBELL_GPA && memory.header.access_type == HV_INTERCEPT_WRITE;
}

struct hv_vp_assist_page *vtl2_assist_page(void)
{
    return (struct hv_vp_assist_page *)(void *)vp_self()->pages.assist;
}

void vtl0_run(struct exit *exit)
{
    struct vp *vp = vp_self();

    vtl2_assist_page()->entry_reason = 0;
    barrier();
    if (vp->fp != NULL) {
        vtl_return_fp(&vp->regs, vp->fp);
    } else {
        vtl_return(&vp->regs);
    }
    vtl0_left(exit);
}

void vtl0_left(struct exit *exit)
{
    struct vp *vp = vp_self();
    struct hv_vp_assist_page *assist = vtl2_assist_page();
    bool message = false;

    *exit = (struct exit){.kind = EXIT_OTHER};
    barrier();
    exit->reason = assist->entry_reason;
    if (rt_intercept_page && exit->reason == HV_ENTRY_REASON_INTERCEPT) {
        exit->message = assist->intercept_message;
        message = true;
    } else if (!rt_intercept_page && exit->reason == HV_ENTRY_REASON_INTERRUPT) {
        message = take_simp_message(&exit->message);
    }
    exit->interrupts = irq_take();
    if (message) {
        exit->kind = EXIT_MESSAGE;
        if (is_doorbell(&exit->message)) {
            exit->kind = EXIT_DOORBELL;
            exit->value = vp->regs.x[0];
            vtl0_skip();
        }
    } else if (exit->reason == HV_ENTRY_REASON_INTERRUPT) {
        exit->kind = EXIT_INTERRUPT;
    } else if (exit->reason == HV_ENTRY_REASON_VTL_CALL) {
        exit->kind = EXIT_CALL;
    }
}

bool vtl0_finish(struct exit *exit)
{
    uint64_t end = counter_now() + counter_ms(20000);

    do {
        vtl0_run(exit);
    } while (exit->kind == EXIT_INTERRUPT && counter_now() < end);
    return exit->kind == EXIT_DOORBELL && exit->value == DOORBELL_RETURNED;
}

static void guest_loop(void)
{
    for (;;) {
        __asm__ volatile("" ::: "memory");
    }
}

void vtl0_loop_to_timer(struct exit *exit)
{
    vtl0_start((const void *)guest_loop, 0, 0, 0);
    gic_enable(INTID_VTIMER, false);
    sysreg_write_cntv_cval_el0(counter_now() + counter_ms(2));
    sysreg_write_cntv_ctl_el0(1);
    vtl0_run(exit);
    sysreg_write_cntv_ctl_el0(0);
}

static void show_exit(const struct exit *exit)
{
    struct hv_memory_intercept memory;

    note("exit kind", exit->kind);
    note("exit reason", exit->reason);
    note("exit message", exit->message.type);
    note("VTL0 PC", hv_must_get(VTL0, HV_REGISTER_PC));
    if (exit->kind == EXIT_MESSAGE) {
        (void)memcpy(&memory, exit->message.payload, sizeof(memory));
        note("intercept GPA", memory.gpa);
        note("intercept ESR", memory.syndrome);
    }
    if (exit->kind == EXIT_DOORBELL && exit->value == DOORBELL_FAULT) {
        const struct exception *fault = &VTL0_OF(vps[vp_self_index()].exception);
        note("VTL0 exception ESR", fault->esr);
        note("VTL0 exception FAR", fault->far);
        note("VTL0 exception ELR from the image", fault->elr - VTL0_IMAGE_GPA);
    }
}

uint64_t vtl0_call(const void *function, uint64_t a0, uint64_t a1, uint64_t a2)
{
    struct exit exit;
    bool ended;

    vtl0_start(function, a0, a1, a2);
    ended = vtl0_finish(&exit);
    if (vp_self_index() == 0) {
        vtl0_drain();
        if (!ended) {
            show_exit(&exit);
            check_true("6 VTL0 code ran to its end", false);
        }
    }
    return ended ? VTL0_OF(vtl0_result[vp_self_index()]) : ~UINT64_C(0);
}

void vtl0_drain(void)
{
    struct check_log *log = vtl0_address(&check_log);

    for (uint32_t i = 0; i < log->used && i < sizeof(log->text); i++) {
        print_char(log->text[i]);
    }
    check_log.passed += log->passed;
    check_log.failed += log->failed + (log->lost != 0 ? 1 : 0);
    if (log->lost != 0) {
        print_text("FAIL 0 log of VTL0 holds every line: got 0x0 want 0x1\n");
    }
    log->used = 0;
    log->lost = 0;
    log->passed = 0;
    log->failed = 0;
}

void doorbell(uint64_t value)
{
    register uint64_t x0 __asm__("x0") = value;
    register uint64_t x1 __asm__("x1") = VTL0_DOORBELL_GPA;

    __asm__ volatile("str x0, [x1]" ::"r"(x0), "r"(x1) : "memory");
}

void vtl0_returned(uint64_t value)
{
    vtl0_result[vp_self_index()] = value;
    for (;;) {
        doorbell(DOORBELL_RETURNED);
    }
}

void vtl0_cpu_on_main(uint64_t context)
{
    if (vtl0_cpu_on_work != NULL) {
        vtl0_cpu_on_work(context);
    }
    vtl0_returned(context);
}
