/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Test-and-test-and-set: sections are short and VPs few. Built without LSE, so these become
 * load-exclusive and store-exclusive loops. A VP never waits for a lock that its own interrupt
 * handler could hold: it has none.
 */
#include "vtl/vtl.h"

void vtl_lock_wait(struct vtl_lock *lock)
{
    do {
        while (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED) != 0) {
            vtl_relax();
        }
    } while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE) != 0);
}
