/* SPDX-License-Identifier: BSD-3-Clause */
/* bounce.h: rings from the bottom, by reservation; data pages, a stack, from what is left. */
#include "host/bounce.h"

#define PAGES_MAX 1024u
#define LINE_BYTES 64u

static struct {
    struct vtl_lock lock;
    uint8_t *base;
    size_t bytes;
    size_t reserved; /* from the bottom */
    void *free[PAGES_MAX];
    struct bounce_counts counts;
} bounce;

enum pv_status bounce_init(size_t pages)
{
    if (pages == 0 || pages > PAGES_MAX) {
        return PV_INVALID;
    }
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

/* The lock is held. */
static void pool_make(void)
{
    size_t first = align_up(bounce.reserved, BOUNCE_PAGE_BYTES);

    for (size_t at = bounce.bytes; at > first; at -= BOUNCE_PAGE_BYTES) {
        bounce.free[bounce.counts.pages++] = bounce.base + at - BOUNCE_PAGE_BYTES;
    }
    bounce.counts.pages_free = bounce.counts.pages;
    bounce.counts.pages_least = bounce.counts.pages;
}

size_t bounce_take(void **pages, size_t wanted)
{
    struct bounce_counts *counts = &bounce.counts;
    size_t count = 0;

    vtl_lock(&bounce.lock);
    if (counts->pages == 0) {
        pool_make();
    }
    while (count < wanted && counts->pages_free != 0) {
        pages[count++] = bounce.free[--counts->pages_free];
    }
    if (counts->pages_free < counts->pages_least) {
        counts->pages_least = counts->pages_free;
    }
    vtl_unlock(&bounce.lock);
    return count;
}

void bounce_give(void *const *pages, size_t count)
{
    vtl_lock(&bounce.lock);
    CHECK(count <= bounce.counts.pages - bounce.counts.pages_free);
    for (size_t i = 0; i < count; i++) {
        bounce.free[bounce.counts.pages_free++] = pages[i];
    }
    vtl_unlock(&bounce.lock);
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
    struct bounce_counts counts;

    vtl_lock(&bounce.lock);
    counts = bounce.counts;
    vtl_unlock(&bounce.lock);
    return counts;
}
