/* SPDX-License-Identifier: BSD-3-Clause */
/* Reference time page: time = ((counter * scale) >> 64) + offset. Source: TLFS timers. */
#include "reference_tsc.h"

#include "hv_hypercall.h"
#include "hv_register.h"
#include "registers_el1.h"
#include "stage2.h"
#include "timer.h"

#include <string.h>

#define UNITS_PER_SECOND UINT64_C(10000000)

struct reference_tsc_page {
    uint32_t sequence; /* 0: not valid, read TimeRefCount */
    uint32_t zero;
    uint64_t scale;
    uint64_t offset; /* signed */
};

/* Long division bit by bit: there is no 128-bit division without a runtime library. */
uint64_t reference_tsc_scale(uint64_t frequency)
{
    uint64_t remainder = UNITS_PER_SECOND;
    uint64_t quotient = 0;

    if (frequency <= UNITS_PER_SECOND || frequency > UINT64_MAX / 2) {
        return 0;
    }
    for (unsigned bit = 0; bit < 64; bit++) {
        remainder <<= 1;
        quotient <<= 1;
        if (remainder >= frequency) {
            remainder -= frequency;
            quotient |= 1;
        }
    }
    return quotient;
}

void reference_tsc_publish(unsigned slot, uint64_t page_register)
{
    struct reference_tsc_page page = {0};

    if ((page_register & HV_PAGE_REGISTER_ENABLE) == 0) {
        return;
    }
    uint8_t *to = stage2_guest_pointer(slot, page_register & HV_PAGE_REGISTER_GPA_MASK,
                                       HV_MAP_READ | HV_MAP_WRITE);
    if (to == NULL) {
        return;
    }
    page.scale = reference_tsc_scale(read_cntfrq_el0());
    if (page.scale != 0) {
        const uint64_t counter = read_cntpct_el0();
        const uint64_t scaled = (uint64_t)(((unsigned __int128)counter * page.scale) >> 64);
        page.offset = timer_reference_time() - scaled;
        page.sequence = 1;
    }
    memset(to, 0, HV_PAGE_SIZE);
    memcpy(to, &page, sizeof(page));
}
