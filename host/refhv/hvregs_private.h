/* SPDX-License-Identifier: BSD-3-Clause */
/* Private contract of hvregs*.c: one access, decoded, and the families that serve names. */
#ifndef REFHV_HVREGS_PRIVATE_H
#define REFHV_HVREGS_PRIVATE_H

#include "hvregs.h"
#include "vp.h"

#include <stdbool.h>
#include <stdint.h>

struct hvregs_access {
    struct vp *vp;
    struct vtl_state *vtl;
    unsigned slot;
    unsigned caller_slot;
    bool own;  /* the VP is the one that the calling CPU runs */
    bool live; /* and its hardware holds this VTL: not in *vtl */
    uint32_t name;
};

/* The low half; the high half is zero unless a family says otherwise. Status is an HV_STATUS_*. */
typedef uint32_t (*hvregs_get_t)(const struct hvregs_access *access,
                                 struct hv_register_value *value);
typedef uint32_t (*hvregs_set_t)(const struct hvregs_access *access,
                                 const struct hv_register_value *value);

/* VTL2 at its guest's state: what a VTL may not do to itself. */
static inline bool hvregs_from_above(const struct hvregs_access *access)
{
    return access->caller_slot == SLOT_VTL2 && access->slot == SLOT_VTL0;
}

/* May the page that a page register names be used? Off, or RAM that the VTL can write. */
static inline bool hvregs_page_usable(unsigned slot, uint64_t value)
{
    return (value & HV_PAGE_REGISTER_ENABLE) == 0 ||
           stage2_guest_pointer(slot, value & HV_PAGE_REGISTER_GPA_MASK,
                                HV_MAP_READ | HV_MAP_WRITE) != NULL;
}

/* Where PSTATE is, and may it be this? An ERET to anything else would not leave EL2. */
uint64_t *hvregs_pstate(const struct hvregs_access *access);
bool hvregs_pstate_valid(uint64_t value);

/* General registers, SP, PC, PSTATE. */
uint32_t hvregs_gpr_get(const struct hvregs_access *access, struct hv_register_value *value);
uint32_t hvregs_gpr_set(const struct hvregs_access *access, const struct hv_register_value *value);

/* Q0 to Q31. */
uint32_t hvregs_vector_get(const struct hvregs_access *access, struct hv_register_value *value);
uint32_t hvregs_vector_set(const struct hvregs_access *access,
                           const struct hv_register_value *value);

/* System registers of EL1 and EL0, and whatever no family has. */
uint32_t hvregs_system_get(const struct hvregs_access *access, struct hv_register_value *value);
uint32_t hvregs_system_set(const struct hvregs_access *access,
                           const struct hv_register_value *value);

/* What the partition is: version, privileges, features, limits, VP index, time. Read-only. */
uint32_t hvregs_info_get(const struct hvregs_access *access, struct hv_register_value *value);

/* GuestOsId and the pages: VP assist, register, reference time. */
uint32_t hvregs_page_get(const struct hvregs_access *access, struct hv_register_value *value);
uint32_t hvregs_page_set(const struct hvregs_access *access, const struct hv_register_value *value);

/* Activity, pending events, deliverability notifications. */
uint32_t hvregs_event_get(const struct hvregs_access *access, struct hv_register_value *value);
uint32_t hvregs_event_set(const struct hvregs_access *access,
                          const struct hv_register_value *value);

uint32_t hvregs_crash_get(const struct hvregs_access *access, struct hv_register_value *value);
uint32_t hvregs_crash_set(const struct hvregs_access *access,
                          const struct hv_register_value *value);

uint32_t hvregs_vsm_get(const struct hvregs_access *access, struct hv_register_value *value);
uint32_t hvregs_vsm_set(const struct hvregs_access *access, const struct hv_register_value *value);

#endif /* REFHV_HVREGS_PRIVATE_H */
