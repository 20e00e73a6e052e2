/* SPDX-License-Identifier: BSD-3-Clause */
/* The reference time page: the guest's own way from the counter to 100 ns units (reference section 3.3). */
#ifndef REFHV_REFERENCE_TSC_H
#define REFHV_REFERENCE_TSC_H

#include <stdint.h>

/* floor(2^64 * 10^7 / frequency); 0 if that does not fit, or frequency is 0. */
uint64_t reference_tsc_scale(uint64_t frequency);

/* Fills the page that the ReferenceTsc register's value names, if it is enabled and usable. */
void reference_tsc_publish(unsigned slot, uint64_t page_register);

#endif /* REFHV_REFERENCE_TSC_H */
