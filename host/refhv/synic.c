/* SPDX-License-Identifier: BSD-3-Clause */
/* SynIC: SINTs, message page, event flags page. Source: TLFS inter-partition-communication. */
#include "synic.h"

#include "gic.h"
#include "hv_hypercall.h"
#include "spinlock.h"
#include "synic_private.h"
#include "vp.h"

#include <string.h>

#define SYNIC_VERSION 1u
#define EVENT_FLAGS_PER_SINT 2048u
#define EVENT_BYTES_PER_SINT (EVENT_FLAGS_PER_SINT / 8u)
#define SINT_KNOWN (HV_SINT_VECTOR_MASK | HV_SINT_MASKED | HV_SINT_AUTO_EOI | HV_SINT_POLLING)
#define SINT_VECTOR_FIRST 16u

static struct spinlock locks[MACHINE_CPU_MAX][SLOT_COUNT];

void synic_lock(const struct vp *vp, unsigned slot)
{
    spin_lock(&locks[vp->index][slot]);
}

void synic_unlock(const struct vp *vp, unsigned slot)
{
    spin_unlock(&locks[vp->index][slot]);
}

void synic_reset(struct synic *synic)
{
    memset(synic, 0, sizeof(*synic));
    for (unsigned i = 0; i < HV_SINT_COUNT; i++) {
        synic->sint[i] = HV_SINT_RESET;
    }
}

void synic_raise(struct vp *vp, unsigned slot, uint32_t intid)
{
    struct vp *owner = intid < GIC_SPI_FIRST ? vp : NULL;

    (void)vgic_set_line(slot, owner, intid, true);
    (void)vgic_set_line(slot, owner, intid, false);
}

/* Configured so that something can be delivered? */
static bool sint_open(const struct synic *synic, uint32_t sint, uint64_t page_register)
{
    return (synic->scontrol & HV_SCONTROL_ENABLE) != 0 &&
           (page_register & HV_PAGE_REGISTER_ENABLE) != 0 &&
           (synic->sint[sint] & HV_SINT_MASKED) == 0;
}

static struct hv_message *message_slot(const struct synic *synic, unsigned slot, uint32_t sint)
{
    const uint64_t page = synic->simp & HV_PAGE_REGISTER_GPA_MASK;

    return sint_open(synic, sint, synic->simp)
               ? stage2_guest_pointer(slot, page + sint * HV_MESSAGE_BYTES,
                                      HV_MAP_READ | HV_MAP_WRITE)
               : NULL;
}

/* Type none: the guest has emptied the slot, and read what was in it before. */
static bool slot_free(const struct hv_message *slot)
{
    return __atomic_load_n(&slot->type, __ATOMIC_ACQUIRE) == HV_MESSAGE_NONE;
}

/*
 * The guest empties the slot, then looks at the pending flag; so here the flag comes first, then the second
 * look. One of the two sees the other.
 */
static bool slot_taken(struct hv_message *slot)
{
    if (slot_free(slot)) {
        return false;
    }
    __atomic_fetch_or(&slot->flags, (uint8_t)HV_MESSAGE_FLAG_PENDING, __ATOMIC_SEQ_CST);
    return !slot_free(slot);
}

static void slot_fill(struct hv_message *slot, const struct hv_message *message)
{
    const size_t after_type = sizeof(slot->type);

    memcpy((uint8_t *)slot + after_type, (const uint8_t *)message + after_type,
           sizeof(*slot) - after_type);
    __atomic_store_n(&slot->type, message->type, __ATOMIC_RELEASE);
}

/* The INTID to raise for the SINT, 0 if it is polled. */
static uint32_t sint_intid(const struct synic *synic, uint32_t sint)
{
    const uint64_t value = synic->sint[sint];

    return (value & HV_SINT_POLLING) != 0 ? 0 : (uint32_t)(value & HV_SINT_VECTOR_MASK);
}

static uint32_t post_locked(const struct synic *synic, unsigned slot, uint32_t sint,
                            const struct hv_message *message, uint32_t *intid)
{
    struct hv_message *to = message_slot(synic, slot, sint);

    if (to == NULL) {
        return HV_STATUS_INVALID_SYNIC_STATE;
    }
    if (slot_taken(to)) {
        return HV_STATUS_OBJECT_IN_USE;
    }
    slot_fill(to, message);
    *intid = sint_intid(synic, sint);
    return HV_STATUS_SUCCESS;
}

uint32_t synic_post(struct vp *vp, unsigned slot, uint32_t sint, const struct hv_message *message)
{
    uint32_t intid = 0;

    if (sint >= HV_SINT_COUNT) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    synic_lock(vp, slot);
    const uint32_t status = post_locked(&vp->vtl[slot].synic, slot, sint, message, &intid);
    synic_unlock(vp, slot);
    if (intid != 0) {
        synic_raise(vp, slot, intid);
    }
    return status;
}

static uint32_t signal_locked(const struct synic *synic, unsigned slot, uint32_t sint,
                              uint32_t flag, bool *newly)
{
    const uint64_t page = synic->siefp & HV_PAGE_REGISTER_GPA_MASK;
    const uint32_t byte = sint * EVENT_BYTES_PER_SINT + flag / 32 * 4;
    const uint32_t bit = UINT32_C(1) << flag % 32;

    if (!sint_open(synic, sint, synic->siefp)) {
        return HV_STATUS_INVALID_SYNIC_STATE;
    }
    uint32_t *word = stage2_guest_pointer(slot, page + byte, HV_MAP_READ | HV_MAP_WRITE);
    if (word == NULL) {
        return HV_STATUS_INVALID_SYNIC_STATE;
    }
    *newly = (__atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST) & bit) == 0;
    return HV_STATUS_SUCCESS;
}

uint32_t synic_signal(struct vp *vp, unsigned slot, uint32_t sint, uint32_t flag, bool *newly)
{
    *newly = false;
    if (sint == HV_SINT_INTERCEPT || sint >= HV_SINT_COUNT || flag >= EVENT_FLAGS_PER_SINT) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    synic_lock(vp, slot);
    const struct synic *synic = &vp->vtl[slot].synic;
    const uint32_t status = signal_locked(synic, slot, sint, flag, newly);
    const uint32_t intid = *newly ? sint_intid(synic, sint) : 0;
    synic_unlock(vp, slot);
    if (intid != 0) {
        synic_raise(vp, slot, intid);
    }
    return status;
}

uint16_t synic_take_deliverable(struct vp *vp)
{
    struct vtl_state *vtl = &vp->vtl[SLOT_VTL0];
    const uint64_t wanted = vtl->deliverability >> HV_DELIVERABILITY_SINT_SHIFT;
    uint16_t found = 0;

    if (wanted == 0) {
        return 0;
    }
    synic_lock(vp, SLOT_VTL0);
    for (uint32_t sint = 0; sint < HV_SINT_COUNT; sint++) {
        if ((wanted >> sint & 1) != 0) {
            const struct hv_message *slot = message_slot(&vtl->synic, SLOT_VTL0, sint);
            if (slot != NULL && slot_free(slot)) {
                found = (uint16_t)(found | 1u << sint);
            }
        }
    }
    synic_unlock(vp, SLOT_VTL0);
    vtl->deliverability &= ~((uint64_t)found << HV_DELIVERABILITY_SINT_SHIFT);
    return found;
}

uint32_t synic_read(struct vp *vp, unsigned slot, uint32_t name, uint64_t *value)
{
    const struct synic *synic = &vp->vtl[slot].synic;

    if (name >= HV_REGISTER_SINT(0) && name < HV_REGISTER_SINT(HV_SINT_COUNT)) {
        *value = synic->sint[name - HV_REGISTER_SINT(0)];
        return HV_STATUS_SUCCESS;
    }
    switch (name) {
    case HV_REGISTER_SCONTROL:
        *value = synic->scontrol;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_SVERSION:
        *value = SYNIC_VERSION;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_SIEFP:
        *value = synic->siefp;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_SIMP:
        *value = synic->simp;
        return HV_STATUS_SUCCESS;
    default:
        return stimer_read(vp, slot, name, value);
    }
}

/* A polled or masked SINT needs no interrupt; an open one needs a PPI or SPI (reference section 3.3). */
static uint32_t sint_write(struct vp *vp, unsigned slot, uint32_t sint, uint64_t value)
{
    const bool silent = (value & (HV_SINT_MASKED | HV_SINT_POLLING)) != 0;

    if ((value & ~SINT_KNOWN) != 0 ||
        (!silent && (value & HV_SINT_VECTOR_MASK) < SINT_VECTOR_FIRST)) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    synic_lock(vp, slot);
    vp->vtl[slot].synic.sint[sint] = value;
    synic_unlock(vp, slot);
    return HV_STATUS_SUCCESS;
}

static uint32_t page_write(struct vp *vp, unsigned slot, uint64_t *field, uint64_t value)
{
    if ((value & HV_PAGE_REGISTER_ENABLE) != 0 &&
        stage2_guest_pointer(slot, value & HV_PAGE_REGISTER_GPA_MASK, HV_MAP_READ | HV_MAP_WRITE) ==
            NULL) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    synic_lock(vp, slot);
    *field = value;
    synic_unlock(vp, slot);
    return HV_STATUS_SUCCESS;
}

static uint32_t scontrol_write(struct vp *vp, unsigned slot, uint64_t value)
{
    if ((value & ~HV_SCONTROL_ENABLE) != 0) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    synic_lock(vp, slot);
    vp->vtl[slot].synic.scontrol = value;
    synic_unlock(vp, slot);
    return HV_STATUS_SUCCESS;
}

uint32_t synic_write(struct vp *vp, unsigned slot, uint32_t name, uint64_t value)
{
    struct synic *synic = &vp->vtl[slot].synic;

    if (name >= HV_REGISTER_SINT(0) && name < HV_REGISTER_SINT(HV_SINT_COUNT)) {
        return sint_write(vp, slot, name - HV_REGISTER_SINT(0), value);
    }
    switch (name) {
    case HV_REGISTER_SCONTROL:
        return scontrol_write(vp, slot, value);
    case HV_REGISTER_SIEFP:
        return page_write(vp, slot, &synic->siefp, value);
    case HV_REGISTER_SIMP:
        return page_write(vp, slot, &synic->simp, value);
    case HV_REGISTER_EOM:
        stimer_retry(vp, slot);
        return HV_STATUS_SUCCESS;
    default:
        return stimer_write(vp, slot, name, value);
    }
}
