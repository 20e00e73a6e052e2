/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The run loop: what each exit does to the guest, to the interrupts and to the machine.
 */
#include "hv_hypercall.h"
#include "hv_message.h"
#include "vmm_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DEVICE_GPA UINT64_C(0x09000000)

static bool device_takes;
static unsigned device_calls;

static bool device_mmio(void *device, struct mmio_access *access)
{
    (void)device;
    device_calls++;
    access->value = access->write ? access->value : 0x42;
    return device_takes;
}

static const struct mmio_range ranges[] = {{"device", {DEVICE_GPA}, 0x1000, device_mmio, NULL}};

static unsigned ends;
static enum vmm_end end_seen;
static uint32_t end_vp;
static char end_reason[128];
static jmp_buf end_jump;
static bool end_jumps;

static void end_machine(enum vmm_end end, uint32_t vp, const char *reason)
{
    ends++;
    end_seen = end;
    end_vp = vp;
    (void)strncpy(end_reason, reason, sizeof(end_reason) - 1);
    if (end_jumps) {
        longjmp(end_jump, 1);
    }
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    assert_int_equal(mmio_set(ranges, 1), PV_OK);
    assert_int_equal(irq_set(NULL, 0), PV_OK);
    vmm_set_end(end_machine);
    ends = 0;
    end_jumps = false;
    device_takes = true;
    device_calls = 0;
    return 0;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static void test_access_advances(void **state)
{
    struct vtl_exit exit = memory_exit(DEVICE_GPA + 0x18, false);
    uint64_t count = vmm_exit_count(VTL_EXIT_MEMORY);

    (void)state;
    assert_int_equal(step(&exit), VMM_ADVANCE);
    assert_int_equal(fake.x[1], 0x42);
    assert_true(fake.registers[VTL_PC] == PC + 4);
    assert_int_equal(fake.register_sets[VTL_PC], 1);
    assert_int_equal(fake.register_sets[VTL_PSTATE], 0);
    assert_int_equal(vmm_exit_count(VTL_EXIT_MEMORY), count + 1);
}

/* BTYPE and SS of the instruction are spent when it is done (DDI 0487 C5.2.19). */
static void test_advance_clears_pstate(void **state)
{
    struct vtl_exit exit = memory_exit(DEVICE_GPA, false);

    (void)state;
    exit.pstate = PSTATE_EL1H | UINT64_C(2) << 10 | PSTATE_SS | PSTATE_NZCV_MASK;
    assert_int_equal(step(&exit), VMM_ADVANCE);
    assert_true(fake.registers[VTL_PSTATE] == (PSTATE_EL1H | PSTATE_NZCV_MASK));
}

struct it_row {
    uint64_t before; /* IT[7:0] */
    uint64_t after;
};

static uint64_t it_pstate(uint64_t it)
{
    return PSTATE_AARCH32 | 0x20 | (it & 3) << 25 | (it >> 2) << 10;
}

/* T32: two bytes, and the IT block goes on (DDI 0487, ITAdvance). */
static void test_advance_aarch32(void **state)
{
    static const struct it_row rows[] = {
        {0x00, 0x00}, {0x08, 0x00}, {0x1c, 0x18}, {0x18, 0x00},
        {0x01, 0x02}, {0xe5, 0xea}, {0xaf, 0xbe}, {0xb4, 0xa8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vtl_exit exit = memory_exit(DEVICE_GPA, false);

        exit.pc = gva(0xfffffffe);
        exit.instruction_bytes = 2;
        exit.pstate = it_pstate(rows[i].before);
        fake.registers[VTL_PSTATE] = exit.pstate;
        assert_int_equal(step(&exit), VMM_ADVANCE);
        assert_true(fake.registers[VTL_PSTATE] == it_pstate(rows[i].after));
        assert_int_equal(fake.registers[VTL_PC], 0);
    }
}

static void test_advance_a32(void **state)
{
    struct vtl_exit exit = memory_exit(DEVICE_GPA, false);

    (void)state;
    exit.pc = gva(0x8000);
    exit.pstate = PSTATE_AARCH32;
    assert_int_equal(step(&exit), VMM_ADVANCE);
    assert_int_equal(fake.registers[VTL_PC], 0x8004);
    assert_int_equal(fake.register_sets[VTL_PSTATE], 0);
    /* A length that no instruction has is a lie. */
    exit.instruction_bytes = 0;
    assert_int_equal(step(&exit), VMM_ADVANCE);
    assert_int_equal(fake.registers[VTL_PC], 0x8004);
    exit = memory_exit(DEVICE_GPA, false);
    exit.instruction_bytes = 2;
    assert_int_equal(step(&exit), VMM_ADVANCE);
    assert_true(fake.registers[VTL_PC] == PC + 4);
}

static void assert_data_abort(uint64_t esr, uint64_t far)
{
    assert_int_equal(fake.injections, 1);
    assert_true(fake.injected_esr == esr);
    assert_true(fake.injected_far == far);
    assert_int_equal(fake.register_sets[VTL_PC], 0);
    assert_int_equal(fake.x_sets, 0);
}

/* DDI 0487 ESR_EL1: EC 0x25, IL, DFSC 0b010000. */
static void test_unmapped_read_aborts(void **state)
{
    struct vtl_exit exit = memory_exit(0x0c000010, false);
    uint64_t aborts = vmm_abort_count();
    uint64_t protections = vmm_exit_count(VTL_EXIT_PROTECTION);

    (void)state;
    assert_int_equal(step(&exit), VMM_ABORT);
    assert_data_abort(0x96000010, UINT64_C(0xffff800009000010));
    assert_int_equal(vmm_abort_count(), aborts + 1);
    assert_int_equal(vmm_exit_count(VTL_EXIT_PROTECTION), protections);
}

static void test_unmapped_write_aborts(void **state)
{
    struct vtl_exit exit = memory_exit(0x0c000010, true);

    (void)state;
    assert_int_equal(step(&exit), VMM_ABORT);
    assert_data_abort(0x96000050, UINT64_C(0xffff800009000010));
}

static void test_abort_without_address(void **state)
{
    struct vtl_exit exit = memory_exit(0x0c000010, false);

    (void)state;
    exit.memory.gva_valid = false;
    assert_int_equal(step(&exit), VMM_ABORT);
    assert_data_abort(0x96000410, 0);
}

static void test_execute_aborts(void **state)
{
    struct vtl_exit exit = memory_exit(DEVICE_GPA, false);

    (void)state;
    exit.memory.access = VTL_EXECUTE;
    exit.memory.esr =
        (uint64_t)ESR_EC_INSTR_ABORT_LOWER << ESR_EC_SHIFT | ESR_IL | ESR_FSC_TRANSLATION | 3;
    exit.memory.gva = gva(PC);
    assert_int_equal(step(&exit), VMM_ABORT);
    assert_data_abort(0x86000010, PC);
    assert_int_equal(device_calls, 0);
}

/* A page that VTL2 took, even where a device answers. */
static void test_protected_page_aborts(void **state)
{
    struct vtl_exit exit = memory_exit(DEVICE_GPA, true);
    uint64_t protections = vmm_exit_count(VTL_EXIT_PROTECTION);

    (void)state;
    exit.kind = VTL_EXIT_PROTECTION;
    assert_int_equal(step(&exit), VMM_ABORT);
    assert_data_abort(0x96000050, UINT64_C(0xffff800009000000));
    assert_int_equal(device_calls, 0);
    assert_int_equal(vmm_exit_count(VTL_EXIT_PROTECTION), protections + 1);
    /* Cache maintenance of it is no exception. */
    exit.memory.esr = (exit.memory.esr & ~ESR_ISV) | ESR_CM;
    fake.injections = 0;
    assert_int_equal(step(&exit), VMM_ABORT);
    assert_data_abort(0x96000150, UINT64_C(0xffff800009000000));
}

static void test_abort_log_is_limited(void **state)
{
    struct vtl_exit exit = memory_exit(0x0c000010, false);

    (void)state;
    for (unsigned i = 0; i < FAKE_EXITS_MAX; i++) {
        assert_int_equal(step(&exit), VMM_ABORT);
    }
    assert_true(fake.log_lines <= 12);
}

static void test_event_waits_already(void **state)
{
    struct vtl_exit exit = memory_exit(0x0c000010, false);

    (void)state;
    fake.inject_error = PV_BUSY;
    assert_int_equal(step(&exit), VMM_RETRY);
    assert_int_equal(ends, 0);
    fake.inject_error = PV_DENIED;
    assert_int_equal(step(&exit), VMM_STOP);
    assert_int_equal(ends, 1);
    assert_int_equal(end_seen, VMM_END_FAULT);
}

static void test_host_refuses(void **state)
{
    struct vtl_exit exit = memory_exit(DEVICE_GPA, false);

    (void)state;
    exit.memory.esr |= UINT64_C(28) << ESR_SRT_SHIFT; /* x29 in place of x1 */
    fake.refuse_x_set = 1u << 29;
    assert_int_equal(step(&exit), VMM_STOP);
    assert_int_equal(end_seen, VMM_END_FAULT);
    vmm_set_end(end_machine);
    fake.refuse_x_set = 0;
    fake.refuse_set = 1u << VTL_PC;
    assert_int_equal(step(&exit), VMM_STOP);
    assert_int_equal(ends, 2);
    vmm_set_end(end_machine);
    fake.refuse_set = 1u << VTL_PSTATE;
    exit.pstate |= PSTATE_SS;
    assert_int_equal(step(&exit), VMM_STOP);
    assert_int_equal(ends, 3);
}

/* A guest that changes its instruction for ever gets an abort in the end; one that stops doing it
 * does not. */
static void test_retries_are_bounded(void **state)
{
    struct vtl_exit exit = memory_exit(DEVICE_GPA, false);
    unsigned retries = 0;

    (void)state;
    exit.memory.esr &= ~ESR_ISV;
    exit.memory.instruction_valid = true;
    exit.memory.instruction = 0xf9000441; /* a store where a load faulted */
    while (step(&exit) == VMM_RETRY) {
        retries++;
        assert_true(retries < 100);
    }
    assert_int_equal(fake.injections, 1);
    assert_true(retries >= 16);
    assert_int_equal(step(&exit), VMM_RETRY);
    assert_int_equal(fake.register_sets[VTL_PC], 0);
}

/* In a row only: an access that is carried out in between begins anew. */
static void test_retries_in_a_row(void **state)
{
    struct vtl_exit usual = memory_exit(DEVICE_GPA, false);
    struct vtl_exit changed = usual;

    (void)state;
    changed.memory.esr &= ~ESR_ISV;
    changed.memory.instruction_valid = true;
    changed.memory.instruction = 0xf9000441; /* a store where a load faulted */
    for (unsigned i = 0; i < 120; i++) {
        if (i % 40 == 39) {
            assert_int_equal(step(&usual), VMM_ADVANCE);
        } else {
            assert_int_equal(step(&changed), VMM_RETRY);
        }
    }
    assert_int_equal(fake.injections, 0);
}

/* ---- Hypercalls, resets and the rest --------------------------------------------------------- */

struct hypercall_row {
    uint16_t immediate;
    uint64_t x0;
    uint64_t x1;
    uint64_t result;
};

static void test_hypercalls(void **state)
{
    static const struct hypercall_row rows[] = {
        {1, 0x1005d, 0, 0x12}, /* HvCallSignalEvent, fast: no such connection */
        {1, 0x5c, 0, 0x12},    /* HvCallPostMessage */
        {1, 0x50, 0, 0x02},    /* any other: invalid code */
        {1, 0xffff, 0, 0x02},        {0, 0x46000001, 0x1005d, 0x12},
        {0, 0x46000001, 0x7e, 0x02}, {0, 0x84000000, 0x5c, UINT64_MAX}, /* no Hyper-V call at all */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vtl_exit exit = {.kind = VTL_EXIT_HYPERCALL,
                                .pc = gva(PC),
                                .pstate = PSTATE_EL1H,
                                .instruction_bytes = 4};

        exit.hypercall.immediate = rows[i].immediate;
        fake.x[0] = rows[i].x0;
        fake.x[1] = rows[i].x1;
        assert_int_equal(step(&exit), VMM_ADVANCE);
        assert_true(fake.x[0] == rows[i].result);
        assert_true(fake.x[1] == rows[i].x1);
        assert_true(fake.registers[VTL_PC] == PC + 4);
    }
}

static void test_hypercall_of_no_convention(void **state)
{
    struct vtl_exit exit = {.kind = VTL_EXIT_HYPERCALL, .pc = gva(PC), .pstate = PSTATE_EL1H};

    (void)state;
    exit.hypercall.immediate = 7;
    assert_int_equal(step(&exit), VMM_UNDEFINED);
    assert_data_abort(0x02000000, 0); /* EC 0, IL */
}

static void test_resets(void **state)
{
    static const enum vmm_end expected[] = {
        [HV_RESET_POWER_OFF] = VMM_END_POWER_OFF,
        [HV_RESET_REBOOT] = VMM_END_REBOOT,
        [HV_RESET_SYSTEM_RESET] = VMM_END_REBOOT,
        [HV_RESET_HIBERNATE] = VMM_END_POWER_OFF,
        [4] = VMM_END_FAULT,
    };

    (void)state;
    fake.index = 5;
    for (uint32_t type = 0; type < 5; type++) {
        struct vtl_exit exit = {.kind = VTL_EXIT_RESET};

        vmm_set_end(end_machine);
        exit.reset.type = type;
        assert_int_equal(step(&exit), VMM_STOP);
        assert_int_equal(ends, type + 1);
        assert_int_equal(end_seen, expected[type]);
        assert_int_equal(end_vp, 5);
        assert_true(strlen(end_reason) > 0);
    }
}

/* The machine ends once, whoever else finds out. */
static void test_end_is_called_once(void **state)
{
    struct vtl_exit exit = {.kind = VTL_EXIT_RESET};

    (void)state;
    assert_int_equal(step(&exit), VMM_STOP);
    fake.index = 1;
    assert_int_equal(step(&exit), VMM_STOP);
    assert_int_equal(ends, 1);
    assert_int_equal(end_vp, 0);
}

static void test_unknown_exit_stops(void **state)
{
    struct vtl_exit exit = {.kind = VTL_EXIT_UNKNOWN};

    (void)state;
    exit.unknown.type = 0x80020001;
    assert_int_equal(step(&exit), VMM_STOP);
    assert_int_equal(end_seen, VMM_END_FAULT);
}

static void test_nothing_to_do(void **state)
{
    struct vtl_exit call = {.kind = VTL_EXIT_CALL};
    struct vtl_exit sint = {.kind = VTL_EXIT_SINT};

    (void)state;
    assert_int_equal(step(&call), VMM_RETRY);
    assert_int_equal(step(&sint), VMM_RETRY);
    assert_int_equal(fake.register_sets[VTL_PC], 0);
    assert_int_equal(fake.injections, 0);
    assert_int_equal(ends, 0);
}

/* DEN0028 5.2: what is not supported returns -1. HVC #2 has no result. */
static void test_vtl_calls(void **state)
{
    struct vtl_exit call = {.kind = VTL_EXIT_CALL};

    (void)state;
    fake.x[0] = UINT64_C(0x1234567fc6000011);
    fake.x[1] = 17;
    assert_int_equal(step(&call), VMM_RETRY);
    assert_true(fake.x[0] == UINT64_MAX);
    assert_true(fake.x[1] == 17);
    fake.x[0] = UINT64_C(0x46000011);
    assert_int_equal(step(&call), VMM_RETRY);
    assert_true(fake.x[0] == UINT64_C(0x46000011));
    assert_int_equal(fake.register_sets[VTL_PC], 0);
}

static void test_run_until_the_end(void **state)
{
    struct vtl_exit read = memory_exit(DEVICE_GPA, false);
    struct vtl_exit off = {.kind = VTL_EXIT_RESET};

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        fake_exit_push(&read);
    }
    fake_exit_push(&off);
    end_jumps = true;
    if (setjmp(end_jump) == 0) {
        vmm_vp_run(&fake_vp);
    }
    assert_int_equal(device_calls, 10);
    assert_int_equal(end_seen, VMM_END_POWER_OFF);
}

static void test_counts_over_vps(void **state)
{
    struct vtl_exit exit = {.kind = VTL_EXIT_SINT};
    uint64_t count = vmm_exit_count(VTL_EXIT_SINT);

    (void)state;
    for (uint32_t vp = 0; vp < VTL_VP_MAX; vp++) {
        fake.index = vp;
        assert_int_equal(step(&exit), VMM_RETRY);
    }
    assert_int_equal(vmm_exit_count(VTL_EXIT_SINT), count + VTL_VP_MAX);
}

/* ---- Interrupts ------------------------------------------------------------------------------ */

static unsigned handled[2];

static void handle_irq(void *device)
{
    unsigned *counter = device;

    /* Not ended before it is handled. */
    assert_int_equal(fake.irq_done_count, fake.irq_next - 1);
    (*counter)++;
}

static const struct vmm_irq irqs[] = {{33, handle_irq, &handled[0]}, {48, handle_irq, &handled[1]}};

static void test_interrupts(void **state)
{
    struct vtl_exit exit = {.kind = VTL_EXIT_INTERRUPT};
    static const uint32_t pending[] = {33, 48, 33, 99, 48};

    (void)state;
    memset(handled, 0, sizeof(handled));
    assert_int_equal(irq_set(irqs, 2), PV_OK);
    memcpy(fake.irqs, pending, sizeof(pending));
    fake.irq_count = 5;
    assert_int_equal(step(&exit), VMM_RETRY);
    assert_int_equal(handled[0], 2);
    assert_int_equal(handled[1], 2);
    assert_int_equal(fake.irq_done_count, 5);
    assert_memory_equal(fake.irq_done, pending, sizeof(pending));
    assert_int_equal(fake.log_lines, 1); /* 99 */
    assert_int_equal(fake.register_sets[VTL_PC], 0);
}

/* A host that has always one more does not keep the VP from its guest. */
static void test_interrupts_are_bounded(void **state)
{
    struct vtl_exit exit = {.kind = VTL_EXIT_INTERRUPT};

    (void)state;
    memset(handled, 0, sizeof(handled));
    assert_int_equal(irq_set(irqs, 2), PV_OK);
    for (unsigned i = 0; i < FAKE_IRQS_MAX; i++) {
        fake.irqs[i] = 33;
    }
    fake.irq_count = FAKE_IRQS_MAX;
    assert_int_equal(step(&exit), VMM_RETRY);
    assert_true(handled[0] >= 1 && handled[0] < FAKE_IRQS_MAX);
    assert_int_equal(fake.irq_done_count, handled[0]);
    for (unsigned i = 0; i < FAKE_IRQS_MAX; i++) {
        assert_int_equal(step(&exit), VMM_RETRY);
    }
    assert_int_equal(handled[0], FAKE_IRQS_MAX);
}

#define TURN_NS UINT64_C(100000) /* vmm/README.md */

static void handle_slowly(void *device)
{
    fake.time_ns += *(const uint64_t *)device;
    handled[0]++;
}

/* Nor does a device whose handler takes long: what is left is not taken, and comes in turns of its own. */
static void test_interrupts_have_a_time(void **state)
{
    static uint64_t takes_ns;
    static const struct vmm_irq slow[] = {{33, handle_slowly, &takes_ns}};
    static const struct {
        uint64_t takes_ns;
        unsigned a_turn;
    } cases[] = {{1000000, 1}, {TURN_NS, 1}, {TURN_NS - 1, 2}, {TURN_NS / 4, 4}};
    struct vtl_exit exit = {.kind = VTL_EXIT_INTERRUPT};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setup(NULL);
        handled[0] = 0;
        takes_ns = cases[i].takes_ns;
        assert_int_equal(irq_set(slow, 1), PV_OK);
        for (fake.irq_count = 0; fake.irq_count < 12; fake.irq_count++) {
            fake.irqs[fake.irq_count] = 33;
        }
        for (unsigned turns = 1; turns <= 12 / cases[i].a_turn; turns++) {
            assert_int_equal(step(&exit), VMM_RETRY);
            assert_int_equal(handled[0], turns * cases[i].a_turn);
            assert_int_equal(fake.irq_next, handled[0]);
            assert_int_equal(fake.irq_done_count, handled[0]);
        }
        assert_false(vtl_irq_pending());
    }
}

static void test_malformed_irq_tables(void **state)
{
    const struct vmm_irq zero = {0, handle_irq, NULL};
    const struct vmm_irq no_handler = {33, NULL, NULL};
    const struct vmm_irq twice[2] = {{33, handle_irq, NULL}, {33, handle_irq, NULL}};

    (void)state;
    assert_int_equal(irq_set(&zero, 1), PV_INVALID);
    assert_int_equal(irq_set(&no_handler, 1), PV_INVALID);
    assert_int_equal(irq_set(twice, 2), PV_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_access_advances, setup),
        cmocka_unit_test_setup(test_advance_clears_pstate, setup),
        cmocka_unit_test_setup(test_advance_aarch32, setup),
        cmocka_unit_test_setup(test_advance_a32, setup),
        cmocka_unit_test_setup(test_unmapped_read_aborts, setup),
        cmocka_unit_test_setup(test_unmapped_write_aborts, setup),
        cmocka_unit_test_setup(test_abort_without_address, setup),
        cmocka_unit_test_setup(test_execute_aborts, setup),
        cmocka_unit_test_setup(test_protected_page_aborts, setup),
        cmocka_unit_test_setup(test_abort_log_is_limited, setup),
        cmocka_unit_test_setup(test_event_waits_already, setup),
        cmocka_unit_test_setup(test_host_refuses, setup),
        cmocka_unit_test_setup(test_retries_are_bounded, setup),
        cmocka_unit_test_setup(test_retries_in_a_row, setup),
        cmocka_unit_test_setup(test_hypercalls, setup),
        cmocka_unit_test_setup(test_hypercall_of_no_convention, setup),
        cmocka_unit_test_setup(test_resets, setup),
        cmocka_unit_test_setup(test_end_is_called_once, setup),
        cmocka_unit_test_setup(test_unknown_exit_stops, setup),
        cmocka_unit_test_setup(test_nothing_to_do, setup),
        cmocka_unit_test_setup(test_vtl_calls, setup),
        cmocka_unit_test_setup(test_run_until_the_end, setup),
        cmocka_unit_test_setup(test_counts_over_vps, setup),
        cmocka_unit_test_setup(test_interrupts, setup),
        cmocka_unit_test_setup(test_interrupts_are_bounded, setup),
        cmocka_unit_test_setup(test_interrupts_have_a_time, setup),
        cmocka_unit_test_setup(test_malformed_irq_tables, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
