/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What cmocka.h wants before it and, in this tree's order of includes, would get behind it.
 */
#ifndef TESTS_UNIT_VTL_TEST_H
#define TESTS_UNIT_VTL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#endif /* TESTS_UNIT_VTL_TEST_H */
