/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SynIC of a VP and VTL: SINTs, message page, event flags page; synthetic timers.
 * Sources: TLFS inter-partition-communication, timers.
 */
#ifndef REFHV_SYNIC_H
#define REFHV_SYNIC_H

#include "hv_message.h"
#include "hv_register.h"

#include <stdbool.h>
#include <stdint.h>

struct vp;

struct synic {
    uint64_t scontrol;
    uint64_t simp;
    uint64_t siefp;
    uint64_t sint[HV_SINT_COUNT];
    /* A synthetic timer has been set: those that are not cost nothing at a guest entry. */
    bool timed;
    struct {
        uint64_t config;
        uint64_t count;
        uint64_t deadline; /* reference time of the next expiry, 0 if none */
        uint64_t expired;  /* expiry whose message waits for the slot, 0 if none */
    } stimer[HV_STIMER_COUNT];
};

void synic_reset(struct synic *synic);

/* Register access by name (HV_REGISTER_SINT(0) .. STIMER_COUNT(3)). Status is an HV_STATUS_*. */
uint32_t synic_read(struct vp *vp, unsigned slot, uint32_t name, uint64_t *value);
uint32_t synic_write(struct vp *vp, unsigned slot, uint32_t name, uint64_t value);

/* Puts a message into the slot's SIMP page and raises the SINT's INTID.
 * HV_STATUS_SUCCESS, HV_STATUS_OBJECT_IN_USE (slot occupied; its pending flag is set),
 * HV_STATUS_INVALID_SYNIC_STATE. */
uint32_t synic_post(struct vp *vp, unsigned slot, uint32_t sint, const struct hv_message *message);

/* Sets an event flag in the SIEFP page; *newly says whether it was clear. */
uint32_t synic_signal(struct vp *vp, unsigned slot, uint32_t sint, uint32_t flag, bool *newly);

/*
 * SINTs of VTL0 that VTL2 waits for (DeliverabilityNotifications) and that can take a message now; they are
 * waited for no longer. To be asked before VTL0 is entered: a set goes to intercept_sint_deliverable().
 */
uint16_t synic_take_deliverable(struct vp *vp);

/* Expired synthetic timers of both VTLs of this VP; and the earliest deadline (reference time, 0 if none). */
void synic_timers_run(struct vp *vp);
uint64_t synic_timers_next(const struct vp *vp);

#endif /* REFHV_SYNIC_H */
