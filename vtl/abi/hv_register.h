/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hyper-V register names on arm64 and the fields of the synthetic registers.
 *
 * Sources: Hyper-V TLFS datatypes/hv_register_name (ARM64), vsm, feature-discovery,
 * inter-partition-communication; OpenVMM hvdef HvArm64RegisterName.
 * Values are 128 bits wide; a 64-bit register uses the low half.
 */
#ifndef VTL_ABI_HV_REGISTER_H
#define VTL_ABI_HV_REGISTER_H

#include <stdint.h>

/* General purpose and special registers. */
#define HV_REGISTER_X(n) (0x20000u + (n)) /* n = 0..30 */
#define HV_REGISTER_X18 0x20012u
#define HV_REGISTER_FP 0x2001du
#define HV_REGISTER_LR 0x2001eu
#define HV_REGISTER_SP 0x2001fu /* SP_EL0 or SP_EL1, as SPSel says */
#define HV_REGISTER_PC 0x20022u
#define HV_REGISTER_PSTATE 0x20023u
#define HV_REGISTER_SPSR_EL2 0x21002u
#define HV_REGISTER_XZR 0x2fffeu
#define HV_REGISTER_Q(n) (0x30000u + (n)) /* n = 0..31 */

/* Registers of EL1 and EL0, from the table: HV_REGISTER_sctlr_el1 and so on; 0 where none is published. */
enum hv_register_number {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, hyperv, ...) \
    HV_REGISTER_##name = (hyperv),
#include "registers.def"
};

#define HV_REGISTER_GICR_BASE_GPA 0x63000u

/* Synthetic registers. */
#define HV_REGISTER_INTERNAL_ACTIVITY_STATE 0x00004u
#define HV_REGISTER_HYPERVISOR_VERSION 0x00100u
#define HV_REGISTER_PRIVILEGES_AND_FEATURES 0x00200u
#define HV_REGISTER_FEATURES 0x00201u
#define HV_REGISTER_IMPLEMENTATION_LIMITS 0x00202u
#define HV_REGISTER_HARDWARE_FEATURES 0x00203u
#define HV_REGISTER_ISOLATION_CONFIGURATION 0x00209u
#define HV_REGISTER_GUEST_CRASH_P0 0x00210u
#define HV_REGISTER_GUEST_CRASH_P1 0x00211u
#define HV_REGISTER_GUEST_CRASH_P2 0x00212u
#define HV_REGISTER_GUEST_CRASH_P3 0x00213u /* GPA of the message */
#define HV_REGISTER_GUEST_CRASH_P4 0x00214u /* its length in bytes */
#define HV_REGISTER_GUEST_CRASH_CTL 0x00215u
#define HV_REGISTER_PENDING_EVENT0 0x10004u
#define HV_REGISTER_PENDING_EVENT1 0x10005u
#define HV_REGISTER_DELIVERABILITY_NOTIFICATIONS 0x10006u
#define HV_REGISTER_GUEST_OS_ID 0x90002u
#define HV_REGISTER_VP_INDEX 0x90003u
#define HV_REGISTER_TIME_REF_COUNT 0x90004u
#define HV_REGISTER_VP_ASSIST_PAGE 0x90013u
#define HV_REGISTER_REFERENCE_TSC 0x90017u
#define HV_REGISTER_REGISTER_PAGE 0x9001cu
#define HV_REGISTER_SINT(n) (0xa0000u + (n)) /* n = 0..15 */
#define HV_REGISTER_SCONTROL 0xa0010u
#define HV_REGISTER_SVERSION 0xa0011u
#define HV_REGISTER_SIEFP 0xa0012u
#define HV_REGISTER_SIMP 0xa0013u
#define HV_REGISTER_EOM 0xa0014u
#define HV_REGISTER_STIMER_CONFIG(n) (0xb0000u + 2u * (n)) /* n = 0..3 */
#define HV_REGISTER_STIMER_COUNT(n) (0xb0001u + 2u * (n))
#define HV_REGISTER_VSM_VP_STATUS 0xd0003u
#define HV_REGISTER_VSM_PARTITION_STATUS 0xd0004u
#define HV_REGISTER_VSM_VINA 0xd0005u
#define HV_REGISTER_VSM_CAPABILITIES 0xd0006u
#define HV_REGISTER_VSM_PARTITION_CONFIG 0xd0007u
#define HV_REGISTER_GUEST_VSM_PARTITION_CONFIG 0xd0008u
#define HV_REGISTER_VSM_VP_SECURE_CONFIG(vtl) (0xd0010u + (vtl)) /* vtl = 0..14 */

/* InternalActivityState. */
#define HV_ACTIVITY_STARTUP_SUSPEND (UINT64_C(1) << 0)
#define HV_ACTIVITY_HALT (UINT64_C(1) << 1)
#define HV_ACTIVITY_IDLE (UINT64_C(1) << 2)

/* VpAssistPage, Simp, Siefp, ReferenceTsc, RegisterPage: bit 0 enable, 63:12 GPA page. */
#define HV_PAGE_REGISTER_ENABLE (UINT64_C(1) << 0)
#define HV_PAGE_REGISTER_GPA_MASK (~UINT64_C(0xfff))

/* SINTn. */
#define HV_SINT_COUNT 16u
#define HV_SINT_VECTOR_MASK UINT64_C(0xff)
#define HV_SINT_MASKED (UINT64_C(1) << 16)
#define HV_SINT_AUTO_EOI (UINT64_C(1) << 17)
#define HV_SINT_POLLING (UINT64_C(1) << 18)
#define HV_SINT_RESET HV_SINT_MASKED
#define HV_SCONTROL_ENABLE (UINT64_C(1) << 0)
#define HV_SINT_INTERCEPT 0u

/* StimerConfig. */
#define HV_STIMER_COUNT 4u
#define HV_STIMER_ENABLE (UINT64_C(1) << 0)
#define HV_STIMER_PERIODIC (UINT64_C(1) << 1)
#define HV_STIMER_LAZY (UINT64_C(1) << 2)
#define HV_STIMER_AUTO_ENABLE (UINT64_C(1) << 3)
#define HV_STIMER_VECTOR_SHIFT 4
#define HV_STIMER_DIRECT (UINT64_C(1) << 12)
#define HV_STIMER_SINT_SHIFT 16

/* DeliverabilityNotifications: 63:48 the SINTs waited for. */
#define HV_DELIVERABILITY_SINT_SHIFT 48

/* GuestCrashCtl. */
#define HV_CRASH_MESSAGE (UINT64_C(1) << 62)
#define HV_CRASH_NOTIFY (UINT64_C(1) << 63)

/* GuestOsId: open source, 62:56 type, 55:48 OS id, 47:16 version. */
#define HV_GUEST_OS_ID_OPEN_SOURCE (UINT64_C(1) << 63)

/* VsmVpStatus. */
#define HV_VSM_VP_STATUS_ACTIVE_MASK UINT64_C(0xf)
#define HV_VSM_VP_STATUS_ENABLED_SHIFT 16

/* VsmPartitionStatus. */
#define HV_VSM_PARTITION_STATUS_MAXIMUM_SHIFT 16

/* VsmCapabilities (hvdef's numbering). */
#define HV_VSM_CAP_DENY_LOWER_VTL_STARTUP (UINT64_C(1) << 17)
#define HV_VSM_CAP_INTERCEPT_PAGE (UINT64_C(1) << 27)
#define HV_VSM_CAP_RETURN_ACTIONS (UINT64_C(1) << 28)
#define HV_VSM_CAP_INTERCEPT_NOT_PRESENT (UINT64_C(1) << 30)
#define HV_VSM_CAP_INTERCEPT_SYSTEM_RESET (UINT64_C(1) << 32)

/* VsmPartitionConfig. */
#define HV_VSM_CONFIG_ENABLE_PROTECTION (UINT64_C(1) << 0)
#define HV_VSM_CONFIG_DEFAULT_MASK_SHIFT 1
#define HV_VSM_CONFIG_DEFAULT_MASK_ALL (UINT64_C(0xf) << HV_VSM_CONFIG_DEFAULT_MASK_SHIFT)
#define HV_VSM_CONFIG_ZERO_MEMORY_ON_RESET (UINT64_C(1) << 5)
#define HV_VSM_CONFIG_DENY_LOWER_VTL_STARTUP (UINT64_C(1) << 6)
#define HV_VSM_CONFIG_INTERCEPT_ENABLE_PROTECTION (UINT64_C(1) << 8)
#define HV_VSM_CONFIG_INTERCEPT_UNIMPLEMENTED_CPUID (UINT64_C(1) << 10)
#define HV_VSM_CONFIG_INTERCEPT_UNRECOVERABLE (UINT64_C(1) << 11)
#define HV_VSM_CONFIG_INTERCEPT_PAGE (UINT64_C(1) << 12)
#define HV_VSM_CONFIG_INTERCEPT_NOT_PRESENT (UINT64_C(1) << 14)
#define HV_VSM_CONFIG_INTERCEPT_SYSTEM_RESET (UINT64_C(1) << 15)

/* VsmVpSecureConfigVtlN. */
#define HV_VSM_SECURE_CONFIG_TLB_LOCKED (UINT64_C(1) << 1)

/* PendingEvent0 and 1: an exception; byte 0 is the header, ESR at 8, fault address at 16. */
#define HV_PENDING_EVENT_PENDING (UINT64_C(1) << 0)
#define HV_PENDING_EVENT_TYPE_SHIFT 1
#define HV_PENDING_EVENT_EXCEPTION UINT64_C(0)

/* PrivilegesAndFeaturesInfo, low half (a privilege mask) and high half (features). */
#define HV_PRIVILEGE_REFERENCE_COUNTER (UINT64_C(1) << 1)
#define HV_PRIVILEGE_SYNIC (UINT64_C(1) << 2)
#define HV_PRIVILEGE_STIMERS (UINT64_C(1) << 3)
#define HV_PRIVILEGE_HYPERCALL (UINT64_C(1) << 5)
#define HV_PRIVILEGE_VP_INDEX (UINT64_C(1) << 6)
#define HV_PRIVILEGE_REFERENCE_TSC (UINT64_C(1) << 9)
#define HV_PRIVILEGE_POST_MESSAGES (UINT64_C(1) << 36)
#define HV_PRIVILEGE_SIGNAL_EVENTS (UINT64_C(1) << 37)
#define HV_PRIVILEGE_ACCESS_VSM (UINT64_C(1) << 48)
#define HV_PRIVILEGE_VP_REGISTERS (UINT64_C(1) << 49)
#define HV_PRIVILEGE_FAST_OUTPUT (UINT64_C(1) << 51)
#define HV_PRIVILEGE_START_VP (UINT64_C(1) << 53)
#define HV_FEATURE_HIGH_CRASH_REGISTERS (UINT64_C(1) << (72 - 64))
#define HV_FEATURE_HIGH_DIRECT_STIMERS (UINT64_C(1) << (77 - 64))

#endif /* VTL_ABI_HV_REGISTER_H */
