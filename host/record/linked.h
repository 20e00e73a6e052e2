/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which sources are in a program: lld's link map tells which object, or which one of which library, contributed how
 * many bytes; compile_commands.json which source an object is made of, and how.
 */
#ifndef RECORD_LINKED_H
#define RECORD_LINKED_H

#include <jansson.h>

/*
 * An object by source, paths as from root: {"vmm/run.c": {"object": "vmm/libvmm.a(run.c.obj)", "bytes": 123,
 * "target": "vmm", "command": "clang ..."}}, in the order of the paths. NULL: the reason is told.
 *
 * Bytes are those of memory: code, data and what is cleared at start. Strings that the linker merges are no one's.
 * Where two sources of a library have one name, both are taken.
 */
json_t *linked_read(const char *map, const char *commands, const char *root);

#endif /* RECORD_LINKED_H */
