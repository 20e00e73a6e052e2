/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_rsi.h"

#include "hv/hypercall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_rsi fake_rsi;

#define MUST(condition)                                                                         \
    do {                                                                                        \
        if (!(condition)) {                                                                     \
            fprintf(stderr, "fake_rsi: contract broken: %s (line %d)\n", #condition, __LINE__); \
            abort();                                                                            \
        }                                                                                       \
    } while (0)

void fake_rsi_reset(void)
{
    fake_rsi = (struct fake_rsi){.version = 0x10000, .measurement_bytes = 32};
}

static uint64_t version(uint64_t *x)
{
    MUST(x[1] == 0x10000);
    fake_rsi.versions++;
    x[1] = fake_rsi.version;
    x[2] = fake_rsi.version;
    return fake_rsi.version_status;
}

static uint64_t measurement_read(uint64_t *x)
{
    MUST(x[1] < 5);
    memcpy(&x[1], fake_rsi.measurement[x[1]], fake_rsi.measurement_bytes);
    return fake_rsi.status;
}

static uint64_t measurement_extend(const uint64_t *x)
{
    MUST(x[1] >= 1 && x[1] <= 4 && x[2] <= 64);
    fake_rsi.index = x[1];
    fake_rsi.bytes = x[2];
    memcpy(fake_rsi.data, &x[3], 64);
    return fake_rsi.status;
}

static uint64_t token_init(uint64_t *x)
{
    memcpy(fake_rsi.challenge, &x[1], 64);
    fake_rsi.inits++;
    fake_rsi.continues = 0;
    fake_rsi.next = 0;
    x[1] = 4096;
    return fake_rsi.status;
}

static uint64_t token_continue(uint64_t *x)
{
    const uint32_t last = FAKE_RSI_STEPS_MAX - 1;
    const uint32_t at = fake_rsi.continues < last ? fake_rsi.continues : last;
    const struct fake_rsi_step *step = &fake_rsi.steps[at];
    uint8_t *to = (uint8_t *)(uintptr_t)(x[1] + x[2]);

    MUST(x[1] % 4096 == 0 && x[2] < 4096 && x[3] <= 4096 - x[2]);
    fake_rsi.continues++;
    fake_rsi.page = x[1];
    fake_rsi.size = x[3];
    for (size_t i = 0; i < step->written; i++) {
        to[i] = fake_rsi.next++;
    }
    x[1] = step->told;
    return step->status;
}

static uint64_t answer(uint64_t *x)
{
    switch (x[0]) {
    case 0xc4000190:
        return version(x);
    case 0xc4000192:
        return measurement_read(x);
    case 0xc4000193:
        return measurement_extend(x);
    case 0xc4000194:
        return token_init(x);
    case 0xc4000195:
        return token_continue(x);
    default:
        return UINT64_MAX;
    }
}

/* As vectors.S leaves it where SMC is undefined: X0 alone is another. */
void hv_invoke_smc(struct hv_frame *frame)
{
    fake_rsi.calls++;
    frame->x[0] = fake_rsi.there ? answer(frame->x) : UINT64_MAX;
}
