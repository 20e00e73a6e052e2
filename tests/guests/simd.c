/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest with all of its FP, SIMD, SVE and SME state live, at each vector length that the CPU has,
 * in and out of streaming mode: what Paravane does meanwhile, cryptography above all, changes no
 * bit of it. Runs under the image of tests/simd, whose device knows what to do. Arm ARM (DDI 0487)
 * B1.2, D19.2.
 */
#include "simd.h"

#include "guest.h"
#include "simd/device.h"

#include <string.h>

#define Q_BYTES 16u
#define CPACR_ALL (UINT64_C(0x3330000)) /* SMEN, FPEN, ZEN: nothing traps */
#define LENGTHS 16u
#define SMCR_FA64 (UINT64_C(1) << 31)
#define SMCR_EZT0 (UINT64_C(1) << 30)
#define SVCR_SM UINT64_C(1)
#define SVCR_ZA UINT64_C(2)
/* RMode, FZ, DN, AHP; QC, IXC, OFC, IOC: not what a change of streaming mode leaves. */
#define FPCR_PATTERN UINT64_C(0x07c00000)
#define FPSR_PATTERN UINT64_C(0x08000015)

SYSREG(zcr_el1, "s3_0_c1_c2_0")
SYSREG(smcr_el1, "s3_0_c1_c2_6")
SYSREG(svcr, "s3_3_c4_c2_2")
SYSREG(tpidr2_el0, "s3_3_c13_c0_5")
SYSREG_READER(id_aa64pfr1_el1, "id_aa64pfr1_el1")
SYSREG_READER(id_aa64smfr0_el1, "s3_0_c0_c4_5")

/* What the CPU has. */
static struct {
    bool sve;
    bool sme;
    bool fa64;
    bool zt0;
} cpu;

/* What is live now: how much of the state there is, and what the system registers hold. */
struct mode {
    uint64_t vl; /* bytes; 0: no SVE, Q alone */
    uint64_t svl;
    uint64_t svcr;
    uint64_t zcr;
    uint64_t smcr;
    uint64_t tpidr2;
};

static struct simd_state want;
static struct simd_state got;
static uint64_t seed = 1;

/* ---- What the guest does with the device. Result: 0, or what came wrong. ---- */

static uint64_t device(uint64_t offset)
{
    return SIMD_DEVICE_GPA + offset;
}

static uint64_t use_plain(void)
{
    return read64(device(SIMD_DEVICE_IDENT)) ^ SIMD_DEVICE_IDENT_VALUE;
}

static uint64_t use_aes(void)
{
    return read64(device(SIMD_DEVICE_AES)) ^ CRYPTO_AES;
}

static uint64_t use_sha(void)
{
    return read64(device(SIMD_DEVICE_SHA)) ^ CRYPTO_SHA;
}

static uint64_t use_xts(void)
{
    return read64(device(SIMD_DEVICE_XTS)) ^ CRYPTO_XTS;
}

/* Twice over: with and without, one behind the other. */
static uint64_t use_mixed(void)
{
    return use_aes() | use_plain() | use_sha() | use_plain();
}

static uint64_t use_interrupt(void)
{
    return read64(device(SIMD_DEVICE_INTERRUPT)) ^ SIMD_DEVICE_IDENT_VALUE;
}

static uint64_t use_interrupt_crypto(void)
{
    return read64(device(SIMD_DEVICE_INTERRUPT_CRYPTO)) ^ SIMD_DEVICE_IDENT_VALUE;
}

static void word_pair(uint8_t to[Q_BYTES], uint64_t offset)
{
    uint64_t words[2] = {read64(device(offset)), read64(device(offset + 8))};

    memcpy(to, words, Q_BYTES);
}

static uint64_t load_q(uint64_t offset)
{
    simd_ldr_q(device(offset));
    return 0;
}

static uint64_t store_q(uint64_t offset)
{
    simd_str_q(device(offset));
    return 0;
}

static uint64_t use_load_q(void)
{
    return load_q(SIMD_DEVICE_PLAIN);
}

static uint64_t use_load_q_crypto(void)
{
    return load_q(SIMD_DEVICE_CRYPTO);
}

static uint64_t use_store_q(void)
{
    return store_q(SIMD_DEVICE_PLAIN);
}

static uint64_t use_store_q_crypto(void)
{
    return store_q(SIMD_DEVICE_CRYPTO);
}

struct use {
    const char *name;
    uint64_t (*run)(void);
    uint64_t loads;  /* the register that SIMD_LDR_Q is read from; 0: none */
    uint64_t stores; /* the one that SIMD_STR_Q is written to */
    bool interrupts;
};

static const struct use uses[] = {
    {"simd access", use_plain, 0, 0, false},
    {"simd access, AES", use_aes, 0, 0, false},
    {"simd access, SHA", use_sha, 0, 0, false},
    {"simd access, AES-XTS", use_xts, 0, 0, false},
    {"simd accesses with and without", use_mixed, 0, 0, false},
    {"simd LDR Q", use_load_q, SIMD_DEVICE_PLAIN, 0, false},
    {"simd LDR Q, cryptography", use_load_q_crypto, SIMD_DEVICE_CRYPTO, 0, false},
    {"simd STR Q", use_store_q, 0, SIMD_DEVICE_PLAIN, false},
    {"simd STR Q, cryptography", use_store_q_crypto, 0, SIMD_DEVICE_CRYPTO, false},
    {"simd interrupt of VTL2", use_interrupt, 0, 0, true},
    {"simd interrupt of VTL2, cryptography", use_interrupt_crypto, 0, 0, true},
};

/* ---- Patterns, and where two states differ ---- */

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void fill(void *to, size_t bytes)
{
    uint64_t *words = to;

    for (size_t i = 0; i < bytes / sizeof(*words); i++) {
        words[i] = next();
    }
}

/* FFR: only its lowest bits may be set (Arm ARM, WRFFR). */
static void fill_ffr(uint8_t *ffr, uint64_t bytes)
{
    uint64_t bits = next() % (bytes * 8 + 1);

    for (uint64_t i = 0; i < bytes; i++) {
        ffr[i] = bits >= 8 * (i + 1) ? 0xff : 0;
        if (bits / 8 == i) {
            ffr[i] = (uint8_t)((1u << bits % 8) - 1);
        }
    }
}

static bool has_ffr(const struct mode *mode)
{
    return mode->vl != 0 && ((mode->svcr & SVCR_SM) == 0 || (mode->smcr & SMCR_FA64) != 0);
}

static uint64_t z_bytes(const struct mode *mode)
{
    return mode->vl == 0 ? Q_BYTES : mode->vl;
}

/* 0, or 1 + offset in a part of the state, the part in the top byte. */
static uint64_t differ(const void *one, const void *other, uint64_t bytes, uint64_t part)
{
    const uint8_t *a = one;
    const uint8_t *b = other;

    for (uint64_t i = 0; i < bytes; i++) {
        if (a[i] != b[i]) {
            return part << 56 | (i + 1);
        }
    }
    return 0;
}

enum part {
    PART_RESULT = 1,
    PART_Z,
    PART_P,
    PART_FFR,
    PART_CONTROL,
    PART_ZA,
    PART_ZT0,
    PART_SYSTEM
};

static uint64_t compare_system(const struct mode *mode)
{
    uint64_t wrong = 0;

    if (mode->vl != 0) {
        wrong |= (sysreg_read_zcr_el1() ^ mode->zcr) != 0 ? 1 : 0;
    }
    if (cpu.sme) {
        wrong |= (sysreg_read_svcr() ^ mode->svcr) != 0 ? 2 : 0;
        wrong |= (sysreg_read_smcr_el1() ^ mode->smcr) != 0 ? 4 : 0;
        wrong |= (sysreg_read_tpidr2_el0() ^ mode->tpidr2) != 0 ? 8 : 0;
    }
    return wrong == 0 ? 0 : (uint64_t)PART_SYSTEM << 56 | wrong;
}

static uint64_t compare(const struct mode *mode)
{
    uint64_t wrong = compare_system(mode);

    if (wrong == 0) {
        wrong = differ(want.z, got.z, 32 * z_bytes(mode), PART_Z);
    }
    if (wrong == 0) {
        wrong = differ(&want.fpcr, &got.fpcr, 2 * sizeof(want.fpcr), PART_CONTROL);
    }
    if (wrong == 0 && mode->vl != 0) {
        wrong = differ(want.p, got.p, 2 * mode->vl, PART_P);
    }
    if (wrong == 0 && has_ffr(mode)) {
        wrong = differ(want.ffr, got.ffr, mode->vl / 8, PART_FFR);
    }
    if (wrong == 0 && (mode->svcr & SVCR_ZA) != 0) {
        wrong = differ(want.za, got.za, mode->svl * mode->svl, PART_ZA);
    }
    if (wrong == 0 && (mode->svcr & SVCR_ZA) != 0 && cpu.zt0) {
        wrong = differ(want.zt0, got.zt0, sizeof(want.zt0), PART_ZT0);
    }
    return wrong;
}

/* ---- Into the unit and out of it ---- */

static void load(const struct mode *mode)
{
    fill(want.z, 32 * z_bytes(mode));
    want.fpcr = FPCR_PATTERN;
    want.fpsr = FPSR_PATTERN;
    if (has_ffr(mode)) {
        fill_ffr(want.ffr, mode->vl / 8);
        simd_load_ffr(&want);
    }
    if ((mode->svcr & SVCR_ZA) != 0) {
        fill(want.za, mode->svl * mode->svl);
        simd_load_za(&want, mode->svl);
        if (cpu.zt0) {
            fill(want.zt0, sizeof(want.zt0));
            simd_load_zt0(&want);
        }
    }
    if (mode->vl == 0) {
        simd_load_q(&want);
    } else {
        fill(want.p, 16 * mode->vl / 8);
        simd_load_z(&want);
    }
}

static void store(const struct mode *mode)
{
    if (mode->vl == 0) {
        simd_store_q(&got);
    } else {
        simd_store_z(&got);
    }
    if (has_ffr(mode)) {
        simd_store_ffr(&got);
    }
    if ((mode->svcr & SVCR_ZA) != 0) {
        simd_store_za(&got, mode->svl);
        if (cpu.zt0) {
            simd_store_zt0(&got);
        }
    }
}

/*
 * What LDR Q leaves: the loaded value. Above it the architecture has zeros (Arm ARM B1.2.2); but
 * that part is VTL0's alone, so VTL2 can't clear it, and the hypervisor may not know that it
 * should: either is right.
 */
static void expect_loaded(const struct mode *mode, uint64_t offset)
{
    static const uint8_t zeros[SIMD_VL_MAX];
    uint64_t at = SIMD_LDR_Q * z_bytes(mode);
    uint64_t above = z_bytes(mode) - Q_BYTES;

    word_pair(&want.z[at], offset);
    if (memcmp(&got.z[at + Q_BYTES], zeros, above) == 0) {
        memset(&want.z[at + Q_BYTES], 0, above);
    }
}

static void check_stored(const struct mode *mode, const struct use *use)
{
    uint8_t stored[Q_BYTES];

    word_pair(stored, use->stores);
    check_eq("simd what STR Q stored",
             differ(&want.z[SIMD_STR_Q * z_bytes(mode)], stored, Q_BYTES, PART_Z), 0);
}

static void check_use(const struct mode *mode, const struct use *use)
{
    uint64_t interrupts = read64(device(SIMD_DEVICE_INTERRUPTS));
    uint64_t words[2] = {next(), next()};

    if (use->loads != 0) {
        write64(device(use->loads), words[0]);
        write64(device(use->loads + 8), words[1]);
    }
    memset(&got, 0, sizeof(got) - sizeof(got.za) + mode->svl * mode->svl);
    load(mode);
    uint64_t result = use->run();
    store(mode);
    if (use->loads != 0) {
        expect_loaded(mode, use->loads);
    }
    check_eq(use->name, result != 0 ? (uint64_t)PART_RESULT << 56 | result : compare(mode), 0);
    if (use->stores != 0) {
        check_stored(mode, use);
    }
    if (use->interrupts) {
        check_eq("simd entries for it", read64(device(SIMD_DEVICE_INTERRUPTS)) - interrupts, 1);
    }
}

static void check_uses(const struct mode *mode, const char *way)
{
    check_way(way);
    for (size_t i = 0; i < COUNT_OF(uses); i++) {
        check_use(mode, &uses[i]);
    }
    check_way("");
}

/* ---- Vector lengths and modes ---- */

/* "VL 2048 SM ZA" */
static const char *way_name(const char *kind, uint64_t bits, uint64_t svcr)
{
    static char text[32];
    char digits[4];
    size_t at = strlen(kind);
    size_t count = 0;

    memcpy(text, kind, at);
    for (; bits != 0; bits /= 10) {
        digits[count++] = (char)('0' + bits % 10);
    }
    while (count > 0) {
        text[at++] = digits[--count];
    }
    memcpy(&text[at], (svcr & SVCR_SM) != 0 ? " SM" : "", 4);
    at += (svcr & SVCR_SM) != 0 ? 3 : 0;
    memcpy(&text[at], (svcr & SVCR_ZA) != 0 ? " ZA" : "", 4);
    return text;
}

static void check_sve(void)
{
    uint64_t lengths = 0;

    for (uint64_t length = 0; length < LENGTHS; length++) {
        struct mode mode = {.zcr = length};

        sysreg_write_zcr_el1(length);
        mode.vl = simd_vl();
        if (mode.vl != (length + 1) * Q_BYTES) {
            continue;
        }
        lengths++;
        if (cpu.sme) {
            mode.smcr = sysreg_read_smcr_el1();
            mode.tpidr2 = next();
            sysreg_write_tpidr2_el0(mode.tpidr2);
        }
        check_uses(&mode, way_name("VL ", mode.vl * 8, 0));
    }
    note("vector lengths", lengths);
}

static void check_svcr(struct mode mode)
{
    sysreg_write_svcr(mode.svcr);
    mode.vl = cpu.sve || (mode.svcr & SVCR_SM) != 0 ? simd_vl() : 0;
    mode.tpidr2 = next();
    sysreg_write_tpidr2_el0(mode.tpidr2);
    check_uses(&mode, way_name("SVL ", mode.svl * 8, mode.svcr));
    sysreg_write_svcr(0);
}

/* Streaming mode also with less than the full A64: it is VTL2's as little as the full one is. */
static void check_modes(struct mode mode)
{
    for (mode.svcr = 0; mode.svcr <= (SVCR_SM | SVCR_ZA); mode.svcr++) {
        check_svcr(mode);
    }
    if (cpu.fa64) {
        sysreg_write_smcr_el1(mode.smcr & ~SMCR_FA64);
        mode.smcr = sysreg_read_smcr_el1();
        mode.svcr = SVCR_SM | SVCR_ZA;
        check_svcr(mode);
    }
}

static void check_sme(void)
{
    uint64_t lengths = 0;
    uint64_t options = (cpu.fa64 ? SMCR_FA64 : 0) | (cpu.zt0 ? SMCR_EZT0 : 0);

    for (uint64_t length = 0; length < LENGTHS; length++) {
        struct mode mode = {.zcr = cpu.sve ? sysreg_read_zcr_el1() : 0};

        sysreg_write_smcr_el1(length | options);
        mode.smcr = sysreg_read_smcr_el1();
        mode.svl = simd_svl();
        if (mode.svl == (length + 1) * Q_BYTES) {
            lengths++;
            check_modes(mode);
        }
    }
    note("streaming vector lengths", lengths);
}

/* ---- What an access without cryptography costs, with virtual time that is instructions ---- */

#define COST_ACCESSES 1000u

/* Ticks for so many reads of a PL011 register. */
static uint64_t cost(void)
{
    uint64_t start = counter_now();

    for (uint64_t i = 0; i < COST_ACCESSES; i++) {
        (void)read32(GUEST_PL011 + 0x18);
    }
    return counter_now() - start;
}

/*
 * Both times the device that was used last is the test's: the first access has to look for its own.
 */
static void check_cost(void)
{
    uint64_t before;
    uint64_t after;
    uint64_t aes;

    (void)use_plain();
    before = cost();
    aes = use_aes();
    after = cost();
    check_eq("simd AES came out", aes, 0);
    note("instructions for a PL011 access and the loop", guest_ns(before) / COST_ACCESSES);
    check_true("simd an access costs the same after cryptography",
               after <= before + 1 && before <= after + 1);
}

/* ---- Another VP: its Q registers are apart from this one's ---- */

#define OTHER_ROUNDS 200u

/* Rounds in which anything came wrong. */
static uint64_t other_vp(uint64_t rounds)
{
    static struct simd_state mine;
    static struct simd_state back;
    uint64_t wrong = 0;

    sysreg_write_cpacr_el1(CPACR_ALL);
    for (uint64_t i = 0; i < rounds; i++) {
        for (uint64_t j = 0; j < 32 * Q_BYTES; j++) {
            mine.z[j] = (uint8_t)(i * 7 + j);
        }
        simd_load_q(&mine);
        uint64_t result = use_aes();
        simd_store_q(&back);
        wrong += result != 0 || memcmp(mine.z, back.z, 32 * Q_BYTES) != 0 ? 1 : 0;
    }
    return wrong;
}

static void look(void)
{
    uint64_t smfr0;

    cpu.sve = (sysreg_read_id_aa64pfr0_el1() >> 32 & 0xf) != 0;
    cpu.sme = (sysreg_read_id_aa64pfr1_el1() >> 24 & 0xf) != 0;
    smfr0 = cpu.sme ? sysreg_read_id_aa64smfr0_el1() : 0;
    cpu.fa64 = smfr0 >> 63 != 0;
    cpu.zt0 = (smfr0 >> 56 & 0xf) != 0;
    note("SVE, SME, FA64, ZT0",
         (uint64_t)cpu.sve << 12 | (uint64_t)cpu.sme << 8 | (uint64_t)cpu.fa64 << 4 | cpu.zt0);
}

static void check_all(void)
{
    const struct mode plain = {0};

    if (!cpu.sve && !cpu.sme) {
        check_uses(&plain, "Q");
    }
    if (cpu.sve) {
        check_sve();
    }
    if (cpu.sme) {
        check_sme();
    }
}

void guest_main(void)
{
    uint64_t wrong = 0;
    bool other = board.vp_count > 1 && guest_vps_start();

    guest_mmu_on();
    sysreg_write_cpacr_el1(CPACR_ALL);
    look();
    if (other) {
        vp_run(1, other_vp, OTHER_ROUNDS);
    }
    if (board_told("cost")) {
        check_cost();
    } else {
        check_all();
    }
    guest_mmu_off();
    if (other) {
        check_true("simd the other VP ends", vp_join(1, &wrong));
        check_eq("simd rounds that came wrong there", wrong, 0);
    }
    check_eq("simd no vector came out wrong", read64(device(SIMD_DEVICE_FAILURES)), 0);
}

_Static_assert(offsetof(struct simd_state, p) == SIMD_P &&
                   offsetof(struct simd_state, ffr) == SIMD_FFR &&
                   offsetof(struct simd_state, zt0) == SIMD_ZT0 &&
                   offsetof(struct simd_state, fpcr) == SIMD_FPCR &&
                   offsetof(struct simd_state, fpsr) == SIMD_FPSR &&
                   offsetof(struct simd_state, za) == SIMD_ZA,
               "simd_state.S");
