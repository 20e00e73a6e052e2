/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who handles which of VTL2's interrupts: boot's table, and deferred work the timer's and another VP's.
 */
#include "irq.h"

#include "vtl/untrusted.h"
#include "work.h"

static const struct vmm_irq *irq_table;
static size_t irq_count;
static const struct vmm_irq *irq_hint;

enum pv_status irq_set(const struct vmm_irq *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].intid == 0 || table[i].handler == NULL) {
            return PV_INVALID;
        }
        for (size_t j = 0; j < i; j++) {
            if (table[j].intid == table[i].intid) {
                return PV_INVALID;
            }
        }
    }
    irq_table = table;
    irq_count = count;
    irq_hint = NULL;
    return PV_OK;
}

/* The last one is the next one most of the time. */
static const struct vmm_irq *irq_find(uint32_t intid)
{
    const struct vmm_irq *irq = __atomic_load_n(&irq_hint, __ATOMIC_RELAXED);

    if (irq != NULL && irq->intid == intid) {
        return irq;
    }
    for (size_t i = 0; i < irq_count; i++) {
        if (irq_table[i].intid == intid) {
            __atomic_store_n(&irq_hint, &irq_table[i], __ATOMIC_RELAXED);
            return &irq_table[i];
        }
    }
    return NULL;
}

static bool irq_handle(uint32_t intid)
{
    if (vtl_irq_is_timer(intid) || vtl_irq_is_call(intid)) {
        work_run();
        return true;
    }
    const struct vmm_irq *irq = irq_find(intid);

    if (irq == NULL) {
        return false;
    }
    irq->handler(irq->device);
    return true;
}

uint32_t irq_dispatch(void)
{
    const uint64_t start = vtl_ticks();
    uint32_t unhandled = 0;
    uint32_t taken = 0;

    do {
        uint32_t intid = vtl_irq_take();

        if (intid == 0) {
            break;
        }
        if (!irq_handle(intid)) {
            unhandled++;
        }
        vtl_irq_done(intid);
        /* One that is not taken stays pending; one that is taken must be handled. */
    } while (++taken < IRQ_TURN_MAX && vtl_irq_pending() &&
             vtl_ticks_ns(vtl_ticks() - start) < IRQ_TURN_NS);
    return unhandled;
}
PV_UNTRUSTED(irq_dispatch, host, "");
