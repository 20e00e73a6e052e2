/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a policy page, its magic and version put right, and its length if the first byte says so.
 * What is taken lies inside the page, and is the same page when it is written again.
 */
#include "igvm_policy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void inside(const uint8_t *page, const struct igvm_policy_text *text)
{
    require(text->data >= page && text->bytes <= IGVM_POLICY_PAGE_BYTES &&
            text->data + text->bytes <= page + IGVM_POLICY_PAGE_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t magic = IGVM_POLICY_MAGIC;
    static uint8_t again[IGVM_POLICY_PAGE_BYTES];
    struct igvm_policy policy;

    if (size == 0 || size - 1 > IGVM_POLICY_PAGE_BYTES) {
        return 0;
    }
    /* On the heap at its exact size: ASan sees a byte too far. */
    uint8_t *page = calloc(1, IGVM_POLICY_PAGE_BYTES);
    const uint32_t lengths[2] = {IGVM_POLICY_VERSION, (uint32_t)size - 1};
    memcpy(page, data + 1, size - 1);
    memcpy(page, &magic, sizeof(magic));
    memcpy(page + sizeof(magic), lengths, (data[0] & 1) != 0 ? 8 : 4);
    if (igvm_policy_read(page, &policy) == NULL) {
        inside(page, &policy.server);
        inside(page, &policy.resource);
        for (uint32_t i = 0; i < policy.anchors; i++) {
            inside(page, &policy.anchor[i]);
        }
        require(!policy.attest || policy.anchors != 0);
        require(igvm_policy_write(&policy, again) == NULL);
        require(memcmp(again, page, sizeof(again)) == 0);
    }
    free(page);
    return 0;
}
