/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runtime of the contract programs. A program is one position-independent image that starts as
 * VTL2 on the boot VP. vtl0_load() copies the image to VTL0's RAM and relocates the copy, so
 * that any C function of the program can be run in VTL0 too (vtl0_call). Both VTLs run with the
 * MMU off. Only the boot VP prints. Other VPs run functions for it (vp_run).
 */
#ifndef CONTRACT_RT_H
#define CONTRACT_RT_H

#include "arm64.h"
#include "hv_hypercall.h"
#include "hv_message.h"
#include "hv_register.h"
#include "smccc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RT_VP_MAX 8u
#define RT_RAM_MAX 8u
#define RT_STACK_BYTES 16384u
#define RT_INTID_MAX 1020u
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* RAM that the programs use in VTL0: the copy of the image, then scratch pages. */
#define VTL0_IMAGE_GPA UINT64_C(0x44000000)
#define VTL0_SCRATCH_GPA UINT64_C(0x46000000)
/* No RAM and no device there for VTL0: a store is an intercept that tells VTL2 "finished". */
#define VTL0_DOORBELL_GPA UINT64_C(0x09000800)

/* The interrupts that the programs use. */
#define INTID_INTERCEPT 18u /* PPI of VTL2's SINT0, where intercepts come through the SIMP */
#define INTID_VTIMER 27u
#define INTID_PL011 33u

/* ---- A program ------------------------------------------------------------------------------- */

/* early: before GuestOsId is set, no VTL2 facility is up. main: after vtl2_init. Either may be
 * NULL. */
struct program {
    void (*early)(void);
    void (*main)(void);
};
extern const struct program program;

/* ---- Checks: one line each, in either VTL ---------------------------------------------------- */

/* Name starts with the section of the reference. Shown after every name until changed; "" for
 * none. */
void check_way(const char *way);
bool check_eq(const char *name, uint64_t got, uint64_t want);
/* Where the contract leaves a choice: any of count values. */
bool check_any(const char *name, uint64_t got, const uint64_t *wants, size_t count);
bool check_true(const char *name, bool holds);
bool check_differs(const char *name, uint64_t got, uint64_t not_wanted);
/* A fact worth a line and no verdict. */
void note(const char *text, uint64_t value);
/* The line "done PASSED FAILED"; checks_done() powers the machine off after it. */
void checks_tell(void);
void checks_done(void) __attribute__((noreturn));

struct check_log {
    uint32_t passed;
    uint32_t failed;
    uint32_t used;
    uint32_t lost; /* bytes that did not fit, VTL0 only */
    char text[49152];
};
extern struct check_log check_log;
extern uint32_t rt_vtl; /* 2, and 0 in VTL0's copy */

/* ---- What the device tree says --------------------------------------------------------------- */

struct board {
    uint32_t vp_count;
    uint64_t mpidr[RT_VP_MAX];
    uint64_t gicd;
    uint64_t gicr;
    uint64_t pl011;
    uint64_t vtl2_base; /* the region of igvm-type 3 */
    uint64_t vtl2_bytes;
    uint32_t ram_count; /* other regions of memory */
    struct {
        uint64_t base;
        uint64_t bytes;
    } ram[RT_RAM_MAX];
    const char *words; /* bootargs */
    uint32_t words_bytes;
    bool x29_shared;
    bool hypervisor_node; /* compatible "microsoft,hyperv" */
    bool intercept_simp;  /* the host was asked to offer no intercept page */
};
extern struct board board;
bool board_read(const void *fdt);
/* Is the word in bootargs? */
bool board_told(const char *word);

/* ---- Raw calls ------------------------------------------------------------------------------- */

#define CALL_X_COUNT 18u
struct call_regs {
    uint64_t x[CALL_X_COUNT];
};
/* X0..X17 in and out; everything else is kept. */
void raw_hvc0(struct call_regs *regs);
void raw_hvc1(struct call_regs *regs);
void raw_hvc2(struct call_regs *regs);
void raw_hvc3(struct call_regs *regs);
void raw_hvc4(struct call_regs *regs);
void raw_hvc5(struct call_regs *regs);
void raw_hvc_ffff(struct call_regs *regs);
void raw_smc0(struct call_regs *regs);
void raw_smc1(struct call_regs *regs);

/* SMCCC: function, three arguments; X0. */
uint64_t smccc(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3);
int32_t psci(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3);

/* ---- Hypercalls ------------------------------------------------------------------------------ */

enum way { WAY_HVC1_FAST, WAY_HVC1_MEMORY, WAY_SMCCC_FAST, WAY_SMCCC_MEMORY, WAYS };
extern const char *const way_names[WAYS];
#define WAY_IS_FAST(way) ((way) == WAY_HVC1_FAST || (way) == WAY_SMCCC_FAST)
#define WAY_IS_SMCCC(way) ((way) == WAY_SMCCC_FAST || (way) == WAY_SMCCC_MEMORY)

/* The VP's own input and output page. */
uint64_t *hv_input_page(void);
uint64_t *hv_output_page(void);

/* Makes the call: input words from the input page (fast: at most 16 words in registers); the
 * output goes to the output page in either form. regs: what the registers held before and after,
 * for section 1.7. */
struct hv_trace {
    struct call_regs before;
    struct call_regs after;
};
uint64_t hv_call(enum way way, uint64_t control, size_t input_words, size_t output_words,
                 struct hv_trace *trace);
#define HV_STATUS(result) ((result) & HV_RESULT_STATUS_MASK)
#define HV_REPS(result) (((result) >> HV_RESULT_REP_SHIFT) & HV_RESULT_REP_MASK)
#define HV_REP(code, count) ((uint64_t)(code) | (uint64_t)(count) << HV_CONTROL_REP_COUNT_SHIFT)

/* One register of this VP; input_vtl as HV_INPUT_VTL. Status. */
uint64_t hv_get(uint32_t input_vtl, uint32_t name, uint64_t *value);
uint64_t hv_set(uint32_t input_vtl, uint32_t name, uint64_t value);
uint64_t hv_set128(uint32_t input_vtl, uint32_t name, uint64_t low, uint64_t high);
/* Of the boot VP's program: a failure is a FAIL line. */
uint64_t hv_must_get(uint32_t input_vtl, uint32_t name);
void hv_must_set(uint32_t input_vtl, uint32_t name, uint64_t value);

#define OWN_VTL HV_INPUT_VTL_CURRENT
#define VTL0 HV_INPUT_VTL(0)
#define GUEST_OS_ID_PROGRAM (HV_GUEST_OS_ID_OPEN_SOURCE | UINT64_C(0x0300000000010000))

/* ---- VPs ------------------------------------------------------------------------------------- */

struct vtl_regs {
    uint64_t x[31];
    uint64_t nzcv;
};
/* Loads X0..X30 and NZCV, makes HVC #3, stores what they hold at the entry that follows. */
void vtl_return(struct vtl_regs *regs);
/* By SMCCC: from VTL2 a return, for which X0 is in the assist page; from VTL0 a call. X0 is the function. */
void vtl_return_smccc(struct vtl_regs *regs);
void vtl_call_smccc(struct vtl_regs *regs);
/* The same with the vector registers: q[32], then FPCR and FPSR. */
struct fp_regs {
    uint64_t q[64];
    uint64_t fpcr;
    uint64_t fpsr;
};
void vtl_return_fp(struct vtl_regs *regs, struct fp_regs *fp);
void fp_load(const struct fp_regs *fp);
void fp_store(struct fp_regs *fp);

struct exception {
    uint64_t count; /* since expectation */
    uint64_t esr;
    uint64_t far;
    uint64_t elr;
    uint64_t spsr;
};

struct vp {
    struct vp_pages {
        uint8_t assist[4096];
        uint8_t simp[4096];
        uint8_t siefp[4096];
        uint64_t input[512];
        uint64_t output[512];
    } pages __attribute__((aligned(4096)));
    uint8_t stack[RT_STACK_BYTES];
    struct vtl_regs regs; /* VTL0's, while VTL2 runs */
    struct fp_regs *fp;   /* vtl0_run loads and stores it too, unless NULL */
    struct exception exception;
    uint32_t exception_expected;
    uint32_t irq_total;
    uint32_t irq_last;
    uint32_t irq_keep; /* leaves SPIs enabled when taken */
    uint16_t irq_count[RT_INTID_MAX + 4];
    /* vp_run's mailbox. */
    uint64_t (*volatile work)(uint64_t argument);
    volatile uint64_t argument;
    volatile uint64_t value;
    volatile uint32_t ready;
    volatile uint32_t started;
    volatile uint32_t finished;
};
extern struct vp vps[RT_VP_MAX] __attribute__((aligned(4096)));
uint32_t vp_self_index(void);
struct vp *vp_self(void);

/* Starts VTL2 on every other VP. False, with FAIL lines, if one doesn't come up. */
bool vps_start(void);
/* Runs work(argument) in VTL2 of VP index; vp_join waits, bounded, and gives its value. */
void vp_run(uint32_t index, uint64_t (*work)(uint64_t), uint64_t argument);
bool vp_join(uint32_t index, uint64_t *value);

/* Until *word == value, bounded (about two seconds of the counter). */
bool wait_for(const volatile uint32_t *word, uint32_t value);
uint64_t counter_now(void);
uint64_t counter_ms(uint64_t milliseconds);
void spin_ms(uint64_t milliseconds);

/* Runs until unexpected code: expects one synchronous exception, which resumes after the
 * instruction. */
void exception_expect(void);
/* How many came; stops expecting. */
uint64_t exception_took(void);

/* ---- VTL0, from VTL2 ------------------------------------------------------------------------- */

enum exit_kind { EXIT_DOORBELL, EXIT_MESSAGE, EXIT_INTERRUPT, EXIT_CALL, EXIT_OTHER };
struct exit {
    enum exit_kind kind;
    uint32_t reason;     /* as the assist page says */
    uint64_t value;      /* EXIT_DOORBELL: what VTL0 stored */
    uint32_t interrupts; /* that VTL2 took */
    struct hv_message message;
};

/* VTL2's side of this VP: assist page, how intercepts travel, GIC. */
bool vtl2_vp_init(void);
bool vtl2_machine_init(void);
extern bool rt_intercept_page; /* capability bit 27 */
void vtl0_load(void);
/* VTL0's address of an object of this program. */
void *vtl0_address(const volatile void *object);
#define VTL0_OF(object) (*(__typeof__(object) *)vtl0_address(&(object)))
/* Sets VTL0 of this VP to run function(a0, a1, a2) on its own stack, DAIF masked. */
void vtl0_start(const void *function, uint64_t a0, uint64_t a1, uint64_t a2);
/* One VTL return; decodes what came back. A doorbell is stepped over; pending interrupts of VTL2
 * are taken. */
void vtl0_run(struct exit *exit);
/* The second half of vtl0_run, for a program that made the return itself: regs hold what VTL0 left. */
void vtl0_left(struct exit *exit);
struct hv_vp_assist_page *vtl2_assist_page(void);
/* PC += 4. */
void vtl0_skip(void);
/* Runs until the function has returned (its value) or something unexpected comes (FAIL line,
 * ~0). Interrupts of VTL2 that arrive meanwhile are taken and counted in vp_self(). */
uint64_t vtl0_call(const void *function, uint64_t a0, uint64_t a1, uint64_t a2);
/* The same without FAIL lines: false and the exit, if something other than the end comes. */
bool vtl0_finish(struct exit *exit);
/* Enters VTL0, in a loop that does nothing, until VTL2's timer brings VTL2 back: a switch with
 * no intercept. */
void vtl0_loop_to_timer(struct exit *exit);
/* Prints what checks in VTL0 have logged, and adds their counts. */
void vtl0_drain(void);
/* From VTL0: a store that VTL2's vtl0_run shows as EXIT_DOORBELL. */
void doorbell(uint64_t value);
#define DOORBELL_RETURNED UINT64_C(0x7265747572)
#define DOORBELL_FAULT UINT64_C(0x6661756c74)
/* Where VTL0's own PSCI CPU_ON may start a VP: runs vtl0_cpu_on_main(context) of the program. */
void vtl0_cpu_on(void);
extern void (*vtl0_cpu_on_work)(uint64_t context);
/* What vtl0_call's function returned, kept by its VP's VTL0. */
extern uint64_t vtl0_result[RT_VP_MAX];
/* The exception vectors, for VBAR_EL1. */
extern const uint8_t vectors[];

/* ---- GIC of the VTL that runs ---------------------------------------------------------------- */

void gic_distributor_init(void);
void gic_vp_init(void); /* CPU interface and redistributor of this VP */
void gic_enable(uint32_t intid, bool edge);
void gic_disable(uint32_t intid);
void gic_route(uint32_t intid, uint64_t mpidr);
bool gic_is_pending(uint32_t intid);
void gic_set_pending(uint32_t intid);
void gic_sgi(uint32_t intid, uint64_t mpidr);
/* 1023 if none. */
uint32_t gic_acknowledge(void);
void gic_end(uint32_t intid);
/* Takes, counts in vp_self() and ends what is pending: how many. A timer that fired is masked,
 * an SPI disabled (irq_keep). IRQ exceptions do this; VTL2, which runs with IRQs masked, polls
 * it. */
uint32_t irq_take(void);
/* What else is to be done about an SPI before its end; NULL: nothing. */
extern void (*irq_spi_work)(uint32_t intid);
void irq_unmask(void);
void irq_mask(void);

static inline uint32_t read32(uint64_t address)
{
    uint32_t value;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void write32(uint64_t address, uint32_t value)
{
    __asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline uint64_t read64(uint64_t address)
{
    uint64_t value;
    __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void write64(uint64_t address, uint64_t value)
{
    __asm__ volatile("str %0, [%1]" ::"r"(value), "r"(address) : "memory");
}

/* In every loop that waits for another VP: under emulation on one thread, the other runs now. */
static inline void give_way(void)
{
    __asm__ volatile("yield" ::: "memory");
}

static inline void barrier(void)
{
    __asm__ volatile("dsb sy\n\tisb" ::: "memory");
}

/* sysreg_read_NAME() and sysreg_write_NAME(value). */
#define SYSREG_READER(name, encoding)                                  \
    static inline uint64_t sysreg_read_##name(void)                    \
    {                                                                  \
        uint64_t value;                                                \
        __asm__ volatile("mrs %0, " encoding : "=r"(value)::"memory"); \
        return value;                                                  \
    }
#define SYSREG_WRITER(name, encoding)                                            \
    static inline void sysreg_write_##name(uint64_t value)                       \
    {                                                                            \
        __asm__ volatile("msr " encoding ", %0\n\tisb" ::"r"(value) : "memory"); \
    }
#define SYSREG(name, encoding)    \
    SYSREG_READER(name, encoding) \
    SYSREG_WRITER(name, encoding)
SYSREG_READER(mpidr_el1, "mpidr_el1")
SYSREG_READER(id_aa64pfr0_el1, "id_aa64pfr0_el1")
SYSREG_READER(id_aa64isar0_el1, "id_aa64isar0_el1")
SYSREG_READER(id_aa64isar1_el1, "id_aa64isar1_el1")
SYSREG(cntv_ctl_el0, "cntv_ctl_el0")
SYSREG(cntv_cval_el0, "cntv_cval_el0")

#endif /* CONTRACT_RT_H */
