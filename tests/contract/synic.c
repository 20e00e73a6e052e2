/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL0's SynIC, fed by VTL2 (section 2.11), by VTL-return actions (4.1) and by stimers (3.3);
 * notification that a SINT can take a message again (6.4).
 */
#include "rt.h"

#define SINT 2u
#define INTID_SINT 20u /* PPI */
#define MESSAGE_TYPE 0x1234u
#define FLAG 77u
#define SIMP_GPA VTL0_SCRATCH_GPA
#define SIEFP_GPA (VTL0_SCRATCH_GPA + 0x1000)
#define SLOT_BYTES 256u

static volatile uint32_t got_type;
static volatile uint32_t got_flags;
static volatile uint32_t got_size;
static volatile uint32_t got_byte;

/* ---- In VTL0, as Linux does it --------------------------------------------------------------- */

static uint64_t guest_setup(void)
{
    uint64_t status = hv_set(OWN_VTL, HV_REGISTER_GUEST_OS_ID, GUEST_OS_ID_PROGRAM);

    gic_distributor_init();
    gic_vp_init();
    gic_enable(INTID_SINT, true);
    status |= hv_set(OWN_VTL, HV_REGISTER_SIMP, SIMP_GPA | 1);
    status |= hv_set(OWN_VTL, HV_REGISTER_SIEFP, SIEFP_GPA | 1);
    status |= hv_set(OWN_VTL, HV_REGISTER_SINT(SINT), INTID_SINT);
    status |= hv_set(OWN_VTL, HV_REGISTER_SCONTROL, HV_SCONTROL_ENABLE);
    return status;
}

/* How often the SINT's interrupt comes in a moment. */
static uint64_t guest_take_interrupt(void)
{
    uint16_t before = vp_self()->irq_count[INTID_SINT];

    irq_unmask();
    spin_ms(3);
    irq_mask();
    return (uint64_t)(vp_self()->irq_count[INTID_SINT] - before);
}

/* Reads the slot, frees it, and writes EOM only if the flag says that more is waiting. */
static uint64_t guest_take_message(uint64_t sint)
{
    volatile struct hv_message *slot = (volatile struct hv_message *)(SIMP_GPA + sint * SLOT_BYTES);

    got_type = slot->type;
    got_size = slot->payload_size;
    got_byte = slot->payload[3];
    slot->type = HV_MESSAGE_NONE;
    barrier();
    got_flags = slot->flags;
    if ((got_flags & HV_MESSAGE_FLAG_PENDING) != 0) {
        (void)hv_set(OWN_VTL, HV_REGISTER_EOM, 0);
    }
    return got_type;
}

static uint64_t guest_take_flag(uint64_t sint, uint64_t flag)
{
    uint64_t word = SIEFP_GPA + sint * SLOT_BYTES + flag / 32 * 4;
    uint32_t value = read32(word);

    write32(word, 0);
    return value;
}

#define GUEST(function, a0, a1) vtl0_call((const void *)(function), a0, a1, 0)

/* ---- VTL2 ------------------------------------------------------------------------------------ */

static uint64_t post(uint32_t sint, uint8_t mark)
{
    uint64_t *input = hv_input_page();
    struct hv_post_message_direct *call = (struct hv_post_message_direct *)(void *)input;
    struct hv_message *message = (struct hv_message *)(void *)call->message;
    uint8_t *bytes = (uint8_t *)message;

    for (size_t i = 0; i < sizeof(*call) / 8; i++) {
        input[i] = 0;
    }
    call->partition_id = HV_PARTITION_ID_SELF;
    call->sint = (uint8_t)sint;
    bytes[0] = MESSAGE_TYPE & 0xff;
    bytes[1] = MESSAGE_TYPE >> 8;
    bytes[4] = 8;
    bytes[16 + 3] = mark;
    return HV_STATUS(
        hv_call(WAY_SMCCC_MEMORY, HV_CALL_POST_MESSAGE_DIRECT, sizeof(*call) / 8, 0, NULL));
}

static uint64_t signal(uint32_t sint, uint32_t flag, uint64_t *newly)
{
    uint64_t *input = hv_input_page();

    input[0] = HV_PARTITION_ID_SELF;
    input[1] = (uint64_t)sint << 40 | (uint64_t)flag << 48;
    uint64_t result = hv_call(WAY_HVC1_MEMORY, HV_CALL_SIGNAL_EVENT_DIRECT, 2, 1, NULL);
    *newly = hv_output_page()[0];
    return HV_STATUS(result);
}

static void check_messages(void)
{
    check_eq("2.11 post-message-direct", post(SINT, 0x5a), 0);
    check_eq("2.11 the SINT's interrupt comes", GUEST(guest_take_interrupt, 0, 0), 1);
    check_eq("2.11 slot occupied: object in use", post(SINT, 0x5b), HV_STATUS_OBJECT_IN_USE);
    check_eq("2.11 the message is in the SINT's slot", GUEST(guest_take_message, SINT, 0),
             MESSAGE_TYPE);
    check_eq("5.1 payload size", VTL0_OF(got_size), 8);
    check_eq("5.1 payload", VTL0_OF(got_byte), 0x5a);
    check_eq("2.11 slot free again: delivered", post(SINT, 0x5c), 0);
    check_eq("2.11 the SINT's interrupt comes again", GUEST(guest_take_interrupt, 0, 0), 1);
    check_eq("2.11 the second message", GUEST(guest_take_message, SINT, 0), MESSAGE_TYPE);
    check_eq("5.1 payload of the second", VTL0_OF(got_byte), 0x5c);
    check_eq("5.1 nothing more is pending", VTL0_OF(got_flags) & HV_MESSAGE_FLAG_PENDING, 0);
}

/* The notification, at the latest behind VTL0's next exits: one message at a time. */
static void run_until_told(struct exit *exit)
{
    for (unsigned i = 0; i < 4; i++) {
        vtl0_run(exit);
        if (exit->message.type == HV_MESSAGE_SINT_DELIVERABLE) {
            return;
        }
    }
}

/* Section 6.4. VTL0 looks at the pending flag only, as Linux does, so the flag has to be there. */
static void check_deliverable(void)
{
    struct exit exit;
    const struct hv_sint_deliverable *message =
        (const struct hv_sint_deliverable *)(const void *)exit.message.payload;

    check_eq("2.11 post-message-direct", post(SINT, 1), 0);
    check_eq("2.11 slot occupied: object in use", post(SINT, 2), HV_STATUS_OBJECT_IN_USE);
    check_eq("6.4 DeliverabilityNotifications of VTL0",
             hv_set(VTL0, HV_REGISTER_DELIVERABILITY_NOTIFICATIONS,
                    UINT64_C(1) << (HV_DELIVERABILITY_SINT_SHIFT + SINT)),
             0);
    vtl0_start((const void *)guest_take_message, SINT, 0, 0);
    run_until_told(&exit);
    check_eq("6.4 VTL2 is told when VTL0 has freed the slot", exit.message.type,
             HV_MESSAGE_SINT_DELIVERABLE);
    check_eq("5.5 SINT bitmap", message->deliverable_sints, 1u << SINT);
    check_eq("5.1 the flag told VTL0 to write EOM", VTL0_OF(got_flags) & 1, 1);
    check_eq("2.11 now it is delivered", post(SINT, 2), 0);
    check_true("6.4 VTL0 goes on", vtl0_finish(&exit));
    check_eq("6.4 the notification is over",
             hv_must_get(VTL0, HV_REGISTER_DELIVERABILITY_NOTIFICATIONS) >> 48, 0);
    check_eq("2.11 the message is there", GUEST(guest_take_message, SINT, 0), MESSAGE_TYPE);
    check_eq("5.1 its payload", VTL0_OF(got_byte), 2);
    (void)GUEST(guest_take_interrupt, 0, 0);
}

/* A free slot is deliverable at once. */
static void check_deliverable_at_once(void)
{
    struct exit exit;

    check_eq("6.4 DeliverabilityNotifications of VTL0, slot free",
             hv_set(VTL0, HV_REGISTER_DELIVERABILITY_NOTIFICATIONS,
                    UINT64_C(1) << (HV_DELIVERABILITY_SINT_SHIFT + SINT)),
             0);
    vtl0_start((const void *)vp_self_index, 0, 0, 0);
    run_until_told(&exit);
    check_eq("6.4 VTL2 is told at once", exit.message.type, HV_MESSAGE_SINT_DELIVERABLE);
    check_true("6.4 VTL0 goes on", vtl0_finish(&exit));
}

static void check_events(void)
{
    uint64_t newly = 0;

    check_eq("2.11 signal-event-direct", signal(SINT, FLAG, &newly), 0);
    check_eq("2.11 newly signaled", newly & 0xff, 1);
    check_eq("2.11 signal-event-direct again", signal(SINT, FLAG, &newly), 0);
    check_eq("2.11 not newly signaled", newly & 0xff, 0);
    check_eq("2.11 the SINT's interrupt comes", GUEST(guest_take_interrupt, 0, 0), 1);
    check_eq("2.11 the flag is set, no other", GUEST(guest_take_flag, SINT, FLAG), 1u << FLAG % 32);
    check_eq("2.11 signal-event-direct, flag cleared", signal(SINT, FLAG, &newly), 0);
    check_eq("2.11 newly signaled again", newly & 0xff, 1);
    (void)GUEST(guest_take_flag, SINT, FLAG);
    (void)GUEST(guest_take_interrupt, 0, 0);
    check_eq("2.11 flag 2048 is none", signal(SINT, 2048, &newly), HV_STATUS_INVALID_PARAMETER);
}

static void check_return_action(void)
{
    struct hv_vp_assist_page *assist = (struct hv_vp_assist_page *)(void *)vp_self()->pages.assist;

    if ((hv_must_get(OWN_VTL, HV_REGISTER_VSM_CAPABILITIES) & HV_VSM_CAP_RETURN_ACTIONS) == 0) {
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        assist->return_actions[i] = (struct hv_return_action){
            .type = HV_RETURN_ACTION_SIGNAL_EVENT, .sint = SINT, .flag = (uint16_t)(FLAG + i)};
    }
    barrier();
    check_eq("4.1 return actions: the SINT's interrupt comes", GUEST(guest_take_interrupt, 0, 0),
             1);
    check_eq("4.1 return actions: the area is cleared", assist->return_actions[0].type, 0);
    check_eq("4.1 return actions: all of it", assist->return_actions[1].type, 0);
    check_eq("4.1 return actions: both flags are set", GUEST(guest_take_flag, SINT, FLAG),
             3u << FLAG % 32);
}

/* ---- Stimers --------------------------------------------------------------------------------- */

static uint64_t guest_stimer(uint64_t config)
{
    const volatile uint16_t *count = &vp_self()->irq_count[INTID_SINT];
    uint16_t before = *count;
    uint64_t now = hv_must_get(OWN_VTL, HV_REGISTER_TIME_REF_COUNT);
    uint64_t status = hv_set(OWN_VTL, HV_REGISTER_STIMER_CONFIG(0), 0);

    status |= hv_set(OWN_VTL, HV_REGISTER_STIMER_CONFIG(0), config);
    status |= hv_set(OWN_VTL, HV_REGISTER_STIMER_COUNT(0), now + 100000); /* 10 ms */
    irq_unmask();
    for (uint64_t end = counter_now() + counter_ms(2000);
         counter_now() < end && *count == before;) {
        give_way();
    }
    spin_ms(30); /* a second one would come by then */
    irq_mask();
    return status << 32 | (uint64_t)(*count - before);
}

static void check_stimers(void)
{
    uint64_t privileges = hv_must_get(VTL0, HV_REGISTER_PRIVILEGES_AND_FEATURES);
    uint64_t enable = HV_STIMER_ENABLE;

    if ((privileges & HV_PRIVILEGE_STIMERS) == 0) {
        note("3.5 no stimers offered", privileges);
        return;
    }
    check_eq(
        "3.3 stimer, direct: its interrupt comes once",
        GUEST(guest_stimer, enable | HV_STIMER_DIRECT | INTID_SINT << HV_STIMER_VECTOR_SHIFT, 0),
        1);
    check_eq("3.3 stimer, message: its interrupt comes once",
             GUEST(guest_stimer, enable | SINT << HV_STIMER_SINT_SHIFT, 0), 1);
    check_eq("5.2 stimer: message type", GUEST(guest_take_message, SINT, 0),
             HV_MESSAGE_TIMER_EXPIRED);
    check_eq("3.3 stimer: a one-shot disables itself",
             hv_must_get(VTL0, HV_REGISTER_STIMER_CONFIG(0)) & HV_STIMER_ENABLE, 0);
}

static void run(void)
{
    check_eq("3.3 VTL0 sets its SynIC up", GUEST(guest_setup, 0, 0), 0);
    check_eq("3.3 VTL2's SINT isn't VTL0's", hv_must_get(OWN_VTL, HV_REGISTER_SINT(SINT)),
             HV_SINT_RESET);
    check_messages();
    check_deliverable();
    check_deliverable_at_once();
    check_events();
    check_return_action();
    check_stimers();
    hv_must_set(VTL0, HV_REGISTER_SINT(SINT), HV_SINT_RESET);
    check_eq("2.11 SINT masked: refused or held", post(SINT, 9) == HV_STATUS_INVALID_PARAMETER, 0);
    check_eq("2.11 SINT masked: no interrupt", GUEST(guest_take_interrupt, 0, 0), 0);
}

const struct program program = {.main = run};
