/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two documents. programs: an array of {"name", "elf", "link", "sources" as in linked.h}. NULL: the reason is
 * told.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <jansson.h>

/* Of what and how it was built, and the hash of each output. */
json_t *record_make(const json_t *facts, const json_t *programs);

/* The same as SPDX 2.3, for who reads bills of materials. */
json_t *spdx_make(const json_t *facts, const json_t *programs);

#endif /* RECORD_RECORD_H */
