/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts in thousands: SGIs, timers, the PL011's; wild writes to the GIC, waits for nothing; VPs that go
 * and come. Arm GIC (IHI 0069H) 12; PL011 (DDI 0183G) 3.3.
 */
#include "hostile.h"

#define STORM 2000u
#define SGI_SELF 1u
#define WAIT_TICKS_MS 2000u
#define LDR_W1_X0 0xb9400001u

#define DR 0x00u
#define FR 0x18u
#define FR_RXFE 0x10u
#define IFLS 0x34u
#define LCRH 0x2cu
#define CR 0x30u
#define IMSC 0x38u
#define MIS 0x40u
#define ICR 0x44u
#define CR_ON 0x301u
#define CR_LOOPBACK 0x80u
#define LCRH_FIFO 0x70u
#define INT_TX 0x20u
#define INT_RX 0x50u /* RX and its timeout */
#define INT_ALL 0x7ffu
#define FIFO_BYTES 32u

#define FEED_BYTES 4096u /* run.py --feed: 'a' to 'z', again and again */

SYSREG_WRITER(icc_pmr, "S3_0_C4_C6_0")
SYSREG_WRITER(icc_bpr1, "S3_0_C12_C12_3")
SYSREG_WRITER(icc_ctlr, "S3_0_C12_C12_4")
SYSREG_WRITER(icc_ap1r0, "S3_0_C12_C9_0")
SYSREG_WRITER(icc_dir, "S3_0_C12_C11_1")

static uint32_t uart_read(uint32_t offset)
{
    return read32(GUEST_PL011 + offset);
}

static void uart_write(uint32_t offset, uint32_t value)
{
    write32(GUEST_PL011 + offset, value);
}

/* Lets this VP take interrupts until intid has come once more than seen. */
static bool wait_irq(uint32_t intid, uint16_t seen)
{
    const volatile uint16_t *count = &vp_self()->irq_count[intid];
    uint64_t end = counter_now() + counter_ms(WAIT_TICKS_MS);

    irq_unmask();
    while (*count == seen && counter_now() < end) {
    }
    irq_mask();
    return *count == (uint16_t)(seen + 1);
}

static void storm_self(void)
{
    uint32_t lost = 0;

    gic_enable(SGI_SELF, true);
    for (uint32_t i = 0; i < STORM && lost == 0; i++) {
        uint16_t seen = vp_self()->irq_count[SGI_SELF];

        gic_sgi(SGI_SELF, board.mpidr[0]);
        lost += wait_irq(SGI_SELF, seen) ? 0 : 1;
    }
    check_eq("interrupts every SGI to itself comes", lost, 0);
    gic_disable(SGI_SELF);
}

static void storm_others(void)
{
    for (uint32_t i = 0; i < STORM; i++) {
        for (uint32_t vp = 1; vp < board.vp_count; vp++) {
            gic_sgi(SGI_OTHERS, board.mpidr[vp]);
        }
    }
    for (uint32_t vp = 2; vp < board.vp_count; vp++) {
        uint64_t end = counter_now() + counter_ms(WAIT_TICKS_MS);
        const volatile uint16_t *count = &vps[vp].irq_count[SGI_OTHERS];

        while (*count == 0 && counter_now() < end) {
            give_way();
        }
        check_true("interrupts SGIs come to another VP", *count != 0);
    }
}

static void storm_timer(void)
{
    uint32_t lost = 0;

    gic_enable(INTID_VTIMER, false);
    for (uint32_t i = 0; i < STORM && lost == 0; i++) {
        uint16_t seen = vp_self()->irq_count[INTID_VTIMER];

        sysreg_write_cntv_cval_el0(i % 2 == 0 ? 0 : counter_now());
        sysreg_write_cntv_ctl_el0(1);
        lost += wait_irq(INTID_VTIMER, seen) ? 0 : 1;
    }
    check_eq("interrupts every deadline that has passed comes", lost, 0);
}

/* An interrupt waits when the access that aborts is made, and is taken before or after it. */
static void storm_access(void)
{
    const uint32_t words[2] = {LDR_W1_X0, BRK_1};
    const struct origin origin = {"", PSTATE_EL1T, false};
    uint16_t seen = vp_self()->irq_count[INTID_VTIMER];
    uint64_t wrong = 0;

    for (uint32_t i = 0; i < STORM && wrong == 0; i++) {
        struct guest_state before =
            state_for(code_set(words, 2), &origin, i % 2 == 0 ? vtl2_address : UNMAPPED_ADDRESS);
        struct guest_state after = before;

        sysreg_write_cntv_cval_el0(0);
        sysreg_write_cntv_ctl_el0(1);
        attack_go(&after, "access with an interrupt");
        wrong = judge_abort(&before, &after, 4);
    }
    check_eq("interrupts an access that aborts, with an interrupt", wrong, 0);
    check_eq("interrupts each was taken", (uint16_t)(vp_self()->irq_count[INTID_VTIMER] - seen),
             STORM);
    sysreg_write_cntv_ctl_el0(0);
    gic_disable(INTID_VTIMER);
}

void attack_interrupts(void)
{
    storm_self();
    storm_others();
    storm_timer();
    storm_access();
}

/* ---- The console -------------------------------------------------------------------------------- */

static void uart_drain(void)
{
    while ((uart_read(FR) & FR_RXFE) == 0) {
        (void)uart_read(DR);
    }
}

/* Its own bytes come back, and each way to be interrupted by them. Nothing is printed meanwhile. */
static uint32_t loopback_storm(void)
{
    uint32_t lost = 0;

    uart_write(CR, CR_ON | CR_LOOPBACK);
    uart_drain();
    for (uint32_t i = 0; i < STORM && lost == 0; i++) {
        uint16_t seen = vp_self()->irq_count[INTID_PL011];

        uart_write(ICR, INT_ALL);
        gic_enable(INTID_PL011, false);
        uart_write(IMSC, i % 2 == 0 ? INT_TX : INT_RX);
        uart_write(DR, i & 0xff);
        lost += wait_irq(INTID_PL011, seen) ? 0 : 1;
        lost += uart_read(DR) == (i & 0xff) ? 0 : 1;
        uart_write(IMSC, 0);
    }
    for (uint32_t i = 0; i < 4 * FIFO_BYTES; i++) {
        uart_write(DR, i);
    }
    uart_drain();
    return lost;
}

static void random_registers(void)
{
    static const uint8_t offsets[] = {0x04, 0x20, 0x24, 0x28, LCRH, CR, IFLS, IMSC, ICR, 0x48};

    for (uint32_t i = 0; i < STORM; i++) {
        uint64_t bits = random_next();

        uart_write(offsets[bits % COUNT_OF(offsets)], (uint32_t)(bits >> 32));
        (void)uart_read((uint32_t)(bits >> 8) & 0xffc);
    }
}

static void uart_restore(void)
{
    uart_write(IMSC, 0);
    uart_write(LCRH, LCRH_FIFO);
    uart_write(ICR,
               INT_ALL); /* before bytes may come: with a full FIFO nothing would say so again */
    uart_write(CR, CR_ON);
    gic_disable(INTID_PL011);
}

static uint32_t fed;
static uint32_t fed_wrong;

/* The letters in their order, from whichever is the first. */
static void take_bytes(uint32_t intid)
{
    static uint32_t expected;

    while (intid == INTID_PL011 && (uart_read(FR) & FR_RXFE) == 0) {
        uint32_t byte = uart_read(DR);

        fed_wrong += fed != 0 && byte != expected ? 1 : 0;
        expected = byte == 'z' ? 'a' : byte + 1;
        fed++;
    }
}

/*
 * What comes from the host's side of the console, by interrupts alone. The timer's have QEMU look whether
 * there is more. The byte that waited when Paravane turned the UART's FIFO on is lost.
 */
static void take_feed(void)
{
    uint64_t end = counter_now() + counter_ms(WAIT_TICKS_MS);

    irq_spi_work = take_bytes;
    uart_write(IMSC, INT_RX);
    gic_enable(INTID_VTIMER, false);
    while (fed < FEED_BYTES - 1 && counter_now() < end) {
        gic_enable(INTID_PL011, false);
        sysreg_write_cntv_cval_el0(counter_now() + counter_ms(1));
        sysreg_write_cntv_ctl_el0(1);
        __asm__ volatile("wfi" ::: "memory");
        irq_unmask();
        irq_mask();
    }
    sysreg_write_cntv_ctl_el0(0);
    gic_disable(INTID_VTIMER);
    irq_spi_work = NULL;
    uart_restore();
    check_true("console every byte came by an interrupt",
               fed >= FEED_BYTES - 1 && fed <= FEED_BYTES);
    check_eq("console bytes out of order", fed_wrong, 0);
}

void attack_console(void)
{
    uart_restore();
    if (board_told("feed")) {
        take_feed();
    }
    uint32_t lost = loopback_storm();
    uart_restore();
    check_eq("console every interrupt and byte of the loopback comes", lost, 0);
    random_registers();
    uart_restore();
    check_true("console random register writes leave it as it was",
               answers() && uart_read(MIS) == 0 && uart_read(CR) == CR_ON);
}

/* ---- The GIC ------------------------------------------------------------------------------------- */

static void gic_write(uint64_t address, uint64_t bits)
{
    switch (bits & 3) {
    case 0:
        __asm__ volatile("strb %w0, [%1]" ::"r"(bits), "r"(address) : "memory");
        break;
    case 1:
        write32(address & ~UINT64_C(3), (uint32_t)(bits >> 32));
        break;
    case 2:
        (void)read32(address & ~UINT64_C(3));
        break;
    default:
        write64(address & ~UINT64_C(7), bits);
        break;
    }
}

static void gic_restore(void)
{
    sysreg_write_icc_ctlr(0);
    sysreg_write_icc_bpr1(0);
    sysreg_write_icc_ap1r0(0);
    for (uint32_t intid = 32; intid < RT_INTID_MAX; intid += 32) {
        write32(board.gicd + 0x280 + intid / 8, UINT32_MAX); /* not pending, not active */
        write32(board.gicd + 0x380 + intid / 8, UINT32_MAX);
    }
    write32(board.gicr + 0x10280, UINT32_MAX);
    write32(board.gicr + 0x10380, UINT32_MAX);
    gic_distributor_init();
    gic_vp_init();
}

/* Its own redistributor and the distributor's SPIs: those of the other VPs are what their hearts need. Most
 * sizes are not a register's, so that what comes is an abort or nothing. */
void attack_gic(void)
{
    for (uint32_t i = 0; i < STORM; i++) {
        uint64_t bits = random_next();
        uint64_t address = (bits & 4) != 0 ? board.gicr + 0x10000 + (bits >> 8 & 0xfff)
                                           : board.gicd + 0x84 + (bits >> 8 & 0x7fff);

        exception_expect();
        gic_write(address, bits);
        (void)exception_took();
        if (i % 16 == 0) {
            sysreg_write_icc_pmr(bits >> 16 & 0xff);
            sysreg_write_icc_bpr1(bits & 7);
            sysreg_write_icc_dir(bits & 0x3ff);
            gic_end((uint32_t)bits & 0x3ff);
        }
    }
    gic_restore();
    check_true("gic the PL011 answers", answers());
    storm_self();
}

/* ---- Waits, VPs ------------------------------------------------------------------------------- */

void attack_waits(void)
{
    static const uint32_t waits[] = {0xd503207f, 0xd503205f, 0xd503203f}; /* WFI, WFE, YIELD */
    uint32_t wrong = 0;

    gic_enable(INTID_VTIMER, false);
    sysreg_write_cntv_cval_el0(0);
    sysreg_write_cntv_ctl_el0(1); /* pending and masked: no wait is long */
    for (unsigned i = 0; i < COUNT_OF(waits); i++) {
        for (unsigned j = 0; j < STORM; j++) {
            const uint32_t words[2] = {waits[i], BRK_1};
            struct guest_state state = state_for(code_set(words, 2), &origins[j % 2], 0);

            __asm__ volatile("sev");
            attack_go(&state, "wait");
            wrong += ESR_EC(state.esr) == ESR_EC_BRK64 ? 0 : 1;
        }
    }
    for (unsigned i = 0; i < STORM; i++) {
        wrong += psci(PSCI_CPU_SUSPEND | PSCI_64BIT, 0, 0, 0) == PSCI_SUCCESS ? 0 : 1;
    }
    sysreg_write_cntv_ctl_el0(0);
    gic_disable(INTID_VTIMER);
    check_eq("waits with an interrupt that waits end at once", wrong, 0);
}

static uint64_t go_off(uint64_t argument)
{
    return argument + (uint64_t)psci(PSCI_CPU_OFF, 0, 0, 0);
}

static bool is_off(uint32_t index)
{
    uint64_t end = counter_now() + counter_ms(WAIT_TICKS_MS);

    while (psci(PSCI_AFFINITY_INFO | PSCI_64BIT, board.mpidr[index], 0, 0) != PSCI_AFFINITY_OFF) {
        if (counter_now() > end) {
            return false;
        }
        give_way();
    }
    return true;
}

/* A VP goes and comes while this one attacks. */
void attack_vp_start(void)
{
    const uint32_t words[2] = {LDR_W1_X0, BRK_1};
    uint64_t wrong = 0;
    bool came = true;

    for (uint32_t i = 0; i < 50 && came && board.vp_count > 1; i++) {
        vp_run(1, go_off, 0);
        __asm__ volatile("sev");
        for (uint32_t j = 0; j < 20; j++) {
            struct guest_state before = state_for(code_set(words, 2), &origins[0], vtl2_address);
            struct guest_state after = before;

            attack_go(&after, "access while a VP goes off");
            wrong |= judge_abort(&before, &after, 4);
        }
        came = is_off(1) && guest_vp_start(1);
    }
    check_eq("vps attacks while another VP goes off and on", wrong, 0);
    check_true("vps it comes back each time", came);
}
