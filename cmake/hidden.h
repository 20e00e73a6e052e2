/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Included before each C file of the image. -fvisibility=hidden covers definitions; this covers what is only
 * declared too, so that no address is read from a GOT that is not yet relocated.
 */
#pragma GCC visibility push(hidden)
