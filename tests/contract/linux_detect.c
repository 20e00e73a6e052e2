/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an unmodified Linux with Hyper-V support asks from VTL0, in its order: SMCCC discovery
 * (drivers/firmware/psci, drivers/firmware/smccc), arch/arm64/hyperv/mshyperv.c, then what the
 * VMBus driver sets up on each CPU (drivers/hv/hv.c). Section 1.8 and 1.3.
 */
#include "rt.h"

/* hv_generate_guest_id of Linux 6.15: open source, type 1, kernel version. */
#define LINUX_GUEST_ID UINT64_C(0x8100000060f00000)
#define SINT_VMBUS 2u
#define INTID_VMBUS 18u
#define FUNC_ID HV_SMCCC_HYPERCALL
#define GET_ONE UINT64_C(0x100010050)
#define SET_ONE UINT64_C(0x100010051)

static struct call_regs linux_get(uint32_t name)
{
    struct call_regs regs = {.x = {FUNC_ID, GET_ONE, HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, name}};

    raw_hvc0(&regs);
    check_eq("1.3 hv_get_vpreg_128", regs.x[0] & 0xffff, 0);
    return regs;
}

static void linux_set(uint32_t name, uint64_t value)
{
    struct call_regs regs = {
        .x = {FUNC_ID, SET_ONE, HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, name, 0, value, 0}};

    raw_hvc0(&regs);
    check_eq("1.3 hv_set_vpreg", regs.x[0] & 0xffff, 0);
}

static void check_conduit(void)
{
    check_true("1.8 PSCI_VERSION is at least 1.0", psci(PSCI_VERSION, 0, 0, 0) >= 0x10000);
    check_eq("1.8 PSCI_FEATURES(SMCCC_VERSION)", (uint32_t)psci(PSCI_FEATURES, SMCCC_VERSION, 0, 0),
             0);
    check_true("1.8 SMCCC_VERSION is at least 1.1", smccc(SMCCC_VERSION, 0, 0, 0) >= 0x10001);
}

/* arm_smccc_hypervisor_has_uuid compares the 16 bytes of the four words. */
static void check_uuid(void)
{
    static const uint32_t uuid[] = {0x4d32ba58, 0xcd244764, 0x8eef6c75, 0x16597024};
    struct call_regs regs = {.x = {SMCCC_VENDOR_HYP_UID}};
    bool same = true;

    raw_hvc0(&regs);
    for (size_t i = 0; i < COUNT_OF(uuid); i++) {
        same &= (uint32_t)regs.x[i] == uuid[i];
    }
    check_true("1.8 the hypervisor's UUID is Hyper-V's", same);
}

static void check_hyperv_init(void)
{
    struct call_regs regs;

    linux_set(HV_REGISTER_GUEST_OS_ID, LINUX_GUEST_ID);
    regs = linux_get(HV_REGISTER_GUEST_OS_ID);
    check_eq("1.9 GuestOsId reads back", regs.x[6], LINUX_GUEST_ID);
    regs = linux_get(HV_REGISTER_PRIVILEGES_AND_FEATURES);
    check_eq("3.5 privileges: counter, SynIC, hypercalls, VP index", regs.x[6] & 0x66, 0x66);
    check_eq("3.5 a guest isn't the root: no CreatePartitions", regs.x[6] >> 32 & 1, 0);
    check_eq("3.5 misc features: crash registers", regs.x[7] >> 8 & 1, 1);
    regs = linux_get(HV_REGISTER_FEATURES);
    check_eq("3.5 hints: no reset by hypercall", regs.x[6] & 1, 0);
    regs = linux_get(HV_REGISTER_HYPERVISOR_VERSION);
    check_differs("3.3 hypervisor version", regs.x[6], 0);
    regs = linux_get(HV_REGISTER_VP_INDEX);
    check_eq("3.3 VpIndex is below the VP count", regs.x[6], vp_self_index());
    regs = linux_get(HV_REGISTER_VSM_VP_STATUS);
    check_eq("3.3 VsmVpStatus: VTL0 is active", regs.x[6] & 0xf, 0);
}

/* hv_synic_enable_regs. */
static void check_synic(void)
{
    struct call_regs regs;
    uint64_t simp = VTL0_SCRATCH_GPA | 1;
    uint64_t siefp = (VTL0_SCRATCH_GPA + 0x1000) | 1;

    (void)linux_get(HV_REGISTER_SIMP);
    linux_set(HV_REGISTER_SIMP, simp);
    (void)linux_get(HV_REGISTER_SIEFP);
    linux_set(HV_REGISTER_SIEFP, siefp);
    regs = linux_get(HV_REGISTER_SINT(SINT_VMBUS));
    check_eq("3.3 SINT2 starts masked", regs.x[6] >> 16 & 1, 1);
    linux_set(HV_REGISTER_SINT(SINT_VMBUS), INTID_VMBUS);
    regs = linux_get(HV_REGISTER_SCONTROL);
    linux_set(HV_REGISTER_SCONTROL, regs.x[6] | 1);
    regs = linux_get(HV_REGISTER_SIMP);
    check_eq("3.3 Simp reads back", regs.x[6], simp);
    regs = linux_get(HV_REGISTER_SIEFP);
    check_eq("3.3 Siefp reads back", regs.x[6], siefp);
    regs = linux_get(HV_REGISTER_SINT(SINT_VMBUS));
    check_eq("3.3 SINT2 reads back", regs.x[6], INTID_VMBUS);
}

/* VMBus's first contact: refused, not answered, where there is no VMBus. */
static void check_vmbus(void)
{
    struct hv_post_message *message = (struct hv_post_message *)(void *)hv_input_page();

    *message = (struct hv_post_message){.connection_id = 1, .message_type = 1, .payload_size = 16};
    uint64_t result = hv_call(WAY_SMCCC_MEMORY, HV_CALL_POST_MESSAGE, 32, 0, NULL);
    check_eq("2.10 post-message to a VMBus that isn't there", result,
             HV_STATUS_INVALID_CONNECTION_ID);
    struct call_regs regs = {.x = {FUNC_ID, HV_CALL_SIGNAL_EVENT | HV_CONTROL_FAST, 0x10001}};
    raw_hvc0(&regs);
    check_eq("2.10 signal-event, as Linux makes it", regs.x[0], HV_STATUS_INVALID_CONNECTION_ID);
}

static uint64_t boot(void)
{
    check_conduit();
    check_uuid();
    check_hyperv_init();
    check_synic();
    check_vmbus();
    return 0;
}

static void run(void)
{
    check_true("7.6 the device tree has /hypervisor", board.hypervisor_node);
    check_eq("1.8 Linux's sequence came to its end", vtl0_call((const void *)boot, 0, 0, 0), 0);
    check_eq("1.9 VTL0's GuestOsId is private", hv_must_get(OWN_VTL, HV_REGISTER_GUEST_OS_ID),
             GUEST_OS_ID_PROGRAM);
    check_eq("1.9 VTL2 can read VTL0's", hv_must_get(VTL0, HV_REGISTER_GUEST_OS_ID),
             LINUX_GUEST_ID);
}

const struct program program = {.main = run};
