/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes IGVM files for AArch64, the same bytes for the same calls: headers in the order of the
 * calls, data in the order of the headers, equal pages once, pages of zeros not at all (igvm.md 6).
 * Running out of memory ends the program; other failures show in igvm_writer_finish.
 */
#ifndef IGVM_WRITER_H
#define IGVM_WRITER_H

#include "igvm_format.h"
#include "igvm_measure.h"
#include "igvm_reader.h"

#include <stdbool.h>

struct igvm_writer;

struct igvm_writer *igvm_writer_new(void);
void igvm_writer_free(struct igvm_writer *writer);

/* A header whose body refers to no data. */
void igvm_writer_header(struct igvm_writer *writer, uint32_t type, const void *body,
                        uint32_t bytes);

/* A header that refers to data of its own: the u32 at offset_field of the body becomes its place. */
void igvm_writer_data(struct igvm_writer *writer, uint32_t type, const void *body, uint32_t bytes,
                      size_t offset_field, const struct igvm_part *data);

/*
 * Every header of a file with its data, in the file's order, but the signed measurement if that is left
 * out. A file that this writer has made comes out the same, byte for byte.
 */
void igvm_writer_copy(struct igvm_writer *writer, const struct igvm_file *file, bool measurement);

/* A page of `bytes` (at most 4096, the rest zeros) at gpa. */
void igvm_writer_page(struct igvm_writer *writer, uint64_t gpa, uint32_t mask, uint32_t flags,
                      const void *data, size_t bytes);

/* `bytes` of data from gpa upwards, page by page. */
void igvm_writer_pages(struct igvm_writer *writer, uint64_t gpa, uint32_t mask, uint32_t flags,
                       const void *data, size_t bytes);

/* The context of VP 0. */
void igvm_writer_context(struct igvm_writer *writer, uint32_t mask,
                         const struct igvm_vp_register *registers, uint32_t count);

/* The file, from malloc; the caller's. IGVM_TOO_LONG if it would reach 4 GiB. It has been read back
 * with igvm_open: whatever that found is returned. */
enum igvm_status igvm_writer_finish(struct igvm_writer *writer, uint8_t **file, size_t *bytes);

#endif /* IGVM_WRITER_H */
