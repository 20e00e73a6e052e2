/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_fp.h"

#include "fp_registers.h"
#include "register_try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SVCR_SM UINT64_C(1)
#define FPSR_OF_RESET UINT64_C(0x0800009f)

struct fake_fp fake_fp;

static void need_open(uint64_t traps, const char *what)
{
    if ((fake_sysreg_get("cptr_el2") & traps) != 0) {
        (void)fprintf(stderr, "fake_fp: %s while CPTR_EL2 traps it\n", what);
        abort();
    }
}

static bool streaming(void)
{
    return (fake_sysreg_get("svcr") & SVCR_SM) != 0;
}

static uint32_t vector_bytes(void)
{
    return streaming() ? FAKE_STREAMING_VECTOR_BYTES : FAKE_VECTOR_BYTES;
}

static void write_svcr_hook(uint64_t value)
{
    need_open(CPTR_TFP, "SVCR");
    if (((fake_sysreg_get("svcr") ^ value) & SVCR_SM) != 0) {
        memset(fake_fp.z, 0, sizeof(fake_fp.z));
        memset(fake_fp.p, 0, sizeof(fake_fp.p));
        memset(fake_fp.ffr, 0, sizeof(fake_fp.ffr));
        fake_sysreg_set("fpsr", FPSR_OF_RESET);
    }
    fake_sysreg_set("svcr", value);
}

void fake_fp_reset(void)
{
    memset(&fake_fp, 0, sizeof(fake_fp));
    for (unsigned n = 0; n < 32; n++) {
        for (unsigned i = 0; i < FAKE_STREAMING_VECTOR_BYTES; i++) {
            fake_fp.z[n][i] = (uint8_t)(n * 7 + i + 1);
        }
    }
    for (unsigned i = 0; i < sizeof(fake_fp.p); i++) {
        fake_fp.p[i / sizeof(fake_fp.p[0])][i % sizeof(fake_fp.p[0])] = (uint8_t)(i + 0x41);
    }
    memset(fake_fp.ffr, 0x0f, sizeof(fake_fp.ffr));
    fake_sysreg_hook("svcr", NULL, write_svcr_hook);
}

void fake_fp_write_q(unsigned n, uint8_t byte)
{
    memset(fake_fp.z[n], 0, sizeof(fake_fp.z[n]));
    memset(fake_fp.z[n], byte, 16);
}

uint64_t fp_sve_save(struct fp_area *area, bool with_ffr)
{
    const uint32_t bytes = vector_bytes();

    need_open(CPTR_TFP | CPTR_TZ, "SVE");
    for (unsigned n = 0; n < 32; n++) {
        memcpy(area->z + n * bytes, fake_fp.z[n], bytes);
    }
    for (unsigned n = 0; n < 16; n++) {
        memcpy(area->p + n * bytes / 8, fake_fp.p[n], bytes / 8);
    }
    if (with_ffr) {
        fake_fp.ffr_in_streaming += streaming() ? 1 : 0;
        memcpy(area->p + 16 * bytes / 8, fake_fp.ffr, bytes / 8);
    }
    return bytes;
}

void fp_sve_load(const struct fp_area *area, bool with_ffr)
{
    const uint32_t bytes = vector_bytes();

    need_open(CPTR_TFP | CPTR_TZ, "SVE");
    for (unsigned n = 0; n < 32; n++) {
        memcpy(fake_fp.z[n], area->z + n * bytes, bytes);
    }
    for (unsigned n = 0; n < 16; n++) {
        memcpy(fake_fp.p[n], area->p + n * bytes / 8, bytes / 8);
    }
    if (with_ffr) {
        fake_fp.ffr_in_streaming += streaming() ? 1 : 0;
        memcpy(fake_fp.ffr, area->p + 16 * bytes / 8, bytes / 8);
    }
}

void fp_q_save(void *to, uint64_t stride)
{
    need_open(CPTR_TFP, "Q");
    for (unsigned n = 0; n < 32; n++) {
        memcpy((uint8_t *)to + n * stride, fake_fp.z[n], 16);
    }
}

void fp_q_load(const void *from, uint64_t stride)
{
    need_open(CPTR_TFP, "Q");
    for (unsigned n = 0; n < 32; n++) {
        memset(fake_fp.z[n], 0, sizeof(fake_fp.z[n]));
        memcpy(fake_fp.z[n], (const uint8_t *)from + n * stride, 16);
    }
}

bool register_try(uint64_t (*access)(uint64_t value), uint64_t *value)
{
    *value = access(*value);
    return true;
}
