/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine that VTL0 sees: its memory, its MMIO ranges, its interrupt lines, and the loop that
 * runs it.
 *
 * Handlers decode into a local struct, act on it, and return a verdict; only the run loop moves the
 * guest's PC. The range table is const and set once, before the first VP runs.
 */
#ifndef VMM_VMM_H
#define VMM_VMM_H

#include "vtl/vtl.h"

#define VMM_RAM_MAX 8u

/* ---- Guest memory ---------------------------------------------------------------------------- */

struct vmm_ram {
    gpa_t base;
    uint64_t bytes;
};

/* RAM of VTL0, VTL2's part already cut out; ascending, not overlapping. Copied, or PV_INVALID. */
PV_MUST_USE enum pv_status guest_ram_set(const struct vmm_ram *ram, size_t count);
size_t guest_ram_get(struct vmm_ram *ram, size_t room);
bool guest_ram_contains(gpa_t base, uint64_t bytes);

/* Copies between guest RAM and VTL2. PV_FAULT, and nothing copied, if a byte lies outside RAM. */
PV_MUST_USE enum pv_status guest_read(gpa_t from, void *to, size_t bytes);
PV_MUST_USE enum pv_status guest_write(gpa_t to, const void *from, size_t bytes);

/* ---- MMIO ------------------------------------------------------------------------------------ */

/* What a handler, or an exit, means for the guest. */
enum vmm_verdict {
    VMM_ADVANCE,   /* done: go past the instruction */
    VMM_RETRY,     /* run the same instruction again */
    VMM_ABORT,     /* the guest gets a synchronous external abort */
    VMM_UNDEFINED, /* the guest gets an undefined instruction exception */
    VMM_STOP,      /* the machine can't go on; the reason is in the log */
};

struct mmio_access {
    uint64_t value;  /* in for a write; out for a read, upper bits zero */
    uint64_t offset; /* into the range */
    uint8_t bytes;   /* 1, 2, 4, 8 */
    bool write;
};

/* False: the device has no such register or size; the guest gets an abort. */
typedef bool (*mmio_handler_t)(void *device, struct mmio_access *access);

struct mmio_range {
    const char *name;
    gpa_t base;
    uint64_t bytes;
    mmio_handler_t handler;
    void *device;
};

/*
 * The table must outlive the machine; sorted by base, no overlaps, made of words of 8 bytes:
 * PV_INVALID otherwise.
 */
PV_MUST_USE enum pv_status mmio_set(const struct mmio_range *table, size_t count);
/* False if no range holds the whole access, or its handler refused. */
bool mmio_perform(gpa_t address, struct mmio_access *access);

/* ---- Instruction emulation ------------------------------------------------------------------- */

/* Performs the access of an exit: by its syndrome if there is one, else by the instruction. */
enum vmm_verdict emulate_memory(struct vtl_vp *vp, const struct vtl_exit *exit);

/* ---- Running --------------------------------------------------------------------------------- */

/* Interrupts of VTL2: boot's table of who handles which. */
struct vmm_irq {
    uint32_t intid;
    void (*handler)(void *device);
    void *device;
};
PV_MUST_USE enum pv_status irq_set(const struct vmm_irq *table, size_t count);

/*
 * ---- Deferred work: a clock for time-outs, and what is left of a job that does not fit in an exit
 *
 * run(device) is called once, on the VP that asked, delay_ns from now or later, in a turn of its own,
 * with no lock held. Asked for again while it waits, it is still called once: at the earlier time,
 * and on the VP that asked for that. run may ask for its own work again. Another VP may ask while run
 * is running, and then run there before it has ended here: so run takes its device's lock.
 *
 * On each VP VTL0 has at least as much time between two calls as the former took, and 100 us; of a long
 * one it has less if it waits for an interrupt, as is asked at longer and longer intervals.
 */
struct vmm_work {
    void (*run)(void *device);
    void *device;
    /* vmm's own; zero at first. */
    struct vmm_work *next;
    uint64_t due_ns;
    uint32_t vp;
    bool waits;
};
/* Any VP, with any of a device's locks held, after its vtl_vp_init. work outlives the machine. */
void vmm_later(struct vmm_work *work, uint64_t delay_ns);

/* What VTL0 has of its VP between two turns at least: more than an entry costs; and where it waits, an entry. */
#define VMM_PAUSE_NS UINT64_C(100000)
#define VMM_PAUSE_WAITING_NS UINT64_C(10000)

/* For the rest of what a turn was too short for: when VTL0 has had its time in between. As vmm_later. */
static inline void vmm_again(struct vmm_work *work)
{
    vmm_later(work, vtl_guest_waits() ? VMM_PAUSE_WAITING_NS : VMM_PAUSE_NS);
}

/*
 * For what takes long on this VP besides deferred work: VTL0 has as much time now as that took since then, before
 * other works run. And is it in such a pause, after a work that took long too? Then an interrupt's handler leaves
 * what takes long to a work: interrupts come as soon as VTL0 is entered.
 */
void vmm_rest(uint64_t since_ns);
bool vmm_rests(void);

/* As vmm_later, on the next VP, now; false, and nothing, if there is no other. What it runs for may be over then:
 * the VP that asked goes on, too. */
bool vmm_elsewhere(struct vmm_work *work);

/*
 * Handles VTL2's interrupts, deferred work too; where there are none, sleeps until one comes or until_ns,
 * and may end earlier. Boot VP, interrupts on, before VTL0 runs; no lock held.
 */
void vmm_idle(uint64_t until_ns);

/* Why the machine stopped. */
enum vmm_end { VMM_END_POWER_OFF, VMM_END_REBOOT, VMM_END_FAULT };
/* Called once, by the VP that found out; does not return. */
typedef void (*vmm_end_t)(enum vmm_end end, uint32_t vp, const char *reason);
void vmm_set_end(vmm_end_t end);

/* Runs VTL0 on this VP for good. */
__attribute__((noreturn)) void vmm_vp_run(struct vtl_vp *vp);

/* One turn of the loop, for tests: enters VTL0, handles the exit, returns the verdict it carried
 * out. */
enum vmm_verdict vmm_vp_step(struct vtl_vp *vp);

/* Exits by kind since the start, over all VPs. */
uint64_t vmm_exit_count(enum vtl_exit_kind kind);
/* External aborts given to the guest. */
uint64_t vmm_abort_count(void);

#endif /* VMM_VMM_H */
