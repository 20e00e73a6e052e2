/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration of picolibc 1.8.10, in the place of the header that its own build generates: no
 * floating point, no files, no threads, one errno that nobody reads.
 */
#pragma once

#define __GLOBAL_ERRNO
#define __SINGLE_THREAD
#define __TINY_STDIO
#define __HAVE_CC_INHIBIT_LOOP_TO_LIBCALL
#define __HAVE_BITFIELDS_IN_PACKED_STRUCTS
#define __IO_DEFAULT 'i'
#define __IO_C99_FORMATS
#define __IO_LONG_LONG

#define _NEWLIB_VERSION "4.3.0"
#define __NEWLIB__ 4
#define __NEWLIB_MINOR__ 3
#define __NEWLIB_PATCHLEVEL__ 0
#define _PICOLIBC_VERSION "1.8.10"
#define _PICOLIBC__ 1
#define _PICOLIBC_MINOR__ 8
#define __PICOLIBC_VERSION__ "1.8.10"
#define __PICOLIBC__ 1
#define __PICOLIBC_MINOR__ 8
#define __PICOLIBC_PATCHLEVEL__ 10
#define __OBSOLETE_MATH_FLOAT 1
#define __OBSOLETE_MATH_DOUBLE 1
