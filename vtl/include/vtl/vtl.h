/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The layer below: one contract for the hypervisor that runs beneath VTL2, whatever it is.
 *
 * Threads of control: one a VP, pinned, interrupts masked always (device interrupts are taken by
 * vtl_irq_take). A struct vtl_vp belongs to the VP that runs it; functions without one may be
 * called by any. No lock may be held across vtl_vp_enter. Source: Hyper-V TLFS vsm; reference
 * section numbers in the implementation.
 */
#ifndef VTL_VTL_H
#define VTL_VTL_H

#include "vtl/base.h"

#define VTL_VP_MAX 8u

struct vtl_vp;

/*
 * ---- The machine's start, in this order, on the boot VP
 * ----------------------------------------------
 */

/*
 * Finds the hypervisor and what it offers, names this OS to it, chooses how intercepts and
 * registers travel. PV_UNSUPPORTED, with the reason in the log, if something that Paravane needs is
 * missing.
 */
PV_MUST_USE enum pv_status vtl_init(uint32_t vp_count);

/*
 * Per VP, on that VP: assist page, register page, SynIC where needed; VTL0 held back unless
 * boot_vp.
 */
PV_MUST_USE enum pv_status vtl_vp_init(uint32_t index, bool boot_vp, struct vtl_vp **vp);

/*
 * Starts VTL2 on another VP: enables it there and runs entry(index) on its own stack. mpidr:
 * affinity bits. Returns when the hypervisor has taken the request.
 */
typedef void (*vtl_vp_entry_t)(uint32_t index);
PV_MUST_USE enum pv_status vtl_vp_start(uint32_t index, uint64_t mpidr, vtl_vp_entry_t entry);
/* Has that VP come up with its MMU on and been handed to its entry? Any VP. */
bool vtl_vp_started(uint32_t index);

/* Takes memory away from VTL0, wholly. Page aligned. */
PV_MUST_USE enum pv_status vtl_memory_hide(gpa_t base, uint64_t bytes);

/* First state of VTL0 on the boot VP: pc, x0..x3, EL1h, DAIF masked, MMU off. */
struct vtl_guest_start {
    gva_t pc;
    uint64_t x[4];
};
PV_MUST_USE enum pv_status vtl_guest_prepare(struct vtl_vp *vp,
                                             const struct vtl_guest_start *start);

/*
 * ---- Running VTL0
 * -------------------------------------------------------------------------------------
 */

enum vtl_exit_kind {
    VTL_EXIT_MEMORY,     /* access to what is not mapped */
    VTL_EXIT_PROTECTION, /* to memory that is there but taken from VTL0; fields as for the former */
    VTL_EXIT_HYPERCALL,  /* a Hyper-V hypercall that the hypervisor leaves to VTL2 */
    VTL_EXIT_RESET,      /* power off, reboot */
    VTL_EXIT_INTERRUPT,  /* VTL2 has an interrupt (or nothing): see vtl_irq_take */
    VTL_EXIT_CALL,       /* VTL0 made a VTL call */
    VTL_EXIT_SINT,       /* a SINT of VTL0 can take a message again */
    VTL_EXIT_UNKNOWN,    /* the host sent what the contract does not know; code in unknown */
    VTL_EXIT_KINDS,
};

enum vtl_access { VTL_READ, VTL_WRITE, VTL_EXECUTE };

/* One exit, decoded and copied: nothing in here changes under the reader. */
struct vtl_exit {
    enum vtl_exit_kind kind;
    /* Memory, hypercall, reset: the guest's state at the instruction. */
    uint32_t instruction_bytes; /* its length, 2 or 4 */
    gva_t pc;
    uint64_t pstate;
    union {
        struct {
            enum vtl_access access;
            bool gva_valid;
            bool instruction_valid; /* instruction holds the opcode */
            uint32_t instruction;
            gva_t gva;
            gpa_t gpa;
            uint64_t esr; /* ESR_EL2's form */
        } memory;
        struct {
            uint16_t immediate; /* 0 SMCCC, 1 native */
        } hypercall;
        struct {
            uint32_t type; /* HV_RESET_* */
            uint32_t code;
        } reset;
        struct {
            uint32_t type;
        } unknown;
    };
};

/* Runs VTL0 until it exits. The record is valid until the next call, and stays where it is. */
void vtl_vp_enter(struct vtl_vp *vp, struct vtl_exit *exit);

uint32_t vtl_vp_index(const struct vtl_vp *vp);
/* The index of the VP that asks. */
uint32_t vtl_vp_current(void);

/*
 * What every struct vtl_vp begins with: VTL0's general registers, and the zero register. Those that
 * no source calls private are live there while VTL2 runs; for the rest ask vtl_x_get and vtl_x_set.
 */
struct vtl_x {
    uint64_t x[32];
};
#define VTL_X_WRITABLE UINT32_C(0x1ffbffff) /* x0..x17, x19..x28 */
#define VTL_X_READABLE (VTL_X_WRITABLE | UINT32_C(0x80000000))

PV_MUST_USE enum pv_status vtl_x_get_private(struct vtl_vp *vp, unsigned n, uint64_t *value);
PV_MUST_USE enum pv_status vtl_x_set_private(struct vtl_vp *vp, unsigned n, uint64_t value);

/*
 * VTL0's general registers x0..x30; 31 is the zero register. Private ones (x18, and x29/x30 where
 * the hypervisor keeps them) go by hypercall. PV_INVALID for another number, PV_DENIED if the host
 * refuses. In line, as nearly every access to a device passes here.
 */
static inline bool vtl_x_is_one_of(unsigned n, uint32_t registers)
{
    return n < 32 && (registers >> n & 1) != 0;
}

/* Of one of those. */
static inline uint64_t *vtl_x_live(struct vtl_vp *vp, unsigned n)
{
    return &((struct vtl_x *)(void *)vp)->x[n];
}

PV_MUST_USE static inline enum pv_status vtl_x_get(struct vtl_vp *vp, unsigned n, uint64_t *value)
{
    if (vtl_x_is_one_of(n, VTL_X_READABLE)) {
        *value = *vtl_x_live(vp, n);
        return PV_OK;
    }
    return vtl_x_get_private(vp, n, value);
}

PV_MUST_USE static inline enum pv_status vtl_x_set(struct vtl_vp *vp, unsigned n, uint64_t value)
{
    if (vtl_x_is_one_of(n, VTL_X_WRITABLE)) {
        *vtl_x_live(vp, n) = value;
        return PV_OK;
    }
    return vtl_x_set_private(vp, n, value);
}

/* VTL0's Q0..Q31, live in the unit; 16 bytes, little endian. */
PV_MUST_USE enum pv_status vtl_q_get(struct vtl_vp *vp, unsigned n, uint8_t value[16]);
PV_MUST_USE enum pv_status vtl_q_set(struct vtl_vp *vp, unsigned n, const uint8_t value[16]);

/*
 * Did VTL0 of the running VP wait for an interrupt when VTL2 was entered (reference 3.3: halt, idle)?
 * False also where the host does not say. A hypercall.
 */
bool vtl_guest_waits(void);

/* VTL0's other registers, by name. */
enum vtl_register {
    VTL_SP, /* the one that the guest's mode selects */
    VTL_PC,
    VTL_PSTATE,
    VTL_SCTLR_EL1,
    VTL_ESR_EL1,
    VTL_FAR_EL1,
    VTL_ELR_EL1,
    VTL_VBAR_EL1,
    VTL_REGISTERS,
};
PV_MUST_USE enum pv_status vtl_register_get(struct vtl_vp *vp, enum vtl_register name,
                                            uint64_t *value);
PV_MUST_USE enum pv_status vtl_register_set(struct vtl_vp *vp, enum vtl_register name,
                                            uint64_t value);

/* VTL0 goes on at pc: vtl_register_set(VTL_PC), for the way of every access. */
PV_MUST_USE enum pv_status vtl_pc_set(struct vtl_vp *vp, gva_t pc);

/* Puts a synchronous exception on VTL0 at its next entry. esr: EC in current-EL form for aborts. */
PV_MUST_USE enum pv_status vtl_exception_inject(struct vtl_vp *vp, uint64_t esr, gva_t far);

/* VTL0's translation of gva for access, at its current EL. PV_FAULT if it has none. */
PV_MUST_USE enum pv_status vtl_translate(struct vtl_vp *vp, gva_t address, enum vtl_access access,
                                         gpa_t *result);

/*
 * ---- Interrupts
 * ---------------------------------------------------------------------------------------
 */

/* Drives the line of an SPI of VTL0's GIC. Any VP. */
PV_MUST_USE enum pv_status vtl_line_set(uint32_t intid, bool level);

/* VTL2's own GIC: once on the boot VP; then per VP inside vtl_vp_init. timer_intid: a PPI. */
PV_MUST_USE enum pv_status vtl_irq_init(uint64_t gicd_base, uint64_t gicr_base,
                                        uint32_t timer_intid);
/* Routes an SPI of VTL2 to the boot VP and enables it. */
PV_MUST_USE enum pv_status vtl_irq_enable(uint32_t intid, bool edge);
/* The next pending interrupt of VTL2 on this VP, acknowledged; 0 if none. vtl_irq_done ends it. */
uint32_t vtl_irq_take(void);
/* There is one to take. False: none that this VP knows of yet; it brings VTL2 back, as any does. */
bool vtl_irq_pending(void);
void vtl_irq_done(uint32_t intid);
/*
 * Sleeps until VTL2 has an interrupt on this VP, which stays pending. May end without one. Only before
 * VTL0 runs here: then VTL2 idles in the hypervisor, by vtl_vp_enter.
 */
void vtl_irq_wait(void);

/*
 * VTL2's own timer of this VP, from vtl_vp_init on: at deadline_ns of vtl_time_ns, or later, it
 * brings VTL2 back on this VP, whether VTL0 runs there or waits. 0 or UINT64_MAX: off. Its interrupt
 * is there for as long as the deadline is past: another deadline, or off, before vtl_irq_done.
 */
void vtl_timer_set(uint64_t deadline_ns);
/* Is this the timer's interrupt? */
bool vtl_irq_is_timer(uint32_t intid);

/* Brings VTL2 in on another VP, by an interrupt of its own, whether VTL0 runs there or waits. Any VP. */
void vtl_irq_call(uint32_t index);
/* Is this that interrupt? */
bool vtl_irq_is_call(uint32_t intid);

/*
 * ---- Measurement and evidence: what the hypervisor, or who is above it, says of this machine to others
 * -------------------------------------------------------------------------------------------
 */

#define VTL_MEASUREMENT_REGISTERS 5u /* 0: the launch digest; 1 to 4 can be extended */
#define VTL_MEASUREMENT_BYTES 64u    /* those behind the hash are zero */
#define VTL_CHALLENGE_BYTES 64u
#define VTL_EVIDENCE_BYTES_MAX 16384u

enum vtl_evidence_kind {
    VTL_EVIDENCE_NONE,
    VTL_EVIDENCE_CCA, /* an Arm CCA token; measurement registers */
    VTL_EVIDENCE_VBS, /* a VBS report; none */
};
/* Asked once. After vtl_vp_init of this VP. */
enum vtl_evidence_kind vtl_evidence_kind(void);

/* The register becomes the hash of itself and data, of VTL_MEASUREMENT_BYTES at most. */
PV_MUST_USE enum pv_status vtl_measurement_extend(unsigned index, const void *data, size_t bytes);
PV_MUST_USE enum pv_status vtl_measurement_read(unsigned index,
                                                uint8_t value[VTL_MEASUREMENT_BYTES]);

/* Begins evidence bound to a challenge on this VP, and ends what was begun before. One in the machine. */
PV_MUST_USE enum pv_status vtl_evidence_start(const uint8_t challenge[VTL_CHALLENGE_BYTES]);
/*
 * One bounded step on the same VP: its next *got bytes at to, none or up to room, which is not 0. *more: call
 * again. An error ends it.
 */
PV_MUST_USE enum pv_status vtl_evidence_continue(void *to, size_t room, size_t *got, bool *more);

/*
 * ---- The end
 * -------------------------------------------------------------------------------------------
 */

__attribute__((noreturn)) void vtl_power_off(void);
__attribute__((noreturn)) void vtl_reset(void);
/*
 * Reports through the hypervisor's crash registers: code, three words, a text the host console
 * shows.
 */
__attribute__((noreturn)) void vtl_crash(uint64_t code, uint64_t a, uint64_t b, const char *text,
                                         size_t bytes);

/*
 * Is this VP reporting Paravane's own fault? It may hold any lock then, so what the log's sink runs
 * takes none.
 */
bool vtl_panicking(void);
/*
 * Do the guest's and Paravane's registers belong in the record of a fault, which the host sees? Not
 * before this says so. Boot VP.
 */
void vtl_panic_registers(bool shown);

/*
 * ---- CPU and memory of VTL2 itself
 * ----------------------------------------------------------------------
 */

/*
 * Copies that survive a fault on either side: PV_FAULT, and what was copied by then stays copied.
 * Any length.
 */
PV_MUST_USE enum pv_status vtl_copy(void *to, const void *from, size_t bytes);
/* Single aligned accesses to guest memory (1, 2, 4, 8 bytes) that survive a fault. */
PV_MUST_USE enum pv_status vtl_load(const volatile void *from, unsigned bytes, uint64_t *value);
PV_MUST_USE enum pv_status vtl_store(volatile void *to, unsigned bytes, uint64_t value);

/*
 * boot/entry.S maps the image and what follows it, 4 MiB from image_base in all, and calls
 * boot_main. Then boot says, before anything else of vtl: the region's true size, and where behind
 * image, parameter area and guest page its free pages begin. PV_INVALID if the base is not the
 * image's or the size below those 4 MiB.
 */
PV_MUST_USE enum pv_status vtl_memory_init(uint64_t region_base, uint64_t region_bytes,
                                           uint64_t free_base);
/* Zeroed pages in a row, for good; NULL if there are none left. At boot and VP creation only. */
void *vtl_page_alloc(size_t pages);
/* Pages of the region that are not free (image, parameter area, given out), and that are. Any VP. */
void vtl_page_counts(uint32_t *used, uint32_t *free);

/*
 * Maps memory into VTL2's address space, identity. Boot VP, before others start. The same twice is
 * fine.
 */
enum vtl_mapping { VTL_MAP_DEVICE, VTL_MAP_GUEST_RAM };
PV_MUST_USE enum pv_status vtl_map(uint64_t base, uint64_t bytes, enum vtl_mapping kind);

/* Device registers of VTL2's own windows. */
static inline uint32_t mmio_read32(uint64_t address)
{
#if defined(__aarch64__) && !defined(PV_HOST_TEST)
    uint32_t value;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
#else
    extern uint32_t fake_mmio_read32(uint64_t address);
    return fake_mmio_read32(address);
#endif
}

/* Narrower fields, where a device has some: the value's upper bits are zero. */
static inline uint32_t mmio_read16(uint64_t address)
{
#if defined(__aarch64__) && !defined(PV_HOST_TEST)
    uint32_t value;
    __asm__ volatile("ldrh %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
#else
    extern uint32_t fake_mmio_read_narrow(uint64_t address, unsigned bytes);
    return fake_mmio_read_narrow(address, 2);
#endif
}

static inline uint32_t mmio_read8(uint64_t address)
{
#if defined(__aarch64__) && !defined(PV_HOST_TEST)
    uint32_t value;
    __asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
#else
    extern uint32_t fake_mmio_read_narrow(uint64_t address, unsigned bytes);
    return fake_mmio_read_narrow(address, 1);
#endif
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
#if defined(__aarch64__) && !defined(PV_HOST_TEST)
    __asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
#else
    extern void fake_mmio_write32(uint64_t address, uint32_t value);
    fake_mmio_write32(address, value);
#endif
}

/* In every loop that waits for another VP: under emulation on one thread, the other runs now. */
static inline void vtl_relax(void)
{
#if defined(__aarch64__) && !defined(PV_HOST_TEST)
    __asm__ volatile("yield" ::: "memory");
#endif
}

/* Monotonic time, nanoseconds since an arbitrary start. */
uint64_t vtl_time_ns(void);
/* How long something has taken, where the usual way may not even cost a conversion: the difference of two of
 * these. Each may be read a few instructions early. */
uint64_t vtl_ticks(void);
uint64_t vtl_ticks_ns(uint64_t ticks);
/*
 * A random word: from RNDR where the CPU has it, and from seeds. False if there has been neither.
 */
bool vtl_random(uint64_t *value);
/* Has RNDR fed the words that vtl_random gives now? All else that goes into them the host has chosen or can guess. */
bool vtl_random_private(void);
/* Adds a seed (the device tree's rng-seed); 16 bytes or more make a source. */
void vtl_random_seed(const void *data, size_t bytes);
/* Stirs in what may be known to others: it never counts as a source. Any VP. */
void vtl_random_mix(const void *data, size_t bytes);

/* Short critical sections between VPs; order in vmm/README.md. Never held across vtl_vp_enter. */
struct vtl_lock {
    uint32_t taken;
};
void vtl_lock_wait(struct vtl_lock *lock);

/*
 * In line, as nearly every access to a device takes one. vtl_lock_try: false, and not taken, if
 * another has it.
 */
#if defined(__aarch64__) && !defined(PV_HOST_TEST)
static inline bool vtl_lock_try(struct vtl_lock *lock)
{
    return __atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE) == 0;
}

static inline void vtl_lock(struct vtl_lock *lock)
{
    if (!vtl_lock_try(lock)) {
        vtl_lock_wait(lock);
    }
}

static inline void vtl_unlock(struct vtl_lock *lock)
{
    __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}
#else
bool vtl_lock_try(struct vtl_lock *lock);
void vtl_lock(struct vtl_lock *lock);
void vtl_unlock(struct vtl_lock *lock);
#endif

#endif /* VTL_VTL_H */
