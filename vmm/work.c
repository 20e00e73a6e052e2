/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deferred work: one list for all VPs, unsorted, as there are a few works in the whole image. A work
 * runs on the VP that asked for it, by that VP's timer: so the guest's VP that gave a device much to
 * do is the one that pays for it.
 */
#include "work.h"

#define NEVER UINT64_MAX

static struct vtl_lock lock; /* of the list, and what vmm.h calls vmm's own of its works */
static struct vmm_work *list;

/* Per VP, its own only. */
static uint64_t not_before[VTL_VP_MAX];

/* The VP's work that is due first: where the list points to it, NULL if there is none. Locked. */
static struct vmm_work **first_of(uint32_t vp)
{
    struct vmm_work **first = NULL;

    for (struct vmm_work **at = &list; *at != NULL; at = &(*at)->next) {
        if ((*at)->vp == vp && (first == NULL || (*at)->due_ns < (*first)->due_ns)) {
            first = at;
        }
    }
    return first;
}

/* Locked. */
static void timer_arm(uint32_t vp)
{
    struct vmm_work **first = first_of(vp);
    uint64_t due_ns = first == NULL ? NEVER : (*first)->due_ns;

    vtl_timer_set(due_ns < not_before[vp] ? not_before[vp] : due_ns);
}

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    uint32_t vp = vtl_vp_current();
    uint64_t due_ns;

    CHECK(vp < VTL_VP_MAX);
    if (!u64_add(vtl_time_ns(), delay_ns, &due_ns)) {
        due_ns = NEVER;
    }
    if (due_ns < not_before[vp]) {
        due_ns = not_before[vp];
    }
    vtl_lock(&lock);
    if (!work->waits) {
        work->waits = true;
        work->due_ns = NEVER;
        work->next = list;
        list = work;
    }
    if (due_ns <= work->due_ns) {
        work->due_ns = due_ns;
        work->vp = vp;
        timer_arm(vp);
    }
    vtl_unlock(&lock);
}

/* Takes a work of the VP off the list that is due now; NULL: none is. */
static struct vmm_work *take(uint32_t vp, uint64_t now)
{
    struct vmm_work *work = NULL;

    vtl_lock(&lock);
    struct vmm_work **first = first_of(vp);
    if (first != NULL && (*first)->due_ns <= now) {
        work = *first;
        *first = work->next;
        work->waits = false;
    }
    vtl_unlock(&lock);
    return work;
}

/*
 * After works have run, no other runs on that VP for as long as they took, and at least for this
 * long: VTL0 has half of the VP's time, whatever its devices have to do, and more than an entry
 * costs. A VTL0 that had nothing to do when they began would spend that waiting for them: it gets an
 * entry. A turn that has taken as long begins no other work.
 */
void work_run(void)
{
    uint32_t vp = vtl_vp_current();
    uint64_t start = vtl_time_ns();
    struct vmm_work *work;

    CHECK(vp < VTL_VP_MAX);
    /* What is asked for from now on is for another turn, however coarse the clock. */
    not_before[vp] = start + VMM_PAUSE_NS;
    uint64_t end = start;
    for (uint32_t taken = 0;
         taken < WORK_TURN_MAX && end - start < VMM_PAUSE_NS && (work = take(vp, start)) != NULL;
         taken++) {
        work->run(work->device);
        end = vtl_time_ns();
        not_before[vp] = end + (end - start < VMM_PAUSE_NS ? VMM_PAUSE_NS : end - start);
    }
    if (end - start > VMM_PAUSE_NS && vtl_guest_waits()) {
        not_before[vp] = end + VMM_PAUSE_WAITING_NS;
    }
    vtl_lock(&lock);
    timer_arm(vp);
    vtl_unlock(&lock);
}
