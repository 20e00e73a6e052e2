/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SVE and SME across a switch (section 8.4, C4 and C5): everything of VTL0 but the low 128 bits of Z0..Z31, which are
 * Q0..Q31 and shared, survives whether VTL2 uses the FP unit or not. VTL2 has neither SVE nor SME.
 */
#include "switch.h"

#define VECTOR_MAX 256u
#define Z_COUNT 32u
#define P_COUNT 16u
#define Q_BYTES 16u
#define ZT0_BYTES 64u
#define CPACR_OPEN 0x03330000u /* FPEN, ZEN, SMEN */
#define LENGTH_MAX 0xfu
#define SMCR_FA64 (UINT64_C(1) << 31)
#define SMCR_EZT0 (UINT64_C(1) << 30)
#define SVCR_SM UINT64_C(1)
#define SVCR_ZA UINT64_C(2)
#define VTL2_Q UINT64_C(0xbbbb000000000000)

SYSREG_WRITER(cpacr_el1, "cpacr_el1")
SYSREG_WRITER(zcr_el1, "S3_0_C1_C2_0")
SYSREG_WRITER(smcr_el1, "S3_0_C1_C2_6")
SYSREG(svcr, "S3_3_C4_C2_2")
SYSREG_READER(id_aa64pfr1_el1, "id_aa64pfr1_el1")
SYSREG_READER(id_aa64smfr0_el1, "S3_0_C0_C4_5")

void sve_load(const void *z, const void *p, const void *ffr);
void sve_store(void *z, void *p, void *ffr);
uint64_t sve_bytes(void);
void za_load(const void *za, uint64_t bytes);
void za_store(void *za, uint64_t bytes);
void zt0_load(const void *zt0);
void zt0_store(void *zt0);
void try_z0(void *memory);
void try_p0(void *memory);
void try_ffr(void *memory);
void try_za(void *memory);

/* VTL0's, written by its code alone: first what it loads, in the end what it stores. */
struct scalable {
    uint64_t bytes; /* of a vector */
    uint64_t svcr;
    uint8_t z[Z_COUNT * VECTOR_MAX];
    uint8_t p[P_COUNT * VECTOR_MAX / 8];
    uint8_t ffr[VECTOR_MAX / 8];
    uint8_t za[VECTOR_MAX * VECTOR_MAX];
    uint8_t zt0[ZT0_BYTES];
} __attribute__((aligned(16)));
static struct scalable scalable;

struct vector_features {
    bool sve;
    bool sme;
    bool sme2;
    bool fa64;
};
static struct vector_features features;

static void open_unit(void)
{
    sysreg_write_cpacr_el1(CPACR_OPEN);
    if (features.sve) {
        sysreg_write_zcr_el1(LENGTH_MAX);
    }
    if (features.sme) {
        sysreg_write_smcr_el1(LENGTH_MAX | (features.fa64 ? SMCR_FA64 : 0) |
                              (features.sme2 ? SMCR_EZT0 : 0));
    }
}

static uint8_t pattern(size_t at, unsigned salt)
{
    return (uint8_t)(at * 7 + (at >> 8) * 13 + salt);
}

static void fill(uint8_t *bytes, size_t count, unsigned salt)
{
    for (size_t i = 0; i < count; i++) {
        bytes[i] = pattern(i, salt);
    }
}

static bool differs(const uint8_t *bytes, size_t from, size_t count, unsigned salt)
{
    for (size_t i = from; i < from + count; i++) {
        if (bytes[i] != pattern(i, salt)) {
            return true;
        }
    }
    return false;
}

enum salt { SALT_Z = 1, SALT_P = 2, SALT_ZA = 3, SALT_ZT0 = 4 };

/* FFR is ones from the lowest element on (Arm ARM B1.2, FFR). */
static uint8_t ffr_byte(size_t at)
{
    return at == 0 ? 0x7f : 0;
}

static bool has_ffr(bool streaming)
{
    return features.sve && (!streaming || features.fa64);
}

/* ---- VTL0 -------------------------------------------------------------------------------------------- */

static uint64_t read_features(void)
{
    features.sve = (sysreg_read_id_aa64pfr0_el1() >> 32 & 0xf) != 0;
    features.sme = (sysreg_read_id_aa64pfr1_el1() >> 24 & 0xf) != 0;
    features.sme2 = (sysreg_read_id_aa64pfr1_el1() >> 24 & 0xf) >= 2;
    features.fa64 = features.sme && sysreg_read_id_aa64smfr0_el1() >> 63 != 0;
    return 0;
}

static void load_all(bool streaming)
{
    if (streaming) {
        sysreg_write_svcr(SVCR_SM | SVCR_ZA);
    }
    scalable.bytes = sve_bytes();
    fill(scalable.z, Z_COUNT * scalable.bytes, SALT_Z);
    fill(scalable.p, P_COUNT * scalable.bytes / 8, SALT_P);
    for (size_t i = 0; i < sizeof(scalable.ffr); i++) {
        scalable.ffr[i] = ffr_byte(i);
    }
    if (streaming) {
        fill(scalable.za, scalable.bytes * scalable.bytes, SALT_ZA);
        za_load(scalable.za, scalable.bytes);
    }
    if (streaming && features.sme2) {
        fill(scalable.zt0, ZT0_BYTES, SALT_ZT0);
        zt0_load(scalable.zt0);
    }
    sve_load(scalable.z, scalable.p, has_ffr(streaming) ? scalable.ffr : NULL);
}

static void store_all(bool streaming)
{
    if (features.sme) {
        scalable.svcr = sysreg_read_svcr();
    }
    scalable.bytes = sve_bytes();
    sve_store(scalable.z, scalable.p, has_ffr(streaming) ? scalable.ffr : NULL);
    if (streaming) {
        za_store(scalable.za, scalable.bytes);
    }
    if (streaming && features.sme2) {
        zt0_store(scalable.zt0);
    }
    if (features.sme) {
        sysreg_write_svcr(0);
    }
}

static uint64_t guest(uint64_t event, uint64_t streaming)
{
    open_unit();
    load_all(streaming != 0);
    event_happen((enum event)event);
    store_all(streaming != 0);
    return 0;
}

static bool is_undefined(void (*instruction)(void *memory), void *memory)
{
    exception_expect();
    instruction(memory);
    return exception_took() == 1;
}

/* Z, P, FFR, ZA: a bit for each whose instruction is undefined. Of ZA, while it is off, it is trapped at any rate. */
static uint64_t find_undefined(void)
{
    uint64_t undefined = 0;

    sysreg_write_cpacr_el1(CPACR_OPEN);
    if (features.sme && rt_vtl == 0) {
        sysreg_write_svcr(SVCR_ZA);
    }
    undefined |= is_undefined(try_z0, scalable.z) ? 1 : 0;
    undefined |= is_undefined(try_p0, scalable.p) ? 2 : 0;
    undefined |= is_undefined(try_ffr, scalable.ffr) ? 4 : 0;
    undefined |= is_undefined(try_za, scalable.za) ? 8 : 0;
    if (features.sme && rt_vtl == 0) {
        sysreg_write_svcr(0);
    }
    return undefined;
}

/* ---- VTL2 -------------------------------------------------------------------------------------------- */

/* Whatever VTL0 is offered, VTL2 has none of it. */
void find_vector_features(void)
{
    (void)vtl0_call((const void *)read_features, 0, 0, 0);
    VTL0_OF(features).fa64 &= VTL0_OF(features).sve;
    features = VTL0_OF(features);
    note("SVE, SME, SME2, FA64 offered to VTL0",
         (features.sve ? 0x1000u : 0u) | (features.sme ? 0x100u : 0u) |
             (features.sme2 ? 0x10u : 0u) | (features.fa64 ? 1u : 0u));
    const uint64_t vtl0 = vtl0_call((const void *)find_undefined, 0, 0, 0);
    const uint64_t vtl2 = find_undefined();
    const uint64_t sve = features.sve ? 0 : 7;
    check_eq("8 Z, P, FFR, ZA are there in VTL0 as its ID registers say", vtl0,
             sve | (features.sme ? 0 : 8));
    state_check_vtl2(STATE_z0, ~vtl2 & 1);
    state_check_vtl2(STATE_p0, ~vtl2 & 2);
    state_check_vtl2(STATE_ffr, ~vtl2 & 4);
    state_check_vtl2(STATE_za, ~vtl2 & 8);
    state_check_vtl2(STATE_zt0, ~vtl2 & 8);
}

static uint64_t vector_bits(const struct scalable *after, bool used)
{
    uint64_t wrong = 0;

    for (size_t n = 0; n < Z_COUNT; n++) {
        const size_t at = n * after->bytes;
        const bool low = used ? read64((uintptr_t)&after->z[at]) != VTL2_Q + 2 * n
                              : differs(after->z, at, Q_BYTES, SALT_Z);
        const bool high = differs(after->z, at + Q_BYTES, after->bytes - Q_BYTES, SALT_Z);
        wrong |= low || high ? UINT64_C(1) << n : 0;
    }
    return wrong;
}

static uint64_t predicate_bits(const struct scalable *after)
{
    const size_t bytes = after->bytes / 8;
    uint64_t wrong = 0;

    for (size_t n = 0; n < P_COUNT; n++) {
        wrong |= differs(after->p, n * bytes, bytes, SALT_P) ? UINT64_C(1) << n : 0;
    }
    return wrong;
}

static void check_after(bool streaming, bool used)
{
    const struct scalable *after = &VTL0_OF(scalable);
    uint64_t ffr = 0;

    state_check_vtl0(STATE_z0, vector_bits(after, used));
    state_check_vtl0(STATE_p0, predicate_bits(after));
    if (has_ffr(streaming)) {
        for (size_t i = 0; i < after->bytes / 8; i++) {
            ffr |= after->ffr[i] ^ ffr_byte(i);
        }
        state_check_vtl0(STATE_ffr, ffr);
    }
    if (features.sme) {
        check_eq("8 svcr: VTL0 finds", after->svcr, streaming ? SVCR_SM | SVCR_ZA : 0);
    }
    if (streaming) {
        state_check_vtl0(STATE_za, differs(after->za, 0, after->bytes * after->bytes, SALT_ZA));
    }
    if (streaming && features.sme2) {
        state_check_vtl0(STATE_zt0, differs(after->zt0, 0, ZT0_BYTES, SALT_ZT0));
    }
}

/* VTL2 uses the unit: it finds the low 128 bits of VTL0's, and leaves others. Or it does not touch it. */
static void check_one(enum event event, bool streaming, bool used)
{
    static struct fp_regs own;
    struct exit exit;
    uint64_t wrong = 0;

    vtl0_start((const void *)guest, event, streaming, 0);
    vp_self()->fp = used ? &own : NULL;
    event_run(event, &exit);
    event_check(event, &exit);
    for (size_t n = 0; used && n < Z_COUNT; n++) {
        const uint8_t *q = (const uint8_t *)&own.q[2 * n];
        for (size_t i = 0; i < Q_BYTES; i++) {
            const uint8_t want = pattern(n * VTL0_OF(scalable).bytes + i, SALT_Z);
            wrong |= q[i] != want ? UINT64_C(1) << n : 0;
        }
        own.q[2 * n] = VTL2_Q + 2 * n;
        own.q[2 * n + 1] = VTL2_Q + 2 * n + 1;
    }
    if (used) {
        state_check_vtl2(STATE_q0, wrong);
    }
    vtl0_run(&exit);
    vp_self()->fp = NULL;
    check_eq("8 VTL0 went on", exit.kind, EXIT_DOORBELL);
    check_after(streaming, used);
}

void check_scalable_registers(enum event event)
{
    static const char *const ways[EVENTS][2] = {
        [EVENT_INTERCEPT] = {"intercept", "intercept, streaming"},
        [EVENT_INTERRUPT] = {"interrupt", "interrupt, streaming"},
        [EVENT_VTL_CALL] = {"vtl call", "vtl call, streaming"},
    };

    for (unsigned streaming = 0; streaming < 2; streaming++) {
        if (streaming != 0 ? features.sme : features.sve) {
            check_way(ways[event][streaming]);
            check_one(event, streaming != 0, false);
            check_one(event, streaming != 0, true);
        }
    }
    check_way(event_names[event]);
}
