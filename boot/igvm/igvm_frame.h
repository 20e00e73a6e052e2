/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between igvm_reader.c and igvm_check.c: the framing of the variable headers.
 */
#ifndef IGVM_FRAME_H
#define IGVM_FRAME_H

#include "igvm_reader.h"

/* Decodes the header at *offset and moves *offset past it. Looks at bounds, type, length and
 * padding only. */
enum igvm_status igvm_frame(const struct igvm_file *file, uint32_t *offset,
                            struct igvm_header *header);

/* Is [offset, offset + bytes) inside the file and behind its headers? */
bool igvm_data_inside(const struct igvm_file *file, uint32_t offset, uint64_t bytes);

/* Everything that igvm.md 2, 3 and 6 ask of the variable headers. file is filled in but for the
 * mask. */
enum igvm_status igvm_check_headers(struct igvm_file *file);

#endif /* IGVM_FRAME_H */
