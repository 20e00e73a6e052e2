/* SPDX-License-Identifier: BSD-3-Clause */
/* bounce.h: rings from the bottom, by reservation; data pages from what is left. */
#include "host/bounce.h"

#define LINE_BYTES 64u

static struct {
    uint8_t *base;
    size_t bytes;
    size_t reserved; /* from the bottom */
    struct bounce_counts counts;
} bounce;

enum pv_status bounce_init(size_t pages)
{
    bounce.base = vtl_page_alloc(pages);
    bounce.bytes = bounce.base != NULL ? pages * BOUNCE_PAGE_BYTES : 0;
    bounce.reserved = 0;
    bounce.counts = (struct bounce_counts){0};
    return bounce.base != NULL ? PV_OK : PV_NO_SPACE;
}

void *bounce_reserve(size_t bytes)
{
    size_t align = bytes % BOUNCE_PAGE_BYTES == 0 ? BOUNCE_PAGE_BYTES : LINE_BYTES;
    size_t at = align_up(bounce.reserved, align);

    /* Once the pool is made, the region is given out whole. */
    if (bytes == 0 || bounce.counts.pages != 0 || !range_contains(0, bounce.bytes, at, bytes)) {
        return NULL;
    }
    bounce.reserved = at + bytes;
    return bounce.base + at;
}

size_t bounce_take(void **pages, size_t wanted)
{
    struct bounce_counts *counts = &bounce.counts;
    size_t count = 0;

    if (counts->pages == 0) {
        bounce.reserved = align_up(bounce.reserved, BOUNCE_PAGE_BYTES);
        counts->pages = (uint32_t)((bounce.bytes - bounce.reserved) / BOUNCE_PAGE_BYTES);
        counts->pages_free = counts->pages;
    }
    while (count < wanted && counts->pages_free != 0) {
        pages[count++] = bounce.base + bounce.reserved;
        bounce.reserved += BOUNCE_PAGE_BYTES;
        counts->pages_free--;
    }
    return count;
}

void bounce_count_in(uint64_t bytes)
{
    (void)__atomic_fetch_add(&bounce.counts.in, bytes, __ATOMIC_RELAXED);
}

void bounce_count_out(uint64_t bytes)
{
    (void)__atomic_fetch_add(&bounce.counts.out, bytes, __ATOMIC_RELAXED);
}

struct bounce_counts bounce_counts(void)
{
    return bounce.counts;
}
