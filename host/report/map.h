/* SPDX-License-Identifier: BSD-3-Clause */
/* The linker's map (ld.lld -Map): which object file each piece of the image is from. */
#ifndef REPORT_MAP_H
#define REPORT_MAP_H

#include "base.h"

/* An input section: [address, address + bytes) of the image. */
struct map_piece {
    uint64_t address;
    uint64_t bytes;
    char *object;  /* "vtl/libvtl.a(copy.S.obj)", "<internal>" */
    char *section; /* ".text.vtl_copy" */
    char *output;  /* the section of the image: ".text" */
};

struct map {
    struct map_piece *pieces; /* as the map has them: ascending */
    size_t count;
};

/* False: it is no map of ld.lld's. text ends with a zero byte. Pieces of no bytes are left out. */
bool map_read(struct map *map, const char *text);

#endif /* REPORT_MAP_H */
