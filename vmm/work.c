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
static struct {
    uint64_t begun;  /* the last turn: what is asked for in it is for another */
    uint64_t paused; /* until then VTL0 has the VP, unless it waits: */
    uint64_t look;   /* that is asked for at this time, */
    uint64_t gap;    /* so long after it was last; 0: it is not, as the turn was short */
    bool works;      /* in run_due */
} turns[VTL_VP_MAX];

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

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Locked. */
static void timer_arm(uint32_t vp)
{
    struct vmm_work **first = first_of(vp);

    if (first == NULL) {
        vtl_timer_set(NEVER);
        return;
    }
    uint64_t free_ns = turns[vp].look < turns[vp].paused ? turns[vp].look : turns[vp].paused;

    vtl_timer_set(later((*first)->due_ns, free_ns));
}

/* Locked. Whose timer it is arms it. */
static bool put(struct vmm_work *work, uint32_t vp, uint64_t due_ns)
{
    if (!work->waits) {
        work->waits = true;
        work->due_ns = NEVER;
        work->next = list;
        list = work;
    }
    if (due_ns > work->due_ns) {
        return false;
    }
    work->due_ns = due_ns;
    work->vp = vp;
    return true;
}

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    uint32_t vp = vtl_vp_current();
    uint64_t due_ns;

    CHECK(vp < VTL_VP_MAX);
    if (!u64_add(vtl_time_ns(), delay_ns, &due_ns)) {
        due_ns = NEVER;
    }
    due_ns = later(due_ns, turns[vp].begun + 1);
    vtl_lock(&lock);
    if (put(work, vp, due_ns)) {
        timer_arm(vp);
    }
    vtl_unlock(&lock);
}

/* The next VP on which VTL2 runs. */
static uint32_t next_of(uint32_t own)
{
    for (uint32_t i = 1; i < VTL_VP_MAX; i++) {
        const uint32_t vp = (own + i) % VTL_VP_MAX;

        if (vp == 0 || vtl_vp_started(vp)) {
            return vp;
        }
    }
    return own;
}

bool vmm_elsewhere(struct vmm_work *work)
{
    const uint32_t own = vtl_vp_current();
    const uint32_t vp = next_of(own);

    if (vp == own) {
        return false;
    }
    vtl_lock(&lock);
    (void)put(work, vp, vtl_time_ns());
    vtl_unlock(&lock);
    vtl_irq_call(vp);
    return true;
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

/* VTL0 is to have the VP for this long. */
static void pause_begin(uint32_t vp, uint64_t now, uint64_t took)
{
    turns[vp].paused = now + later(took, VMM_PAUSE_NS);
    turns[vp].look = turns[vp].paused;
    turns[vp].gap = 0;
    if (took > VMM_PAUSE_NS) {
        turns[vp].gap = vtl_guest_waits() ? VMM_PAUSE_WAITING_NS : VMM_PAUSE_NS;
        turns[vp].look = now + turns[vp].gap;
    }
}

/* Is VTL0 to have its time still? Asked for at longer and longer intervals, as each is an entry more. */
static bool pause_goes_on(uint32_t vp, uint64_t now)
{
    if (now >= turns[vp].paused || vtl_guest_waits()) {
        return false;
    }
    /* Another VP's call may come in any pause; a short one is not asked about again. */
    if (turns[vp].gap != 0) {
        turns[vp].gap *= 2;
        turns[vp].look = now + turns[vp].gap;
    }
    return true;
}

static void run_due(uint32_t vp, uint64_t start)
{
    struct vmm_work *work;
    uint64_t end = start;

    turns[vp].begun = start;
    turns[vp].works = true;
    for (uint32_t taken = 0;
         taken < WORK_TURN_MAX && end - start < VMM_PAUSE_NS && (work = take(vp, start)) != NULL;
         taken++) {
        work->run(work->device);
        end = vtl_time_ns();
    }
    turns[vp].works = false;
    pause_begin(vp, end, end - start);
}

void vmm_rest(uint64_t since_ns)
{
    const uint32_t vp = vtl_vp_current();
    const uint64_t now = vtl_time_ns();

    if (!turns[vp].works && now - since_ns > VMM_PAUSE_NS) {
        pause_begin(vp, now, now - since_ns);
        vtl_lock(&lock);
        timer_arm(vp);
        vtl_unlock(&lock);
    }
}

bool vmm_rests(void)
{
    const uint32_t vp = vtl_vp_current();

    return turns[vp].gap != 0 && vtl_time_ns() < turns[vp].paused;
}

/*
 * After works have run, no other runs on that VP for as long as they took, and at least for
 * VMM_PAUSE_NS: VTL0 has half of the VP's time, whatever its devices have to do, and more than an
 * entry costs. But a VTL0 that has nothing to do would spend that waiting for them. A turn that has
 * taken as long begins no other work.
 */
void work_run(void)
{
    uint32_t vp = vtl_vp_current();
    uint64_t start = vtl_time_ns();

    CHECK(vp < VTL_VP_MAX);
    if (!pause_goes_on(vp, start)) {
        run_due(vp, start);
    }
    vtl_lock(&lock);
    timer_arm(vp);
    vtl_unlock(&lock);
}
