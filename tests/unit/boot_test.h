/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What cmocka.h wants before it and, in this tree's order of includes, would get behind it.
 */
#ifndef TESTS_UNIT_BOOT_TEST_H
#define TESTS_UNIT_BOOT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif /* TESTS_UNIT_BOOT_TEST_H */
