/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ticket-free test-and-set spinlock for EL2. Interrupts are masked at EL2 always, so a lock needs no
 * interrupt state. Order, outermost first: machine (start and stop of VPs), partition (VTL configuration,
 * protections), vgic distributor, vgic redistributor of a VP, synic of a VP, console. Realm Services' two locks are
 * held with no other.
 */
#ifndef REFHV_SPINLOCK_H
#define REFHV_SPINLOCK_H

#include <stdatomic.h>

struct spinlock {
    atomic_flag taken;
};

#define SPINLOCK_INIT {ATOMIC_FLAG_INIT}

static inline void spin_lock(struct spinlock *lock)
{
    while (atomic_flag_test_and_set_explicit(&lock->taken, memory_order_acquire)) {
        /* Under emulation on one thread, the CPU that holds the lock runs now. */
#ifdef __aarch64__
        __asm__ volatile("yield");
#endif
    }
}

static inline void spin_unlock(struct spinlock *lock)
{
    atomic_flag_clear_explicit(&lock->taken, memory_order_release);
}

#endif /* REFHV_SPINLOCK_H */
